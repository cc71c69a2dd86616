"""A result's throughput, in the unit in which people count it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from paragon_tui.engine.messages.figures import Interval, Rate
from paragon_tui.engine.results.rates import rate
from paragon_tui.formatting import timings
from paragon_tui.operators.operator import Cost
from paragon_tui.sessions.document import document
from paragon_tui.suites.case import Case, Work
from paragon_tui.suites.work import work
from paragon_tui.suites.workloads.registry import WORKLOADS
from tests.support.examples import CASES, measured, started, summary
from tests.support.sessions import FAST, fast_result, folded, run
from tests.support.textbook import Lesson

S1 = CASES["S1"]
BATCH = replace(S1, id="S1@256", batch=256)
COST = Cost(10**6, 1)
ADD = Case("parallel", "tensor-add-64K", "add", (65_536,), ("64K",))


def test_a_batch_is_counted_in_samples():
    assert work(BATCH, Cost(10**6, 1)) == Work(256, "samples")


def test_one_sample_alone_and_single_operations_have_no_unit_of_their_own():
    assert work(S1, Cost(10**6, 1)) is None
    assert work(replace(ADD, suite="vector"), Cost(65_536, 1)) is None


def test_the_suite_parallel_is_counted_in_the_operations_that_must_happen():
    assert work(ADD, Cost(65_536, 1)) == Work(0.065536, "M operations")
    assert work(replace(BATCH, suite="parallel"), Cost(5_000_000, 1)) == Work(5.0, "M operations")
    assert work(ADD, None) is None


def test_a_training_is_counted_in_the_steps_of_a_timed_run(monkeypatch: pytest.MonkeyPatch):
    lesson = Case("training", "lesson", "lesson", (2, 8, 1, 200, 1), batch=4)
    monkeypatch.setitem(WORKLOADS, "lesson", Lesson())
    assert work(lesson, Cost(1, 1)) == Work(50, "steps")


def test_a_rate_is_over_the_median_end_to_end_and_its_interval_is_turned_over():
    throughput = rate(BATCH, COST, summary(2.0))
    assert throughput is not None and throughput.interval is not None
    assert (throughput.interval.low, throughput.interval.high) == pytest.approx((102_400.0, 256_000 / 1.5))
    assert replace(throughput, interval=None) == Rate(128_000.0, None, "samples/s", 256)


def test_without_an_interval_a_time_or_a_unit_nothing_is_claimed():
    assert rate(BATCH, COST, replace(summary(2.0), interval=None)).interval is None
    low = replace(summary(2.0), interval=Interval(0.0, 4.0))  # a clock that hardly moved
    assert rate(BATCH, COST, low).interval is None
    assert rate(BATCH, COST, None) is None
    assert rate(BATCH, COST, summary(0.0)) is None
    assert rate(S1, COST, summary(2.0)) is None


def test_it_is_told_among_the_facts_and_is_in_the_document():
    planned = replace(FAST, case=BATCH)
    session = folded(started(planned), *measured(planned.id, 2.0))
    result = session.results[planned.id]
    text = "128,000 samples/s [102,400, 170,667], end to end; 256 samples per run"
    assert ("Throughput", text) in timings.timing_rows(session, result)
    (fields,) = document(session)["results"]
    assert (fields["batch"], fields["rate"]["unit"], fields["rate"]["value"]) == (256, "samples/s", 128_000.0)
    assert "Throughput" not in dict(timings.timing_rows(folded(*run()), fast_result()))
