"""One job made ready in a worker, from its preparation to its end: what visits come to."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from paragon_tui.backends.device import BackendError, Program
from paragon_tui.engine.messages.commands import Sample, SampleChained, SampleCold
from paragon_tui.engine.messages.events import ChainedBatch, Closed, ColdBatch, Examined, SampleBatch
from paragon_tui.engine.messages.figures import Overhead
from paragon_tui.engine.messages.job import Job
from paragon_tui.engine.worker import sampling
from paragon_tui.engine.worker.conditions import LoadMonitor
from paragon_tui.engine.worker.memory import peak_bytes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paragon_tui.suites.operation import Arrays

CHAIN = (1, 2, 4, 8)
_EXAMINED = 21
_EXAMINED_NS = 50_000_000
_PRIMING_NS = 3_000_000
_SLOW_NS = 50_000_000  # a thousand times what asking a slow driver for the device's time takes
_LONG_NS = 1_000_000_000
_SUBMISSION_NS = 100_000_000  # drivers' watchdogs end what takes longer, and some deadlock


class WrongResult(Exception):
    """A result that cannot be compared: NaN, infinity, or bits that change from run to run."""


@dataclass(slots=True)
class OpenJob:
    """A program, its inputs, the ``names`` of what a run brings back, and what the first run gave.

    ``steady``: bits that change are an error. ``typical_ns`` is about what a run takes; ``clocked``: the
    device tells its own time.
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
    deterministic: bool = True
    peak_bytes: int | None = None

    def visit(self, command: Sample) -> SampleBatch:
        """Warm up and sample. Raises ``BackendError``, or ``WrongResult`` where bits change that must not."""
        watch = LoadMonitor(self.clock)
        budget_ns = round(command.budget_s * 1e9)
        self._warm_up(command.warmup, budget_ns)
        times = sampling.apart if self.clocked and self.typical_ns < _SLOW_NS else sampling.together
        take = partial(times, self.program, self.inputs, self.names, self.clock)
        latency_ns, device_ns = sampling.visit(take, command.samples, budget_ns, self.clock, self.stopped)
        self.typical_ns = _middle(latency_ns)
        conditions = watch.conditions()
        self.peak_bytes = peak_bytes()  # not at the end: emptying caches takes memory of its own
        self._look_at_bits()
        self._leave()
        return SampleBatch(self.job.id, command.process, command.round, tuple(latency_ns), tuple(device_ns), conditions)

    def cold(self, command: SampleCold, evict: Callable[[], None]) -> ColdBatch:
        """Sample with flushed caches."""
        budget_ns = round(command.budget_s * 1e9)
        found_cold, found_warm = sampling.cold(
            self.program, self.inputs, evict, command.samples, budget_ns, self.clock, self.stopped
        )
        self._leave()
        return ColdBatch(self.job.id, command.process, tuple(found_cold), tuple(found_warm))

    def chained(self, command: SampleChained) -> ChainedBatch:
        """Sample several runs in one submission."""
        lengths = tuple(times for times in CHAIN if times * self.typical_ns <= _SUBMISSION_NS)
        if len(lengths) < 2:
            raise BackendError("a run takes too long for several of them in one submission")
        budget_ns = round(command.budget_s * 1e9)
        self._warm_up(1, budget_ns)
        series = sampling.chained(
            self.program, self.inputs, lengths, command.series, budget_ns, self.clock, self.stopped
        )
        self._leave()
        return ChainedBatch(self.job.id, command.process, tuple(series))

    def examine(self) -> Examined:
        """What the harness adds to a sample."""
        clock = time.perf_counter_ns
        idle = partial(sampling.together, _Idle(), self.inputs, self.names, clock)
        loop_ns, _ = sampling.visit(idle, _EXAMINED, _EXAMINED_NS, clock, self.stopped)
        host_ns = self._repeated(lambda: self.program.host_ns(self.inputs))
        round_trip_ns = None if self.job.adapter.is_host else self._repeated(self._round_trip)
        self._leave()
        return Examined(self.job.id, Overhead(_middle(loop_ns), host_ns, round_trip_ns))

    def close(self) -> Closed:
        """Give the program back."""
        self.program.close()
        return Closed(self.job.id, self.deterministic, self.peak_bytes)

    def _warm_up(self, runs: int, budget_ns: int) -> None:
        """At least ``runs`` runs, and some milliseconds of them: threads wake, caches fill, clocks rise.

        Not beyond ``budget_ns`` (but once), and not at all for runs so long that they do it by themselves.
        """
        if not runs or self.typical_ns >= _LONG_NS:
            return
        begin = self.clock()
        spent_ns = done = 0
        while not self.stopped() and (done < runs or spent_ns < _PRIMING_NS) and (not done or spent_ns < budget_ns):
            self.program.run(self.inputs)
            self.program.read(self.names)
            done += 1
            spent_ns = self.clock() - begin

    def _look_at_bits(self) -> None:
        for name, values in self.program.read(tuple(self.first)).items():
            if values.tobytes() != self.first[name].tobytes():
                self.deterministic = False
                if self.steady:
                    raise WrongResult(f"{name} changed from run to run: this adapter is not deterministic")

    def _repeated(self, measure: Callable[[], int | None]) -> int | None:
        """The median of some measurements; ``None`` where the first is."""
        values: list[int] = []
        end = time.perf_counter_ns() + _EXAMINED_NS
        while len(values) < _EXAMINED and (not values or time.perf_counter_ns() < end):
            value = measure()
            if value is None:
                return None
            values.append(value)
        return _middle(values)

    def _round_trip(self) -> int:
        """Behind a run, as in sampling: a driver that was left alone answers in other times."""
        self.program.run_unclocked(self.inputs)
        start = self.clock()
        self.program.round_trip()
        return self.clock() - start

    def _leave(self) -> None:
        """Let nothing of this job disturb the adapter that computes next."""
        if self.job.adapter.is_host:
            wait_until_idle()


class _Idle:
    """A program that does nothing: sampling it shows what sampling costs."""

    compile_ms: float | None = None
    upload_ms: float | None = None
    device_bytes: int | None = None

    def run(self, inputs: Any, times: int = 1) -> int | None:
        """Nothing."""
        return None

    def run_unclocked(self, inputs: Any, times: int = 1) -> None:
        """Nothing."""

    def read(self, names: tuple[str, ...]) -> dict[str, NDArray[Any]]:
        """Nothing."""
        return {}

    def round_trip(self) -> None:
        """Nothing."""

    def reset(self) -> None:
        """Nothing."""

    def host_ns(self, inputs: Any) -> int | None:
        """Nothing."""
        return None

    def close(self) -> None:
        """Nothing."""


def _middle(values: list[int]) -> int:
    return sorted(values)[len(values) // 2]


def wait_until_idle(limit_s: float = 0.5) -> None:
    """Wait until this process uses no CPU: BLAS threads spin for up to ~0.1 s after a call, beside the next adapter.

    Telling them not to (``OPENBLAS_THREAD_TIMEOUT``) would slow the baseline by up to 60 % instead.
    """
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        used = time.process_time()
        time.sleep(0.005)  # what this process uses while it does nothing itself is its threads' spinning
        if time.process_time() - used < 0.001:
            return
