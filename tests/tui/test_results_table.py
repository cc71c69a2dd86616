"""The table of results by itself: whole columns at every width, the winner of a row, what a cell says."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace

import pytest
from textual.app import App, ComposeResult

from paragon_tui.engine.messages.events import Compared
from paragon_tui.engine.messages.figures import Interval
from paragon_tui.engine.results.fastest import fastest
from paragon_tui.engine.results.result import Result
from paragon_tui.formatting.cells import Cell, busy, cell, latency
from paragon_tui.tui.widgets.results_table import Heading, ResultsTable
from tests.support.sessions import FAST, changed, fast_result, folded, run

ADAPTERS = ("numpy", "reference", "opencl:0", "vulkan:0", "gl:0", "numpy-avx2")
CASES = ("S1", "train-medium")
TIME = re.compile(r"(\d+(?:\.\d+)?) *(?:ns|µs|ms|s )")


class Alone(App[None]):
    def compose(self) -> ComposeResult:
        yield ResultsTable(id="table")

    def show(self, adapters: tuple[str, ...] = ADAPTERS) -> None:
        figures = Cell("1013", "", "ms", "!", "144×↓", "slower", "✓", "right")
        cells = {(case, adapter): figures for case in CASES for adapter in adapters}
        headings = [
            Heading(adapter, "Example GPU 9000", "✓ 10 of 10", baseline=adapter == "numpy") for adapter in adapters
        ]
        self.query_one(ResultsTable).show(CASES, headings, cells, frozenset())

    def lines(self) -> list[str]:
        table = self.query_one(ResultsTable)
        return ["".join(segment.text for segment in table.render_line(y)) for y in range(table.size.height)]


async def test_no_number_is_cut_at_any_width_and_case_and_baseline_stay() -> None:
    app = Alone()
    async with app.run_test(size=(80, 6)) as pilot:
        app.show()
        table = app.query_one(ResultsTable)
        for width in range(80, 221):
            await pilot.resize_terminal(width, 6)
            async with asyncio.timeout(60):
                while table.size.width != width:
                    await pilot.pause()
            for column, adapter in ((1, "reference"), (5, "numpy-avx2")):
                table.cursor = (0, column)
                heading, _, row, *_ = app.lines()
                shown = [name for name in ADAPTERS if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", heading)]
                assert TIME.findall(row) == ["1013"] * len(shown), (width, row)
                assert {"numpy", adapter} <= {*shown} and row.startswith("S1"), (width, heading)
                hidden = len(ADAPTERS) - len(shown)
                before = int((re.search(r"‹(\d)", heading) or ("", "0"))[1])
                after = int((re.search(r"(\d)›", heading) or ("", "0"))[1])
                assert before + after == hidden, (width, heading)
                assert all(len(line) == width for line in app.lines())


async def test_a_click_on_the_edge_goes_on_by_a_column() -> None:
    app = Alone()
    async with app.run_test(size=(80, 6)) as pilot:
        app.show()
        await pilot.pause()
        table = app.query_one(ResultsTable)
        assert app.lines()[0].rstrip().endswith("›")
        table.cursor = (0, 2)
        await pilot.click("#table", offset=(79, 0))
        assert table.cursor == (0, 3)


async def test_without_the_baseline_only_cases_stay() -> None:
    app = Alone()
    async with app.run_test(size=(80, 6)) as pilot:
        app.show(ADAPTERS[1:])
        await pilot.pause()
        app.query_one(ResultsTable).cursor = (0, 4)
        assert app.lines()[0].startswith("‹") and "numpy-avx2" in app.lines()[0]


async def test_a_table_of_nothing_is_empty() -> None:
    app = Alone()
    async with app.run_test(size=(80, 6)) as pilot:
        app.query_one(ResultsTable).show((), (), {}, frozenset())
        await pilot.pause()
        assert app.query_one(ResultsTable).selected is None
        assert app.lines()[0].strip() == ""


def timed(adapter: str, median: float, half: float | None, mark: str = "") -> Result:
    result = fast_result()
    assert result.timings.latency_ms is not None
    interval = Interval(median - half, median + half) if half is not None else None
    latency = replace(result.timings.latency_ms, median=median, interval=interval)
    doubts = {} if mark else {"flags": ()}
    return changed(result, id=replace(result.id, adapter=adapter), latency_ms=latency, **doubts)


@pytest.mark.parametrize(
    ("others", "best"),
    [
        ((("b", 2.0, 0.1),), "a"),
        ((("b", 1.15, 0.1),), None),  # their intervals overlap
        ((("b", 2.0, None),), None),
        ((("b", 0.5, 0.1), ("c", 2.0, 0.1)), "b"),
        ((), None),
    ],
)
def test_the_winner_is_clear_of_all_others_or_there_is_none(
    others: tuple[tuple[str, float, float | None], ...], best: str | None
) -> None:
    winner = fastest([timed("a", 1.0, 0.1), *(timed(*other) for other in others)])
    assert (winner.id.adapter if winner else None) == best


def test_a_cell_of_wrong_bits_has_no_ratio_and_is_red() -> None:
    wrong = cell(changed(fast_result(), unlike=("gl:0",)), latency(changed(fast_result(), unlike=("gl:0",))))
    assert wrong.ratio == "" and wrong.bits == "≠#" and wrong.style == "wrong"


async def test_what_is_done_moves_nothing_and_its_seconds_are_never_cut() -> None:
    app = Alone()
    async with app.run_test(size=(120, 6)) as pilot:
        table = app.query_one(ResultsTable)
        headings = [Heading(adapter, "llvmpipe", "") for adapter in ADAPTERS]
        table.show(CASES, headings, {}, frozenset())
        await pilot.pause()
        before = app.lines()[0]
        doing = {(case, adapter): busy("compiling", 1234.0) for case in CASES for adapter in ADAPTERS}
        table.show(CASES, headings, doing, frozenset(doing))
        heading, _, row, *_ = app.lines()
        assert heading == before
        assert row.count("◌ 1234 s c") == sum(name in heading.split() for name in ADAPTERS) > 3


def test_before_its_first_samples_a_result_shows_its_bits_alone() -> None:
    compared = next(number for number, event in enumerate(run()) if isinstance(event, Compared) and event.id == FAST.id)
    session = folded(*run()[: compared + 1])
    waiting = cell(session.results[FAST.id], latency(session.results[FAST.id]))
    assert (waiting.whole, waiting.unit, waiting.bits, waiting.note) == ("…", "", "✓", "")
