"""A session folded from a stream of events written by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from unit_examples import (
    DIFFERENT,
    GPU,
    NUMPY,
    ROW,
    SAME,
    finished,
    job_id,
    planned,
    prepared,
    started,
    summary,
)

from backends.fingerprint import CANONICAL_HOST
from paragon_tui.engine.events import (
    AdapterFound,
    DiscoveryFinished,
    Event,
    Failed,
    Finished,
    JobStarted,
    Log,
    Output,
    Prepared,
    Probed,
    RunFinished,
    SampleBatch,
    Verdict,
)
from paragon_tui.engine.results import Session

BASE, FAST, SLOW = job_id("S1", NUMPY), job_id("S1", GPU), job_id("S2", GPU)
RUN = started(planned("S1", NUMPY), planned("S1", GPU), planned("S2", GPU))


def folded(*events: Event) -> Session:
    session = Session()
    for event in events:
        session.apply(event)
    return session


def test_a_new_session_knows_nothing():
    session = Session()
    assert (session.id, session.results, session.running, session.finished) == ("", {}, None, False)
    assert session.listed == session.failures == []


def test_a_started_run_waits_for_all_its_results_in_order():
    session = folded(RUN)
    assert (session.id, session.started) == ("one", "2026-01-02T03:04:05Z")
    assert session.host == {"cpu": "Example CPU", "os": "Linux"}
    assert list(session.results) == [BASE, FAST, SLOW]
    assert {result.progress for result in session.results.values()} == {"waiting"}
    first = session.results[FAST]
    assert (first.shape, first.megabytes, first.tier) == (
        "784 → 64 → 10",
        pytest.approx(0.194, abs=1e-3),
        "guarded",
    )
    assert (first.latency_ms, first.comparison, first.samples, first.ended) == (None, None, 0, False)


def test_a_result_goes_from_waiting_over_running_to_ok():
    session = folded(RUN)
    session.apply(JobStarted(FAST))
    assert (session.results[FAST].progress, session.running) == ("running", FAST)
    assert not session.results[FAST].ended
    session.apply(SampleBatch(FAST, (1, 2), ()))
    assert session.running == FAST
    session.apply(finished(FAST, 0.25))
    assert (session.results[FAST].progress, session.running) == ("ok", None)
    assert session.results[FAST].ended
    assert session.results[SLOW].progress == "waiting"


def test_every_event_leaves_its_figures_in_the_result():
    session = folded(
        RUN,
        JobStarted(FAST),
        Prepared(FAST, 12.5, 3.5, 0.5, "rows", "observed"),
        Output(FAST, "b0e9", "44b4", (1.0, 2.0), (0.25, 0.75), (0.5, 0.5)),
        Verdict(FAST, DIFFERENT, SAME, (ROW,)),
        SampleBatch(FAST, (1, 2, 3), (1, 2)),
        SampleBatch(FAST, (4,), ()),
        Finished(FAST, "ok", summary(0.25), summary(0.125)),
    )
    result = session.results[FAST]
    assert (result.init_ms, result.compile_ms, result.upload_ms) == (12.5, 3.5, 0.5)
    assert (result.digest, result.logits, result.output) == ("b0e9", (1.0, 2.0), (0.25, 0.75))
    assert result.reference_output == (0.5, 0.5)
    assert (result.comparison, result.output_comparison, result.differences) == (DIFFERENT, SAME, (ROW,))
    assert result.samples == 4
    assert (result.latency_ms, result.device_ms, result.error) == (summary(0.25), summary(0.125), None)


def test_an_event_changes_no_other_result():
    before = folded(RUN).results
    after = folded(RUN, JobStarted(FAST), Prepared(FAST, 1, None, None, None, None), finished(FAST, 1)).results
    assert {name: after[name] for name in (BASE, SLOW)} == {name: before[name] for name in (BASE, SLOW)}


def test_a_failure_keeps_its_reason_and_what_was_already_known():
    session = folded(
        RUN, JobStarted(FAST), Prepared(FAST, 12.5, None, None, None, None), Failed(FAST, "failed", "lost")
    )
    result = session.results[FAST]
    assert (result.progress, result.error, result.init_ms, result.latency_ms) == (
        "failed",
        "lost",
        12.5,
        None,
    )
    assert session.running is None


@pytest.mark.parametrize("status", ["unsupported", "failed", "timeout", "stopped"])
def test_whatever_the_status_of_a_failure_the_result_has_ended(status):
    session = folded(RUN, JobStarted(FAST), Failed(FAST, status, "because"))
    assert session.results[FAST].progress == status
    assert session.results[FAST].ended


def test_a_stopped_result_keeps_its_figures_and_says_so():
    session = folded(RUN, Finished(FAST, "stopped", summary(1.0), None, "stopped by the user after 12 samples"))
    result = session.results[FAST]
    assert (result.progress, result.latency_ms, result.error) == (
        "stopped",
        summary(1.0),
        "stopped by the user after 12 samples",
    )


@pytest.mark.parametrize("interrupted", [False, True])
def test_a_finished_run_says_whether_it_was_interrupted(interrupted):
    session = folded(RUN, JobStarted(FAST), RunFinished("one", interrupted))
    assert (session.finished, session.interrupted, session.running) == (True, interrupted, None)


def test_discovery_and_the_log_change_nothing():
    quiet, loud = folded(RUN), folded(RUN)
    for event in (AdapterFound(GPU), DiscoveryFinished("gl", 0, "none"), Log("a", "error", "b")):
        loud.apply(event)
    assert vars(loud) == vars(quiet)


def test_a_new_run_replaces_the_results_of_the_last():
    session = folded(RUN, finished(FAST, 1.0), started(planned("S2", GPU), session="two"))
    assert session.id == "two"
    assert list(session.results) == [SLOW]


def test_the_speedup_is_numpys_median_over_the_results():
    session = folded(RUN, finished(BASE, 0.5), finished(FAST, 0.125))
    assert session.cpu_ms(session.results[FAST]) == 0.5
    assert session.speedup(session.results[FAST]) == 4.0
    assert session.speedup(session.results[BASE]) == 1.0


def test_the_speedup_is_taken_within_a_case_only():
    session = folded(RUN, finished(BASE, 0.5), finished(SLOW, 0.125))
    assert session.cpu_ms(session.results[SLOW]) is None
    assert session.speedup(session.results[SLOW]) is None


def test_a_dtype_is_compared_with_numpy_at_that_dtype():
    half = planned("S1", GPU, dtype="f16")
    session = folded(started(planned("S1", NUMPY), half), finished(BASE, 0.5), finished(half.id, 0.25))
    assert session.cpu_ms(session.results[half.id]) is None


def test_a_variant_is_compared_with_numpys_default():
    other = replace(planned("S1", GPU), id=replace(FAST, variant="naive"))
    session = folded(started(planned("S1", NUMPY), other), finished(BASE, 0.5), finished(other.id, 0.25))
    assert session.speedup(session.results[other.id]) == 2.0


@pytest.mark.parametrize(
    "events",
    [
        (finished(FAST, 0.25),),
        (Failed(BASE, "failed", "no BLAS"), finished(FAST, 0.25)),
        (finished(BASE, 0.5),),
        (finished(BASE, 0.5), Failed(FAST, "timeout", "hangs")),
        (finished(BASE, 0.5), finished(FAST, 0.0)),
    ],
    ids=["baseline waits", "baseline failed", "result waits", "result failed", "clock did not move"],
)
def test_what_was_not_measured_on_both_sides_has_no_speedup(events):
    session = folded(RUN, *events)
    assert session.speedup(session.results[FAST]) is None


def test_cpu_ms_is_absent_where_numpy_was_not_planned():
    session = folded(started(planned("S1", GPU)), finished(FAST, 0.25))
    assert session.cpu_ms(session.results[FAST]) is None


def test_the_baseline_that_nobody_asked_for_is_not_listed():
    session = folded(RUN)
    assert [result.id for result in session.listed] == [FAST, SLOW]
    assert BASE in session.results


def test_the_baseline_that_was_asked_for_is_listed_in_order():
    session = folded(started(planned("S1", NUMPY), planned("S1", GPU), listed=("vulkan:0", "numpy")))
    assert [result.id for result in session.listed] == [BASE, FAST]


def test_a_claim_is_broken_by_different_bits_where_there_is_a_tier():
    session = folded(RUN, prepared(FAST), Verdict(FAST, DIFFERENT, SAME, ()), finished(FAST, 1.0))
    assert session.results[FAST].broken_claim
    assert [result.id for result in session.failures] == [FAST]


def test_a_claim_is_broken_by_a_softmax_that_differs_alone():
    assert folded(RUN, prepared(FAST), Verdict(FAST, SAME, DIFFERENT, ())).results[FAST].broken_claim


@pytest.mark.parametrize("standing", ["not here", None])
def test_different_bits_break_no_claim_where_the_tier_does_not_hold(standing):
    session = folded(RUN, prepared(FAST, standing), Verdict(FAST, DIFFERENT, SAME, ()), finished(FAST, 1.0))
    assert not session.results[FAST].claims_identity
    assert not session.results[FAST].broken_claim
    assert session.claims == (0, 0)


def test_fingerprints_are_kept_by_adapter():
    seen = CANONICAL_HOST
    session = folded(RUN, Probed("vulkan:0", seen), Probed("gl:0", None, "no driver"))
    assert session.fingerprints == {"vulkan:0": seen}


def test_different_bits_break_no_claim_where_none_is_made():
    session = folded(RUN, Verdict(BASE, DIFFERENT, DIFFERENT, ()), finished(BASE, 1.0))
    assert session.results[BASE].tier is None
    assert not session.results[BASE].broken_claim
    assert session.failures == []


def test_a_result_that_was_not_compared_breaks_no_claim():
    assert not folded(RUN, finished(FAST, 1.0)).results[FAST].broken_claim


def test_identical_logits_keep_the_claim():
    session = folded(RUN, prepared(FAST), Verdict(FAST, SAME, SAME, ()))
    assert not session.results[FAST].broken_claim
    assert session.claims == (1, 1)


def test_failures_are_what_failed_or_hung_and_not_what_was_refused_or_stopped():
    cases = {"S1": "failed", "S2": "timeout", "S3": "unsupported", "M1": "stopped"}
    session = folded(
        started(*(planned(case, GPU) for case in cases)),
        *(Failed(job_id(case, GPU), status, "because") for case, status in cases.items()),
    )
    assert [result.id.case for result in session.failures] == ["S1", "S2"]


def test_a_failure_of_the_unlisted_baseline_is_a_failure():
    session = folded(RUN, Failed(BASE, "failed", "no BLAS"))
    assert [result.id for result in session.failures] == [BASE]
