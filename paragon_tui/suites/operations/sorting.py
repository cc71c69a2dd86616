"""Sorting: keys in order (``sort``), and the places of keys in order (``argsort``), of f32 or of u32 (``-u32``).

``case.shape`` is the number of keys. f32 keys are stream 0 of seed 42; u32 keys are made of its highest 16 bits, so
there are many equal ones: k·65537, on both sides of 2^31. Of equal keys the lower place comes first.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import log2
from typing import TYPE_CHECKING, Any

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.plan import Buffer, Plan, Step
from paragon_tui.suites.case import VARIANTS, Case, Cost, Tier
from paragon_tui.suites.operations.operands import operand

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from paragon_tui.suites.operation import Answer, Arrays

RESULTS = ("y",)

_VECTOR_KEYS = 64  # that a work-item of PoCL has in registers
_STREAM_BLOCK = 16384  # keys that such an item sorts at most: its caches hold them
_STREAM_LEVELS = 3  # distances that it compares over at a time
_GROUP_BLOCK, _GROUP_LEVELS = 1024, 2  # elsewhere: keys in workgroup memory, at most 8 KiB of it
_GROUP, _SIMD_GROUP = 256, 64  # items, the latter on llvmpipe, where an item is a lane


def describe(case: Case) -> str:
    """``1,048,576``."""
    return f"{case.shape[0]:,}"


def megabytes(case: Case, dtype: str = "f32") -> float:
    """MiB of keys and result."""
    return cost(case, dtype).bytes / 2**20


def cost(case: Case, dtype: str) -> Cost:
    """Operations: n·log2(n) comparisons, however many a method makes. Bytes: keys and result, once."""
    (n,) = case.shape
    return Cost(round(n * log2(n)), 8 * n)


def variants(dtype: str) -> tuple[str, ...]:
    """f32 stands for four bytes a key: u32 keys are listed there too, so that a usual run has them."""
    return VARIANTS[:1] if dtype == "f32" else ()


def tier(dtype: str, variant: str) -> Tier:
    """Keys are compared as integers."""
    return "integer"


def inputs(case: Case, dtype: str) -> Arrays:
    """The keys ``x`` (n,), f32 or u32."""
    return {"x": _keys(case)}


def _keys(case: Case) -> NDArray[Any]:
    import numpy as np

    u = operand(0, case.shape[0])
    if not _is_whole(case):
        return u
    return ((u + np.float32(1)) * np.float32(2**15)).astype(np.uint32) * np.uint32(65537)


def _is_whole(case: Case) -> bool:
    return case.operation.endswith("-u32")


def _wants_places(case: Case) -> bool:
    return case.operation.startswith("arg")


def host_form(case: Case, dtype: str, implementation: str) -> Callable[..., Arrays]:
    """The canonical order, or the library's own: values in place of a copy, places by its stable sort."""
    from paragon_tui.arithmetic import sorting

    if implementation == "reference":
        canonical = sorting.argsort if _wants_places(case) else sorting.sort
        return lambda x: {"y": canonical(x)}
    return _torch_form(case) if implementation == "torch" else _numpy_form(case)


def _numpy_form(case: Case) -> Callable[..., Arrays]:
    import numpy as np

    y = np.empty(case.shape, dtype=np.uint32 if _is_whole(case) else np.float32)

    def sort(x: NDArray[Any]) -> Arrays:
        np.copyto(y, x)
        y.sort()
        return {"y": y}

    return (lambda x: {"y": np.argsort(x, kind="stable")}) if _wants_places(case) else sort


def _torch_form(case: Case) -> Callable[..., Arrays]:
    """Of a tensor made beforehand. It sorts no u32, so these are i32 of the same order, and made u32 of at the end."""
    import torch

    keys = _keys(case)
    sign = -(2**31)
    tensor = torch.from_numpy(keys.view("int32") ^ sign if _is_whole(case) else keys)
    values, places = torch.empty_like(tensor), torch.empty(case.shape, dtype=torch.int64)

    def sort(x: NDArray[Any]) -> Arrays:
        with torch.inference_mode():
            torch.sort(tensor, stable=_wants_places(case), out=(values, places))
            if _is_whole(case) and not _wants_places(case):
                values.bitwise_xor_(sign)
        return {"y": places.numpy() if _wants_places(case) else values.numpy()}

    return sort


def plans(case: Case, dtype: str, variant: str, adapter: Adapter) -> tuple[Plan, ...]:
    """The one shape for ``adapter``."""
    return (plan(case, partial(_keys, case), adapter),)


def plan(case: Case, keys: Callable[[], NDArray[Any]], adapter: Adapter) -> Plan:
    """The keys that ``keys`` gives, (n,) f32 or u32, in order: the first n of the result ``y``, f32 or i32.

    A block a work-item, or a work-group, is sorted at once; of two sorted runs the first half gets the lesser keys,
    by comparisons over distances beyond a block, then in blocks. Keys without an order make filling raise
    ``ValueError``.
    """
    (n,) = case.shape
    streams = adapter.type == "cpu" and adapter.api == "opencl"
    size = max(_VECTOR_KEYS if streams else _GROUP_BLOCK, 1 << (n - 1).bit_length())
    block = min(size, _STREAM_BLOCK) if streams else _GROUP_BLOCK
    pairs = int(_wants_places(case))
    constants: tuple[tuple[str, int], ...] = (("FLOATS", int(not _is_whole(case))), ("PAIRS", pairs))
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
        for index, (apart, levels) in enumerate(_far(run, block, _STREAM_LEVELS if streams else _GROUP_LEVELS)):
            groups = blocks if streams else -(-(size >> levels) // group)
            steps.append(step("merge_far", groups, apart=apart, levels=levels, flipped=int(index == 0)))
        run *= 2
        steps.append(step("merge_blocks", blocks, last=int(run == size)))
    buffers = (
        Buffer("x", (size,), "u32", "weight", partial(_padded, keys, size)),
        Buffer("ranks", (size << pairs,), "i32", "scratch"),
        Buffer("y", (size,), "i32" if pairs or _is_whole(case) else "f32", "result"),
    )
    return Plan("blocks" if streams else "groups", buffers, tuple(steps))


def _far(run: int, block: int, most: int) -> list[tuple[int, int]]:
    """The distances from ``run`` down to ``block``, up to ``most`` a launch: the least of them, and how many."""
    left = run.bit_length() - block.bit_length() + 1
    launches = []
    while left:
        levels = (left - 1) % most + 1
        left -= levels
        launches.append((block << left, levels))
    return launches


def _padded(keys: Callable[[], NDArray[Any]], size: int) -> NDArray[np.uint32]:
    """The bits of keys that have an order, then of what comes after them all: at f32 no number at all."""
    import numpy as np

    from paragon_tui.arithmetic.sorting import LAST, ordered

    values = keys()
    ordered(values)
    whole = np.full(size, LAST[values.dtype.kind], dtype=np.uint32)
    whole[: values.size] = values.view(np.uint32)
    return whole


def answer(case: Case, dtype: str, outputs: Arrays) -> Answer:
    """Sorted f32 keys, or the i32 of a u32 key's bits, or places (i32), (n,): without padding."""
    import numpy as np

    from paragon_tui.suites.operation import Answer

    y = outputs["y"][: case.shape[0]]
    if _wants_places(case):
        return Answer(y.astype(np.int32, copy=False))
    return Answer(y.view(np.int32) if _is_whole(case) else y)
