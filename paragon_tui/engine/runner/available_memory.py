"""The memory that a case takes on all its adapters together, and what there is of it, in a container too."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import psutil

from paragon_tui.engine.messages.job import Job
from paragon_tui.suites.workloads.registry import workload

_ON_HOST, _ON_BOARD = 2.2, 1.2
"""Host memory that a worker takes for each byte of a case: the arrays, and a device's copy where that is host memory.

A case of 512 MiB took 3,370 MiB in three workers on the processor.
"""

_LIMITS = (
    ("memory.max", "memory.current"),  # of version 2 of control groups
    ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
)


def available_mib(groups: Path = Path("/sys/fs/cgroup")) -> float:
    """Return the MiB of memory that this process and its workers may still take."""
    free = [psutil.virtual_memory().available, *_left_in_container(groups)]
    return float(min(free)) / 2**20


def _left_in_container(groups: Path) -> Iterable[int]:
    for limit, usage in _LIMITS:
        try:
            most, taken = (int((groups / name).read_text(encoding="ascii")) for name in (limit, usage))
        except (OSError, ValueError):  # no container, or one without a limit
            continue
        yield max(most - taken, 0)


def beyond_memory(jobs: Iterable[Job], available: float) -> dict[Job, str]:
    """Return the jobs of a case that do not fit beside those before them, each with the reason in words.

    All jobs of a case are open at a time, since their adapters take turns.
    """
    taken, refused = 0.0, {}
    for job in jobs:
        held_here = job.adapter.is_host or job.adapter.type in ("cpu", "integrated-gpu")
        needed = workload(job.case.operation).megabytes(job.case, job.dtype) * (_ON_HOST if held_here else _ON_BOARD)
        if taken + needed > available:
            beside = f" beside {taken:,.0f} MiB of the adapters before it" if taken else ""
            refused[job] = (
                f"it would take {needed:,.0f} MiB of memory{beside}, and {available:,.0f} MiB are available; "
                "measure it on fewer adapters with --adapter, or at a smaller size"
            )
        else:
            taken += needed
    return refused
