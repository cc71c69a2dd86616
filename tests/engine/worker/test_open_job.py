"""One open job: what its visits come to, on a device in memory whose clock moves by a millisecond a reading."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import numpy as np
import pytest

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.device import BackendError
from paragon_tui.engine.messages.commands import Sample, SampleChained, SampleCold
from paragon_tui.engine.messages.figures import Dropped
from paragon_tui.engine.messages.job import Job
from paragon_tui.engine.worker.interruptions import Interruptions
from paragon_tui.engine.worker.open_job import CHAIN, OpenJob, WrongResult
from paragon_tui.engine.worker.sensors import EnergyCounter, Sensors
from paragon_tui.suites.computation import computation
from tests.support.devices import Inputs
from tests.support.examples import REFERENCE
from tests.support.programs import CASE, GPU, MS, MemoryDevice, MemoryProgram, never, right, stop_after

ID = Job(CASE, GPU).id
SECOND = 1.0


def bench(
    device: MemoryDevice | None = None,
    steady: bool = True,
    stopped: Callable[[], bool] = never,
    where: Adapter = GPU,
    typical_ns: int = MS,
) -> OpenJob:
    """Ready as ``prepare`` leaves it: run once, which took ``typical_ns``."""
    device = device or MemoryDevice()
    inputs = computation(CASE, "f32").fed
    device.program.run(inputs)
    first = {name: values.copy() for name, values in device.program.read(("logits", "output")).items()}
    clocked = device.program.device_ns is not None
    return OpenJob(
        Job(CASE, where),
        device.program,
        inputs,
        tuple(first),
        first,
        steady,
        device.clock,
        stopped,
        typical_ns,
        clocked,
    )


def sample(warmup: int = 0, samples: int = 10, budget_s: float = SECOND) -> Sample:
    return Sample(ID, process=2, round=7, warmup=warmup, samples=samples, budget_s=budget_s)


# Visits


def test_a_visit_says_what_was_sampled_when_and_under_what():
    batch = bench().visit(sample())
    assert (batch.id, batch.process, batch.round) == (ID, 2, 7)
    assert (batch.latency_ns, batch.device_ns) == ((MS,) * 10, (400_000,) * 10)
    assert (batch.conditions.tick_ns, batch.conditions.spin_ns > 0) == (MS, True)


def test_a_device_without_a_clock_of_its_own_has_no_device_time():
    device = MemoryDevice(device_ns=None)
    batch = bench(device).visit(sample())
    assert (batch.latency_ns, batch.device_ns) == ((MS,) * 10, ())
    assert device.program.runs == 1 + 10  # none of them for a device time


@pytest.mark.parametrize(("warmup", "step", "runs"), [(0, MS, 0), (1, 10 * MS, 1), (5, 10 * MS, 5), (1, MS, 3)])
def test_warming_up_takes_the_runs_asked_for_and_three_milliseconds_at_least(warmup, step, runs):
    device = MemoryDevice()
    device.clock.step = step
    bench(device).visit(sample(warmup, samples=4))
    assert device.program.runs == 1 + runs + 2 * 4  # compared, warmed up, a sample with and one without device time


@pytest.mark.parametrize(("budget_s", "runs"), [(0.0, 1), (0.01, 1), (0.05, 5), (0.051, 6)])
def test_warming_up_ends_with_the_visits_budget_but_not_before_the_first_run(budget_s, runs):
    device = MemoryDevice()
    device.clock.step = 10 * MS
    bench(device).visit(sample(warmup=100, samples=1, budget_s=budget_s))
    assert device.program.runs == 1 + runs + 2


@pytest.mark.parametrize(("typical_ns", "runs"), [(1000 * MS - 1, 3), (1000 * MS, 0)])
def test_a_run_of_a_second_needs_no_warming_up(typical_ns, runs):
    device = MemoryDevice()
    bench(device, typical_ns=typical_ns).visit(sample(warmup=3, samples=4))
    assert device.program.runs == 1 + runs + 4


@pytest.mark.parametrize(("typical_ns", "each"), [(50 * MS - 1, 2), (50 * MS, 1)])
def test_a_slow_run_gives_both_of_its_times_itself(typical_ns, each):
    device = MemoryDevice()
    batch = bench(device, typical_ns=typical_ns).visit(sample())
    assert (batch.latency_ns, batch.device_ns) == ((MS,) * 10, (400_000,) * 10)
    assert device.program.runs == 1 + each * 10


def test_what_a_run_takes_is_learnt_from_every_visit():
    """The first run compiles in some drivers: it says little about the others."""
    device = MemoryDevice()
    job = bench(device, typical_ns=80 * MS)
    for runs in (1 + 10, 1 + 10 + 20):
        job.visit(sample())
        assert device.program.runs == runs
    device.clock.step = 60 * MS
    job.visit(sample())
    assert job.typical_ns == 60 * MS


def test_a_visit_ends_with_its_budget():
    assert len(bench().visit(sample(samples=1000, budget_s=0.05)).latency_ns) == 50  # of a millisecond each


def test_a_stop_ends_a_visit_early_and_keeps_what_was_measured():
    device = MemoryDevice()
    batch = bench(device, stopped=stop_after(3)).visit(sample(samples=1000))
    assert len(batch.latency_ns) == 4
    assert not device.program.closed


def test_a_stop_ends_the_warm_up_too():
    device = MemoryDevice()
    assert len(bench(device, stopped=stop_after(0)).visit(sample(warmup=100)).latency_ns) == 1
    assert device.program.runs == 1 + 2


# Sensors


def joules(*readings_uj: int) -> Sensors:
    values = iter(readings_uj)
    return Sensors(clock_mhz=lambda: 3000.0, energy=(EnergyCounter(lambda: next(values), 0.001),))


def test_a_visit_without_sensors_has_no_readings():
    conditions = bench().visit(sample()).conditions
    assert (conditions.readings, conditions.dropped) == (None, None)


@pytest.mark.parametrize(
    ("typical_ns", "warmup", "runs"),
    [(MS, 0, 2 * 10), (MS, 5, 5 + 2 * 10), (50 * MS, 5, 5 + 10), (1000 * MS, 5, 10)],
)
def test_energy_is_that_of_all_runs_warming_up_included(typical_ns, warmup, runs):
    device = MemoryDevice()
    job = bench(device, typical_ns=typical_ns)
    job.sensors = joules(1_000_000, 4_000_000)
    before = device.program.runs
    readings = job.visit(sample(warmup)).conditions.readings
    assert (readings.clock_mhz, readings.energy.joules, readings.energy.runs) == (3000.0, 3.0, runs)
    assert device.program.runs - before == runs


def test_a_visit_whose_only_sample_was_interrupted_has_none_and_goes_on_from_what_it_knew(monkeypatch, capsys):
    monkeypatch.setattr("paragon_tui.engine.worker.open_job.Interruptions", AlwaysInterrupted)
    job = bench(typical_ns=3 * MS)
    batch = job.visit(sample(samples=1))
    assert (batch.latency_ns, batch.device_ns, batch.conditions.dropped) == ((), (), Dropped(slept=1))
    assert job.typical_ns == 3 * MS
    assert capsys.readouterr().out == f"{ID}: dropped 1 sample in which the machine slept\n"


class AlwaysInterrupted(Interruptions):
    """A machine that sleeps for an hour whenever it is asked."""

    def __init__(self) -> None:
        super().__init__(count(0, 3600 * 10**9).__next__)


# Bits


def changed(index: int = 0) -> np.ndarray:
    values = right()
    values[index] = np.nextafter(values[index], np.float32(np.inf))
    return values


def test_bits_that_change_between_runs_are_a_wrong_result():
    with pytest.raises(WrongResult, match="logits changed from run to run: this adapter is not deterministic"):
        bench(MemoryDevice(lambda run: right() if run < 5 else changed())).visit(sample())


def test_bits_that_may_change_are_told_at_the_end():
    job = bench(MemoryDevice(lambda run: right() if run < 5 else changed()), steady=False)
    assert len(job.visit(sample()).latency_ns) == 10
    assert job.close().deterministic is False


def test_bits_that_come_back_later_were_not_deterministic_all_the_same():
    job = bench(MemoryDevice(lambda run: changed() if 1 < run < 9 else right()), steady=False)
    job.visit(sample(samples=2))
    job.visit(sample(samples=4))
    assert job.close().deterministic is False


def test_bits_that_stay_are_deterministic():
    job = bench(steady=False)
    job.visit(sample())
    assert job.close().deterministic is True


def test_a_result_array_that_the_device_reuses_is_not_taken_for_a_constant_one():
    shared = right()

    def overwritten(run: int) -> np.ndarray:
        shared[0] = run
        return shared

    with pytest.raises(WrongResult, match="not deterministic"):
        bench(MemoryDevice(overwritten)).visit(sample())


def test_a_zero_whose_sign_changes_is_a_wrong_result():
    plus, minus = np.zeros(3, dtype=np.float32), -np.zeros(3, dtype=np.float32)
    with pytest.raises(WrongResult, match="not deterministic"):
        bench(MemoryDevice(lambda run: plus if run == 1 else minus)).visit(sample())


# Apart from the visits


class Cached(MemoryDevice):
    """Runs take five times as long right behind ``flush``."""

    flushed = 0
    cold = False

    def __init__(self) -> None:
        super().__init__()
        self.program = CachedProgram(self)

    def flush(self) -> None:
        self.flushed += 1
        self.cold = True


class CachedProgram(MemoryProgram):
    def __init__(self, device: Cached) -> None:
        super().__init__(device.program.logits_of, device.program.device_ns)
        self.device = device

    def run(self, inputs: Inputs, times: int = 1) -> int | None:
        taken_ns = super().run(inputs, times)
        factor, self.device.cold = 5 if self.device.cold else 1, False
        return None if taken_ns is None else factor * taken_ns


def test_cold_samples_are_the_devices_own_each_is_flushed_for_and_a_warm_one_follows():
    device = Cached()
    batch = bench(device).cold(SampleCold(ID, 1, 4, SECOND), device.flush)
    assert (batch.id, batch.process, device.flushed) == (ID, 1, 4)
    assert (batch.values_ns, batch.warm_ns) == ((2_000_000,) * 4, (400_000,) * 4)


def test_cold_samples_are_latencies_where_the_device_has_no_clock():
    batch = bench(MemoryDevice(device_ns=None)).cold(SampleCold(ID, 1, 2, SECOND), lambda: None)
    assert (batch.values_ns, batch.warm_ns) == ((MS, MS), (MS, MS))


def test_forwards_are_chained_in_growing_numbers():
    device = MemoryDevice()
    batch = bench(device).chained(SampleChained(ID, 1, 3, SECOND))
    assert (batch.id, batch.process) == (ID, 1)
    assert batch.series == (tuple((times, MS) for times in CHAIN),) * 3
    assert device.program.chained == max(CHAIN) > 1


@pytest.mark.parametrize(
    ("typical_ns", "longest"), [(12_500_000, 8), (12_500_001, 4), (25_000_000, 4), (33 * MS, 2), (50 * MS, 2)]
)
def test_no_submission_takes_longer_than_a_tenth_of_a_second(typical_ns, longest):
    device = MemoryDevice()
    batch = bench(device, typical_ns=typical_ns).chained(SampleChained(ID, 1, 2, SECOND))
    assert [[times for times, _ in series] for series in batch.series] == [[t for t in CHAIN if t <= longest]] * 2
    assert device.program.chained == longest


@pytest.mark.parametrize("typical_ns", [50 * MS + 1, 60_000 * MS])
def test_forwards_so_long_that_no_two_fit_a_submission_are_not_chained(typical_ns):
    device = MemoryDevice()
    with pytest.raises(BackendError, match="too long to chain several in one submission"):
        bench(device, typical_ns=typical_ns).chained(SampleChained(ID, 1, 2, SECOND))
    assert (device.program.runs, device.program.closed) == (1, False)


def test_what_the_harness_adds_is_measured_around_a_run_that_does_nothing():
    examined = bench().examine()
    assert examined.id == ID
    assert 0 < examined.overhead.loop_ns < 100_000  # by the real clock
    assert (examined.overhead.host_ns, examined.overhead.round_trip_ns) == (5_000, MS)


def test_the_host_has_nobody_to_exchange_anything_with():
    examined = bench(MemoryDevice(device_ns=None, where=REFERENCE), where=REFERENCE).examine()
    assert (examined.overhead.host_ns, examined.overhead.round_trip_ns) == (None, None)


def test_closing_gives_the_program_back_and_says_what_it_took():
    device = MemoryDevice()
    job = bench(device)
    job.visit(sample())
    closed = job.close()
    assert device.program.closed
    assert (closed.id, closed.deterministic) == (ID, True)
    assert closed.host_peak_bytes is not None and closed.host_peak_bytes > 2**20


def test_the_peak_is_that_of_the_visits_whatever_comes_after_them(monkeypatch):
    """Flushing caches takes memory of its own, which is no result's."""
    peaks = iter([100, 200, 10**9])
    monkeypatch.setattr("paragon_tui.engine.worker.open_job.peak_bytes", lambda: next(peaks))
    job = bench()
    job.visit(sample())
    job.visit(sample())
    job.cold(SampleCold(ID, 0, 2, SECOND), lambda: None)
    assert job.close().host_peak_bytes == 200
