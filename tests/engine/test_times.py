"""Whole runs on a device whose times are drawn from known distributions: medians, intervals, flags, judgements.

Everything but the conditions of this machine is seeded and on the device's own clock, so a run gives the same again.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from statistics import NormalDist

import pytest

from paragon_tui.engine.analysis.verdict import ratio_of_medians
from paragon_tui.engine.messages.events import SampleBatch
from paragon_tui.engine.messages.job import Sampling
from paragon_tui.engine.results.result import Result
from paragon_tui.engine.runner import measurement
from tests.support.engine_runs import QUICK, Ran, run_cases

USUAL = Sampling(cold=0, chained=0, examine=False)
OF_THIS_MACHINE = {"throttled", "slow clock"}

pytestmark = pytest.mark.usefixtures("fake_path")


@pytest.fixture
def times(monkeypatch: pytest.MonkeyPatch):
    def draw(name: str, slower: float = 1.0) -> None:
        monkeypatch.setenv("FAKE_TIMES", name)
        monkeypatch.setenv("FAKE_SLOWER", str(slower))

    return draw


async def ran_on_device(tmp_path: Path, sampling: Sampling = USUAL) -> Ran:
    """Without a baseline, whose times would be this machine's."""
    return await run_cases(tmp_path, sampling=sampling, apis=("gl",))


async def measured(tmp_path: Path, sampling: Sampling = USUAL) -> Result:
    return (await ran_on_device(tmp_path, sampling)).result("gl:0")


def flags(result: Result) -> set[str]:
    return {str(flag.name) for flag in result.conditions.flags} - OF_THIS_MACHINE


@pytest.mark.parametrize(
    ("name", "median", "within", "wide", "seen"),
    [
        ("constant", 1.0, 0.0001, 0.0002, set()),
        ("quiet", 1.0, 0.002, 0.008, set()),
        ("noisy", 1.0, 0.04, 0.12, set()),
        ("bimodal", 1.0 + 0.002 * NormalDist().inv_cdf(0.5 / 0.7), 0.002, 0.004, {"bimodal"}),
        ("outliers", 1.0 + 0.004 * NormalDist().inv_cdf(0.5 / 0.98), 0.002, 0.004, set()),
    ],
)
async def test_a_known_median_and_the_right_flags_come_out(
    name: str, median: float, within: float, wide: float, seen: set[str], tmp_path: Path, times
) -> None:
    times(name)
    result = await measured(tmp_path)
    latency, device = result.timings.latency_ms, result.timings.device_ms
    assert latency is not None and device is not None and latency.interval is not None
    assert result.timings.rounds >= USUAL.rounds
    width = latency.interval.high - latency.interval.low
    # One interval of twenty misses the true value, by less than its own width; how often, the coverage tests count.
    assert abs(latency.median - 2.0 * median) <= width < 2.0 * wide
    assert latency.median == pytest.approx(2.0 * median, rel=within)
    assert device.median == pytest.approx(1.5 * median, rel=within)
    assert flags(result) == seen


async def test_a_drift_is_told_and_lies_within_what_was_drawn(tmp_path: Path, times) -> None:
    times("drifting")
    ran = await ran_on_device(tmp_path)
    result = ran.result("gl:0")
    assert "drifting" in flags(result)
    (words,) = [flag.words for flag in result.conditions.flags if flag.name == "drifting"]
    assert words.startswith("rises by ")
    taken = [value / 1e6 for batch in ran.of(SampleBatch) for value in batch.latency_ns]
    assert result.timings.latency_ms is not None
    assert taken[0] < 2.05 < result.timings.latency_ms.median < taken[-1]


async def test_sampling_stops_soon_where_it_is_quiet_and_goes_on_where_it_is_not(tmp_path: Path, times) -> None:
    times("constant")
    quiet = await measured(tmp_path)
    times("noisy")
    noisy = await measured(tmp_path, replace(USUAL, precision=0.0, most_rounds=30))
    assert quiet.timings.latency_ms is not None and noisy.timings.latency_ms is not None
    assert quiet.timings.latency_ms.n * 2.0 == pytest.approx(USUAL.min_time_s * 1e3, rel=0.1)
    assert (quiet.timings.rounds, noisy.timings.rounds) == (USUAL.rounds, 30)


@pytest.mark.parametrize(("slower", "judgement"), [(1.02, "slower"), (1.0, "same"), (0.98, "faster")])
async def test_two_percent_are_seen_and_none_are_not(slower: float, judgement: str, tmp_path: Path, times) -> None:
    times("quiet")
    before = await measured(tmp_path)
    times("quiet", slower)
    after = await measured(tmp_path)
    assert before.timings.latency_ms is not None and after.timings.latency_ms is not None
    ratio = ratio_of_medians(before.timings.latency_ms, after.timings.latency_ms)
    assert ratio.judgement == judgement
    assert ratio.value == pytest.approx(1 / slower, rel=0.003)


async def test_adapters_that_take_turns_are_compared_with_each_other(
    tmp_path: Path, times, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NumPy takes real time, far from the two milliseconds of the device."""
    times("quiet")
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    monkeypatch.setattr(measurement, "counting_samples", lambda *_: "all")  # whatever runs beside this test
    ran = await run_cases(tmp_path, selected=("gl:0",), sampling=replace(QUICK, iterations=1000, rounds=20))
    speedup = ran.result("gl:0").timings.speedup
    assert speedup is not None and speedup.baseline_ms is not None
    assert speedup.value == pytest.approx(speedup.baseline_ms / 2.0, rel=0.02)
    assert speedup.judgement == "slower"
    assert speedup.interval is not None and speedup.interval.high < 1


@pytest.mark.parametrize(("step", "differ"), [(0.0, False), (0.1, True)])
async def test_processes_that_differ_are_seen_and_told(
    step: float, differ: bool, tmp_path: Path, times, monkeypatch: pytest.MonkeyPatch
) -> None:
    times("quiet")
    monkeypatch.setenv("FAKE_PROCESSES", str(tmp_path))
    monkeypatch.setenv("FAKE_STEP", str(step))
    result = await measured(tmp_path, replace(USUAL, repeat=3, min_time_s=0.1))
    assert result.timings.latency_ms is not None and result.timings.latency_ms.interval is not None
    assert result.timings.processes == 3
    assert ("processes differ" in flags(result)) is differ
    width = result.timings.latency_ms.interval.high - result.timings.latency_ms.interval.low
    assert (width > 0.2) is differ
    assert abs(result.timings.latency_ms.median - 2.0 * (1 + step)) <= width
