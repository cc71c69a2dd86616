"""The summary of a whole run: a table that fits a terminal, and the lines below it."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest

from paragon_tui.arithmetic.comparison import Difference
from paragon_tui.console.report import block, ceiling_lines, closing_lines
from paragon_tui.console.results_table import Matrix, table_for, table_lines
from paragon_tui.console.run_command import Printer
from paragon_tui.engine.messages.events import Compared, Event, Failed, Output, RunStarted
from paragon_tui.engine.messages.figures import SensorSummary
from paragon_tui.engine.results.session import Session
from paragon_tui.suites.case import Case
from tests.support.examples import (
    DIFFERENT,
    GPU,
    NUMPY,
    REFERENCE,
    SAME,
    measured,
    planned,
    prepared,
    ratio,
    started,
    summary,
)
from tests.support.sessions import FAST, changed, fast_result, folded, run

WIDTH = 80


def lines_of(session: Session, width: int = WIDTH) -> list[str]:
    return [line.plain for line in table_lines(session.listed, width)]


def widest() -> Session:
    """The longest usual names, and figures of seven columns."""
    results = [planned("XL2", adapter, dtype) for dtype in ("f32", "f16") for adapter in (NUMPY, REFERENCE, GPU)]
    wide = replace(DIFFERENT, ulp_max=65535)
    events: list[Event] = [started(*results, listed=("numpy", "reference", "vulkan:0"))]
    for result in results:
        beside = ratio(0.21, "slower") if result.adapter is not NUMPY else None
        figures = measured(result.id, 1234.567, beside, device_ms=summary(1234.567))
        events += [prepared(result.id), Compared(result.id, wide, SAME, ()), *figures]
    return folded(*events)


def test_the_table_fits_eighty_columns_without_cutting_or_folding():
    lines = lines_of(widest())
    assert len(lines) == 7
    assert max(map(len, lines)) <= 80
    assert not any("…" in line for line in lines)
    assert (
        lines[2] == "XL2      reference  1.23 s     ±25.0 %  1.23 s        –    ≠ 65535 ULP"
    )  # what is wrong is not fast


@pytest.mark.parametrize(
    ("logits", "output", "dtype", "text"),
    [
        (SAME, SAME, "f32", "✓"),
        (DIFFERENT, SAME, "f32", "≠ 2 ULP"),
        (DIFFERENT, SAME, "i8", "≠ 2 apart"),
        (SAME, DIFFERENT, "i8", "≠ 2 ULP"),
    ],
)
def test_bits_take_few_columns(logits, output, dtype, text):
    result = planned("S1", GPU, dtype)
    session = folded(
        started(result), prepared(result.id), Compared(result.id, logits, output, ()), *measured(result.id, 1.0)
    )
    assert lines_of(session)[1].endswith("  " + text)


def test_what_is_missing_is_told_below_the_table():
    session = folded(*run())
    assert lines_of(session)[-1].endswith("  failed")
    assert '✗ failed: the driver said "no",\nthen nothing: S2 on vulkan:0' in closing_lines(session)
    assert "– stopped: stopped by the user after 12 samples: S1 on vulkan:1" in closing_lines(session)


def test_what_many_lack_for_the_same_reason_is_told_once():
    results = [planned(case, GPU) for case in ("S1", "S2", "S3", "M1", "M2", "M3")]
    lost = [Failed(result.id, "stopped", "not run: the session was stopped first") for result in results[1:]]
    session = folded(started(*results), *measured(FAST.id, 1.0), *lost)
    assert closing_lines(session)[0] == "– stopped: not run: the session was stopped first: 5 of 6 results"


def test_a_broken_claim_is_told_below_the_table_with_the_place():
    session = folded(*run()[:-1])
    session.results[FAST.id] = changed(session.results[FAST.id], comparison=DIFFERENT)
    assert "≠ first at index 3, max 2 ULP: S1 on vulkan:0" in closing_lines(session)


def test_ceilings_are_told_an_adapter_a_line():
    assert ceiling_lines(folded(*run())) == ["vulkan:0 peak: 8 GB/s copy bandwidth, 64 GFLOP/s multiply-add"]


@pytest.mark.parametrize("detail", ["summary", "table", "blocks"])
def test_a_quiet_run_leaves_the_ceilings_out(detail):
    out = io.StringIO()
    Printer(folded(*run()), detail, out).summary(explain=False)
    assert ("peak: " in out.getvalue()) == (detail != "summary")


def summary_of(session: Session, explain: bool) -> list[str]:
    out = io.StringIO()
    Printer(session, "summary", out).summary(explain)
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_explain_shows_what_sensors_told_of_each_result_that_has_any():
    session = folded(*run())
    session.results[FAST.id] = fast_result(sensors=SensorSummary(4812.5, 71.5, None, 0.0125))
    lines = summary_of(session, explain=True)
    at = lines.index("Sensors")
    assert lines[at + 2].split() == ["S1", "vulkan:0", "4812", "71.5", "–", "12.5", "mJ"]
    assert "Sensors" not in summary_of(session, explain=False)


def test_explain_has_no_table_of_sensors_that_told_nothing():
    assert "Sensors" not in summary_of(folded(*run()), explain=True)


def test_a_run_is_announced_with_what_finding_adapters_took():
    out = io.StringIO()
    Printer(folded(*run()), "blocks", out).show(run()[0])
    assert "adapter discovery: host 1.500 ms, vulkan 250.250 ms" in out.getvalue()


def test_progress_goes_by_expected_time(monkeypatch, capsys):
    """One of four results, which takes half of the time."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    begin = run()[0]
    assert isinstance(begin, RunStarted)
    longer = tuple(replace(plan, expected_s=6.0) if plan.id == FAST.id else plan for plan in begin.planned)
    session = folded(replace(begin, planned=longer))
    session.results[FAST.id] = replace(session.results[FAST.id], status="ok")
    Printer(session, "table", io.StringIO()).show(run()[1])
    assert re.search(r"\[1/4 · 50 %\] 0 s, about \d+ s left · S1 on numpy$", capsys.readouterr().err)


