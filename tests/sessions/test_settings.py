"""The settings' file: what is right in it counts, what is wrong is told with its line, and comments stay."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest

from paragon_tui.engine.messages.job import Sampling
from paragon_tui.sessions.csv_dialect import Dialect
from paragon_tui.sessions.settings import DECLARED, Settings, load, save


def test_without_a_file_all_is_as_usual(tmp_path: Path) -> None:
    assert load(tmp_path / "settings.toml") == (Settings(), [])


def test_what_is_saved_comes_back_and_only_what_differs_is_written(tmp_path: Path) -> None:
    file = tmp_path / "new" / "settings.toml"
    save(file, Settings(), Settings())
    assert not file.exists()
    save(file, Settings(), Settings(theme="nord"))
    assert file.read_text() == 'theme = "nord"\n'
    assert load(file) == (Settings(theme="nord"), [])
    save(file, Settings(theme="nord"), Settings())
    assert load(file) == (Settings(), [])


def test_what_another_program_has_written_meanwhile_stays(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    mine = theirs = Settings()
    save(file, theirs, replace(theirs, theme="nord", keys={"run": ("x",)}))
    save(file, mine, replace(mine, bell=False, keys={"stop": ("z",)}))
    assert load(file) == (Settings("nord", bell=False, keys={"run": ("x",), "stop": ("z",)}), [])


def test_a_link_to_the_file_stays_one(tmp_path: Path) -> None:
    file, link = tmp_path / "dotfiles.toml", tmp_path / "settings.toml"
    link.symlink_to(file)
    save(link, Settings(), Settings(theme="nord"))
    assert link.is_symlink() and load(file)[0].theme == "nord"


def test_comments_and_what_is_not_ours_stay(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("# mine\nbell = false  # at night\n\n[other]\nx = 1\n")
    save(file, load(file)[0], replace(load(file)[0], theme="nord"))
    text = file.read_text()
    assert "# mine\nbell = false  # at night\n" in text and "[other]\nx = 1\n" in text
    assert load(file)[0] == Settings("nord", bell=False)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('bell = true\nthem = "x"\n', "line 2: there is no setting 'them'; did you mean theme?"),
        ("\ntheme = 3\n", "line 2: theme is 3, and should be a text"),
        ("bell = 1\n", "line 1: bell is 1, and should be true or false"),
        (
            "ask_above_minutes = true\n",
            "ask_above_minutes is True, and should be a number of minutes, 0 or more",
        ),
        ("ask_above_minutes = -1\n", "ask_above_minutes is -1"),
        ("ask_above_minutes = nan\n", "ask_above_minutes is nan"),
        ("min_time_s = 0\n", "min_time_s is 0, and should be a number of seconds, above 0"),
        ("precision_percent = 101\n", "and should be a number of percent, above 0, up to 100"),
        ('csv_separator = "|"\n', "csv_separator is '|', and should be ',', ';' or 'tab'"),
        ('export_folder = "here"\n', "and should be the whole path of a folder, from / or ~ on"),
        ('export_folder = "~nobody-of-that-name/x"\n', "and should be the whole path of a folder"),
        ('[keys]\nstop = "x"\nfigures = 3\n', "line 3: keys.figures is 3, and should be a key such as 'ctrl+f'"),
        ("[keys]\n'figures' = []\n", "line 2: keys.figures is []"),
        ('bell = true\nkeys.figures = ""\n', "line 2: keys.figures is ''"),
        ("keys = 1\n", "line 1: keys is 1, and should be a table"),
        ("theme = \n", "is no TOML: Invalid value (at line 1, column 9)"),
        ("a = " + "[" * 5000, "is no TOML"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_the_rest_counts(text: str, words: str, tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(text)
    settings, (problem,) = load(file)
    assert (
        replace(settings, keys={}) == Settings()
        and "figures" not in settings.keys
        and str(file) in problem
        and words in problem
    )


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_bytes(b"\xff\xfe")
    assert "is no TOML" in load(file)[1][0]


def test_a_damaged_file_is_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("theme = \n")
    with pytest.raises(OSError, match="the file is damaged"):
        save(file, Settings(), Settings(theme="nord"))
    assert file.read_text() == "theme = \n"


def test_every_setting_is_declared_and_its_default_is_one_that_it_takes() -> None:
    assert [setting.name for setting in DECLARED] + ["keys"] == [field.name for field in fields(Settings)]
    for setting in DECLARED:
        default = getattr(Settings(), setting.name)
        assert default is None or setting.problem(default) is None


def test_what_is_typed_is_taken_as_the_file_has_it() -> None:
    typed = {
        "ask_above_minutes": ("2.5", 2.5),
        "bell": ("False", False),
        "export_folder": (" ~/exports ", "~/exports"),
        "csv_separator": ("tab", "tab"),
    }
    for setting in DECLARED:
        if setting.name in typed:
            text, value = typed[setting.name]
            assert setting.kind.parse(text) == value and setting.problem(value) is None
    numbers = (setting for setting in DECLARED if setting.name in ("precision_percent", "min_time_s"))
    assert all(setting.problem(setting.kind.parse(text)) for setting in numbers for text in ("", "x", "nan", "-1", "0"))


def test_keys_are_read_and_written_and_taken_away(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('[keys]  # mine\nfigures = ["f", "ctrl+f"]\nvalues = "u" # why\n')
    settings, problems = load(file)
    assert not problems and settings.keys == {"figures": ("f", "ctrl+f"), "values": ("u",)}
    changed = replace(settings, keys={"values": ("w",), "sort": ("t", "o")})
    save(file, settings, changed)
    assert file.read_text() == '[keys]  # mine\nvalues = "w" # why\nsort = ["t", "o"]\n'
    save(file, changed, replace(settings, keys={}))
    assert load(file) == (Settings(), []) and file.read_text() == "[keys]  # mine\n"


def test_what_has_no_usual_value_goes_from_the_file(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    both = Settings(min_time_s=2, export_folder="/x")
    save(file, Settings(), both)
    assert file.read_text() == 'min_time_s = 2\nexport_folder = "/x"\n'
    save(file, both, Settings(export_folder="/x"))
    assert file.read_text() == 'export_folder = "/x"\n'


def test_a_least_time_and_a_precision_are_those_of_the_options() -> None:
    assert Settings().sampling(Sampling()) == Sampling()
    asked = Settings(min_time_s=2, precision_percent=1).sampling(Sampling())
    assert asked == Sampling().for_at_least(2).to_precision(0.01)


def test_the_dialect_and_the_folder_of_exports_are_settings(tmp_path: Path) -> None:
    assert Settings(csv_separator="tab", csv_decimal_comma=True).dialect == Dialect("\t", True)
    assert Settings().exports(tmp_path) == tmp_path
    assert Settings(export_folder="~/x").exports(tmp_path) == Path.home() / "x"
