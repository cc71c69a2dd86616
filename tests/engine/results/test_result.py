"""Results folded from events, beside the baseline and their adapter's ceiling."""

from __future__ import annotations

from dataclasses import replace

import pytest

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.fingerprint import Standing
from paragon_tui.engine.messages.events import (
    AdapterFound,
    CeilingFound,
    ChainedBatch,
    Closed,
    ColdBatch,
    Compared,
    DiscoveryFinished,
    Event,
    Examined,
    Failed,
    Finished,
    JobStarted,
    Log,
    NotMeasured,
    Output,
    Prepared,
    RunFinished,
    SampleBatch,
)
from paragon_tui.engine.messages.figures import Ceiling, Dropped, Overhead, SensorSummary
from paragon_tui.engine.messages.job import Sampling
from paragon_tui.engine.results.session import Session
from tests.support.examples import (
    CALM,
    DIFFERENT,
    GPU,
    NUMPY,
    ROW,
    SAME,
    adapter,
    batch,
    figures,
    job_id,
    measured,
    output,
    planned,
    prepared,
    ratio,
    started,
    summary,
)
from tests.support.sessions import NOISY, THROUGH, folded

BASE, FAST, SLOW = job_id("S1", NUMPY), job_id("S1", GPU), job_id("S2", GPU)
RUN = started(planned("S1", NUMPY), planned("S1", GPU), planned("S2", GPU))


def test_a_new_session_knows_nothing():
    session = Session()
    assert (session.id, session.results, session.running, session.finished) == ("", {}, None, False)
    assert session.listed == session.failures == []


def test_a_started_run_waits_for_all_its_results_in_order():
    session = folded(RUN)
    assert (session.id, session.started) == ("one", "2026-01-02T03:04:05Z")
    assert session.host == {"cpu": "Example CPU", "os": "Linux"}
    assert list(session.results) == [BASE, FAST, SLOW]
    assert {result.status for result in session.results.values()} == {"waiting"}
    first = session.results[FAST]
    assert (first.shape, first.bits.tier) == ("784 → 64 → 10", "guarded")
    assert first.resources.megabytes == pytest.approx(0.194, abs=1e-3)
    assert (first.timings.latency_ms, first.bits.comparison, first.timings.samples, first.ended) == (
        None,
        None,
        0,
        False,
    )


def test_a_result_goes_from_waiting_over_running_to_ok():
    session = folded(RUN)
    session.apply(JobStarted(FAST))
    assert (session.results[FAST].status, session.running) == ("running", FAST)
    assert not session.results[FAST].ended
    session.apply(batch(FAST, (1, 2)))
    session.apply(figures(FAST, 0.25))
    assert (session.results[FAST].status, session.running) == ("running", FAST)
    session.apply(Finished(FAST, "ok", 1.5))
    assert (session.results[FAST].status, session.running) == ("ok", None)
    assert session.results[FAST].ended
    assert session.results[SLOW].status == "waiting"


def test_what_holds_for_the_whole_session_is_kept():
    session = folded(started(planned("S1", GPU), threads=3), CeilingFound("vulkan:0", Ceiling(8.0, 64.0)))
    assert (session.discovery_ms, session.sampling) == ({"host": 1.5, "vulkan": 250.25}, Sampling())
    assert (session.threads, folded(RUN).threads) == (3, None)
    assert session.ceilings == {"vulkan:0": Ceiling(8.0, 64.0)}


