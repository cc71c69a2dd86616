"""Plans and host forms that measure an adapter's peak rates: a plain copy, and multiply-adds in registers.

Bytes are counted as in McCalpin's STREAM: those read and those written, without what a cache reads before it writes.
A multiply-add is two operations.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paragon_tui.arithmetic.products import matmul
from paragon_tui.backends.plan import Buffer, Plan, Step

Arrays = dict[str, NDArray[Any]]

COPY_GROUP = 256
FACTORS = (0.9375, 0.125)
"""a and b of the multiply-adds: every lane approaches b/(1-a) = 2 from its start value, and no value grows."""
OPERATIONS_PER_ROUND = 192
"""The operations of one work-item in one round: in OpenCL C 96 lanes take one step, in WGSL 12 lanes take eight."""

_MATRIX = 768  # rows and columns: enough for BLAS to come near its peak within a few milliseconds


def copy_plan(items: int) -> Plan:
    """Return a plan that copies ``items`` times 16 bytes. The source is a weight, so a run transfers nothing."""
    buffers = (
        Buffer("x", (4 * items,), "u32", "weight", lambda: _consecutive(4 * items)),
        Buffer("y", (4 * items,), "u32", "result"),
    )
    groups = -(-items // COPY_GROUP)
    copy = Step(("copy",), "copy", ("x", "y"), 1, (("n", items),), (), groups, COPY_GROUP)
    return Plan("copy", buffers, (copy,))


def multiply_add_plan(groups: int, group_items: int, rounds: int) -> Plan:
    """Return a plan of ``OPERATIONS_PER_ROUND`` per work-item and round. ``y`` (items,) holds the items' sums."""
    items = groups * group_items
    buffers = (
        Buffer("factors", (2,), "f32", "weight", _factors),
        Buffer("y", (items,), "f32", "result"),
    )
    step = Step(
        parts=("multiply_add",),
        entry="multiply_add",
        buffers=("factors", "y"),
        writes=1,
        parameters=(("rounds", rounds),),
        constants=(),
        groups=groups,
        group_items=group_items,
    )
    return Plan("multiply-add", buffers, (step,))


def _consecutive(count: int) -> NDArray[np.uint32]:
    return np.arange(count, dtype=np.uint32)


def _factors() -> NDArray[np.float32]:
    return np.array(FACTORS, dtype=np.float32)


def host_copy(implementation: str, size: int, threads: int) -> Callable[[], Arrays]:
    """Return a callable that copies ``size`` bytes: ``torch`` on threads of its own, others on ``threads`` threads.

    NumPy copies on one thread, but its BLAS, and the reference's products, read memory on all of them.
    """
    source = _consecutive(size // 4)
    target = np.zeros_like(source)
    if implementation == "torch":
        return _torch_copy(source, target)
    from concurrent.futures import ThreadPoolExecutor

    def copy(start: int, stop: int) -> None:
        np.copyto(target[start:stop], source[start:stop])

    ends = [source.size * part // threads for part in range(threads + 1)]
    pool = ThreadPoolExecutor(threads)
    return lambda: _no_outputs(*pool.map(copy, ends, ends[1:]))


def _torch_copy(source: NDArray[Any], target: NDArray[Any]) -> Callable[[], Arrays]:
    import torch

    source_tensor, target_tensor = torch.from_numpy(source.view("int32")), torch.from_numpy(target.view("int32"))
    return lambda: _no_outputs(target_tensor.copy_(source_tensor))


def host_multiply_add(implementation: str) -> tuple[Callable[[], Arrays], int]:
    """Return the callable and its number of operations.

    A product of square f32 matrices: ``numpy`` and ``torch`` on their BLAS, ``reference`` in canonical arithmetic.
    """
    a, b = (np.full((_MATRIX, _MATRIX), factor, dtype=np.float32) for factor in FACTORS)
    operations = 2 * _MATRIX**3
    if implementation == "torch":
        import torch

        p, q, r = (torch.from_numpy(values) for values in (a, b, np.zeros_like(a)))
        return lambda: _no_outputs(torch.matmul(p, q, out=r)), operations
    if implementation == "reference":
        return lambda: _no_outputs(matmul(a, b)), operations
    product = np.zeros_like(a)
    return lambda: _no_outputs(np.matmul(a, b, out=product)), operations


def _no_outputs(*_done: Any) -> Arrays:
    """Return the outputs of a host form that has none."""
    return {}
