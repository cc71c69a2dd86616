"""In which unit people count what a run gets done, beside the operations of ``cost``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paragon_tui.suites.case import Work
from paragon_tui.suites.families import BATCHED

if TYPE_CHECKING:
    from paragon_tui.suites.case import Case, Cost

_COUNTED_IN_OPERATIONS = "parallel"


def work(case: Case, cost: Cost | None) -> Work | None:
    """What a run of ``case`` does: steps of a training, samples of a batch, operations in their suite; else ``None``.

    Operations are those of ``cost``, however an adapter goes about it: the same on both sides of a comparison. A
    network that takes one sample is a matter of latency.
    """
    from paragon_tui.suites.operation import trained  # what only shows results need not load it ahead of time

    if (training := trained(case.operation)) is not None:
        return Work(training.schedule(case).timed, "steps")
    if case.suite == _COUNTED_IN_OPERATIONS:
        return Work(cost.operations / 1e6, "M operations") if cost else None
    if case.operation in BATCHED and (case.batch > 1 or case.operation != "network"):
        return Work(case.batch, "samples")
    return None
