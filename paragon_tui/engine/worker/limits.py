"""The limits of adapters and of the reference, checked before anything is allocated."""

from __future__ import annotations

from collections.abc import Sequence

from paragon_tui.backends.adapter import REFERENCE
from paragon_tui.backends.device import Unsupported, check_limits
from paragon_tui.engine.messages.job import Job
from paragon_tui.engine.worker.reference import is_costly
from paragon_tui.operators.planning import Candidate
from paragon_tui.suites.computation import Computation


def check_host_limits(job: Job, computed: Computation) -> None:
    """Raise ``Unsupported`` where a library's arrays exceed the memory, or the reference's work would take minutes."""
    workload, memory_bytes = computed.workload, job.adapter.memory_bytes
    needed_mib = workload.megabytes(job.case, job.dtype)
    if memory_bytes is not None and needed_mib > memory_bytes / 2**20:
        raise Unsupported(f"its arrays need {needed_mib:,.0f} MiB, this machine has {memory_bytes / 2**20:,.0f} MiB")
    if job.adapter.id == REFERENCE and is_costly(computed):
        billions = workload.cost(job.case, job.dtype).operations / 1e9
        raise Unsupported(
            f"{billions:,.0f} billion operations in canonical order would take NumPy minutes: "
            "the reference computes only a sample, and adapters are compared by their digests"
        )


def within_limits(candidates: Sequence[Candidate], job: Job) -> list[Candidate]:
    """Return those of ``candidates`` that are within the adapter's limits. Raises ``Unsupported`` where none is."""
    fitting: list[Candidate] = []
    refusals: list[Unsupported] = []
    for candidate in candidates:
        try:
            check_limits(candidate.plan, job.adapter)
        except Unsupported as error:
            refusals.append(error)
        else:
            fitting.append(candidate)
    if not fitting:
        raise refusals[0]
    for refusal in refusals:
        print(f"{job.id}: a plan was skipped: {refusal}")  # stdout of a worker is its log
    return fitting