def test_every_event_leaves_its_figures_in_the_result():
    session = folded(
        RUN,
        JobStarted(FAST),
        Prepared(FAST, 12.5, 3.5, 0.5, "rows", "observed", "OpenBLAS", 2, 4096),
        Output(FAST, 4.5, "b0e9", "44b4", (1.0, 2.0), (0.25, 0.75), (0.5, 0.5)),
        Compared(FAST, DIFFERENT, SAME, (ROW,), "fma"),
        batch(FAST, (1_000_000, 2_000_000, 3_000_000), (1, 2)),
        batch(FAST, (4_000_000,), visit=1),
        Examined(FAST, Overhead(600, 5_000, None)),
        Closed(FAST, deterministic=True, host_peak_bytes=2**26),
        figures(
            FAST,
            0.25,
            ratio(2.0, "faster"),
            device_ms=summary(0.125),
            cold_ms=summary(0.5),
            warm_ms=summary(0.375),
            launch_cost=THROUGH,
            flags=(NOISY,),
            processes=3,
            rounds=30,
        ),
        Finished(FAST, "ok", 1.25),
    )
    result = session.results[FAST]
    timings, bits, resources, conditions = result.timings, result.bits, result.resources, result.conditions
    assert (timings.init_ms, timings.compile_ms, timings.upload_ms, timings.first_run_ms) == (12.5, 3.5, 0.5, 4.5)
    assert (resources.plan, bits.standing, resources.library, resources.threads) == ("rows", "observed", "OpenBLAS", 2)
    assert (bits.digest, bits.values, bits.softmax) == ("b0e9", (1.0, 2.0), (0.25, 0.75))
    assert bits.reference_output == (0.5, 0.5)
    assert (bits.comparison, bits.output_comparison, bits.differences) == (DIFFERENT, SAME, (ROW,))
    assert (bits.chain, timings.samples, timings.interim_ms) == ("fma", 4, 4.0)
    assert (resources.overhead, bits.deterministic) == (Overhead(600, 5_000, None), True)
    assert (resources.host_peak_bytes, resources.device_bytes) == (2**26, 4096)
    assert (timings.latency_ms, timings.device_ms) == (summary(0.25), summary(0.125))
    assert (timings.cold_ms, timings.warm_ms, conditions.not_measured) == (summary(0.5), summary(0.375), ())
    assert (timings.speedup, timings.launch_cost, conditions.flags) == (ratio(2.0, "faster"), THROUGH, (NOISY,))
    assert (timings.processes, timings.rounds, result.elapsed_s, result.error) == (3, 30, 1.25, None)


def test_the_interim_median_is_the_last_visits():
    session = folded(RUN, batch(FAST, (9_000_000,)), batch(FAST, (1_000_000, 2_000_000)), batch(FAST, ()))
    assert session.results[FAST].timings.interim_ms == 1.5


def test_cold_and_chained_samples_are_for_the_store_alone():
    quiet, loud = folded(RUN), folded(RUN, ColdBatch(FAST, 0, (1, 2), (1, 1)), ChainedBatch(FAST, 0, (((1, 2),),)))
    assert vars(loud) == vars(quiet)


def test_what_could_not_be_measured_is_said_in_order_and_costs_nothing_else():
    lacking = (NotMeasured(FAST, "cold caches", "out of memory"), NotMeasured(FAST, "memory", "gone"))
    session = folded(RUN, JobStarted(FAST), *lacking, *lacking, *measured(FAST, 0.25))  # in two processes
    result = session.results[FAST]
    assert result.conditions.not_measured == ("cold caches: out of memory", "memory: gone")
    assert (result.status, result.timings.latency_ms, session.failures) == ("ok", summary(0.25), [])


def test_samples_that_were_dropped_are_added_up_over_visits():
    def dropping(visit: int, dropped: Dropped | None) -> SampleBatch:
        return replace(batch(FAST, (1,), visit=visit), conditions=replace(CALM, dropped=dropped))

    quiet = folded(RUN, dropping(0, None))
    assert quiet.results[FAST].conditions.dropped is None
    visits = (dropping(0, Dropped(stopped=2)), dropping(1, None), dropping(2, Dropped(slept=1, stopped=1)))
    session = folded(RUN, JobStarted(FAST), *visits, *measured(FAST, 0.25))
    assert session.results[FAST].conditions.dropped == Dropped(slept=1, stopped=3)


def test_what_sensors_told_goes_with_the_figures():
    told = SensorSummary(3000.0, 61.0, 45.0, 0.25)
    session = folded(RUN, JobStarted(FAST), figures(FAST, 0.25, sensors=told))
    assert session.results[FAST].conditions.sensors == told
    session.apply(Failed(FAST, "failed", "gone"))
    assert session.results[FAST].conditions.sensors is None