# Rows that come as cases end


def growing(session: Session, events: tuple[Event, ...], columns: int = WIDTH) -> list[list[str]]:
    """Return the lines that each event of a run adds to what is printed in a terminal of this width."""
    out = io.StringIO()
    printer = Printer(session, "table", out)
    printer._width = columns
    added, before = [], 0
    for event in events:
        session.apply(event)
        printer.show(event)
        added.append(out.getvalue()[before:].splitlines())
        before = len(out.getvalue())
    printer.summary(explain=False)
    return [*added, out.getvalue()[before:].splitlines()]


def test_a_row_is_printed_when_the_last_adapter_of_its_case_has_ended():
    plans = [planned(case, on) for case in ("S1", "S2") for on in (NUMPY, GPU)]
    compared = [(prepared(plan.id), Compared(plan.id, SAME, SAME, ())) for plan in plans]
    times = [measured(plan.id, ms, ratio(2.0, "faster") if plan.adapter is GPU else None)
             for plan, ms in zip(plans, (0.4, 0.2, 40.0, 200.0), strict=True)]  # fmt: skip
    events = [event for pair, figures in zip(compared, times, strict=True) for event in (*pair, *figures)]
    lines = growing(Session(), (started(*plans, listed=("numpy", "vulkan:0")), *events))
    assert [bool(added) for added in lines[1:-1]] == [False] * 7 + [True] + [False] * 7 + [True]
    assert lines[8][1:] == ["case  numpy        vulkan:0", "S1     400 µs   ✓   200 µs   2.0×↑★ ✓"]
    assert lines[16] == ["S2    40.0 ms ★ ✓   200 ms   2.0×↑  ✓"]
    assert lines[-1][0] == "" and lines[-1][-1].startswith("4 of 4 results measured")


