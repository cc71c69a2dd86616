"""A session's listed results, claims, failures and processes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from paragon_tui.engine.messages.events import (
    Closed,
    Compared,
    Failed,
    Finished,
    Probed,
    SampleBatch,
    Status,
)
from paragon_tui.engine.messages.job import JobId
from tests.support.examples import (
    ALL_GUARANTEED,
    CALM,
    DIFFERENT,
    GPU,
    NUMPY,
    ROW,
    SAME,
    job_id,
    measured,
    output,
    planned,
    prepared,
    started,
)
from tests.support.sessions import folded

BASE, FAST, SLOW = job_id("S1", NUMPY), job_id("S1", GPU), job_id("S2", GPU)
RUN = started(planned("S1", NUMPY), planned("S1", GPU), planned("S2", GPU))


def visited(on: JobId, other_cores: float | None) -> SampleBatch:
    return SampleBatch(on, 0, 0, (100,), (), replace(CALM, other_cores=other_cores))


def test_the_load_is_of_the_visits_on_the_processor_as_a_share_of_its_cores():
    run = replace(RUN, host={"cores": "4"})
    assert folded(run).load is None
    assert folded(run, visited(BASE, 1.0), visited(BASE, None), visited(BASE, 3.0), visited(FAST, 4.0)).load == 0.5
    assert folded(run, visited(BASE, -0.1)).load == 0.0
    assert folded(RUN, visited(BASE, 1.0)).load is None  # nobody knows of how many


def test_the_baseline_that_nobody_asked_for_is_not_listed():
    session = folded(RUN)
    assert [result.id for result in session.listed] == [FAST, SLOW]
    assert BASE in session.results


def test_the_baseline_that_was_asked_for_is_listed_in_order():
    session = folded(started(planned("S1", NUMPY), planned("S1", GPU), listed=("vulkan:0", "numpy")))
    assert [result.id for result in session.listed] == [BASE, FAST]


def test_a_claim_is_broken_by_different_bits_where_there_is_a_tier():
    session = folded(RUN, prepared(FAST), Compared(FAST, DIFFERENT, SAME, ()), *measured(FAST, 1.0))
    assert session.results[FAST].bits.broken_claim
    assert [result.id for result in session.failures] == [FAST]


def test_a_claim_is_broken_by_a_softmax_that_differs_alone():
    assert folded(RUN, prepared(FAST), Compared(FAST, SAME, DIFFERENT, ())).results[FAST].bits.broken_claim


@pytest.mark.parametrize("standing", ["not here", None])
def test_different_bits_break_no_claim_where_the_tier_does_not_hold(standing):
    session = folded(RUN, prepared(FAST, standing), Compared(FAST, DIFFERENT, SAME, ()), *measured(FAST, 1.0))
    assert not session.results[FAST].bits.claims_identity
    assert not session.results[FAST].bits.broken_claim
    assert session.claims == (0, 0)


def test_fingerprints_are_kept_by_adapter():
    seen = ALL_GUARANTEED
    session = folded(RUN, Probed("vulkan:0", seen), Probed("gl:0", None, "no driver"))
    assert session.fingerprints == {"vulkan:0": seen}


def test_different_bits_break_no_claim_where_none_is_made():
    session = folded(RUN, Compared(BASE, DIFFERENT, DIFFERENT, ()), *measured(BASE, 1.0))
    assert session.results[BASE].bits.tier is None
    assert not session.results[BASE].bits.broken_claim
    assert session.failures == []


def test_a_result_that_was_not_compared_breaks_no_claim():
    assert not folded(RUN, *measured(FAST, 1.0)).results[FAST].bits.broken_claim


def test_identical_logits_keep_the_claim():
    session = folded(RUN, prepared(FAST), Compared(FAST, SAME, SAME, ()))
    assert not session.results[FAST].bits.broken_claim
    assert session.claims == (1, 1)


def test_failures_are_what_failed_or_hung_and_not_what_was_refused_or_stopped():
    cases: dict[str, Status] = {"S1": "failed", "S2": "timeout", "S3": "unsupported", "M1": "stopped"}
    session = folded(
        started(*(planned(case, GPU) for case in cases)),
        *(Failed(job_id(case, GPU), status, "because") for case, status in cases.items()),
    )
    assert [result.id.case for result in session.failures] == ["S1", "S2"]


def test_a_failure_of_the_unlisted_baseline_is_a_failure():
    session = folded(RUN, Failed(BASE, "failed", "no BLAS"))
    assert [result.id for result in session.failures] == [BASE]


# Several processes


@pytest.mark.parametrize(
    ("closed", "digests", "deterministic"),
    [
        ((True, True), ("one", "one"), True),
        ((False, True), ("one", "one"), False),
        ((True, False), ("one", "one"), False),
        ((True, True), ("one", "two"), False),
    ],
)
def test_a_result_is_deterministic_where_all_runs_of_all_processes_agree(closed, digests, deterministic):
    session = folded(RUN)
    assert session.results[FAST].bits.deterministic is None
    for agreed, digest in zip(closed, digests, strict=True):
        for event in (output(digest), Compared(FAST, SAME, SAME, ()), Closed(FAST, agreed, None)):
            session.apply(event)
    assert session.results[FAST].bits.deterministic is deterministic


@pytest.mark.parametrize(("softmax", "deterministic"), [("44b4", True), ("55c5", False)])
def test_a_softmax_that_changes_alone_is_not_deterministic_either(softmax, deterministic):
    session = folded(RUN, output("one"), Closed(FAST, True, None), output("one", softmax=softmax))
    session.apply(Closed(FAST, True, None))
    assert session.results[FAST].bits.deterministic is deterministic


@pytest.mark.parametrize(("standing", "broken"), [("guaranteed", True), ("observed", True), ("not here", False)])
def test_bits_that_are_right_but_not_every_time_break_a_claim(standing, broken):
    session = folded(RUN, prepared(FAST, standing), Compared(FAST, SAME, SAME, ()), Closed(FAST, False, None))
    session.apply(Finished(FAST, "ok", 1.0))
    result = session.results[FAST]
    assert (result.bits.differs, result.bits.broken_claim) == (False, broken)
    assert session.failures == ([result] if broken else [])
    assert session.claims == ((0, 1) if broken else (0, 0))


@pytest.mark.parametrize(
    ("logits", "softmax", "differs"), [(SAME, SAME, False), (DIFFERENT, SAME, True), (SAME, DIFFERENT, True)]
)
def test_whether_bits_differ_is_another_question_than_whether_they_were_claimed(logits, softmax, differs):
    session = folded(RUN, prepared(FAST, None))
    assert session.results[FAST].bits.differs is False  # not compared yet
    session.apply(Compared(FAST, logits, softmax, ()))
    assert (session.results[FAST].bits.differs, session.results[FAST].bits.broken_claim) == (differs, False)


def test_the_first_run_is_the_first_processs_and_the_peak_the_largest():
    events = (output("one", 4.5), Closed(FAST, True, 100), output("one", 2.5), Closed(FAST, True, 50))
    result = folded(RUN, *events, Closed(FAST, True, None)).results[FAST]
    assert (result.timings.first_run_ms, result.resources.host_peak_bytes) == (4.5, 100)


def test_a_process_that_tried_shapes_has_no_first_run_and_the_next_has():
    assert folded(RUN, output("one", None)).results[FAST].timings.first_run_ms is None
    assert (
        folded(RUN, output("one", None), output("one", 2.5), output("one", 1.5)).results[FAST].timings.first_run_ms
        == 2.5
    )


@pytest.mark.parametrize("order", [(SAME, DIFFERENT), (DIFFERENT, SAME)])
def test_a_claim_that_one_process_broke_stays_broken(order):
    session = folded(RUN, prepared(FAST))
    for comparison in order:
        session.apply(output("right" if comparison is SAME else "wrong"))
        session.apply(Compared(FAST, comparison, comparison, (ROW,) if comparison is DIFFERENT else ()))
    result = session.results[FAST]
    assert result.bits.broken_claim
    assert (result.bits.digest, result.bits.differences, result.bits.deterministic) == ("wrong", (ROW,), False)


def test_bits_that_changed_from_right_to_wrong_are_shown_as_the_wrong_ones():
    """Though the claim was broken before, by a process that gave right bits first and others later."""
    right = (output("right"), Compared(FAST, SAME, SAME, ()), Closed(FAST, False, None))
    wrong = (output("wrong"), Compared(FAST, DIFFERENT, SAME, (ROW,)))
    result = folded(RUN, prepared(FAST), *right, *wrong).results[FAST]
    assert (result.bits.digest, result.bits.comparison, result.bits.differences) == ("wrong", DIFFERENT, (ROW,))
