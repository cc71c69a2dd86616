"""All workloads by the name of their operation."""

from __future__ import annotations

from paragon_tui.suites.workloads import elementwise, products
from paragon_tui.suites.workloads.workload import Workload

WORKLOADS: dict[str, Workload] = {**elementwise.WORKLOADS, **products.WORKLOADS}


def workload(operation: str) -> Workload:
    """Return the workload of the operation that a case names. Raises ``KeyError`` for an unknown name."""
    return WORKLOADS[operation]
