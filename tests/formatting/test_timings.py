"""The sentences about timings that the console and the screen share."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from paragon_tui.engine.messages.figures import Flag, Interval, LaunchCost, Overhead, Ratio
from paragon_tui.engine.messages.job import Sampling
from paragon_tui.engine.results.session import Session
from paragon_tui.formatting import quantities, session_lines, timings
from tests.support.examples import adapter, ratio, summary
from tests.support.sessions import LOST, NOISY, SLOW_START, THROUGH, changed, fast_result, folded, run

ODD_GPU = adapter("gl:0")
NOTHING = (None, "not measured")


# Figures


@pytest.mark.parametrize(
    ("value", "text"),
    [NOTHING, (0.0, "0.000 ms"), (0.0042, "0.0042 ms"), (0.0999, "0.0999 ms"), (0.1, "0.100 ms"), (4.8094, "4.809 ms")],
)
def test_milliseconds(value, text):
    assert quantities.milliseconds(value) == text


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [(4.7012, 4.9149, " [4.7, 4.91]"), (0.00412, 0.0099, " [0.00412, 0.0099]"), (999.4, 999.9, " [999, 1000]")],
)
def test_an_interval_has_three_digits(low, high, text):
    assert quantities.interval(Interval(low, high)) == text


def test_without_an_interval_nothing_is_said_of_it():
    assert quantities.interval(None) == ""
    assert timings.median(replace(summary(2.0), interval=None)) == "2.000 ms"
    assert timings.half_width(replace(summary(2.0), interval=None)) == "–"
    assert timings.verdict_phrase(Ratio(2.0, None, "unclear")) == "2.00×, unclear"


def test_a_median_comes_with_its_interval():
    assert timings.median(summary(2.0)) == "2.000 ms [1.5, 2.5]"
    assert timings.median(None) == "not measured"


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [(1.99, 2.02, "±1.0 %"), (1.9, 2.02, "±5.0 %"), (2.0, 2.0, "±0.0 %"), (0.0, 9.0, "±350.0 %")],
)
def test_the_half_width_is_that_of_the_wider_side(low, high, text):
    assert timings.half_width(replace(summary(2.0), interval=Interval(low, high))) == text


def test_a_clock_that_did_not_move_has_no_relative_width():
    assert timings.half_width(replace(summary(0.0), interval=Interval(0.0, 0.0))) == "–"


def test_the_spread_names_every_figure():
    assert timings.spread(summary(2.0)) == (
        "min 1.000 · Q1 1.5 · Q3 3 · p95 4 · max 8 · MAD 0.25 · mean 2.25 ± 0.5 · n 12 · total 27.000 ms"
    )


def test_one_sample_has_no_deviation():
    single: dict[str, Any] = {"mad": None, "stdev": None, "n": 1}
    assert timings.spread(replace(summary(2.0), **single)) == (
        "min 1.000 · Q1 1.5 · Q3 3 · p95 4 · max 8 · mean 2.25 · n 1 · total 27.000 ms"
    )


def test_sessions_of_before_have_neither_maximum_nor_total():
    older = replace(summary(2.0), max=None, total=None)
    assert "max" not in timings.spread(older) and "total" not in timings.spread(older)


def test_a_speedup_is_told_with_its_interval_and_judgement():
    assert timings.verdict_phrase(ratio(1.32, "faster")) == "1.32× [0.990, 1.65], faster"
    assert timings.verdict_phrase(None) == "not measured"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234.5, "1234.50×"),
        (1.0, "1.00×"),
        (0.05, "0.05×"),
        (0.0127, "0.013×"),
        (0.0042, "0.0042×"),
        (0.00042, "0.00042×"),
    ],
)
def test_a_small_speedup_is_not_told_as_nothing(value, text):
    assert quantities.multiple(value) == text


def test_every_judgement_has_a_mark_of_its_own():
    assert timings.VERDICT_MARKS == {"faster": "↑", "slower": "↓", "same": "=", "unclear": "?"}


# What computes, what dominates, what bounds


@pytest.mark.parametrize(
    ("library", "threads", "text"),
    [
        ("OpenBLAS 0.3.31 SkylakeX", 2, "OpenBLAS 0.3.31 SkylakeX, 2 threads"),
        ("OpenBLAS", 1, "OpenBLAS, 1 thread"),
        ("OpenBLAS", None, "OpenBLAS"),
        (None, 2, ""),
    ],
)
def test_a_library_is_named_with_its_threads(library, threads, text):
    assert timings.library_and_threads(fast_result(library=library, threads=threads)) == text
    assert timings.library_and_threads(None) == ""


DOUBT = "neither clearly dominates"


def chained(synchronisation: tuple[float, ...], forward: tuple[float, ...]) -> str:
    """Return the words for both costs; each is a figure, with the ends of its interval where it has one."""
    ends = [Interval(*figure[1:]) if len(figure) == 3 else None for figure in (synchronisation, forward)]
    text = timings.launch_cost(fast_result(launch_cost=LaunchCost(synchronisation[0], ends[0], forward[0], ends[1], 8)))
    assert text is not None
    return text


@pytest.mark.parametrize(
    ("synchronisation", "forward", "text"),
    [
        ((0.9, 0.8, 1.0), (0.1, 0.09, 0.2), "waiting for the device dominates (at least 80 %)"),
        ((0.1, 0.09, 0.1), (0.3, 0.3, 0.4), "computing dominates (at least 75 %)"),
        ((0.0, 0.0, 0.1), (0.3, 0.3, 0.4), "computing dominates (at least 75 %)"),
        ((0.1, 0.05, 0.31), (0.3, 0.3, 0.4), DOUBT),
        ((0.3, 0.2, 0.4), (0.1, 0.0, 0.2), DOUBT),
        ((0.9,), (0.1, 0.09, 0.2), DOUBT),
        ((0.9, 0.8, 1.0), (0.1,), DOUBT),
        ((0.9,), (0.1,), DOUBT),
    ],
)
def test_one_dominates_a_forward_only_where_the_intervals_part(synchronisation, forward, text):
    assert chained(synchronisation, forward).endswith(f" per run, up to 8 runs per submission: {text}")


def test_the_price_of_a_synchronisation_and_of_a_forward_stand_with_their_intervals():
    assert timings.launch_cost(fast_result(launch_cost=THROUGH)) == (
        f"0.125 ms [0.12, 0.13] per synchronisation + 0.0625 ms per run, up to 8 runs per submission: {DOUBT}"
    )
    assert timings.launch_cost(fast_result(launch_cost=None)) is None


@pytest.mark.parametrize(
    ("synchronisation", "text"),
    [
        ((0.0, 0.0, 9.37), "below 9.370 ms"),
        ((0.0,), "too little to measure"),
        ((0.0, 0.0, 0.0), "too little to measure"),
    ],
)
def test_a_synchronisation_that_the_fit_cut_off_is_not_told_as_nothing(synchronisation, text):
    assert chained(synchronisation, (9.14, 0.0, 21.6)) == (
        f"{text} per synchronisation + 9.140 ms [0, 21.6] per run, up to 8 runs per submission: {DOUBT}"
    )


# Memory, determinism, overhead


@pytest.mark.parametrize(
    ("host", "device", "text"),
    [
        (2**26, 4096, "64 MiB peak on the host, 4 KiB on the device"),
        (2**26, None, "64 MiB peak on the host"),
        (None, 4096, "4 KiB on the device"),
        (None, None, None),
    ],
)
def test_memory_is_told_where_it_is_known(host, device, text):
    assert timings.memory(fast_result(host_peak_bytes=host, device_bytes=device)) == text


@pytest.mark.parametrize(
    ("deterministic", "text"),
    [(False, "≠ bits changed from run to run"), (None, None)],
)
def test_determinism_is_told_apart_from_parity(deterministic, text):
    assert timings.determinism(fast_result(deterministic=deterministic)) == text


@pytest.mark.parametrize(("rounds", "text"), [(1, "once"), (10, "10 times")])
def test_the_same_bits_are_no_more_than_were_looked_at(rounds, text):
    same = timings.determinism(fast_result(deterministic=True, rounds=rounds))
    assert same == f"same bits every time (checked {text})"


def test_the_harnesss_own_time_is_told_beside_a_round_trip():
    assert timings.overhead(fast_result(overhead=Overhead(600, 5_000, 40_000))) == (
        "sampling loop 0.6 µs, harness code around driver calls 5.0 µs, empty round trip 40.0 µs; "
        "latency minus device time is 2.50 round trips"
    )
    assert timings.overhead(fast_result(overhead=Overhead(600, None, None))) == "sampling loop 0.6 µs"
    assert timings.overhead(fast_result(overhead=None)) is None


@pytest.mark.parametrize(
    "changes",
    [{"overhead": None}, {"overhead": Overhead(1, 1, None)}, {"overhead": Overhead(1, 1, 0)}, {"device_ms": None}],
)
def test_without_both_sides_nothing_is_compared_with_a_round_trip(changes):
    assert timings.over_round_trip(fast_result(**changes)) is None


# Doubts


def test_a_slow_start_is_no_doubt_about_the_median():
    assert fast_result(flags=(NOISY, SLOW_START)).conditions.doubts == (NOISY,)
    assert fast_result(flags=()).conditions.doubts == ()


def test_doubts_are_gathered_by_what_they_are():
    drifting = Flag("drifting", "rises by 9.0 % from the first round to the last")
    other = changed(folded(*run()).results[LOST.id], flags=(NOISY, drifting, SLOW_START))
    assert session_lines.flag_lines([fast_result(flags=(NOISY,)), other]) == [
        "! noisy: S1 on vulkan:0, S2 on vulkan:0",
        "! drifting: S2 on vulkan:0",
    ]
    assert session_lines.flag_lines([fast_result(flags=(SLOW_START,))]) == []


def test_the_load_is_said_once_and_only_where_it_matters():
    for share, line in ((None, None), (0.02, None), (0.45, "other programs kept 45 % of the 8 cores busy")):
        loaded = type("Loaded", (Session,), {"load": share})()
        loaded.host = {"cores": "8"}
        assert session_lines.load_line(loaded) == line


def test_results_that_are_not_as_precise_as_was_wished_are_named():
    session = folded(*run())
    assert session_lines.precision_line(session) == "±2 % not reached: S1 on numpy, S1 on vulkan:0"
    session.sampling = Sampling(iterations=10)
    assert session_lines.precision_line(session) is None
    session.sampling = Sampling(precision=0.5)
    assert session_lines.precision_line(session) is None


def test_many_doubts_of_a_kind_are_counted():
    results = [fast_result(flags=(NOISY,) if place < 5 else ()) for place in range(12)]
    assert session_lines.flag_lines(results) == ["! noisy: 5 of 12 results (details with --verbose and in --json)"]
    assert session_lines.flag_lines(results[1:]) == ["! noisy: " + ", ".join(["S1 on vulkan:0"] * 4)]


def test_a_speedup_over_fewer_rounds_than_numpys_time_has_its_own_beside_it():
    speedup = replace(ratio(1.5, "faster"), baseline_ms=3.0)
    assert timings.speedup_phrase(speedup, summary(3.0)) == timings.verdict_phrase(speedup)
    assert timings.speedup_phrase(speedup, summary(3.2)).endswith(", faster; NumPy 3.000 ms in the same rounds")
    assert timings.speedup_phrase(replace(speedup, baseline_ms=None), summary(3.2)).endswith(", faster")
    assert timings.verdict_phrase(replace(speedup, judgement="unclear", interval=None, busy=True)) == (
        "1.50×, unclear: the machine was busy"
    )
