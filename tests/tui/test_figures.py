"""What the screen says of timings: before a run, in the table, in the dialogs of a result and of advice."""

from __future__ import annotations

from collections.abc import Callable

from textual.pilot import Pilot
from textual.widgets import Static

from paragon_tui.engine.job import FAST, Sampling
from paragon_tui.tui.app import ParagonApp
from paragon_tui.tui.dialogs.advice import AdviceScreen
from paragon_tui.tui.dialogs.figures import FiguresScreen
from paragon_tui.tui.widgets.results_table import ResultsTable
from paragon_tui.tui.widgets.tick_tree import TickTree
from tests.tui.conftest import text_of, until
from tests.tui.sources import ScriptedSource

Make = Callable[..., ParagonApp]
WIDE, SMALL = (120, 36), (80, 24)


async def measured(pilot: Pilot[int], case: str, adapter: str) -> ParagonApp:
    """A finished run with this result selected."""
    app = pilot.app
    assert isinstance(app, ParagonApp)
    await until(pilot, lambda: not app.model.searching)
    await pilot.press("r")
    await until(pilot, lambda: app.model.session.finished)
    app.main.query_one(ResultsTable).select(case, adapter)
    await pilot.pause()
    return app


async def test_the_number_of_results_and_the_time_stand_there_before_a_run(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: not app.model.searching and app.model.expected)
        assert "r measures 50 results, about 1 min 15 s" in text_of(app)
        app.main.query_one("#cases", TickTree).tick(["S1", "S2", "S3"], on=False)
        await until(pilot, lambda: app.model.expected == (35, 52.5))
        assert "r measures 35 results, about 52 s" in text_of(app)


async def test_the_order_is_told_when_a_run_begins(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await measured(pilot, "S1", "numpy")
        told = [line.text for line in app.model.log if "the adapters of each in turns" in line.text]
        assert told == [
            "session 20261121-120000-beef: 50 results: 10 cases, the adapters of each in turns "
            "(numpy, reference, opencl:0, vulkan:0, gl:0); about 1 min 15 s"
        ]


async def test_judgements_and_doubts_are_marks_behind_the_figures(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await measured(pilot, "S2", "vulkan:0")
        text = text_of(app)
        for mark in ("0.52▼✓", "1.00=✓", "1.04?✓", "2.31▲✓", "0.909!1.04?✓"):
            assert mark in text
        assert "! noisy: half the samples lie within ±7 %" in text


async def test_doubtful_figures_are_counted_in_the_last_line(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: not app.model.searching)
        cases = app.main.query_one("#cases", TickTree)
        cases.tick([key for key in cases.leaf_keys() if key != "S2"], on=False)
        await pilot.press("r")
        await until(pilot, lambda: app.model.session.finished)
        assert "1 figure doubtful: f says why" in text_of(app)


async def test_f_shows_every_figure_of_the_selected_result(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await measured(pilot, "XL2", "opencl:0")
        await pilot.press("f")
        await pilot.pause()
        assert isinstance(app.screen, FiguresScreen)
        text = text_of(app)
        for words in (
            "25.862 ms [25.3, 26.6], end to end",
            "OpenBLAS 0.3.31 Example, 2 threads",
            "1.00× [0.995, 1.004], same",
            "12 visits, 1 process",
            "first run 51.725 ms",
            "of a copy through memory",
            "Cold caches",
            "computing dominates (80 %)",
            "our code around the driver's calls 9.0 µs",
            "150 MiB on the host at most, 3 MiB on the device",
            "the same bits on every run",
        ):
            assert words in text, words
        await pilot.press("escape")
        assert app.screen is app.main


async def test_f_without_figures_says_so(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: not app.model.searching)
        await pilot.press("f")
        assert any("has no figures yet" in toast.message for toast in app._notifications)


async def test_w_says_when_to_use_which(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await measured(pilot, "XL2", "opencl:0")
        await pilot.press("w")
        await pilot.pause()
        assert isinstance(app.screen, AdviceScreen)
        assert "gl:0: faster than NumPy at every size measured, S1 to XL2" in text_of(app)
        assert "vulkan:0" not in str(app.screen.query_one(Static).render())  # unclear everywhere: nothing to say


async def test_w_before_a_run_says_what_advice_needs(make: Make) -> None:
    app = make()
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: not app.model.searching)
        await pilot.press("w")
        await pilot.pause()
        assert "at least three sizes" in text_of(app)


async def test_the_ways_to_run_ask_for_what_they_say(make: Make) -> None:
    for key, sampling in (("r", None), ("F", FAST), ("R", Sampling(repeat=3))):
        source = ScriptedSource()
        app = make(source)
        async with app.run_test(size=WIDE) as pilot:
            await until(pilot, lambda app=app: not app.model.searching)
            await pilot.press(key)
            await until(pilot, lambda app=app: app.model.session.finished)
            assert source.asked == sampling
            fast = [line.text for line in app.model.log if line.text.startswith("fast: ")]
            assert bool(fast) == (key == "F")


async def test_the_live_strip_is_the_selected_results(make: Make) -> None:
    app = make(ScriptedSource(hold_run_at="S1 on numpy"))
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: not app.model.searching)
        await pilot.press("r")
        table = app.main.query_one(ResultsTable)
        await until(pilot, lambda: table.selected == ("S1", "gl:0"))
        assert "S1 on gl:0 120 samples" in text_of(app)
        table.focus()
        await until(pilot, lambda: app.focused is table)
        await pilot.press("left", "left")
        await until(pilot, lambda: "S1 on opencl:0 120 samples" in text_of(app))
        await pilot.press("escape")
