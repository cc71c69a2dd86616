"""The work of a run in the unit that users count, in addition to the operations of ``cost``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paragon_tui.suites.case import Work
from paragon_tui.suites.families import BATCHED

if TYPE_CHECKING:
    from paragon_tui.suites.case import Case, Cost

_COUNTED_IN_OPERATIONS = "parallel"


def work(case: Case, cost: Cost | None) -> Work | None:
    """Return the work of a run: steps of a training, samples of a batch, operations in their suite; else ``None``.

    The operations are those of ``cost``, whatever an adapter really computes, so both sides of a comparison count
    alike. A network that takes one sample is measured by its latency alone.
    """
    from paragon_tui.suites.operation import trained  # loaded late: code that only shows results does without it

    if (training := trained(case.operation)) is not None:
        return Work(training.schedule(case).timed, "steps")
    if case.suite == _COUNTED_IN_OPERATIONS:
        return Work(cost.operations / 1e6, "M operations") if cost else None
    if case.operation in BATCHED and (case.batch > 1 or case.operation != "network"):
        return Work(case.batch, "samples")
    return None
