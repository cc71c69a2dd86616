"""The arrays of attention between projections (NUMERICS.md section 14)."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from paragon_tui.suites.case import Case
from paragon_tui.suites.data.case_data import CaseData
from paragon_tui.suites.data.parameters import parameters
from paragon_tui.suites.data.streams import drawn
from paragon_tui.suites.workloads.attention import Projected
from paragon_tui.suites.workloads.workload import Draw

_X = Draw(100, "of variance one")


class ProjectedData(CaseData[Projected]):
    """The arrays of attention between projections."""

    def operands(self, workload: Projected, case: Case, dtype: str) -> dict[str, NDArray[Any]]:
        """Return ``x`` (n, heads·d), and the weights (heads·d, heads·d) of a network of four such layers."""
        tensors = workload.graph(case, dtype).operands
        width = tensors["x"].shape[1]
        layers = zip(("wq", "wk", "wv", "wo"), parameters((width,) * 5, dtype), strict=True)
        return drawn({"x": _X}, {"x": tensors["x"]}) | {name: weights for name, (weights, _) in layers}
