"""Sorting of f32 or u32 (``-u32``) keys: the keys in order (``sort``), or their indices in order (``argsort``).

``case.shape`` is the number of keys. f32 keys are stream 0 of seed 42; u32 keys come from its highest 16 bits, so many
are equal: k·65537, on both sides of 2^31. Of equal keys the lower index comes first.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import log2
from typing import TYPE_CHECKING, Any

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.plan import Buffer, Plan, Step
from paragon_tui.operators.operator import Cost, Tier
from paragon_tui.suites.case import VARIANTS, Case
from paragon_tui.suites.operations.operands import operand

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from paragon_tui.suites.operation import Answer, Arrays

RESULTS = ("y",)

_VECTOR_KEYS = 64  # keys that a PoCL work-item holds in registers
_STREAM_BLOCK = 16384  # the most keys that it sorts as one block: they fit a core's caches
_STREAM_LEVELS = 3  # comparison distances per launch there
_GROUP_BLOCK, _GROUP_LEVELS = 1024, 2  # elsewhere: keys in workgroup memory, at most 8 KiB of it, and distances
_GROUP, _SIMD_GROUP = 256, 64  # work-items per work-group on GPUs, and on llvmpipe, where a work-item is a SIMD lane


def describe(case: Case) -> str:
    """Return the size as text: ``1,048,576``."""
    return f"{case.shape[0]:,}"


def megabytes(case: Case, dtype: str = "f32") -> float:
    """Return the MiB of keys and result."""
    return cost(case, dtype).bytes / 2**20


def cost(case: Case, dtype: str) -> Cost:
    """Return the cost: n·log2(n) comparisons, whatever the method. Bytes: keys and result, once."""
    (n,) = case.shape
    return Cost(round(n * log2(n)), 8 * n)


def variants(dtype: str) -> tuple[str, ...]:
    """Return the variants: u32 keys count as f32, which also has four bytes, so that the usual run includes them."""
    return VARIANTS[:1] if dtype == "f32" else ()


def tier(dtype: str, variant: str) -> Tier:
    """Return the tier, integer: keys are compared as integers."""
    return "integer"


def inputs(case: Case, dtype: str) -> Arrays:
    """Return the keys ``x`` (n,), f32 or u32."""
    return {"x": _keys(case)}


def _keys(case: Case) -> NDArray[Any]:
    import numpy as np

    u = operand(0, case.shape[0])
    if not _is_u32(case):
        return u
    return ((u + np.float32(1)) * np.float32(2**15)).astype(np.uint32) * np.uint32(65537)


def _is_u32(case: Case) -> bool:
    return case.operation.endswith("-u32")


def _returns_indices(case: Case) -> bool:
    return case.operation.startswith("arg")


def host_form(case: Case, dtype: str, implementation: str) -> Callable[..., Arrays]:
    """Return the canonical sort, or the library's own: of keys in a copy, of indices by its stable sort."""
    from paragon_tui.arithmetic import sorting

    if implementation == "reference":
        canonical = sorting.argsort if _returns_indices(case) else sorting.sort
        return lambda x: {"y": canonical(x)}
    return _torch_form(case) if implementation == "torch" else _numpy_form(case)


def _numpy_form(case: Case) -> Callable[..., Arrays]:
    import numpy as np

    y = np.empty(case.shape, dtype=np.uint32 if _is_u32(case) else np.float32)

    def sort(x: NDArray[Any]) -> Arrays:
        np.copyto(y, x)
        y.sort()
        return {"y": y}

    return (lambda x: {"y": np.argsort(x, kind="stable")}) if _returns_indices(case) else sort


def _torch_form(case: Case) -> Callable[..., Arrays]:
    """Return a form on a tensor created beforehand.

    PyTorch does not sort u32, so u32 keys become i32 of the same order, and are converted back at the end.
    """
    import torch

    keys = _keys(case)
    sign = -(2**31)
    tensor = torch.from_numpy(keys.view("int32") ^ sign if _is_u32(case) else keys)
    values, indices = torch.empty_like(tensor), torch.empty(case.shape, dtype=torch.int64)

    def sort(x: NDArray[Any]) -> Arrays:
        with torch.inference_mode():
            torch.sort(tensor, stable=_returns_indices(case), out=(values, indices))
            if _is_u32(case) and not _returns_indices(case):
                values.bitwise_xor_(sign)
        return {"y": indices.numpy() if _returns_indices(case) else values.numpy()}

    return sort


