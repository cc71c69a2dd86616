"""The arrays of every workload, by its type."""

from __future__ import annotations

from typing import Any

from paragon_tui.suites.data.case_data import CaseData, SingleData
from paragon_tui.suites.workloads.workload import Single, Workload

DATA: dict[type[Workload], CaseData[Any]] = {Single: SingleData()}


def case_data(workload: Workload) -> CaseData[Any]:
    """Return the arrays of a workload's cases."""
    return DATA[type(workload)]
