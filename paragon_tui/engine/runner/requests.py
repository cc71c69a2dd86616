"""Requests for a run: the jobs of a selection, in order, with their baselines and settings."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from paragon_tui.backends import registry
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.threads import on_threads, threads_of
from paragon_tui.engine.messages.events import Planned
from paragon_tui.engine.messages.job import BASELINE, Job, JobId, Sampling
from paragon_tui.engine.runner.timeouts import MEASURE_TIMEOUT_S
from paragon_tui.suites.case import VARIANTS, Arithmetic, Case
from paragon_tui.suites.workloads.registry import workload

_PREPARED_S = 0.3  # compiling, uploading, the first run, comparing
_EXTRAS_S = 0.3  # cold caches and chained runs, of a device
_HOST_FACTOR = 2.0  # for warming up, rounds beyond the least, and waiting until a BLAS is idle
_DEVICE_FACTOR = 3.0  # as many runs again measure the device's own time


@dataclass(frozen=True, slots=True)
class Selection:
    """The user's selection: ``adapters`` are all that are known, of which those ``selected`` are listed.

    ``arithmetic`` is in order of dtypes; ``discovery_ms`` is the time that discovery took, by API.
    """

    cases: tuple[Case, ...]
    adapters: tuple[Adapter, ...]
    selected: tuple[str, ...]
    arithmetic: tuple[Arithmetic, ...] = (Arithmetic(),)
    discovery_ms: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunSettings:
    """The settings that all jobs of a run share.

    ``timeout_s`` limits a command to a worker, and the time after which a result gets no more visits in a process.
    ``threads`` is for the CPU baselines; ``None`` is their libraries' default. ``known_s`` has the times that results
    took before.
    """

    cache: Path
    modules: Mapping[str, str] = field(default_factory=lambda: registry.BACKENDS)
    sampling: Sampling = field(default_factory=Sampling)
    timeout_s: float = MEASURE_TIMEOUT_S
    threads: int | None = None
    known_s: Mapping[JobId, float] = field(default_factory=dict)

    def expected_s(self, job: Job) -> float:
        """Return the expected time of a result: its last time, or the least that sampling takes."""
        if job.id in self.known_s:
            return self.known_s[job.id]
        extras_s = _EXTRAS_S if self.sampling.chained and not job.adapter.is_host else 0.0
        factor = _HOST_FACTOR if job.adapter.is_host else _DEVICE_FACTOR
        return self.sampling.repeat * (_PREPARED_S + self.sampling.min_time_s * factor + extras_s)


@dataclass(frozen=True, slots=True)
class Continued:
    """A session that is gone on with: its id, and all its results in order."""

    session: str
    planned: tuple[Planned, ...]


@dataclass(frozen=True, slots=True)
class MeasureRequest:
    """A measurement: the jobs of a group take turns; those on the ``listed`` adapters were asked for.

    With ``continued``, they are some of that session's, whose other results the new one keeps.
    """

    groups: tuple[tuple[Job, ...], ...]
    listed: tuple[str, ...]
    settings: RunSettings
    discovery_ms: Mapping[str, float]
    continued: Continued | None = None

    @property
    def jobs(self) -> tuple[Job, ...]:
        """All jobs, in order."""
        return tuple(job for group in self.groups for job in group)

    @property
    def expected_s(self) -> float:
        """The expected time of all jobs."""
        return sum(map(self.settings.expected_s, self.jobs))

    @property
    def first_timed(self) -> int:
        """The number of jobs that were never measured with these settings, so that their time is a guess."""
        return sum(1 for job in self.jobs if job.id not in self.settings.known_s)


@dataclass(frozen=True, slots=True)
class VerifyRequest:
    """A verification: jobs to check against the shipped digests, in order."""

    jobs: tuple[Job, ...]
    listed: tuple[str, ...]
    settings: RunSettings


RunRequest = MeasureRequest | VerifyRequest


def measure_request(selection: Selection, settings: RunSettings) -> MeasureRequest:
    """Return the request to measure a selection, a case and dtype at a time: baseline and adapters in display order."""
    return MeasureRequest(tuple(_groups(selection)), selection.selected, settings, selection.discovery_ms)


def again_request(
    continued: Continued, again: Collection[JobId], listed: tuple[str, ...], settings: RunSettings
) -> MeasureRequest:
    """Return the request to measure again the cases of the results ``again``, on all adapters: they share rounds."""
    groups: dict[tuple[str, str, str], list[Job]] = {}
    for planned in continued.planned:
        job = Job(planned.case, planned.adapter, planned.id.dtype, planned.id.variant)
        groups.setdefault((job.id.suite, job.id.case, job.dtype), []).append(job)
    chosen = tuple(tuple(group) for group in groups.values() if any(job.id in again for job in group))
    return MeasureRequest(chosen, listed, settings, {}, continued)


def _groups(selection: Selection) -> Iterator[tuple[Job, ...]]:
    needed = {on_threads(BASELINE, threads_of(adapter)) for adapter in selection.selected} or {BASELINE}
    baselines = [adapter for adapter in selection.adapters if adapter.id in needed]
    others = [
        adapter for adapter in selection.adapters if adapter.id in selection.selected and adapter.id not in needed
    ]
    for case in selection.cases:
        for dtype, group in groupby(
            supported_arithmetic(case, selection.arithmetic), key=lambda arithmetic: arithmetic.dtype
        ):
            yield (
                *(Job(case, adapter, dtype) for adapter in baselines),
                *(
                    Job(case, adapter, dtype, VARIANTS[0] if adapter.is_host else arithmetic.variant)
                    for arithmetic in group
                    for adapter in others
                    # A variant is another way to write the kernels, and a host library has no kernels of ours.
                    if arithmetic.variant == usual_variant(case, dtype) or not adapter.is_host
                ),
            )


def usual_variant(case: Case, dtype: str) -> str:
    """Return the variant that the case's operation uses by default at ``dtype``, which it must support."""
    return workload(case.operation).variants(dtype)[0]


