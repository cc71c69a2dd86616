"""The workload of every operation. A family's module is loaded when one of its operations is first asked for."""

from __future__ import annotations

from importlib import import_module

from paragon_tui.suites.operations import FAMILIES
from paragon_tui.suites.workloads.workload import Workload

_FAMILY_OF = {name: family for family, names in FAMILIES.items() for name in names}
OPERATIONS = tuple(_FAMILY_OF)
"""The names of all operations."""
WORKLOADS: dict[str, Workload] = {}
"""The workloads that have been loaded."""


def workload(operation: str) -> Workload:
    """Return the workload of the operation that a case names. Raises ``KeyError`` for an unknown name."""
    if operation not in WORKLOADS:
        family: dict[str, Workload] = import_module(f"{__package__}.{_FAMILY_OF[operation]}").WORKLOADS
        WORKLOADS.update(family)
    return WORKLOADS[operation]
