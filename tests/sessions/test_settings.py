"""The settings' file: what is right in it counts, what is wrong is told with its line, and comments stay."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from paragon_tui.sessions.settings import Settings, load, save


def test_without_a_file_all_is_as_usual(tmp_path: Path) -> None:
    assert load(tmp_path / "settings.toml") == (Settings(), [])


def test_what_is_saved_comes_back_and_only_what_differs_is_written(tmp_path: Path) -> None:
    file = tmp_path / "new" / "settings.toml"
    save(file, Settings())
    assert not file.exists()
    save(file, Settings(theme="nord"))
    assert file.read_text() == 'theme = "nord"\n'
    assert load(file) == (Settings(theme="nord"), [])
    save(file, Settings())
    assert load(file) == (Settings(), [])


def test_comments_and_what_is_not_ours_stay(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("# mine\nbell = false  # at night\n\n[other]\nx = 1\n")
    save(file, replace(load(file)[0], theme="nord"))
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
        ("theme = \n", "is no TOML: Invalid value (at line 1, column 9)"),
        ("a = " + "[" * 5000, "is no TOML"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_the_rest_counts(text: str, words: str, tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(text)
    settings, (problem,) = load(file)
    assert settings == Settings() and str(file) in problem and words in problem


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_bytes(b"\xff\xfe")
    assert "is no TOML" in load(file)[1][0]


def test_a_damaged_file_is_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("theme = \n")
    with pytest.raises(OSError, match="the file is damaged"):
        save(file, Settings(theme="nord"))
    assert file.read_text() == "theme = \n"
