"""Flags: each is raised by what it is made for, in words with the figure seen, and by next to nothing else."""

from __future__ import annotations

import warnings
from collections import Counter
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paragon_tui.engine.analysis.quality_flags import quality_flags
from paragon_tui.engine.analysis.statistics import summarise
from paragon_tui.engine.messages.figures import Flag, FlagName, Measured, Readings
from tests.support.distributions import DISTRIBUTIONS, MEDIAN_NS, Distribution, measured, visit, visits

MS = 1_000_000  # nanoseconds
TRIALS = 200
QUIET = visits(DISTRIBUTIONS["quiet"], 0)


def seen(
    latency=QUIET, first_run_ns: int | None = 2 * MEDIAN_NS, on_cpu=True, clipped=False, **changes
) -> tuple[Flag, ...]:
    facts = {"spin_ns": 1_000_000.0, "best_spin_ns": 950_000, "tick_ns": 50} | changes
    taken: Measured = measured(latency, **facts)
    return quality_flags(taken, summarise(taken.latency, taken.disturbed), first_run_ns, on_cpu, clipped)


def trials(distribution: Distribution, **shape: int) -> Counter[str]:
    """Return the number of trials, of ``TRIALS``, that raised each flag."""
    return Counter(flag.name for seed in range(TRIALS) for flag in seen(visits(distribution, (seed, 7), **shape)))


@pytest.mark.parametrize(
    "shape",
    [{}, {"rounds": 25, "samples": 100}, {"processes": 3, "rounds": 10}],
    ids=["20×50", "25×100", "3×10×50"],
)
@pytest.mark.parametrize("name", ["constant", "quiet", "outliers 5 %"])
def test_well_behaved_samples_raise_no_flag(name, shape):
    counts = trials(DISTRIBUTIONS[name], **shape)
    assert all(times <= TRIALS / 100 for times in counts.values()), counts


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("uniform ±10 %", set()),
        ("noisy 10 %", set()),
        ("bimodal 70/30", {"bimodal"}),
        ("between visits 2 %", set()),
    ],
)
def test_each_distribution_raises_its_own_flags_and_no_other(name, expected):
    counts = trials(DISTRIBUTIONS[name], processes=3)
    assert {flag for flag, times in counts.items() if times > TRIALS / 100} == expected
    assert all(counts[flag] >= 0.99 * TRIALS for flag in expected), counts


def test_a_median_that_is_not_known_to_5_percent_is_imprecise():
    """However far single samples scatter: it is the median that people use."""
    scattered = [visit(0, r, [round(MS * (0.5 + 0.025 * i)) for i in range(41)]) for r in range(20)]
    assert seen(scattered) == ()
    apart = [visit(0, r, (round(MS * (1 + 0.08 * (r * 7 % 10))),) * 5) for r in range(20)]
    (flag,) = seen(apart)
    assert (flag.name, flag.mark) == ("imprecise", "~")
    assert flag.words.startswith("the median is known to ±")


def test_a_busy_machine_is_told_in_cores():
    (flag,) = seen(disturbed=True, other_cores=0.8)
    assert (flag.name, flag.mark) == ("disturbed", "!")
    assert flag.words == "the machine was busy: other programs kept 0.80 cores at work"
    assert seen(other_cores=0.8) == ()  # where samples that were not interrupted could be told apart


def test_a_time_limit_that_ended_sampling_is_told():
    assert [flag.name for flag in seen(clipped=True)] == ["clipped"]


def test_two_modes_are_told_with_their_places_and_the_share_of_the_slower():
    latency = [visit(0, r, (1_200_000,) * 25 + (1_610_000,) * 11) for r in range(10)]
    assert seen(latency) == (Flag("bimodal", "two modes, at 1.20 and 1.61 ms, the second with 31 % of the samples"),)


def test_modes_that_overlap_are_two_where_there_is_a_valley():
    assert trials(Distribution(((0.6, 0, 0.02), (0.4, 0.09, 0.02))))["bimodal"] >= 0.99 * TRIALS
    assert trials(Distribution(((0.6, 0, 0.02), (0.4, 0.04, 0.02))))["bimodal"] <= 0.01 * TRIALS


@pytest.mark.parametrize("distance", [0.02, 0.2])
def test_modes_that_are_close_are_one(distance):
    latency = [visit(0, r, (MS,) * 20 + (round(MS * (1 + distance)),) * 10) for r in range(10)]
    assert bool(seen(latency)) == (distance > 0.1)


def test_steps_of_the_clock_are_no_modes():
    """12 and 13 steps of a coarse clock; they are too short for it, and that is all."""
    latency = [visit(0, r, (12_000,) * 20 + (13_000,) * 10) for r in range(10)]
    assert [flag.name for flag in seen(latency, None, tick_ns=1000)] == ["too short"]
    assert [flag.name for flag in seen(latency, first_run_ns=None)] == ["bimodal"]


