"""Everything said of one result's timings, and of a whole session's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from paragon_tui.engine.analysis.crossover import Advice
from paragon_tui.engine.messages.events import CeilingFound
from paragon_tui.engine.messages.figures import Ceiling, Dropped, SensorSummary
from paragon_tui.engine.messages.job import FAST as FAST_SAMPLING
from paragon_tui.engine.messages.job import Sampling
from paragon_tui.formatting import quantities, rates, session_lines, timings
from tests.support.examples import GPU, NUMPY, SMALL_CASES, adapter, measured, planned, prepared, started, summary
from tests.support.sessions import BASE, FAST, LOST, NOISY, SLOW_START, fast_result, folded, run

ODD_GPU = adapter("gl:0")
NOTHING = (None, "not measured")


def test_every_fact_has_its_name():
    session = folded(*run())
    assert timings.timing_rows(session, session.results[FAST.id]) == [
        ("Samples", timings.spread(summary(0.2))),
        ("Measured in", "10 visits, 1 process; 3 samples left out: other programs took a core"),
        ("Setup", "device 12.500 ms · compile 3.250 ms · first run 4.500 ms"),
        ("Roofline", "1.02 GFLOP/s · 2.07 GB/s · 8.6 % of peak copy bandwidth with flushed caches"),
        ("Cold caches", "0.300 ms [0.225, 0.375], then 0.150 ms warm; device time, n 12"),
        ("Chained", timings.launch_cost(fast_result())),
        ("Overhead", timings.overhead(fast_result())),
        ("Memory", "64 MiB peak on the host, 4 KiB on the device"),
        ("Determinism", "same bits every time (checked 10 times)"),
        ("! noisy", NOISY.words),
        ("· first run slow", SLOW_START.words),
    ]


@pytest.mark.parametrize(
    ("operation", "begins"),
    [
        ("add", "1.02 GFLOP/s · "),
        ("max-rows", "1.02 GOP/s · "),
        ("abs", "1.02 GOP/s · "),
        ("transpose", "2.07 GB/s · "),
    ],
)
def test_what_rounds_nothing_has_no_floating_point_operations_and_what_moves_has_none_at_all(operation, begins):
    result = fast_result(operation=operation)
    assert dict(timings.timing_rows(folded(*run()), result))["Roofline"].startswith(begins)


def test_what_was_not_measured_has_no_facts():
    session = folded(*run())
    facts = timings.timing_rows(session, session.results[BASE.id])
    assert [name for name, _ in facts] == ["Samples", "Measured in", "Setup", "Roofline"]
    assert facts[2][1] == "library 50.500 ms" and "%" not in facts[3][1]
    assert timings.timing_rows(session, session.results[LOST.id]) == []


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (SensorSummary(4812.5, 71.5, 45.25, 0.0125), "clock 4.81 GHz, at most 71.5 °C, 45.2 W, 12.5 mJ per run"),
        (SensorSummary(clock_mhz=800.0), "clock 0.8 GHz"),
        (SensorSummary(temperature_c=50.0), "at most 50 °C"),
        (SensorSummary(power_w=187.4, joules_per_run=2.5e-5), "187 W, 25 µJ per run"),
        (SensorSummary(joules_per_run=1250.0), "1250 J per run"),
    ],
)
def test_what_sensors_told_has_a_row_and_what_they_did_not_has_no_word(told, words):
    rows = dict(timings.timing_rows(folded(*run()), fast_result(sensors=told)))
    assert rows["Sensors"] == words


def test_samples_that_were_dropped_have_a_row():
    rows = dict(timings.timing_rows(folded(*run()), fast_result(dropped=Dropped(slept=2))))
    assert rows["Dropped"] == "2 samples in which the machine slept"


def test_three_processes_are_several():
    rows = dict(timings.timing_rows(folded(*run()), fast_result(processes=3, rounds=30, preempted=0)))
    assert rows["Measured in"] == "30 visits, 3 processes"
    assert dict(timings.timing_rows(folded(*run()), fast_result(rounds=1, preempted=1)))["Measured in"] == (
        "1 visit, 1 process; 1 sample left out: other programs took a core"
    )


def test_nothing_that_was_not_measured_is_told_as_a_number():
    """Every word of a result that has nothing but a median, and of one that has nothing at all."""
    session = folded(started(FAST, LOST), CeilingFound("vulkan:0", Ceiling(8.0, 64.0, 2**16)), prepared(FAST.id))
    texts = []
    for name in (FAST.id, LOST.id):
        result = session.results[name]
        texts += [
            timings.median(result.timings.latency_ms),
            timings.verdict_phrase(result.timings.speedup),
            timings.library_and_threads(result),
        ]
        texts += [
            part(result) or "" for part in (timings.launch_cost, timings.memory, timings.determinism, timings.overhead)
        ]
        texts += [
            rates.roofline_line(session.roofline(result)) or "",
            *(text for _, text in timings.timing_rows(session, result)),
        ]
    assert set(texts) == {"not measured", ""}


# Of a whole session


def test_advice_is_said_with_what_is_not_usual():
    advice = Advice(
        "inference", "network", "f32", "default", "gl:0", "faster than NumPy at every size measured, S1 to L1"
    )
    assert session_lines.advice_lines([advice]) == ["gl:0: faster than NumPy at every size measured, S1 to L1"]
    assert session_lines.advice_lines([replace(advice, dtype="f16", variant="plain")])[0].startswith(
        "gl:0 f16 plain: faster"
    )


def test_operations_of_which_the_same_can_be_said_share_a_line():
    add = Advice("vector", "add", "f32", "default", "gl:0", "slower than NumPy at every size measured, 100 to 1M")
    sub, exp = replace(add, operation="sub"), replace(add, operation="exp", words="faster from 1M on")
    elsewhere = replace(add, adapter="opencl:0")
    assert session_lines.advice_lines([add, exp, sub, elsewhere]) == [
        "gl:0: add, sub: slower than NumPy at every size measured, 100 to 1M",
        "gl:0: exp: faster from 1M on",
        "opencl:0: add: slower than NumPy at every size measured, 100 to 1M",
    ]


def test_an_operation_that_two_suites_have_is_told_with_the_suite():
    vector = Advice("vector", "add", "f32", "default", "gl:0", "slower than NumPy at every size measured, 100 to 1M")
    parallel = replace(vector, suite="parallel", words="faster from 64K on")
    network = replace(vector, suite="parallel", operation="network", words="slower up to 64x5")
    assert session_lines.advice_lines([vector, parallel, network]) == [
        "gl:0: vector add: slower than NumPy at every size measured, 100 to 1M",
        "gl:0: parallel add: faster from 64K on",
        "gl:0: network: slower up to 64x5",
    ]
    usual = replace(vector, suite="mlp", operation="mlp-forward", variant="tiled")
    assert session_lines.advice_lines([usual])[0].startswith("gl:0: mlp-forward: slower")
    assert session_lines.advice_lines([replace(usual, variant="vector")])[0].startswith(
        "gl:0 vector: mlp-forward: slower"
    )


def announced(*results, sampling: Sampling | None = Sampling(), listed=("numpy", "vulkan:0")) -> str:  # noqa: B008
    return session_lines.announcement(folded(started(*results, sampling=sampling, listed=listed)))


def test_a_run_is_announced_with_its_number_order_and_time():
    half = planned("S1", GPU, dtype="f16", expected_s=60.0)
    text = announced(planned("S1", NUMPY), planned("S1", GPU), half, planned("S2", NUMPY, expected_s=62.0))
    assert text == ("4 results: 3 cases (S1, S1:f16, S2), adapters in turns (numpy, vulkan:0); about 2 min 06 s")


def test_of_many_cases_the_first_two_and_the_last_are_announced():
    assert "5 cases (S1, S2, …, M2), adapters" in announced(*(planned(case, GPU) for case in SMALL_CASES[:5]))
    assert "4 cases (S1, S2, S3, M1), adapters" in announced(*(planned(case, GPU) for case in SMALL_CASES[:4]))


def test_a_baseline_that_is_not_listed_is_announced_apart():
    alone = announced(planned("S1", NUMPY), planned("S1", GPU), listed=("vulkan:0",))
    assert alone == ("1 result: 1 case (S1), adapters in turns (vulkan:0, plus NumPy as the baseline); about 4 s")
    several = announced(*(planned("S1", adapter) for adapter in (NUMPY, GPU, ODD_GPU)), listed=("vulkan:0", "gl:0"))
    assert several.startswith("2 results: 1 case (S1), ") and "(vulkan:0, gl:0, plus NumPy as the baseline)" in several


def test_a_long_run_says_what_its_time_rests_on_and_how_to_end_it():
    assert session_lines.long_run_line(599.0, 7, 7) is None
    assert session_lines.long_run_line(600.0, 2475, 0) == "ctrl+c stops it and keeps the results so far"
    assert session_lines.long_run_line(600.0, 2475, 1200) == (
        "ctrl+c stops it and keeps the results so far; 1,200 of 2,475 results were never measured in this way before, "
        "and large cases take longer than estimated"
    )


def test_what_looking_for_adapters_took_is_told():
    assert session_lines.discovery_line(folded(started(BASE))) == "adapter discovery: host 1.500 ms, vulkan 250.250 ms"
    assert session_lines.discovery_line(folded()) is None


def test_fresh_processes_are_announced():
    assert "in turns (numpy), in 3 processes each; about 2 s" in announced(BASE, sampling=Sampling(repeat=3))
    assert announced(BASE) == "1 result: 1 case (S1), adapters in turns (numpy); about 2 s"
    assert announced(BASE, sampling=None).endswith("(numpy); about 2 s")


@pytest.mark.parametrize(
    ("sampling", "text"),
    [
        (Sampling(), None),
        (
            FAST_SAMPLING,
            "0.05 s of samples per result, so intervals are wide; left out: cold caches, chained runs, peak rates",
        ),
        (
            replace(FAST_SAMPLING, examine=True),
            "0.05 s of samples per result, so intervals are wide; left out: cold caches, chained runs",
        ),
    ],
)
def test_a_fast_run_says_what_it_leaves_out(sampling, text):
    assert session_lines.left_out(sampling) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.4, "0 s"),
        (42, "42 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (60, "1 min 00 s"),
        (185, "3 min 05 s"),
        (3599, "59 min 59 s"),
        (3600, "1 h 00 min"),
        (7265, "2 h 01 min"),
    ],
)
def test_durations_are_whole_seconds_minutes_and_hours(seconds, text):
    assert quantities.duration(seconds) == text


def test_a_clock_that_did_not_move_is_told_without_infinity_or_nan():
    session = folded(*run(), *measured(FAST.id, 0.0))
    still = session.results[FAST.id]
    assert still.timings.latency_ms is not None
    texts = [text for _, text in timings.timing_rows(session, still)]
    texts += [
        timings.median(still.timings.latency_ms),
        timings.half_width(still.timings.latency_ms),
        timings.verdict_phrase(still.timings.speedup),
    ]
    assert texts and not any(bad in text for text in texts for bad in ("inf", "nan"))
