"""An open job in a worker, from its preparation to its end: it is sampled visit by visit."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from paragon_tui.backends.device import BackendError, Program
from paragon_tui.engine.messages.commands import Sample, SampleChained, SampleCold
from paragon_tui.engine.messages.events import ChainedBatch, Closed, ColdBatch, Examined, SampleBatch
from paragon_tui.engine.messages.figures import Dropped, Overhead
from paragon_tui.engine.messages.job import Job
from paragon_tui.engine.worker import sampling
from paragon_tui.engine.worker.conditions import LoadMonitor
from paragon_tui.engine.worker.interruptions import Interruptions
from paragon_tui.engine.worker.memory import peak_bytes
from paragon_tui.engine.worker.sensors import NO_SENSORS, Sensors, SensorWatch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paragon_tui.suites.data.case_data import Arrays

CHAIN = (1, 2, 4, 8)
_OVERHEAD_SAMPLES = 21
_OVERHEAD_NS = 50_000_000
_WARM_UP_NS = 3_000_000
_SLOW_NS = 50_000_000  # a thousand times as long as a slow driver takes to report the device's time
_LONG_NS = 1_000_000_000
_SUBMISSION_NS = 100_000_000  # drivers' watchdogs end longer submissions, and some drivers deadlock


class WrongResult(Exception):
    """A result that cannot be compared: NaN, infinity, or bits that change from run to run."""


@dataclass(slots=True)
class OpenJob:
    """A program, its inputs, the ``names`` of the arrays that a run reads back, and the results of the first run.

    ``steady``: bits that change are an error. ``typical_ns`` is about the time of a run; ``clocked``: the device
    reports its own time.
    """

    job: Job
    program: Program
    inputs: Arrays
    names: tuple[str, ...]
    first: Arrays
    steady: bool
    clock: Callable[[], int]
    stopped: Callable[[], bool]
    typical_ns: int
    clocked: bool
    sensors: Sensors = NO_SENSORS
    deterministic: bool = True
    peak_bytes: int | None = None

    def visit(self, command: Sample) -> SampleBatch:
        """Warm up and sample. Raises ``BackendError``, or ``WrongResult`` where bits change that must not."""
        monitor, watch = LoadMonitor(self.clock), SensorWatch(self.sensors)
        budget_ns = round(command.budget_s * 1e9)
        warmed_up = self._warm_up(command.warmup, budget_ns)
        single = not self.clocked or self.typical_ns >= _SLOW_NS
        time_runs = sampling.time_one_run if single else sampling.time_two_runs
        take = partial(time_runs, self.program, self.inputs, self.names, self.clock)
        interruptions = Interruptions()
        taken = sampling.visit(take, command.samples, budget_ns, self.stopped, interruptions.interrupted)
        samples = len(taken.latency_ns) + interruptions.dropped.total
        readings = watch.readings(warmed_up + (1 if single else 2) * samples)
        if taken.latency_ns:
            self.typical_ns = _median(taken.latency_ns)
        conditions = replace(
            monitor.conditions(),
            preempted=_indices(taken.preempted),
            device_preempted=_indices(taken.device_preempted),
            dropped=self._dropped(interruptions),
            readings=readings,
        )
        self.peak_bytes = peak_bytes()  # now, not at the end: flushing caches takes memory of its own
        self._check_determinism()
        return SampleBatch(
            self.job.id,
            command.process,
            command.round,
            tuple(taken.latency_ns),
            tuple(taken.device_ns),
            conditions,
        )

    def cold(self, command: SampleCold, evict: Callable[[], None]) -> ColdBatch:
        """Take samples with flushed caches."""
        budget_ns = round(command.budget_s * 1e9)
        interruptions = Interruptions()
        cold_ns, warm_ns = sampling.cold(
            self.program,
            self.inputs,
            evict,
            command.samples,
            budget_ns,
            self.clock,
            self.stopped,
            interruptions.interrupted,
        )
        self._dropped(interruptions)
        return ColdBatch(self.job.id, command.process, tuple(cold_ns), tuple(warm_ns))

    def chained(self, command: SampleChained) -> ChainedBatch:
        """Take samples of several runs in one submission. Raises ``BackendError`` where these would take too long."""
        lengths = tuple(times for times in CHAIN if times * self.typical_ns <= _SUBMISSION_NS)
        if len(lengths) < 2:
            raise BackendError("a run takes too long to chain several in one submission")
        budget_ns = round(command.budget_s * 1e9)
        self._warm_up(1, budget_ns)
        interruptions = Interruptions()
        series = sampling.chained(
            self.program,
            self.inputs,
            lengths,
            command.series,
            budget_ns,
            self.clock,
            self.stopped,
            interruptions.interrupted,
        )
        self._dropped(interruptions)
        return ChainedBatch(self.job.id, command.process, tuple(series))

    def examine(self) -> Examined:
        """Measure what the harness adds to a sample."""
        clock = time.perf_counter_ns
        idle = partial(sampling.time_one_run, _EmptyProgram(), self.inputs, self.names, clock)
        loop_ns = sampling.visit(idle, _OVERHEAD_SAMPLES, _OVERHEAD_NS, self.stopped, _never).latency_ns
        host_ns = self._median_of(lambda: self.program.host_ns(self.inputs))
        round_trip_ns = None if self.job.adapter.is_host else self._median_of(self._round_trip)
        return Examined(self.job.id, Overhead(_median(loop_ns), host_ns, round_trip_ns))

    def close(self) -> Closed:
        """Close the program."""
        self.program.close()
        return Closed(self.job.id, self.deterministic, self.peak_bytes)

    def _warm_up(self, runs: int, budget_ns: int) -> int:
        """Do at least ``runs`` runs, and some milliseconds of them: threads wake, caches fill, clocks rise.

        Return their number. No run begins after ``budget_ns`` except the first; runs that are long enough to warm up by
        themselves have none.
        """
        if not runs or self.typical_ns >= _LONG_NS:
            return 0
        begin = self.clock()
        spent_ns = done = 0
        while not self.stopped() and (done < runs or spent_ns < _WARM_UP_NS) and (not done or spent_ns < budget_ns):
            self.program.run(self.inputs)
            self.program.read(self.names)
            done += 1
            spent_ns = self.clock() - begin
        return done

    def _check_determinism(self) -> None:
        for name, values in self.program.read(tuple(self.first)).items():
            if values.tobytes() != self.first[name].tobytes():
                self.deterministic = False
                if self.steady:
                    raise WrongResult(f"{name} changed from run to run: this adapter is not deterministic")

    def _median_of(self, measure: Callable[[], int | None]) -> int | None:
        """Return the median of several measurements; ``None`` where the first one is."""
        values: list[int] = []
        end = time.perf_counter_ns() + _OVERHEAD_NS
        while len(values) < _OVERHEAD_SAMPLES and (not values or time.perf_counter_ns() < end):
            value = measure()
            if value is None:
                return None
            values.append(value)
        return _median(values)

    def _round_trip(self) -> int:
        """Time a round trip right after a run, as in sampling: an idle driver responds at another speed."""
        self.program.run_unclocked(self.inputs)
        start = self.clock()
        self.program.round_trip()
        return self.clock() - start

    def _dropped(self, interruptions: Interruptions) -> Dropped | None:
        """Return the samples that were interrupted, ``None`` if none was; print them for the log."""
        if not interruptions.dropped.total:
            return None
        print(f"{self.job.id}: dropped {interruptions.dropped.words}")
        return interruptions.dropped


class _EmptyProgram:
    """A program that does nothing: sampling it shows what sampling costs."""

    compile_ms: float | None = None
    upload_ms: float | None = None
    device_bytes: int | None = None

    def run(self, inputs: Any, times: int = 1) -> int | None:
        """Do nothing."""
        return None

    def run_unclocked(self, inputs: Any, times: int = 1) -> None:
        """Do nothing."""

    def read(self, names: tuple[str, ...]) -> dict[str, NDArray[Any]]:
        """Return no arrays."""
        return {}

    def round_trip(self) -> None:
        """Do nothing."""

    def reset(self) -> None:
        """Do nothing."""

    def host_ns(self, inputs: Any) -> int | None:
        """Return ``None``."""
        return None

    def close(self) -> None:
        """Do nothing."""


def _never() -> bool:
    """Return False: the median of many samples of microseconds does not feel an interruption."""
    return False


def _median(values: list[int]) -> int:
    return sorted(values)[len(values) // 2]


def _indices(interrupted: list[int] | None) -> tuple[int, ...] | None:
    return None if interrupted is None else tuple(interrupted)
