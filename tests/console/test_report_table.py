"""The summary of a whole run: a table that fits a terminal, and the lines below it."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from paragon_tui.arithmetic.comparison import Difference
from paragon_tui.console.report import block, ceiling_lines, closing_lines, summary_table
from paragon_tui.console.run_command import Printer
from paragon_tui.engine.messages.events import Compared, Event, Failed, Output
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


def lines_of(session: Session, width: int = 80) -> list[str]:
    console = Console(file=io.StringIO(), width=width)
    with console.capture() as captured:
        console.print(summary_table(session.listed))
    return [line.rstrip() for line in captured.get().splitlines()]


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
    assert lines[2].split() == [
        *("XL2", "f32", "reference", "1234.567", "±25.0", "%", "1234.567"),
        *lines[2].split()[7:],
    ]
    assert lines[2].endswith("0.21× slower  ≠ 65535 ULP")


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


def test_ceilings_are_told_an_adapter_a_line():
    assert ceiling_lines(folded(*run())) == ["vulkan:0 peak: 8 GB/s copy bandwidth, 64 GFLOP/s multiply-add"]


@pytest.mark.parametrize("quiet", [False, True])
def test_a_quiet_run_leaves_the_ceilings_out(quiet):
    out = io.StringIO()
    Printer(folded(*run()), quiet, out).summary(explain=False)
    assert ("peak: " in out.getvalue()) != quiet


def summary_of(session: Session, explain: bool) -> list[str]:
    out = io.StringIO()
    Printer(session, True, out).summary(explain)
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
    Printer(folded(*run()), False, out).show(run()[0])
    assert "adapter discovery: host 1.500 ms, vulkan 250.250 ms" in out.getvalue()


def test_progress_goes_by_expected_time(monkeypatch, capsys):
    """One of four results, which takes half of the time."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    session = folded(*run()[:1])
    session.results[FAST.id] = replace(session.results[FAST.id], status="ok")
    session.planned[FAST.id] = replace(session.planned[FAST.id], expected_s=6.0)
    Printer(session, False, io.StringIO()).show(run()[1])
    assert "[1/4 · 50 %] S1 on numpy, about" in capsys.readouterr().err


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
