"""From what was chosen to the jobs of a run: in which order, what stands beside them, and how a worker is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from backends import registry
from backends.adapter import Adapter
from paragon_tui.engine.job import Job, Measure, Sampling, Verify
from paragon_tui.engine.selection import BASELINE, runs_canonically
from paragon_tui.suites.case import VARIANTS, Arithmetic, Case
from paragon_tui.suites.operation import operation


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a person asked for: ``found`` are all adapters known, of which ``selected`` are listed.

    ``arithmetic`` is in order of dtypes.
    """

    cases: tuple[Case, ...]
    found: tuple[Adapter, ...]
    selected: tuple[str, ...]
    arithmetic: tuple[Arithmetic, ...] = (Arithmetic(),)


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What to run: ``jobs`` in order, of which those on the ``listed`` adapters were asked for, and how each is put."""

    jobs: tuple[Job, ...]
    listed: tuple[str, ...]
    command: Callable[[Job], Measure | Verify]
    timeout_s: float = 60.0


def measuring(
    chosen: Chosen,
    cache: Path,
    sampling: Sampling | None = None,
    timeout_s: float = 60.0,
    backends: Mapping[str, str] | None = None,
) -> RunRequest:
    """Measure what was chosen, case by case: the baseline first, then the selected adapters in display order."""
    how = sampling or Sampling()
    modules = registry.BACKENDS if backends is None else backends

    def command(job: Job) -> Measure:
        return Measure(job, modules[job.adapter.api], how, str(cache))

    return RunRequest(tuple(_measured(chosen)), chosen.selected, command, timeout_s)


def _measured(chosen: Chosen) -> Iterator[Job]:
    baselines = [adapter for adapter in chosen.found if adapter.id == BASELINE]
    others = [adapter for adapter in chosen.found if adapter.id in chosen.selected and adapter.id != BASELINE]
    for case in chosen.cases:
        known = operation(case.operation)
        there = [one for one in chosen.arithmetic if one.variant in known.variants(one.dtype)]
        for dtype, group in groupby(there, key=lambda one: one.dtype):
            yield from (Job(case, adapter, dtype) for adapter in baselines)
            for one in group:
                # A variant is another way to write the kernels, of which a host library has none.
                able = [adapter for adapter in others if one.variant == VARIANTS[0] or not adapter.is_host]
                yield from (Job(case, adapter, dtype, one.variant) for adapter in able)


def verifying(
    chosen: Chosen, cache: Path, timeout_s: float = 60.0, backends: Mapping[str, str] | None = None
) -> RunRequest:
    """Check what was chosen against the shipped digests, adapter by adapter: those that run canonical arithmetic.

    Of what was chosen as arithmetic the dtypes count; all plans of the usual variant are checked.
    """
    modules = registry.BACKENDS if backends is None else backends

    def command(job: Job) -> Verify:
        return Verify(job, modules[job.adapter.api], str(cache))

    dtypes = dict.fromkeys(one.dtype for one in chosen.arithmetic)
    jobs = tuple(
        Job(case, adapter, dtype)
        for adapter in chosen.found
        if adapter.id in chosen.selected and runs_canonically(adapter)
        for case in chosen.cases
        for dtype in dtypes
    )
    return RunRequest(jobs, chosen.selected, command, timeout_s)