def test_what_was_stopped_has_a_row_if_it_began():
    """Of S1 the odd device was stopped, S2 failed; and a case that nobody began stands only in the lines below."""
    never = planned("M1", GPU)
    begin, *events = run()
    assert isinstance(begin, RunStarted)
    first = replace(begin, planned=(*begin.planned, never))
    stopped = Failed(never.id, "stopped", "not run: the session was stopped first")
    lines = [line for added in growing(Session(), (first, *events[:-1], stopped), 120) for line in added]
    table = lines[lines.index(next(line for line in lines if line.startswith("case"))) + 1 :]
    assert table[0].split() == ["S1", "400", "µs", "≠", "200", "µs!", "2.0×↑", "✓", "–", "stopped"]
    assert table[1].split() == ["S2", "✗", "failed"]
    assert table[2] == ""
    assert "– stopped: not run: the session was stopped first: M1 on vulkan:0" in lines


@pytest.mark.parametrize("width", [55, 59, 60, 61, 69, 70, 80, 200])
def test_no_line_is_wider_than_the_terminal_and_no_figure_is_cut(width):
    session = widest()
    table = table_for(session.listed, width)
    assert isinstance(table, Matrix) == (width >= 60)
    listed = lines_of(session, width)
    assert (("95 %" in listed[0]), ("device" in listed[0])) == (width >= 61, width >= 70)
    for rows in (listed, [line.plain for line in (table.heading, *table.rows(session.listed[:3]))]):
        assert max(map(len, rows)) <= width
        assert all("1.23 s" in line for line in rows[1:])


# Blocks of what is no network


def values_block(values: int, differing: range, on=GPU) -> list[str]:
    right = [index / 4 for index in range(values)]
    rows = tuple(
        Difference(index, value, value + (index in differing), 0.0, 0, "00000001", f"{1 + (index in differing):08x}")
        for index, value in enumerate(right[:256])
    )
    plan = replace(planned("S1", on), case=Case("vector", "add-100", "add", (100,), ("100",)))
    session = folded(started(plan), prepared(plan.id, "observed"))
    kept = tuple(value + (index in differing) for index, value in enumerate(right)) if values <= 1024 else None
    session.apply(Output(plan.id, 1.5, "aa" * 32, None, kept, None, None))
    session.apply(Compared(plan.id, DIFFERENT if differing else SAME, None, rows))
    return block(session, session.results[plan.id])


def test_the_first_values_are_printed_and_only_indices_that_differ():
    lines = values_block(100, range(2, 4))
    assert lines[-5] == "Values   CPU [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, … and 92 more]"
    assert lines[-4] == "         GPU [0, 0.25, 1.5, 1.75, 1, 1.25, 1.5, 1.75, … and 92 more]"
    assert [line.split(" | ")[0].strip() for line in lines[-3:]] == ["Idx", "2", "3"]
    assert not any(line.startswith(("Logits", "Softmax")) for line in lines)


def test_few_identical_values_are_printed_whole_without_a_table():
    lines = values_block(3, range(0))
    assert lines[-2:] == ["Values   CPU [0, 0.25, 0.5]", "         GPU [0, 0.25, 0.5]"]


def test_many_indices_that_differ_are_cut_short_and_that_is_said():
    lines = values_block(100, range(20))
    assert lines[-1] == "and more differing indices"
    assert lines[-2].startswith("  7 | ")


def test_of_many_values_none_is_printed():
    assert not any(line.startswith(("Values", "Idx")) for line in values_block(2000, range(2)))


def test_the_table_has_the_bits_of_what_has_no_softmax():
    plan = planned("S1", GPU)
    session = folded(started(plan), prepared(plan.id), Compared(plan.id, SAME, None, ()), *measured(plan.id, 4.0))
    assert lines_of(session)[1].endswith("✓")
    session.results[plan.id] = changed(session.results[plan.id], unlike=("gl:0",))
    assert lines_of(session)[1].endswith("≠ gl:0")
    session.results[plan.id] = changed(session.results[plan.id], unlike=(), deterministic=False)
    assert lines_of(session)[1].endswith("≠ changed")
