"""Everything on the run's page by the mouse alone, and by the keyboard alone."""

from __future__ import annotations

from textual.command import CommandPalette
from textual.pilot import Pilot
from textual.widgets import OptionList

from paragon_tui.tui.app import ParagonApp
from paragon_tui.tui.dialogs.figures import FiguresScreen
from paragon_tui.tui.dialogs.jump import JumpScreen
from paragon_tui.tui.pages.page import Page
from paragon_tui.tui.widgets.results_table import ResultsTable
from paragon_tui.tui.widgets.tick_tree import TickTree
from tests.tui.conftest import SMALL, Make, every_size, finished, searched, text_of, until


async def click(pilot: Pilot[int], app: ParagonApp, words: str) -> None:
    """Click on the first place of the screen that shows these words."""
    lines = text_of(app).splitlines()
    row = next((y for y, line in enumerate(lines) if words in line), None)
    assert row is not None, f"{words!r} is nowhere in\n" + "\n".join(lines)
    await pilot.click(offset=(lines[row].index(words) + len(words) // 2, row))
    await pilot.pause()


async def from_menu(pilot: Pilot[int], app: ParagonApp, action: str) -> None:
    await click(pilot, app, "≡")
    await until(pilot, lambda: isinstance(app.screen, CommandPalette))
    options = app.screen.query_one(OptionList)
    await until(pilot, lambda: options.option_count > 20)
    (place,) = [number for number in range(options.option_count) if _prompt(options, number).startswith(action)]
    options.scroll_to(y=options._option_to_y(place) if hasattr(options, "_option_to_y") else 2 * place, animate=False)
    await pilot.pause()
    await click(pilot, app, f" {action}")


def _prompt(options: OptionList, number: int) -> str:
    prompt = options.get_option_at_index(number).prompt
    return str(getattr(prompt, "plain", prompt)).strip()


@every_size
async def test_a_run_by_the_mouse_alone(size: tuple[int, int], make: Make) -> None:
    app = make()
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: searched(app))
        await click(pilot, app, "☑ S1")
        assert "S1" not in app.main.query_one("#cases", TickTree).ticked
        await click(pilot, app, " Run ") if size == SMALL else None
        await click(pilot, app, "r Run")
        await until(pilot, lambda: finished(app) and app._run is None)
        table = app.main.query_one(ResultsTable)
        await pilot.click(table, offset=(1, 3))  # the second case below two lines of headings and the first
        assert table.cursor[0] == 1
        await click(pilot, app, "f Figures")
        assert isinstance(app.screen, FiguresScreen)
        await click(pilot, app, "esc closes")
        assert not isinstance(app.screen, FiguresScreen)
        await click(pilot, app, "reference")  # the heading sorts
        assert app.main.results.shown.sorted_by == "reference"
        await click(pilot, app, "u Unit")
        assert app.main.results.shown.unit.title == "device time"
        await from_menu(pilot, app, "Fold")
        assert app.main.has_class("-folded")
        await click(pilot, app, " Adapters ")
        assert isinstance(app.screen, Page)
        await click(pilot, app, " Run ")
        assert not isinstance(app.screen, Page)


@every_size
async def test_a_letter_goes_to_its_panel(size: tuple[int, int], make: Make) -> None:
    app = make()
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: searched(app))
        for panel in ("adapters", "cases", "arithmetic"):
            await pilot.press("apostrophe")
            await pilot.pause()
            tree = app.main.query_one(f"#{panel}")
            x, y, *_ = tree.region
            label = text_of(app).splitlines()[y][x : x + 3]
            letter = label.strip()
            assert letter.isalpha() and label == f" {letter} "
            await pilot.press(letter)
            await pilot.pause()
            assert app.main.focused is tree
        await pilot.press("apostrophe", "m")  # no panel's
        await pilot.pause()
        assert app.main.focused is tree and not isinstance(app.screen, JumpScreen)


@every_size
async def test_a_run_by_the_keyboard_alone(size: tuple[int, int], make: Make) -> None:
    app = make()
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: searched(app))
        await pilot.press("down", "space")  # the first case below its suite
        assert "S1" not in app.main.query_one("#cases", TickTree).ticked
        await pilot.press("r")
        await until(pilot, lambda: finished(app) and app._run is None)
        while not isinstance(app.main.focused, ResultsTable):
            await pilot.press("tab")
        await pilot.press("end", "home", "down", "right", "f")
        assert isinstance(app.screen, FiguresScreen)
        await pilot.press("escape", "s", "u", "t")
        assert not isinstance(app.screen, FiguresScreen)
        assert app.main.results.shown.sorted_by == "reference" and app.main.results.shown.unit.title == "device time"
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(app.screen, CommandPalette))
        await pilot.press("escape", "d")
        assert isinstance(app.screen, Page)
        await pilot.press("1")
        assert not isinstance(app.screen, Page)
