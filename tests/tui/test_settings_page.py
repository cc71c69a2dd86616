"""The page of settings: what is changed there counts at once, is in the file, and has a way back."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Label

from paragon_tui.sessions.settings import Settings, load
from paragon_tui.tui.app import ParagonApp
from paragon_tui.tui.dialogs.setting import ChosenSetting, KeyDialog, TypedSetting
from paragon_tui.tui.pages.settings import SettingsList, SettingsPage
from tests.tui.conftest import SMALL, WIDE, Make, app_of, click_in_head, every_size, notified, searched, text_of, until


async def opened(pilot: Pilot[int]) -> SettingsList:
    app = app_of(pilot)
    await until(pilot, lambda: searched(app))
    await pilot.press("comma")
    await until(pilot, lambda: isinstance(app.screen, SettingsPage) and bool(app.screen.query(SettingsList)))
    return app.screen.query_one(SettingsList)


async def at(pilot: Pilot[int], name: str) -> None:
    """Highlight a line."""
    lines = app_of(pilot).screen.query_one(SettingsList)
    lines.highlighted = lines.get_option_index(name)
    await pilot.pause()


def refusal(app: ParagonApp) -> str:
    return str(app.screen.query_one("#refusal", Label).render())


@every_size
async def test_what_is_typed_is_judged_saved_and_taken_back(make: Make, tmp_path: Path, size: tuple[int, int]) -> None:
    app, file = make(), tmp_path / "settings.toml"
    async with app.run_test(size=size) as pilot:
        await opened(pilot)
        await at(pilot, "min_time_s")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, TypedSetting) and isinstance(app.focused, Input))
        await pilot.press("0")
        await until(pilot, lambda: "This takes a number of seconds, above 0." in refusal(app))
        await pilot.press("enter")
        assert isinstance(app.screen, TypedSetting) and not file.exists()
        await pilot.press(*".5")
        await until(pilot, lambda: refusal(app) == "")
        await pilot.press("enter")
        await until(pilot, lambda: load(file) == (Settings(min_time_s=0.5), []))
        assert app.settings.min_time_s == 0.5
        await until(pilot, lambda: "• Least time      0.5" in text_of(app))
        await pilot.press("backspace")
        await until(pilot, lambda: load(file) == (Settings(), []))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.main)


@every_size
async def test_a_switch_turns_by_a_click(make: Make, tmp_path: Path, size: tuple[int, int]) -> None:
    app = make()
    async with app.run_test(size=size) as pilot:
        await opened(pilot)
        await pilot.click(SettingsList, offset=(4, 2))  # the bell, below the heading and the theme
        await until(pilot, lambda: load(tmp_path / "settings.toml")[0] == Settings(bell=False))
        assert not app.settings.bell
        await until(pilot, lambda: "• Bell            false" in text_of(app))


async def test_a_theme_is_seen_before_it_is_chosen(make: Make, tmp_path: Path) -> None:
    app, file = make(), tmp_path / "settings.toml"
    async with app.run_test(size=WIDE) as pilot:
        await opened(pilot)
        await at(pilot, "theme")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ChosenSetting))
        await pilot.press("down")
        await until(pilot, lambda: app.theme == "paragon-light")
        await pilot.press("escape")
        await until(pilot, lambda: app.theme == "paragon")
        assert not file.exists()
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ChosenSetting))
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: load(file)[0] == Settings("paragon-contrast"))
        assert app.theme == "paragon-contrast"
        await pilot.press("backspace")
        await until(pilot, lambda: app.theme == "paragon" and load(file)[0] == Settings())


async def test_a_choice_and_its_usual_value_by_mouse(make: Make, tmp_path: Path) -> None:
    app, file = make(), tmp_path / "settings.toml"
    async with app.run_test(size=WIDE) as pilot:
        await opened(pilot)
        for separator in (";", ","):
            await at(pilot, "csv_separator")
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, ChosenSetting))
            dialog = app.screen.query_one(".dialog")
            if separator == ";":
                await pilot.click("OptionList", offset=(4, 2))  # the second
            else:
                await pilot.click(offset=(dialog.region.right - 20, dialog.region.bottom - 1))
            await until(pilot, lambda: isinstance(app.screen, SettingsPage))
            assert load(file)[0].csv_separator == separator


@every_size
async def test_a_key_is_pressed_and_a_conflict_is_told(make: Make, tmp_path: Path, size: tuple[int, int]) -> None:
    app, file = make(), tmp_path / "settings.toml"
    async with app.run_test(size=size) as pilot:
        await opened(pilot)
        await at(pilot, "keys.values")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, KeyDialog))
        assert "Now it is v." in text_of(app)
        await pilot.press("f")
        await until(pilot, lambda: refusal(app) == "f is Figures; press another, or esc")
        await pilot.press("q")  # not the key that closes dialogs here
        await until(pilot, lambda: refusal(app) == "q is Quit; press another, or esc")
        await pilot.press("f9")
        await until(pilot, lambda: isinstance(app.screen, SettingsPage))
        assert tomllib.loads(file.read_text()) == {"keys": {"values": "f9"}}
        await at(pilot, "keys.figures")
        await pilot.press("enter", "v")  # which is free now
        await until(pilot, lambda: load(file)[0].keys == {"values": ("f9",), "figures": ("v",)})
        await at(pilot, "keys.values")
        await pilot.press("backspace")
        assert "v is Figures; give that another key first" in notified(app)
        await at(pilot, "keys.figures")
        await pilot.press("backspace")
        await at(pilot, "keys.values")
        await pilot.press("backspace")
        await until(pilot, lambda: load(file)[0] == Settings())
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, KeyDialog))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, SettingsPage))


async def test_a_file_that_cannot_be_written_is_told_and_the_setting_counts(make: Make, tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("theme = \n")
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await opened(pilot)
        await at(pilot, "bell")
        await pilot.press("enter")
        await until(pilot, lambda: not app.settings.bell)
        assert any("settings.toml could not be written: the file is damaged" in line.text for line in app.model.log)


@pytest.mark.parametrize("size", [WIDE, SMALL], ids=["120x36", "80x24"])
async def test_the_page_is_reached_by_mouse(size: tuple[int, int], make: Make) -> None:
    app = make()
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: searched(app))
        await click_in_head(pilot, "Settings")
        await until(pilot, lambda: isinstance(app.screen, SettingsPage))


@pytest.mark.parametrize("size", [WIDE, SMALL], ids=["120x36", "80x24"])
def test_pictures(size: tuple[int, int], make: Make, snap_compare: Any, tmp_path: Path) -> None:
    async def shown(pilot: Pilot[int]) -> None:
        await opened(pilot)
        await at(pilot, "csv_separator")

    (tmp_path / "settings.toml").write_text('min_time_s = 2\ncsv_separator = ";"\n[keys]\nstop = "f8"\n')
    assert snap_compare(make(), terminal_size=size, run_before=shown)
