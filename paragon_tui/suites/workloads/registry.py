"""All workloads by the name of their operation."""

from __future__ import annotations

from paragon_tui.suites.workloads import (
    attention,
    convolution,
    dropout,
    elementwise,
    integers,
    mlp,
    movement,
    networks,
    products,
    reductions,
    rows,
    sorting,
    training,
)
from paragon_tui.suites.workloads.workload import Workload

WORKLOADS: dict[str, Workload] = {
    **elementwise.WORKLOADS,
    **reductions.WORKLOADS,
    **rows.WORKLOADS,
    **products.WORKLOADS,
    **dropout.WORKLOADS,
    **networks.WORKLOADS,
    **mlp.WORKLOADS,
    **training.WORKLOADS,
    **movement.WORKLOADS,
    **convolution.WORKLOADS,
    **attention.WORKLOADS,
    **sorting.WORKLOADS,
    **integers.WORKLOADS,
}


def workload(operation: str) -> Workload:
    """Return the workload of the operation that a case names. Raises ``KeyError`` for an unknown name."""
    return WORKLOADS[operation]