def test_an_event_changes_no_other_result():
    before = folded(RUN).results
    after = folded(RUN, JobStarted(FAST), Prepared(FAST, 1, None, None, None, None), *measured(FAST, 1)).results
    assert {name: after[name] for name in (BASE, SLOW)} == {name: before[name] for name in (BASE, SLOW)}


def test_a_failure_keeps_its_reason_and_what_was_already_known():
    session = folded(
        RUN, JobStarted(FAST), Prepared(FAST, 12.5, None, None, None, None), Failed(FAST, "failed", "lost")
    )
    result = session.results[FAST]
    assert (result.status, result.error, result.timings.init_ms, result.timings.latency_ms) == (
        "failed",
        "lost",
        12.5,
        None,
    )
    assert session.running is None


def test_a_failure_leaves_no_figure_that_an_earlier_process_gave():
    """They would be of fewer processes than they say; the samples are in the store."""
    timings = {"device_ms": summary(1), "cold_ms": summary(1), "warm_ms": summary(1), "launch_cost": THROUGH}
    figured = figures(FAST, 0.25, ratio(2.0, "faster"), flags=(NOISY,), **timings)
    before = (prepared(FAST), output("one"), Compared(FAST, SAME, SAME, (ROW,)), Examined(FAST, Overhead(1, 2, 3)))
    result = folded(RUN, JobStarted(FAST), *before, figured, Failed(FAST, "timeout", "no answer")).results[FAST]
    times = (result.timings.latency_ms, result.timings.device_ms, result.timings.cold_ms, result.timings.warm_ms)
    assert {*times, result.timings.speedup, result.timings.launch_cost, result.resources.overhead} == {None}
    assert (result.conditions.flags, result.bits.differences) == ((), ())
    assert (result.bits.comparison, result.bits.output_comparison) == (None, None)
    assert (result.status, result.error, result.timings.init_ms) == ("timeout", "no answer", 1.5)


@pytest.mark.parametrize("status", ["unsupported", "failed", "timeout", "stopped"])
def test_whatever_the_status_of_a_failure_the_result_has_ended(status):
    session = folded(RUN, JobStarted(FAST), Failed(FAST, status, "because"))
    assert session.results[FAST].status == status
    assert session.results[FAST].ended


