"""In a small terminal the panels are tabs; in one that is too small there is a word."""

from __future__ import annotations

from textual.widgets import Tabs

from paragon_tui.tui.widgets.tick_tree import TickTree
from tests.tui.conftest import Make, searched, text_of, until

CASES = ["S1", "S2", "S3", "M1", "M2", "M3", "L1", "L2", "XL1", "XL2"]


async def test_brackets_switch_tabs_in_a_small_terminal(make: Make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: searched(app))
        for tab, panel in (("results", "#table"), ("vectors", "#bars"), ("messages", "#log")):
            await pilot.press("right_square_bracket")
            await pilot.pause()
            assert app.main.query_one(Tabs).active == f"tab-{tab}"
            assert app.main.query_one(panel).region.height > 3
        await pilot.press("right_square_bracket")
        await pilot.pause()
        assert app.main.query_one("#cases", TickTree).region.height >= 12


async def test_r_in_a_small_terminal_shows_the_results(make: Make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: searched(app))
        await pilot.press("r")
        await until(pilot, lambda: app.model.session.finished)
        assert app.main.query_one(Tabs).active == "tab-results"
        assert all(case in text_of(app) for case in CASES)


async def test_a_terminal_that_is_too_small_says_what_it_needs_and_loses_nothing(make: Make) -> None:
    app = make()
    async with app.run_test(size=(60, 15)) as pilot:
        await until(pilot, lambda: searched(app))
        assert "60×15" in text_of(app) and "80×24" in text_of(app)
        await pilot.resize_terminal(120, 36)
        await pilot.pause()
        assert "Adapters" in text_of(app) and "XL2" in text_of(app)