@pytest.mark.parametrize("unit", ["visit", "process"])
def test_a_few_units_that_differ_are_no_modes(unit):
    """Four of twelve rounds, or one of three processes, are 20 % slower: that is not what a mode is."""
    latency = [
        visit(p, r, tuple(value * 6 // 5 if (r < 4 if unit == "visit" else p == 0) else value for value in values))
        for p, r, values in ((v.process, v.round, v.values_ns) for v in visits(DISTRIBUTIONS["quiet"], 0, processes=3))
        if unit == "process" or p == 0
    ]
    assert "bimodal" not in {flag.name for flag in seen(latency)}


@pytest.mark.parametrize(("processes", "rise", "word"), [(1, 0.06, "rises"), (3, 0.06, "rises"), (1, -0.06, "falls")])
def test_a_drift_is_given_from_the_first_round_to_the_last(processes, rise, word):
    latency = [
        visit(p, r, (round(MS * (1 + 0.02 * p) * (1 + rise) ** (r / 19)),) * 5)
        for p in range(processes)
        for r in range(20)
    ]
    assert Flag("drifting", f"{word} by 6.0 % from the first round to the last") in seen(latency)


def test_a_trend_of_little_and_one_of_few_rounds_are_no_drift():
    def drifts(rounds: int, by: float) -> bool:
        latency = [visit(0, r, (round(MS * (1 + by * r / (rounds - 1))),) * 5) for r in range(rounds)]
        return "drifting" in {flag.name for flag in seen(latency)}

    assert drifts(12, 0.06) and not drifts(12, 0.04) and not drifts(6, 0.06)


@pytest.mark.parametrize(
    ("first_run_ns", "median_ns", "words"),
    [
        (3_400_000, 280_000, "the first run took 12 times the median (3.4 ms)"),
        (2_900_000, 1_000_000, None),  # below three times
        (900_000, 10_000, None),  # below a millisecond more
        (None, 1_000_000, None),
    ],
)
def test_a_first_run_is_slow_by_three_times_and_a_millisecond(first_run_ns, median_ns, words):
    latency = [visit(0, r, (median_ns,) * 5) for r in range(10)]
    assert seen(latency, first_run_ns=first_run_ns) == ((Flag("first run slow", words),) if words else ())


@pytest.mark.parametrize(("median_ns", "flagged"), [(4_999, True), (5_000, False)])
def test_less_than_a_hundred_steps_of_the_clock_are_too_short(median_ns, flagged):
    flags = seen([visit(0, r, (median_ns,) * 5) for r in range(10)], first_run_ns=None)
    assert [flag.name for flag in flags] == ["too short"] * flagged


def test_a_clock_that_did_not_move_is_too_short_and_nothing_worse():
    flags = seen([visit(0, r, (0, 0, 0)) for r in range(10)], first_run_ns=None)
    assert [flag.name for flag in flags] == ["too short"]


def test_a_slow_processor_clock_counts_only_for_what_computes_on_it():
    loop = "a calibration loop took 18 % longer than at its best in this session"
    words = f"{loop}, so the processor may have been throttled"
    assert seen(spin_ns=1_180_000, best_spin_ns=1_000_000) == (Flag("slow clock", words),)
    assert seen(spin_ns=1_180_000, best_spin_ns=1_000_000)[0].mark == ""  # it is a guess
    assert seen(spin_ns=1_180_000, best_spin_ns=1_000_000, on_cpu=False) == ()
    assert seen(spin_ns=1_180_000, best_spin_ns=None) == ()
    assert seen(spin_ns=1_180_000, best_spin_ns=1_080_000) == ()


def reported(*reasons: tuple[str, ...] | None) -> tuple[Readings, ...]:
    return tuple(Readings(clock_mhz=3000.0, throttled=each) for each in reasons)


@pytest.mark.parametrize(("on_cpu", "device"), [(True, "processor"), (False, "device")])
def test_throttling_that_the_system_reports_is_no_guess(on_cpu, device):
    readings = reported((), ("heat",), ("power cap", "heat"), ("heat",))
    words = f"the {device} reports that it was throttled (heat, power cap) in 3 of 4 visits"
    assert seen(readings=readings, on_cpu=on_cpu) == (Flag("throttled", words),)
    assert Flag("throttled", words).mark == "!"


def test_what_the_system_reports_goes_before_the_calibration_loop():
    assert seen(readings=reported((), (), ()), spin_ns=1_180_000, best_spin_ns=1_000_000) == ()


def test_readings_that_say_nothing_of_throttling_leave_it_to_the_calibration_loop():
    slowed = {"spin_ns": 1_180_000, "best_spin_ns": 1_000_000}
    assert [flag.name for flag in seen(readings=reported(None, None), **slowed)] == ["slow clock"]
    assert "in 1 of 1 visits" in seen(readings=reported(None, ("heat",)), **slowed)[0].words


def test_processes_that_differ_are_told_and_noise_between_rounds_is_not():
    apart = [visit(p, r, (round(MS * (1.08 if p == 2 else 1)) + r,) * 5) for p in range(3) for r in range(10)]
    assert seen(apart)[-1] == Flag("processes differ", "the medians of 3 processes differ by 8.0 %")
    assert seen(apart)[-1].mark == ""  # the interval is of processes, so it says as much
    assert (
        trials(DISTRIBUTIONS["lognormal 50 %"], processes=3, rounds=10, samples=5)["processes differ"] <= TRIALS / 100
    )


def test_flags_come_in_the_order_of_their_names():
    rough = [
        visit(p, r, tuple(round(2000 * (1 + p / 5) * (1 + r / 40) * x) for x in (1, 1.01, 1.5, 1.51) * 9))
        for p in range(3)
        for r in range(12)
    ]
    names = [flag.name for flag in seen(rough, 9 * MS, clipped=True, disturbed=True, spin_ns=1_500_000, tick_ns=30)]
    assert len(names) >= 6
    assert names == [name for name in get_args(FlagName) if name in names]


@given(st.lists(st.lists(st.integers(0, 10**15), min_size=1, max_size=9), min_size=1, max_size=14), st.integers(1, 3))
def test_no_samples_make_a_word_that_is_no_figure(samples, processes):
    latency = [visit(i % processes, i // processes, tuple(values)) for i, values in enumerate(samples)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        words = " ".join(flag.words for flag in seen(latency))
    assert not {"nan", "inf", "-"} & set(words.split())
