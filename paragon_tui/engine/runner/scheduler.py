"""The scheduler: it measures the adapters of a case in rounds, a visit each in turn, so that drift hits all alike."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import count

from paragon_tui.engine.analysis.roofline import roofline
from paragon_tui.engine.messages.commands import (
    Close,
    Command,
    Estimate,
    Examine,
    Open,
    OptionalCommand,
    Prepare,
    Sample,
    SampleChained,
    SampleCold,
)
from paragon_tui.engine.messages.events import (
    NOT_RUN,
    CeilingFound,
    ChainedBatch,
    Closed,
    ColdBatch,
    Compared,
    Doing,
    Event,
    Examined,
    Failed,
    Figures,
    Finished,
    JobStarted,
    Log,
    NotMeasured,
    Output,
    SampleBatch,
)
from paragon_tui.engine.messages.figures import Ceiling, Measured
from paragon_tui.engine.messages.job import Job, JobId
from paragon_tui.engine.runner.available_memory import available_mib, beyond_memory
from paragon_tui.engine.runner.measurement import Measurement, combined
from paragon_tui.engine.runner.quiet import quiet_comes
from paragon_tui.engine.runner.requests import RunSettings, usual_variant
from paragon_tui.engine.runner.steering import Steering
from paragon_tui.engine.runner.stopping import SamplingProgress
from paragon_tui.engine.runner.worker_pool import CommandFailed, WorkerPool
from paragon_tui.engine.runner.worker_process import WorkerProcess
from paragon_tui.suites.workloads.registry import workload

ESTIMATOR = "statistics"  # the name of the worker that computes figures
_EXTRAS_S = 0.25  # a budget for the chained runs of a result
_COLD_S = 1.0  # one for its cold samples: flushing large caches takes longer than the runs
_SHARE_OF_TIMEOUT = 0.1  # a visit's share: warming up and the runs for device times come on top
_COLD_BYTES = 2**20  # fewer bytes move faster than a launch takes


@dataclass(slots=True)
class _JobState:
    """The state of a job in the current process. ``worker`` has it open, ``None`` before and after."""

    job: Job
    progress: SamplingProgress
    worker: WorkerProcess | None = None
    failed: bool = False
    spent_s: float = 0.0


class Scheduler:
    """Measures group after group with a worker pool; keeps what all processes of a session have in common."""

    def __init__(
        self, settings: RunSettings, pool: WorkerPool, emit: Callable[[Event], None], steering: Steering
    ) -> None:
        self._settings = settings
        self._pool = pool
        self._emit = emit
        self._steering = steering
        self._states: dict[JobId, _JobState] = {}
        self._ended: set[JobId] = set()  # a job that failed in one process is not measured in the next
        self._measurements: defaultdict[JobId, dict[int, Measurement]] = defaultdict(dict)  # by process
        self._rounds: Counter[tuple[JobId, int]] = Counter()  # of a job in a process: measured again, it goes on
        self._best_spin_ns: int | None = None
        self._first_runs_ms: dict[JobId, float] = {}
        self._ceilings: dict[str, Ceiling] = {}
        self._times: dict[JobId, tuple[float | None, float | None]] = {}  # undisturbed, and with flushed caches
        self._elapsed_s: defaultdict[JobId, float] = defaultdict(float)
        self._processes = 0

    def record(self, event: Event) -> None:
        """Record an event of a worker in the state of its job."""
        match event:
            case Output(first_run_ms=float(first_ms)):
                self._first_runs_ms.setdefault(event.id, first_ms)
            case Figures():
                self._times[event.id] = _undisturbed_ms(event)
            case CeilingFound():
                self._ceilings[event.adapter] = event.ceiling
            case SampleBatch() | ColdBatch() | ChainedBatch() if event.id in self._states:
                progress = self._states[event.id].progress
                progress.measurement.add(event)
                if isinstance(event, SampleBatch):
                    progress.add(event)
                    spin_ns = event.conditions.spin_ns
                    self._best_spin_ns = min(self._best_spin_ns or spin_ns, spin_ns)
            case Failed():
                self._ended.add(event.id)
                if event.id in self._states:
                    self._states[event.id].failed = True
            case Finished():
                self._ended.add(event.id)

    async def measure(self, groups: Sequence[Sequence[Job]], process: int) -> None:
        """Measure the jobs of each case in one process; the last process ends them.

        A case that was disturbed is measured again after all others, if the machine is quiet then.
        """
        self._processes = process + 1
        disturbed = []
        for group in groups:
            await self._measure(group, process)
            if self._is_disturbed(group, process) and not self._steering.ends:
                disturbed.append(group)
            else:
                self._finish_group(group)
        again = bool(disturbed) and await self._quiet_comes(disturbed)
        for group in disturbed:
            if again and not self._steering.stops:
                await self._measure(group, process)
            self._finish_group(group)

    def _is_disturbed(self, group: Sequence[Job], process: int) -> bool:
        measurements = [self._measurements[job.id].get(process) for job in group if job.id not in self._ended]
        return any(measurement is not None and measurement.choice == "disturbed" for measurement in measurements)

    async def _quiet_comes(self, disturbed: Sequence[Sequence[Job]]) -> bool:
        """Wait until other programs leave the machine alone, not for long, and for no fixed number of samples."""
        if self._settings.sampling.iterations is not None:
            return False
        self._steering.begin_case()  # the last one may have been skipped
        what = f"{len(disturbed)} case{'s' if len(disturbed) != 1 else ''}"
        if await quiet_comes(self._settings.sampling.patience_s, self._steering):
            self._emit(Log("engine", "info", f"other programs disturbed {what}: measuring again, now that it is quiet"))
            return True
        if self._steering.skips:  # the wait was skipped, and no case is
            self._steering.begin_case()
        if not self._steering.stops:
            text = f"other programs disturbed {what} and still keep the machine busy: the figures are marked with !"
            self._emit(Log("engine", "warning", text))
        return False

    async def _measure(self, group: Sequence[Job], process: int) -> None:
        self._steering.begin_case()
        jobs = [job for job in group if job.id not in self._ended]
        before = {job.id: self._measurements[job.id].get(process) for job in jobs}
        self._states = {job.id: self._new_state(job, process) for job in jobs}
        states = list(self._states.values())
        refused = beyond_memory(jobs, available_mib())
        first = max((self._rounds[job.id, process] for job in jobs), default=0)
        for index, state in enumerate(states):
            await self._steering.may_go_on()
            if not self._steering.ends:
                self._emit(JobStarted(state.job.id))
                if state.job in refused:
                    self._emit(Failed(state.job.id, "unsupported", refused[state.job]))
                else:
                    await self._open_workers([job for job in jobs[index:] if job not in refused])
                    await self._open(state)
            await self._visit_in_turn([state], process, first)  # at once, so that a person sees a figure soon
        await self._visit_in_rounds(states, process, first + 1)
        for state in states:
            await self._measure_extras(state, process)
            cut_short = self._steering.ends and not state.progress.precise
            if (cut_short or not state.progress.taken) and (earlier := before[state.job.id]) is not None:
                self._measurements[state.job.id][process] = earlier  # it was stopped before it was measured again
        await self._estimate(states)
        for state in states:
            await self._close(state)

    def _new_state(self, job: Job, process: int) -> _JobState:
        measurement = self._measurements[job.id][process] = Measurement(on_cpu=job.adapter.type == "cpu")
        return _JobState(job, SamplingProgress(self._settings.sampling, measurement))

    async def _ask(self, state: _JobState, command: Command, last: type[Event]) -> bool:
        """Have the job's worker perform a command, and count the time. Raises ``CommandFailed``."""
        begin = self._pool.clock()
        try:
            return await self._pool.ask(state.job.adapter.id, state.job.id, command, last, self._settings.timeout_s)
        finally:
            taken_s = self._pool.clock() - begin
            state.spent_s += taken_s
            self._elapsed_s[state.job.id] += taken_s
            if state.job.adapter.is_host and (worker := self._pool.worker(state.job.adapter.id)):
                worker.suspend()

    def _can_be_visited(self, state: _JobState) -> bool:
        """Return whether a job is open and may take more samples."""
        in_time = state.spent_s < self._settings.timeout_s
        return state.worker is not None and not state.failed and in_time and not state.progress.spent

    async def _open_workers(self, jobs: Sequence[Job]) -> None:
        """Have the missing workers of the next jobs open their adapters beside one another: nothing is timed yet."""
        modules, cache = self._settings.modules, str(self._settings.cache)
        commands: dict[str, Open] = {}
        for job in jobs:
            commands.setdefault(job.adapter.id, Open(job.id, job.adapter, modules[job.adapter.api], cache))
        commands[ESTIMATOR] = Open(jobs[0].id, None, "", cache)
        first = jobs[0]
        if self._pool.worker(first.adapter.id) is None:
            self._emit(Doing(first.id, "opening"))
        await self._pool.open(first.adapter.id, commands, self._settings.timeout_s)

    async def _open(self, state: _JobState) -> None:
        job, settings = state.job, self._settings
        command = Prepare(job, settings.modules[job.adapter.api], str(settings.cache), settings.sampling.examine)
        try:
            if await self._ask(state, command, Compared):
                state.worker = self._pool.worker(job.adapter.id)
        except CommandFailed as failure:
            self._emit(Failed(job.id, failure.status, str(failure)))

    async def _visit_in_rounds(self, states: Sequence[_JobState], process: int, first: int) -> None:
        """Visit in turn, every other round in reverse, until all are precise: a row's results share their rounds."""
        for round_ in count(first):
            turn = [state for state in states if self._can_be_visited(state)]
            if all(state.progress.precise for state in turn) or self._steering.ends:
                return
            await self._visit_in_turn(turn if round_ % 2 == 0 else turn[::-1], process, round_)

    async def _visit_in_turn(self, turn: Sequence[_JobState], process: int, round_: int) -> None:
        for state in turn:
            await self._steering.may_go_on()
            if self._can_be_visited(state) and not self._steering.ends:
                await self._visit(state, process, round_)
                self._rounds[state.job.id, process] = round_ + 1

    async def _visit(self, state: _JobState, process: int, round_: int) -> None:
        sampling = self._settings.sampling
        if not self._is_open(state):
            await self._open(state)  # another job ended the worker: prepare this one anew
        if state.failed:
            return
        visit_s = min(sampling.visit_s, _SHARE_OF_TIMEOUT * self._settings.timeout_s)
        command = Sample(state.job.id, process, round_, sampling.warmup, state.progress.next_samples, visit_s)
        try:
            await self._ask(state, command, SampleBatch)
        except CommandFailed as failure:
            # A job that the user stopped keeps the samples that it has.
            if failure.status != "stopped" or not state.progress.taken:
                self._emit(Failed(state.job.id, failure.status, str(failure)))

    async def _measure_extras(self, state: _JobState, process: int) -> None:
        """Measure what is not compared with others: cold caches, chained runs, the harness's overhead."""
        sampling, id_ = self._settings.sampling, state.job.id
        commands: list[tuple[OptionalCommand, type[Event]]] = []
        if sampling.cold and self._bound_by_memory(state.job):
            commands.append((SampleCold(id_, process, sampling.cold, _COLD_S), ColdBatch))
        if sampling.chained and not state.job.adapter.is_host:
            commands.append((SampleChained(id_, process, sampling.chained, _EXTRAS_S), ChainedBatch))
        if sampling.examine and process == 0:
            commands.append((Examine(id_), Examined))
        for command, last in commands:
            await self._steering.may_go_on()
            if not self._steering.ends:
                await self._try(state, command, last)

    async def _try(self, state: _JobState, command: OptionalCommand, last: type[Event]) -> None:
        """Have an open job perform an optional command: if it fails, the rest of the result stands."""
        if state.failed or state.worker is None:
            return
        if not self._is_open(state):
            self._emit(NotMeasured(state.job.id, command.what, "its worker had exited"))
            return
        try:
            await self._ask(state, command, last)
        except CommandFailed as failure:
            self._emit(NotMeasured(state.job.id, command.what, str(failure)))

    def _bound_by_memory(self, job: Job) -> bool:
        """Return whether caches matter: the bytes that must move take longer than the arithmetic, and than a launch."""
        ceiling = self._ceilings.get(job.adapter.id)
        cost = workload(job.case.operation).cost(job.case, job.dtype)
        if ceiling is None or cost.bytes < _COLD_BYTES:
            return False
        return roofline(cost, 1.0, ceiling, integer=job.dtype == "i8").by == "memory"

    def _is_open(self, state: _JobState) -> bool:
        """Return whether the job is still open in a live worker."""
        worker = state.worker
        return (
            worker is self._pool.worker(state.job.adapter.id)
            and worker is not None
            and worker.alive
            and not state.failed
        )

    async def _close(self, state: _JobState) -> None:
        await self._try(state, Close(state.job.id, *self._times.get(state.job.id, ())), Closed)
        state.worker = None

    async def _estimate(self, states: Sequence[_JobState]) -> None:
        """Have a worker compute the figures of each job, now that nothing is timed."""
        for state in states:
            id_, command = state.job.id, self._estimate_command(state)
            if state.failed or command is None:
                continue
            try:
                await self._pool.ask(ESTIMATOR, id_, command, Figures, self._settings.timeout_s)
            except CommandFailed as error:
                self._emit(Failed(id_, "failed", f"its figures were lost: {error}"))

    def _estimate_command(self, state: _JobState) -> Estimate | None:
        """Return the command for a result's figures; ``None`` where it has no samples."""
        job = state.job
        measured = self._measured(job.id)
        if measured is None:
            return None
        usual = replace(job.id, variant=usual_variant(job.case, job.dtype))
        sampling = self._settings.sampling
        return Estimate(
            job.id,
            measured,
            self._for_ratio(job.id.baseline, job),
            self._for_ratio(usual, job) if not job.adapter.is_host else None,
            self._first_runs_ms.get(job.id),
            job.adapter.type == "cpu",
            clipped=sampling.iterations is None and state.progress.rounds < sampling.rounds,
        )

    def _measured(self, id_: JobId) -> Measured | None:
        measurements = self._measurements[id_].values()
        measured = (measurement.measured(self._best_spin_ns) for measurement in measurements)
        return combined([each for each in measured if each is not None])

    def _for_ratio(self, other: JobId, job: Job) -> Measured | None:
        """Return the samples of ``other`` if it is another result and has any."""
        measured = self._measured(other) if other != job.id else None
        return measured.for_ratio if measured else None

    def _finish_group(self, group: Sequence[Job]) -> None:
        """End the jobs of a case in the last process."""
        if self._processes == self._settings.sampling.repeat or self._steering.ends:
            for job in group:
                if job.id not in self._ended:
                    self._finish(job.id)

    def _finish(self, id_: JobId) -> None:
        """End a job that has not failed: it has figures, or it was stopped before it had any."""
        elapsed_s = self._elapsed_s[id_]
        measurements = self._measurements[id_].values()
        samples = sum(measurement.samples for measurement in measurements)
        visited = any(measurement.visits_made for measurement in measurements)
        if visited and not samples and not self._steering.ends:
            self._emit(Failed(id_, "failed", "its process was stopped, or the machine slept, in each of its samples"))
        elif not self._steering.ends:
            self._emit(Finished(id_, "ok", elapsed_s))
        elif samples:
            repeat = self._settings.sampling.repeat
            of = f", in process {self._processes} of {repeat}" if repeat > 1 else ""
            self._emit(Finished(id_, "stopped", elapsed_s, f"{self._steering.words} after {samples} samples{of}"))
        elif elapsed_s or not self._steering.stops:
            self._emit(Failed(id_, "stopped", f"{self._steering.words} before the first sample"))
        else:
            self._emit(Failed(id_, "stopped", NOT_RUN))


def _undisturbed_ms(figures: Figures) -> tuple[float | None, float | None]:
    """Return a result's time, the device's own where there is one, and that with flushed caches; none if disturbed."""
    if any(flag.name in ("disturbed", "clipped") for flag in figures.flags):
        return None, None
    return (figures.device_ms or figures.latency_ms).median, figures.cold_ms.median if figures.cold_ms else None
