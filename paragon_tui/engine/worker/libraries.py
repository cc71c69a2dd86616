"""The libraries of the CPU baselines and their threads, as reported in the process that has loaded them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from paragon_tui.backends.blas import loaded_blas
from paragon_tui.backends.levels import highest_feature, level_of
from paragon_tui.suites.workloads.workload import Workload

if TYPE_CHECKING:
    from paragon_tui.backends.adapter import Adapter

_BLAS_NAMES = {"openblas": "OpenBLAS", "mkl": "MKL", "blis": "BLIS", "flexiblas": "FlexiBLAS"}
_WIDENED = "on widened f32, rounded back"


def library(adapter: Adapter, workload: Workload, dtype: str) -> tuple[str | None, int | None]:
    """Return the library that computes ``workload`` in this process, and its number of threads; ``None`` if unknown.

    NumPy and PyTorch compute f16 and i8 in f32, and the name says so, unless it ``takes_halves`` as they are. Runs in
    workers, once the library is loaded.
    """
    if not adapter.is_host or adapter.implementation not in ("numpy", "torch"):
        return None, None
    name: str | None
    threads: int | None
    if adapter.implementation == "torch":
        name, threads = _torch()
    else:
        name, threads = _blas() if workload.uses_blas else _loops()
    if level := level_of(adapter.identity):
        name = f"{level.label}: NumPy {highest_feature()}" + (f", {name}" if workload.uses_blas else "")
    if dtype != "f32" and adapter.implementation not in workload.takes_halves:
        name = f"{name or 'BLAS'} {_WIDENED}"
    return name, threads


def _torch() -> tuple[str, int]:
    import torch

    return f"PyTorch {torch.__version__}", int(torch.get_num_threads())


def _loops() -> tuple[str, int]:
    """Return NumPy itself, for ufuncs and reductions, which never use more than one thread."""
    return f"NumPy {np.__version__}", 1


def _blas() -> tuple[str | None, int | None]:
    blas = loaded_blas()
    if blas is None:
        return None, None
    parts = [_BLAS_NAMES.get(blas["internal_api"], blas["internal_api"]), blas.get("version"), blas.get("architecture")]
    return " ".join(part for part in parts if part), int(blas["num_threads"])