def test_a_stopped_result_keeps_its_figures_and_says_so():
    session = folded(RUN, figures(FAST, 1.0), Finished(FAST, "stopped", 1, "stopped by the user after 12 samples"))
    result = session.results[FAST]
    assert (result.status, result.timings.latency_ms, result.error) == (
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
    for event in (AdapterFound(GPU), DiscoveryFinished("gl", 0, 1.5, "none"), Log("a", "error", "b")):
        loud.apply(event)
    assert vars(loud) == vars(quiet)


def test_a_new_run_replaces_the_results_of_the_last():
    session = folded(RUN, *measured(FAST, 1.0), started(planned("S2", GPU), session="two"))
    assert session.id == "two"
    assert list(session.results) == [SLOW]


# Beside the baseline


def test_cpu_ms_is_numpys_median_for_the_same_case():
    session = folded(RUN, *measured(BASE, 0.5), *measured(FAST, 0.125))
    assert session.cpu_ms(session.results[FAST]) == session.cpu_ms(session.results[BASE]) == 0.5
    assert session.cpu_ms(session.results[SLOW]) is None
    assert session.baseline(session.results[FAST]) is session.results[BASE]


def test_a_dtype_is_compared_with_numpy_at_that_dtype():
    half = planned("S1", GPU, dtype="f16")
    session = folded(started(planned("S1", NUMPY), half), *measured(BASE, 0.5), *measured(half.id, 0.25))
    assert session.cpu_ms(session.results[half.id]) is None


def test_a_variant_is_compared_with_numpys_default():
    other = replace(planned("S1", GPU), id=replace(FAST, variant="plain"))
    session = folded(started(planned("S1", NUMPY), other), *measured(BASE, 0.5), *measured(other.id, 0.25))
    assert session.cpu_ms(session.results[other.id]) == 0.5


@pytest.mark.parametrize(
    "events",
    [measured(FAST, 0.25), (Failed(BASE, "failed", "no BLAS"), *measured(FAST, 0.25))],
    ids=["waits", "failed"],
)
def test_a_baseline_that_was_not_measured_has_no_time(events):
    session = folded(RUN, *events)
    assert session.cpu_ms(session.results[FAST]) is None


def test_cpu_ms_is_absent_where_numpy_was_not_planned():
    session = folded(started(planned("S1", GPU)), *measured(FAST, 0.25))
    assert session.cpu_ms(session.results[FAST]) is None
    assert session.baseline(session.results[FAST]) is None


# Beside the ceiling

COPIES = CeilingFound("vulkan:0", Ceiling(copy_gb_s=1.0, multiply_add_gflop_s=1000.0, cache_bytes=1000))


def test_a_result_stands_beside_its_adapters_ceiling_by_device_time_where_there_is_one():
    session = folded(RUN, COPIES, *measured(FAST, 2.0, device_ms=summary(1.0)), *measured(SLOW, 2.0))
    fast, slow = (session.roofline(session.results[name]) for name in (FAST, SLOW))
    bytes_of = [session.results[name].resources.cost.bytes for name in (FAST, SLOW)]
    assert (fast.by, fast.gb_s, fast.share) == ("memory", pytest.approx(bytes_of[0] / 1e6), pytest.approx(fast.gb_s))
    assert slow.gb_s == pytest.approx(bytes_of[1] / 2e6)


@pytest.mark.parametrize(
    "events",
    [
        (COPIES,),
        (COPIES, *measured(FAST, 0.0)),
    ],
    ids=["no time", "clock did not move"],
)
def test_what_took_no_time_that_is_known_has_no_roofline(events):
    session = folded(RUN, *events)
    assert session.roofline(session.results[FAST]) is None


@pytest.mark.parametrize("events", [(), (CeilingFound("gl:0", COPIES.ceiling),)], ids=["none", "another's"])
def test_without_its_adapters_ceiling_a_result_has_rates_and_no_share(events):
    session = folded(RUN, *events, *measured(FAST, 1.0))
    line = session.roofline(session.results[FAST])
    assert line.gflop_s > 0 and line.gb_s > 0
    assert (line.by, line.share, line.cold_share) == (None, None, None)


# Results of which the reference knows a sample alone


def sampled(whole: str, on: Adapter, standing: Standing | None = "observed") -> tuple[Event, ...]:
    """A result whose sample has the reference's bits."""
    name = job_id("S1", on)
    output = Output(name, None, whole, None, None, None, None)
    return prepared(name, standing), output, Compared(name, replace(SAME, sample=4), None, ())


OTHER_GPU = adapter("gl:0")
PEERS = started(planned("S1", NUMPY), planned("S1", GPU), planned("S1", OTHER_GPU), listed=("vulkan:0", "gl:0"))


def test_adapters_that_claim_the_same_bits_are_held_against_one_anothers_digests():
    session = folded(PEERS, *sampled("b0e9", GPU), *sampled("44b4", OTHER_GPU))
    first, second = session.listed
    assert (first.bits.unlike, second.bits.unlike) == (("gl:0",), ("vulkan:0",))
    assert (first.bits.broken_claim, second.bits.broken_claim) == (True, True)
    assert session.claims == (0, 2)


def test_one_digest_for_all_is_what_they_claim():
    session = folded(PEERS, *sampled("b0e9", GPU), *sampled("b0e9", OTHER_GPU))
    assert [result.bits.unlike for result in session.listed] == [(), ()]
    assert session.claims == (2, 2)


def test_who_claims_nothing_is_nobodys_peer():
    session = folded(PEERS, *sampled("b0e9", GPU), *sampled("44b4", OTHER_GPU, None))
    assert [result.bits.unlike for result in session.listed] == [(), ()]


def test_a_result_that_failed_is_unlike_nobody():
    failed = Failed(job_id("S1", GPU), "failed", "device lost")
    session = folded(PEERS, *sampled("b0e9", GPU), *sampled("44b4", OTHER_GPU), failed)
    assert [result.bits.unlike for result in session.listed] == [(), ()]