def supported_arithmetic(case: Case, arithmetic: Iterable[Arithmetic]) -> tuple[Arithmetic, ...]:
    """Return what the operation of ``case`` supports of ``arithmetic``, each once, with its own names of variants.

    ``default`` stands for each operation's usual variant, whatever its name.
    """
    supported: dict[Arithmetic, None] = {}
    for requested in arithmetic:
        variants = workload(case.operation).variants(requested.dtype)
        variant = variants[0] if variants and requested.variant == VARIANTS[0] else requested.variant
        if variant in variants:
            supported[Arithmetic(requested.dtype, variant)] = None
    return tuple(supported)


def verify_request(selection: Selection, settings: RunSettings) -> VerifyRequest:
    """Return the request to verify a selection, adapter by adapter: those that run canonical arithmetic.

    Only the dtypes of the selection's arithmetic count. All plans of all variants are checked, but those of ``plain``,
    which claims no bits.
    """
    dtypes = dict.fromkeys(arithmetic.dtype for arithmetic in selection.arithmetic)
    jobs = tuple(
        Job(case, adapter, dtype, variant)
        for adapter in selection.adapters
        if adapter.id in selection.selected and adapter.is_canonical
        for case in selection.cases
        for dtype in dtypes
        for variant in _claiming_variants(case, dtype, adapter)
    )
    return VerifyRequest(jobs, selection.selected, settings)


def _claiming_variants(case: Case, dtype: str, adapter: Adapter) -> tuple[str, ...]:
    """Return the variants that have the reference's bits; a host has no kernels, so one stands for all."""
    if adapter.is_host:
        return VARIANTS[:1] if workload(case.operation).variants(dtype) else ()
    return tuple(variant for variant in workload(case.operation).variants(dtype) if variant != "plain")
