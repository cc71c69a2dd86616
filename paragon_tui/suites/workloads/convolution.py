"""Two-dimensional convolution; ``case.shape`` is the image's height and width, then the kernel's."""

from __future__ import annotations

from paragon_tui.operators.convolution import Convolve2D
from paragon_tui.operators.tensor import Tensor
from paragon_tui.suites.case import Case
from paragon_tui.suites.workloads.workload import HALVES, Draw, Single, Workload


def _operands(case: Case, dtype: str) -> tuple[Tensor, ...]:
    return Tensor(case.shape[:2], dtype), Tensor(case.shape[2:], dtype)


def _text(case: Case) -> str:
    """Return the size as text: ``1,024 × 1,024 · 5 × 5``."""
    height, width, *kernel = case.shape
    return f"{height:,} × {width:,} · {kernel[0]} × {kernel[1]}"


WORKLOADS: dict[str, Workload] = {
    "convolve2d": Single(lambda case: Convolve2D(), _operands, (Draw(0), Draw(1)), _text, HALVES, wide=True),
}
