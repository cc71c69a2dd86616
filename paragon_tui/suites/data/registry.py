"""The arrays of every workload, by its type."""

from __future__ import annotations

from typing import Any

from paragon_tui.suites.data.attention import ProjectedData
from paragon_tui.suites.data.case_data import CaseData, SingleData
from paragon_tui.suites.data.mlp import BackwardData, ForwardData
from paragon_tui.suites.data.networks import LayerData, NetworkData
from paragon_tui.suites.data.training import StepData
from paragon_tui.suites.workloads.attention import Projected
from paragon_tui.suites.workloads.mlp import Backward, Forward
from paragon_tui.suites.workloads.networks import Layer, Network
from paragon_tui.suites.workloads.training import Training
from paragon_tui.suites.workloads.workload import Single, Workload

DATA: dict[type[Workload], CaseData[Any]] = {
    Single: SingleData(),
    Projected: ProjectedData(),
    Network: NetworkData(),
    Layer: LayerData(),
    Forward: ForwardData(),
    Backward: BackwardData(),
    Training: StepData(),
}


def case_data(workload: Workload) -> CaseData[Any]:
    """Return the arrays of a workload's cases."""
    return DATA[type(workload)]
