"""Pictures of the screen, character by character, at the two sizes that must hold everything."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from paragon_tui.tui.widgets.results_table import ResultsTable
from paragon_tui.tui.widgets.tick_tree import TickTree
from paragon_tui.tui.widgets.vectors import Bars
from tests.support.screen_sources import FINGERPRINTS, ScriptedSource
from tests.tui.conftest import SMALL, WIDE, Make, app_of, finished, searched, until, verification_screen


async def until_searched(pilot: Pilot[int]) -> None:
    await until(pilot, lambda: searched(app_of(pilot)))


async def until_probed(pilot: Pilot[int]) -> None:
    await until(pilot, lambda: set(app_of(pilot).model.fingerprints) == set(FINGERPRINTS))


async def until_finished(pilot: Pilot[int]) -> None:
    """A whole run, of which one result is selected."""
    await until_searched(pilot)
    await pilot.press("r")
    await until(pilot, lambda: finished(app_of(pilot)))
    app_of(pilot).main.query_one(ResultsTable).select("M1", "opencl:0")
    await pilot.pause()


mostly_wide = pytest.mark.parametrize(
    "size", [pytest.param(WIDE, id="120x36"), pytest.param(SMALL, id="80x24", marks=pytest.mark.exhaustive)]
)
"""Dialogs flow alike at any width; in a small terminal they are looked at before a release."""


@pytest.mark.parametrize("size", [WIDE, SMALL], ids=["120x36", "80x24"])
def test_first_paint_waits_for_no_driver(size: tuple[int, int], make: Make, snap_compare: Any) -> None:
    app = make(ScriptedSource(hold_discovery=asyncio.Event()))
    assert snap_compare(app, terminal_size=size)


@pytest.mark.parametrize("size", [WIDE, SMALL], ids=["120x36", "80x24"])
def test_ready(size: tuple[int, int], make: Make, snap_compare: Any) -> None:
    assert snap_compare(make(), terminal_size=size, run_before=until_searched)


@pytest.mark.parametrize("size", [WIDE, SMALL], ids=["120x36", "80x24"])
def test_finished(size: tuple[int, int], make: Make, snap_compare: Any) -> None:
    assert snap_compare(make(), terminal_size=size, run_before=until_finished)


@pytest.mark.parametrize("size", [WIDE, SMALL], ids=["120x36", "80x24"])
def test_running(size: tuple[int, int], make: Make, snap_compare: Any) -> None:
    async def halfway(pilot: Pilot[int]) -> None:
        await until_searched(pilot)
        await pilot.press("r")
        await until(pilot, lambda: app_of(pilot).model.progress()[0] == 22)

    assert snap_compare(make(ScriptedSource(hold_run_at="M2 on opencl:0")), terminal_size=size, run_before=halfway)


@pytest.mark.parametrize("steps", [1, 2], ids=["vectors", "log"])
def test_tabs_of_a_small_terminal(steps: int, make: Make, snap_compare: Any) -> None:
    async def tab(pilot: Pilot[int]) -> None:
        await until_finished(pilot)
        await pilot.press(*["right_square_bracket"] * steps)
        await pilot.pause()

    assert snap_compare(make(), terminal_size=SMALL, run_before=tab)


@pytest.mark.parametrize("key", ["question_mark", "d", "b"], ids=["help", "details", "overrides"])
def test_dialogs(key: str, make: Make, snap_compare: Any) -> None:
    async def dialog(pilot: Pilot[int]) -> None:
        await until_probed(pilot)
        await pilot.press(key)
        await pilot.pause()
        for line in pilot.app.screen.query(Input):
            line.cursor_blink = False

    assert snap_compare(make(), terminal_size=WIDE, run_before=dialog)


@pytest.mark.parametrize("key", ["f", "w", "d"], ids=["figures", "advice", "details"])
@mostly_wide
def test_dialogs_of_a_run(size: tuple[int, int], key: str, make: Make, snap_compare: Any) -> None:
    async def dialog(pilot: Pilot[int]) -> None:
        await until_finished(pilot)
        app_of(pilot).main.query_one(ResultsTable).select("XL2", "opencl:0")
        await pilot.press(key)
        await pilot.pause()

    assert snap_compare(make(), terminal_size=size, run_before=dialog)


@pytest.mark.parametrize("theme", ["paragon-light", "paragon-contrast"])
def test_other_themes(theme: str, make: Make, tmp_path: Path, snap_compare: Any) -> None:
    (tmp_path / "settings.toml").write_text(f'theme = "{theme}"\n')
    assert snap_compare(make(), terminal_size=WIDE, run_before=until_finished)


@mostly_wide
def test_the_values_dialog(size: tuple[int, int], make: Make, snap_compare: Any) -> None:
    async def shown(pilot: Pilot[int]) -> None:
        await until_finished(pilot)
        await pilot.press("v")
        await pilot.pause()

    assert snap_compare(make(), terminal_size=size, run_before=shown)


@mostly_wide
def test_verified(size: tuple[int, int], make: Make, snap_compare: Any) -> None:
    async def verified(pilot: Pilot[int]) -> None:
        await until_probed(pilot)
        await pilot.press("V")
        await until(pilot, lambda: verification_screen(app_of(pilot)).verifying.state.finished)

    assert snap_compare(make(), terminal_size=size, run_before=verified)


def test_every_arithmetic(make: Make, snap_compare: Any) -> None:
    async def measured(pilot: Pilot[int]) -> None:
        await until_probed(pilot)
        main = app_of(pilot).main
        main.query_one("#cases", TickTree).tick(["S1", "S2"], on=False)
        main.query_one("#arithmetic", TickTree).tick(["plain", "f16", "i8"], on=True)
        await pilot.press("r")
        await until(pilot, lambda: finished(app_of(pilot)))
        main.query_one(ResultsTable).select("S3:i8", "vulkan:0")
        await pilot.pause()

    assert snap_compare(make(), terminal_size=WIDE, run_before=measured)


@pytest.mark.parametrize("size", [WIDE, SMALL], ids=["120x36", "80x24"])
def test_search(size: tuple[int, int], make: Make, snap_compare: Any) -> None:
    async def ticked_in_part(pilot: Pilot[int]) -> None:
        await until_searched(pilot)
        await pilot.press("slash", *"softmax", "enter", "right", "right", "down", "down", "space")
        await until(pilot, lambda: len(app_of(pilot).main.ticked_cases) > 10)

    assert snap_compare(make(), terminal_size=size, run_before=ticked_in_part)


@mostly_wide
def test_values(size: tuple[int, int], make: Make, snap_compare: Any) -> None:
    async def measured(pilot: Pilot[int]) -> None:
        await until_probed(pilot)
        main = app_of(pilot).main
        cases = main.query_one("#cases", TickTree)
        cases.tick(cases.leaf_keys(), on=False)
        cases.tick(["S1", "add-100", "add-1k", "add-1M", "matmul-64"], on=True)
        await pilot.press("r")
        await until(pilot, lambda: finished(app_of(pilot)))
        main.query_one(ResultsTable).select("add-100", "numpy")
        if size == SMALL:
            await pilot.press("right_square_bracket")
        await until(pilot, lambda: main.query_one(Bars).size.width > 0)  # painted once it is known how wide it is

    assert snap_compare(make(), terminal_size=size, run_before=measured)


def test_too_small(make: Make, snap_compare: Any) -> None:
    assert snap_compare(make(), terminal_size=(60, 15), run_before=until_searched)
