"""Looks beside colours and UTF-8: marks stay, whatever a terminal lacks."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.widgets import OptionList

from paragon_tui.tui.ascii_filter import in_ascii, is_unicode
from paragon_tui.tui.widgets.results_table import ResultsTable
from tests.tui.conftest import SMALL, WIDE, Make, every_size, finished, searched, text_of, until


@pytest.mark.parametrize(
    ("environment", "unicode"),
    [
        ({}, True),
        ({"LANG": "C.UTF-8"}, True),
        ({"LANG": "de_DE.utf8@euro"}, True),
        ({"LC_CTYPE": "UTF-8"}, True),
        ({"LANG": "C", "LC_CTYPE": "de_DE.UTF-8"}, True),
        ({"LANG": "C"}, False),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, False),  # Python's own doing
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "POSIX"}, False),
        ({"LANG": "de_DE.ISO-8859-1"}, False),
        ({"LC_ALL": "", "LANG": "en_US.UTF-8"}, True),
    ],
)
def test_the_locale_tells_whether_a_terminal_has_utf_8(environment: dict[str, str], unicode: bool) -> None:
    assert is_unicode(environment) == unicode


def test_a_text_in_ascii_is_as_wide_and_its_marks_differ() -> None:
    for text in ("203 µs 1.8×↓ ✓", "≠3·17 ★", "─│┌┤└┊", "⣀⠉⣿⠀", "▏▎█▌▁▂▃▄▅▆▇█", "漢字 é ☃ ﬁ", "☑ ☐ ◪", "●■▲◆○□△◇"):
        assert in_ascii(text).isascii() and len(in_ascii(text)) == cell_len(text)
    assert in_ascii("203 µs 1.8×↓ ✓ ★ ≠3·17 ⣀⠉⣿⠀┊") == "203 us 1.8xv Y * #3.17 .': |"
    for different in ("✓≠✗·◌", "↑↓=?", "☑☐◪", "●■▲◆○□△◇"):
        assert len(set(in_ascii(different))) == len(different)


@every_size
async def test_everything_is_ascii_where_the_locale_is(
    make: Make, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    monkeypatch.setenv("LC_ALL", "POSIX")
    app = make()
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: searched(app))
        assert text_of(app).isascii() and "x numpy" in text_of(app)
        await pilot.press("r")
        await until(pilot, lambda: finished(app))
        app.main.query_one(ResultsTable).select("M1", "opencl:0")
        await pilot.pause()
        shown = text_of(app)
        assert shown.isascii() and "#4.3" in shown and " Y " in shown
        assert "X failed" in shown or size == SMALL  # on the adapter beyond the edge
        for key in ("f", "question_mark", "3", "comma"):
            await pilot.press(key)
            await pilot.pause()
            assert app.screen is not app.main and text_of(app).isascii()
            await pilot.press("escape")
            await until(pilot, lambda: app.screen is app.main)


async def test_a_setting_overrules_the_locale_at_once(make: Make, tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('characters = "ascii"\n')
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        assert text_of(app).isascii()
        await pilot.press("comma")
        await pilot.pause()
        page = app.screen.query_one("#settings", OptionList)
        page.highlighted = page.get_option_index("characters")
        await pilot.press("backspace", "escape")
        await until(pilot, lambda: "☑ numpy" in text_of(app) and "─" in text_of(app))


async def test_without_colours_a_theme_of_the_terminals_own_is_one_of_ours(
    make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('theme = "ansi-light"\n')
    monkeypatch.setenv("NO_COLOR", "1")
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        assert app.theme == "paragon-light" and not app.native_ansi_color
    assert file.read_text() == 'theme = "ansi-light"\n'  # for a terminal with colours


async def test_in_16_colours_the_usual_theme_is_that_of_high_contrast(
    make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("COLORTERM")
    monkeypatch.setenv("TERM", "xterm")
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        assert app.theme == "paragon-contrast" and app.settings.theme == "paragon"
    assert not (tmp_path / "settings.toml").exists()


@pytest.mark.parametrize("theme", ["ansi-light", "ansi-dark"])
async def test_in_the_terminals_own_colours_nothing_is_blue_on_black(make: Make, tmp_path: Path, theme: str) -> None:
    (tmp_path / "settings.toml").write_text(f'theme = "{theme}"\n')
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        await pilot.press("r")
        await until(pilot, lambda: finished(app))
        app.main.query_one(ResultsTable).focus()
        await pilot.pause()
        segments = [segment for strip in app.screen._compositor.render_strips(app.size) for segment in strip]
        pairs = {
            (style.color.name if style.color else "default", style.bgcolor.name if style.bgcolor else "default")
            for text, style, _ in segments
            if text.strip() and style is not None
        }
        blue = {color for color, background in pairs if background in ("blue", "bright_blue")}
        assert blue <= {"bright_white", "white"}, pairs
        assert any(style is not None and style.reverse for _, style, _ in segments)  # the cursor