def plans(case: Case, dtype: str, variant: str, adapter: Adapter) -> tuple[Plan, ...]:
    """Return the one plan for the adapter."""
    return (plan(case, partial(_keys, case), adapter),)


def plan(case: Case, keys: Callable[[], NDArray[Any]], adapter: Adapter) -> Plan:
    """Return the plan that sorts the keys of ``keys``, (n,) f32 or u32, into the first n of ``y``, f32 or i32.

    Each work-item, or work-group, first sorts one block. Then pairs of sorted runs are merged: comparisons move the
    smaller keys to the first half, first over distances beyond a block, then within blocks. Filling the buffer raises
    ``ValueError`` for keys without an order.
    """
    (n,) = case.shape
    streams = adapter.type == "cpu" and adapter.api == "opencl"
    size = max(_VECTOR_KEYS if streams else _GROUP_BLOCK, 1 << (n - 1).bit_length())
    block = min(size, _STREAM_BLOCK) if streams else _GROUP_BLOCK
    pairs = int(_returns_indices(case))
    constants: tuple[tuple[str, int], ...] = (("FLOATS", int(not _is_u32(case))), ("PAIRS", pairs))
    if streams:
        group, constants = 1, (*constants, ("WIDTH", 8))
    else:
        group = _SIMD_GROUP if adapter.type == "cpu" else min(_GROUP, adapter.max_group_items or _GROUP)
        constants = (*constants, ("BLOCK", block))

    def step(entry: str, groups: int, last: int = 0, apart: int = 0, levels: int = 0, flipped: int = 0) -> Step:
        extent = (("size", size), *((("block", block),) if streams else ()))
        return Step(
            parts=("ranks", "sort_vectors" if streams else "sort"),
            entry=entry,
            buffers=("x", "ranks", "y"),
            writes=2,
            parameters=(*extent, ("apart", apart), ("levels", levels), ("flipped", flipped), ("last", last)),
            constants=constants,
            groups=groups,
            group_items=group,
        )

    blocks = size // block
    steps = [step("sort_blocks", blocks, last=int(blocks == 1))]
    run = block
    while run < size:
        for index, (apart, levels) in enumerate(
            _launch_distances(run, block, _STREAM_LEVELS if streams else _GROUP_LEVELS)
        ):
            groups = blocks if streams else -(-(size >> levels) // group)
            steps.append(step("merge_far", groups, apart=apart, levels=levels, flipped=int(index == 0)))
        run *= 2
        steps.append(step("merge_blocks", blocks, last=int(run == size)))
    buffers = (
        Buffer("x", (size,), "u32", "weight", partial(_padded, keys, size)),
        Buffer("ranks", (size << pairs,), "i32", "scratch"),
        Buffer("y", (size,), "i32" if pairs or _is_u32(case) else "f32", "result"),
    )
    return Plan("blocks" if streams else "groups", buffers, tuple(steps))


def _launch_distances(run: int, block: int, limit: int) -> list[tuple[int, int]]:
    """Return the distances from ``run`` to ``block`` by launch: the smallest, and their number, at most ``limit``."""
    remaining = run.bit_length() - block.bit_length() + 1
    launches = []
    while remaining:
        levels = (remaining - 1) % limit + 1
        remaining -= levels
        launches.append((block << remaining, levels))
    return launches


def _padded(keys: Callable[[], NDArray[Any]], size: int) -> NDArray[np.uint32]:
    """Return the keys' bits, padded with bits that sort after all keys (a NaN at f32).

    Raises ``ValueError`` for keys without an order.
    """
    import numpy as np

    from paragon_tui.arithmetic.constants import LAST_KEYS
    from paragon_tui.arithmetic.sorting import ordered

    values = keys()
    ordered(values)
    padded_bits = np.full(size, LAST_KEYS["u32" if values.dtype.kind == "u" else "f32"], dtype=np.uint32)
    padded_bits[: values.size] = values.view(np.uint32)
    return padded_bits


def answer(case: Case, dtype: str, outputs: Arrays) -> Answer:
    """Return sorted f32 keys, u32 keys' bits as i32, or indices as i32, (n,), without padding."""
    import numpy as np

    from paragon_tui.suites.operation import Answer

    y = outputs["y"][: case.shape[0]]
    if _returns_indices(case):
        return Answer(y.astype(np.int32, copy=False))
    return Answer(y.view(np.int32) if _is_u32(case) else y)
