"""The work of a run in the unit that users count, in addition to the operations of ``cost``."""

from __future__ import annotations

from paragon_tui.operators.operator import Cost
from paragon_tui.suites.case import Case, Work
from paragon_tui.suites.workloads.registry import workload
from paragon_tui.suites.workloads.workload import Trained

_COUNTED_IN_OPERATIONS = "parallel"


def work(case: Case, cost: Cost | None) -> Work | None:
    """Return the work of a run: steps of a training, samples of a batch, operations in their suite; else ``None``.

    The operations are those of ``cost``, whatever an adapter really computes, so both sides of a comparison count
    alike. A network that takes one sample is measured by its latency alone.
    """
    computed = workload(case.operation)
    if isinstance(computed, Trained):
        return Work(computed.schedule(case).timed, "steps")
    if case.suite == _COUNTED_IN_OPERATIONS:
        return Work(cost.operations / 1e6, "M operations") if cost else None
    if computed.takes_batch and (case.batch > 1 or not computed.fed):
        return Work(case.batch, "samples")
    return None
