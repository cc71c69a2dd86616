"""What the libraries of the CPU baselines say of themselves, in the process that has loaded them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paragon_tui.backends.blas import loaded_blas
from paragon_tui.backends.levels import highest_feature, level_of
from paragon_tui.suites.families import BLAS, MOVES

if TYPE_CHECKING:
    from paragon_tui.backends.adapter import Adapter

_BLAS_NAMES = {"openblas": "OpenBLAS", "mkl": "MKL", "blis": "BLIS", "flexiblas": "FlexiBLAS"}
_WIDENED = "on widened f32, rounded back"


def library(adapter: Adapter, operation: str, dtype: str) -> tuple[str | None, int | None]:
    """What a host library computes ``operation`` with in this process, on how many threads; ``None`` if not told.

    NumPy's and PyTorch's f16 and i8 are f32 inside, and say so, but for halves that are only moved. Runs in workers,
    once the library is loaded.
    """
    if not adapter.is_host or adapter.implementation not in ("numpy", "torch"):
        return None, None
    name: str | None
    threads: int | None
    if adapter.implementation == "torch":
        name, threads = _torch()
    else:
        name, threads = _blas() if operation in BLAS else _loops()
    if level := level_of(adapter.identity):
        name = f"{level.words}: NumPy {highest_feature()}" + (f", {name}" if operation in BLAS else "")
    if dtype != "f32" and operation not in MOVES:
        name = f"{name or 'BLAS'} {_WIDENED}"
    return name, threads


def _torch() -> tuple[str, int]:
    import torch

    return f"PyTorch {torch.__version__}", int(torch.get_num_threads())


def _loops() -> tuple[str, int]:
    """Ufuncs and reductions: NumPy never shares them out."""
    import numpy as np

    return f"NumPy {np.__version__}", 1


def _blas() -> tuple[str | None, int | None]:
    blas = loaded_blas()
    if blas is None:
        return None, None
    words = [_BLAS_NAMES.get(blas["internal_api"], blas["internal_api"]), blas.get("version"), blas.get("architecture")]
    return " ".join(word for word in words if word), int(blas["num_threads"])
