"""From what was chosen to the jobs of a run: in which order, what stands beside them, and on what terms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from paragon_tui.backends import registry
from paragon_tui.backends.adapter import Adapter
from paragon_tui.engine.messages.job import BASELINE, Job, JobId, Sampling
from paragon_tui.suites.case import VARIANTS, Arithmetic, Case
from paragon_tui.suites.operation import operation

_PREPARED_S = 0.3  # compiling, uploading, the first run, comparing
_APART_S = 0.3  # cold caches and chained runs, of a device
_AROUND = 2.0  # warming up, rounds beyond the least, and waiting until a BLAS has come to rest
_AROUND_DEVICE = 3.0  # which has its own time taken in as many runs again


@dataclass(frozen=True, slots=True)
class Selection:
    """What a person asked for: ``found`` are all adapters known, of which ``selected`` are listed.

    ``arithmetic`` is in order of dtypes; ``discovery_ms`` what looking for adapters took, by API.
    """

    cases: tuple[Case, ...]
    found: tuple[Adapter, ...]
    selected: tuple[str, ...]
    arithmetic: tuple[Arithmetic, ...] = (Arithmetic(),)
    discovery_ms: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunSettings:
    """What is the same for all jobs of a run. A ``timeout_s`` is for what a worker is asked at a time.

    ``threads`` is for the CPU baselines, ``None`` what their libraries take by themselves. ``known_s`` has what results
    took before.
    """

    cache: Path
    modules: Mapping[str, str] = field(default_factory=lambda: registry.BACKENDS)
    sampling: Sampling = field(default_factory=Sampling)
    timeout_s: float = 60.0
    threads: int | None = None
    known_s: Mapping[JobId, float] = field(default_factory=dict)

    def expected_s(self, job: Job) -> float:
        """About what a result will take: what it took last time, or what sampling takes at least."""
        if job.id in self.known_s:
            return self.known_s[job.id]
        apart = _APART_S if self.sampling.chained and not job.adapter.is_host else 0.0
        around = _AROUND if job.adapter.is_host else _AROUND_DEVICE
        return self.sampling.repeat * (_PREPARED_S + self.sampling.min_time_s * around + apart)


@dataclass(frozen=True, slots=True)
class MeasureRequest:
    """What to measure: the jobs of a group take turns; those on the ``listed`` adapters were asked for."""

    groups: tuple[tuple[Job, ...], ...]
    listed: tuple[str, ...]
    settings: RunSettings
    discovery_ms: Mapping[str, float]

    @property
    def jobs(self) -> tuple[Job, ...]:
        """All jobs, in order."""
        return tuple(job for group in self.groups for job in group)

    @property
    def expected_s(self) -> float:
        """About what all of it will take."""
        return sum(map(self.settings.expected_s, self.jobs))


@dataclass(frozen=True, slots=True)
class VerifyRequest:
    """What to check against the shipped digests, in order."""

    jobs: tuple[Job, ...]
    listed: tuple[str, ...]
    settings: RunSettings


RunRequest = MeasureRequest | VerifyRequest


def measure_request(chosen: Selection, settings: RunSettings) -> MeasureRequest:
    """Measure what was chosen, a case and dtype at a time: the baseline and the selected adapters in display order."""
    return MeasureRequest(tuple(_groups(chosen)), chosen.selected, settings, chosen.discovery_ms)


def _groups(chosen: Selection) -> Iterator[tuple[Job, ...]]:
    baselines = [adapter for adapter in chosen.found if adapter.id == BASELINE]
    others = [adapter for adapter in chosen.found if adapter.id in chosen.selected and adapter.id != BASELINE]
    for case in chosen.cases:
        for dtype, group in groupby(supported_arithmetic(case, chosen.arithmetic), key=lambda one: one.dtype):
            yield (
                *(Job(case, adapter, dtype) for adapter in baselines),
                *(
                    Job(case, adapter, dtype, VARIANTS[0] if adapter.is_host else one.variant)
                    for one in group
                    for adapter in others
                    # A variant is another way to write the kernels, of which a host library has none.
                    if one.variant == usual_variant(case, dtype) or not adapter.is_host
                ),
            )


def usual_variant(case: Case, dtype: str) -> str:
    """How the operation's kernels are written where nothing else is asked for; it must be there at ``dtype``."""
    return operation(case.operation).variants(dtype)[0]


def supported_arithmetic(case: Case, arithmetic: Iterable[Arithmetic]) -> tuple[Arithmetic, ...]:
    """What there is of ``arithmetic`` for ``case``, each once, in its operation's own words.

    ``default`` is each operation's usual variant, whatever that is called there.
    """
    found: dict[Arithmetic, None] = {}
    for one in arithmetic:
        there = operation(case.operation).variants(one.dtype)
        variant = there[0] if there and one.variant == VARIANTS[0] else one.variant
        if variant in there:
            found[Arithmetic(one.dtype, variant)] = None
    return tuple(found)


def verify_request(chosen: Selection, settings: RunSettings) -> VerifyRequest:
    """Check what was chosen against the shipped digests, adapter by adapter: those that run canonical arithmetic.

    Of what was chosen as arithmetic the dtypes count; all plans of the usual variant are checked.
    """
    dtypes = dict.fromkeys(one.dtype for one in chosen.arithmetic)
    jobs = tuple(
        Job(case, adapter, dtype)
        for adapter in chosen.found
        if adapter.id in chosen.selected and adapter.is_canonical
        for case in chosen.cases
        for dtype in dtypes
    )
    return VerifyRequest(jobs, chosen.selected, settings)
