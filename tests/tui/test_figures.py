"""Timings on the screen: before a run, in the table, in the dialogs of a result and of advice."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial

from textual.pilot import Pilot
from textual.widgets import Sparkline, Static

from paragon_tui.engine.messages.figures import Ceiling
from paragon_tui.engine.messages.job import FAST, Sampling
from paragon_tui.tui.app import ParagonApp
from paragon_tui.tui.dialogs.advice import AdviceScreen
from paragon_tui.tui.dialogs.figures import FiguresScreen
from paragon_tui.tui.widgets.results_table import ResultsTable
from paragon_tui.tui.widgets.text_panel import TextPanel
from paragon_tui.tui.widgets.tick_tree import TickTree
from paragon_tui.tui.widgets.timing_strip import TimingStrip
from tests.support.examples import GPU, planned, started
from tests.support.examples import measured as events_of
from tests.support.screen_sources import ScriptedSource
from tests.support.sessions import changed, folded
from tests.tui.conftest import SMALL, WIDE, Make, app_of, finished, searched, text_of, until


async def measured(pilot: Pilot[int], case: str, adapter: str) -> ParagonApp:
    """A finished run with this result selected."""
    app = app_of(pilot)
    await until(pilot, lambda: not app.model.searching)
    await pilot.press("r")
    await until(pilot, lambda: app.model.session.finished)
    app.main.query_one(ResultsTable).select(case, adapter)
    await pilot.pause()
    return app


def shows(app: ParagonApp, text: str) -> bool:
    return text in text_of(app)


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
        messages = [line.text for line in app.model.log if "adapters in turns" in line.text]
        assert messages == [
            "session 20261121-120000-beef: 50 results: 10 cases (S1, S2, …, XL2), adapters in turns "
            "(numpy, reference, opencl:0, vulkan:0, gl:0); about 1 min 15 s"
        ]


async def test_judgements_and_doubts_are_marks_behind_the_figures(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await measured(pilot, "S2", "vulkan:0")
        text = text_of(app)
        for mark in ("1.9×↓ ✓", "1.0×=", "1.0×? ✓", "2.3×↑ ✓", "909    µs! 1.0×? ✓", " ★≠"):
            assert mark in text
        assert "! noisy: only half of the samples are within ±7 % of the median" in text


async def test_nothing_is_drawn_while_there_are_no_samples(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await measured(pilot, "S2", "vulkan:0")
        strip, line = app.main.query_one(TimingStrip), app.main.query_one(Sparkline)
        done = next(result for result in app.model.session.listed if str(result.id) == "S2 on vulkan:0")
        for samples, drawn in ((120, [1.0, 2.0]), (0, [])):
            strip.show(app.model.session, changed(done, status="running", samples=samples), drawn, app.model.key)
            assert line.display == bool(drawn) and line.data == drawn
        # Ahead of the screen's own next paint, which shows the result as it is.
        assert "S2 on vulkan:0 preparing…" in str(strip.query_one(TextPanel)._shown)


async def test_a_share_of_the_peak_is_told_where_the_data_come_from_memory(make: Make) -> None:
    """XL2 moves 79 MB: 2 ms at 40 GB/s, and so much that a run of 25.9 ms with flushed caches is a fourteenth of it."""
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await measured(pilot, "XL2", "opencl:0")
        session = app.model.session
        for cache_bytes, unit in ((2**20, "% of peak bandwidth"), (2**30, "cold ")):
            session.ceilings["opencl:0"] = Ceiling(40.0, 1e6, cache_bytes)
            app.main.paint()
            await pilot.pause()
            assert unit in text_of(app)
            assert "bound" not in text_of(app)


async def test_progress_is_counted_and_told_by_time(make: Make) -> None:
    app = make(ScriptedSource(hold_run_at="S2 on numpy"))
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: not app.model.searching)
        await pilot.press("r")
        await until(pilot, lambda: app.model.progress()[0] == 5)
        assert "● 5/50 · 10 % ━" in text_of(app)  # all are expected to take as long
        assert "left · S2 on numpy" in text_of(app)
        await pilot.press("escape")


async def test_details_say_what_finding_an_adapter_took(make: Make) -> None:
    app = make()
    async with app.run_test(size=(120, 80)) as pilot:
        await until(pilot, lambda: not app.model.searching)
        await pilot.press("d", "down", "down")
        await until(pilot, lambda: re.search("found in +12.500 ms, all of opencl", text_of(app)))


async def test_doubtful_figures_are_counted_in_the_last_line(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: not app.model.searching)
        cases = app.main.query_one("#cases", TickTree)
        cases.tick([key for key in cases.leaf_keys() if key != "S2"], on=False)
        await pilot.press("r")
        await until(pilot, lambda: app.model.session.finished)
        words = "finished: 4 of 4 have the reference's bits · 1 doubtful (f)"
        assert f"session 20261121-120000-beef {words}" in text_of(app)
        await pilot.resize_terminal(*SMALL)
        await until(pilot, lambda: f" ✓ {words} " in text_of(app))


async def test_f_shows_every_figure_of_the_selected_result(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await measured(pilot, "XL2", "opencl:0")
        await pilot.press("f")
        await pilot.pause()
        dialog = app.screen
        assert isinstance(dialog, FiguresScreen)
        text = text_of(app)
        for words in (
            "25.862 ms [25.3, 26.6], end to end",
            "OpenBLAS 0.3.31 Example, 2 threads",
            "1.00× [0.995, 1.004], same",
            "12 visits, 1 process",
            "first run 51.725 ms",
            "of peak copy bandwidth",
            "Cold caches",
            "computing dominates (at least 78 %)",
            "harness code around driver calls 9.0 µs",
            "150 MiB peak on the host, 3 MiB on the device",
            "same bits every time (checked 12 times)",
        ):
            assert words in text, words
        await pilot.press("escape")
        assert app.screen is app.main


async def test_arrows_walk_to_the_figures_beside_it(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await measured(pilot, "S2", "opencl:0")
        await pilot.press("f")
        for key, result in (("down", "S3 on opencl:0"), ("up", "S2 on opencl:0"), ("left", "S2 on reference")):
            await pilot.press(key)
            await until(pilot, partial(shows, app, result))
        await pilot.press("escape")
        assert app.main.query_one(ResultsTable).selected == ("S2", "reference")


async def test_f_without_figures_says_so(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: not app.model.searching)
        await pilot.press("f")
        assert any("has no figures" in toast.message for toast in app._notifications)


async def test_w_says_when_to_use_which(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await measured(pilot, "XL2", "opencl:0")
        await pilot.press("w")
        await pilot.pause()
        assert isinstance(app.screen, AdviceScreen)
        assert "gl:0: faster than NumPy at every size measured, S1 to XL2" in text_of(app)
        assert "vulkan:0" not in str(app.screen.query_one(Static).render())  # unclear everywhere: nothing to say


async def test_w_has_a_table_of_what_was_measured_at_several_batches(make: Make) -> None:
    one = planned("S1", GPU)
    eight = replace(one, id=replace(one.id, case="S1@8"), case=replace(one.case, id="S1@8", batch=8))
    session = folded(started(one, eight), *events_of(one.id, 0.5), *events_of(eight.id, 1.0))
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: not app.model.searching)
        app.push_screen(AdviceScreen(session))
        await until(pilot, lambda: shows(app, "Scaling with the batch"))
        assert "gain is the number of samples per second over that at the smallest batch" in text_of(app)
        rows = [line.replace("│", " ").split() for line in text_of(app).splitlines() if "×" in line]
        table = [row[row.index("vulkan:0") - 1 :][:9] for row in rows if "vulkan:0" in row]
        assert table == [
            ["S1", "vulkan:0", "1", "500", "µs", "500", "µs", "2,000", "1.00×"],
            ["S1@8", "vulkan:0", "8", "1.00", "ms", "125", "µs", "8,000", "4.00×"],
        ]


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
            await until(pilot, partial(searched, app))
            await pilot.press(key)
            await until(pilot, partial(finished, app))
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
