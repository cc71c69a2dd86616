"""Sorting of f32 or u32 (``-u32``) keys: the keys in order (``sort``), or their places in order (``argsort``).

``case.shape`` is the number of keys, of stream 0; many u32 keys are equal, and they lie on both sides of 2^31. u32 keys
count as f32, which also has four bytes, so that the usual run includes them.
"""

from __future__ import annotations

from paragon_tui.operators.sorting import Argsort, Sort
from paragon_tui.operators.tensor import Tensor
from paragon_tui.suites.operations import SORTS
from paragon_tui.suites.workloads.workload import Draw, Single, Workload, times


def _row(name: str) -> Single:
    operator, dtype = Argsort() if name.startswith("arg") else Sort(), "u32" if name.endswith("-u32") else "f32"
    drawn = Draw(0, "u32 keys" if dtype == "u32" else "uniform")
    return Single(lambda case: operator, lambda case, _: (Tensor(case.shape, dtype),), (drawn,), times, counted="OP")


WORKLOADS: dict[str, Workload] = {name: _row(name) for name in SORTS}
