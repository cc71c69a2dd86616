"""Prepare a job in a worker: open its program, run it once, check the bits."""

from __future__ import annotations

import functools
from collections.abc import Callable, Generator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from paragon_tui.backends.device import Program
from paragon_tui.backends.fingerprint import CLAIMED, Standing
from paragon_tui.backends.host_probes import check_host
from paragon_tui.backends.threads import check_limited, threads_of
from paragon_tui.engine.messages.events import Doing, Event, Prepared
from paragon_tui.engine.messages.job import Job
from paragon_tui.engine.worker.adapter_sensors import adapter_sensors
from paragon_tui.engine.worker.autotune import autotune
from paragon_tui.engine.worker.device_session import DeviceSession
from paragon_tui.engine.worker.executable import Executable, host_executable, launchables
from paragon_tui.engine.worker.libraries import library
from paragon_tui.engine.worker.limits import check_host_limits, within_limits
from paragon_tui.engine.worker.memory import reset_peak
from paragon_tui.engine.worker.open_job import OpenJob
from paragon_tui.engine.worker.parity import check_finite, compare_with_reference
from paragon_tui.engine.worker.plan_bits import PlanBits
from paragon_tui.engine.worker.reference import Reference, reference_answer
from paragon_tui.engine.worker.sampling import StopRequested
from paragon_tui.engine.worker.training_loop import timed_program, train
from paragon_tui.suites.computation import Computation, computation
from paragon_tui.suites.workloads.workload import Trained

if TYPE_CHECKING:
    from paragon_tui.suites.data.case_data import Arrays


def prepare(job: Job, session: DeviceSession, cache: Path, stopped: StopRequested) -> Generator[Event, None, OpenJob]:
    """Yield a job's events up to its ``Compared``, return it open. Raises ``BackendError`` or ``WrongResult``."""
    check_limited(job.adapter, session.device)
    yield Doing(job.id, "operands")
    check_host()  # NumPy makes the operands of every adapter, and what it is compared with
    computed = computation(job.case, job.dtype)
    reference = functools.cache(lambda: reference_answer(computed, cache, stopped))
    ready = yield from _ready(job, session, computed, reference, cache)
    executable, device = ready.executable, session.device
    program = timed_program(executable.program, computed.workload, job.case)
    reset_peak()  # memory that autotuning took is not this result's
    try:
        begin = device.clock()
        device_ns = program.run(executable.inputs)
        first = executable.read()
        first_run_ns = device.clock() - begin
        prepared = _event(job, session, computed, program, ready)
        yield prepared
        yield Doing(job.id, "reference")
        reference()
        yield Doing(job.id, "comparing")
        results = yield from _results(job, computed, executable, first, reference(), stopped)
        first_run_ms = None if ready.timed else first_run_ns / 1e6
        yield from compare_with_reference(job, computed, computed.answer(results), reference(), first_run_ms)
    except BaseException:  # also GeneratorExit, where the consumer stops: free the buffers
        program.close()
        raise
    return OpenJob(
        job,
        program,
        executable.inputs,
        executable.fetched,
        first,
        prepared.standing is not None,
        device.clock,
        stopped,
        first_run_ns,
        device_ns is not None,
        adapter_sensors(job.adapter),
    )


@dataclass(frozen=True, slots=True)
class _Ready:
    """An executable and the name of its plan, if it has one. ``timed``: autotuning has run it.

    ``wrong`` are the plans that autotuning found to give other bits than the reference's.
    """

    executable: Executable
    plan: str | None = None
    timed: bool = False
    wrong: tuple[str, ...] = ()


def _ready(
    job: Job, session: DeviceSession, computed: Computation, reference: Callable[[], Reference], cache: Path
) -> Generator[Event, None, _Ready]:
    """Return the host form, or the fastest of the plans within the adapter's limits. Raises ``Unsupported``."""
    if job.adapter.is_host:
        check_host_limits(job, computed)
        return _Ready(host_executable(computed, job.adapter.implementation, session.device.prepare_host))
    candidates = within_limits(computed.candidates(job.adapter, job.variant), job)
    standing, output_standing = standings(job, session, computed)
    yield Doing(job.id, "reference")
    right = PlanBits(computed, reference(), output_standing in CLAIMED) if standing in CLAIMED else None
    yield Doing(job.id, "compiling")
    # The usual forms come first: the probably fastest.
    usual_first = zip_longest(*(launchables(each, computed, session) for each in candidates))
    plans = [each for forms in usual_first for each in forms if each is not None]
    tuned = autotune(job, session.device, plans, cache, right)
    return _Ready(tuned.launchable.executable(tuned.program), tuned.launchable.plan.name, tuned.tried, tuned.wrong)


def standings(job: Job, session: DeviceSession, computed: Computation) -> tuple[Standing | None, Standing | None]:
    """Return the standing of a job's values, and of their softmax where there is one: that needs what they need too."""
    arithmetic = job.case, job.dtype, job.variant
    tier, output_tier = computed.workload.tier(*arithmetic), computed.workload.output_tier(*arithmetic)
    return session.standing(tier), session.standing(tier, output_tier) if output_tier else None


def _event(job: Job, session: DeviceSession, computed: Computation, program: Program, ready: _Ready) -> Prepared:
    """Return what is known of a prepared job. A library knows its threads only after it has computed."""
    library_name, threads = library(job.adapter, computed.workload, job.dtype)
    standing, output_standing = standings(job, session, computed)
    return Prepared(
        job.id,
        session.device.init_ms,
        program.compile_ms,
        program.upload_ms,
        ready.plan,
        standing,
        library_name,
        threads if threads is not None else threads_of(job.adapter.id),
        program.device_bytes,
        ready.wrong,
        output_standing,
    )


def _results(
    job: Job,
    computed: Computation,
    executable: Executable,
    first: Arrays,
    reference: Reference,
    stopped: StopRequested,
) -> Generator[Event, None, Arrays]:
    """Return the results to compare: of the first run, or of a training's last step, whose checkpoints are yielded."""
    if isinstance(computed.workload, Trained):
        results = yield from train(job, computed, executable, reference.checkpoints, stopped)
    else:
        results = executable.results(first)
    check_finite(results)
    return results
