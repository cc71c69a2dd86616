"""Two-dimensional convolution of one channel without padding, as in deep learning: a cross-correlation.

A case's shape is (height, width, kernel height, kernel width). The kernel is not flipped: y[r, c] is the canonical sum
over the kernel's (i, j), row by row, of fl(x[r+i, c+j]·w[i, j]) (NUMERICS.md, "Attention and convolution").
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.device import Unsupported
from paragon_tui.backends.plan import Buffer, Plan, Step
from paragon_tui.operators.operator import Cost, Tier
from paragon_tui.suites.case import Case
from paragon_tui.suites.operation import Answer
from paragon_tui.suites.product_lowering import packed_operand

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from paragon_tui.suites.operation import Arrays

    Fill = Callable[[], NDArray[np.float32]]

RESULTS = ("y",)

_ITEM_BYTES = {"f32": 4, "f16": 2}
_LANES = 64
_BLOCK = 4096  # products that form one block of a sum: the kernels support no more
_CACHED_ITEMS = 1 << 16  # results that hosts compute at a time: they and their products stay in a core's cache


@dataclass(frozen=True, slots=True)
class _Tile:
    """The results of a work-group of ``items``: ``rows`` by ``columns``, ``width`` columns at a time per work-item."""

    name: str
    items: int
    rows: int
    columns: int
    width: int

    def bytes(self, kernel: tuple[int, int]) -> int:
        """Return the bytes of workgroup memory for its part of the image."""
        return 4 * (self.rows + kernel[0] - 1) * (self.columns + kernel[1] - 1)


_STREAM = _Tile("streams", 1, 16, 128, 8)  # a work-item is a stream of vector instructions
_GROUP = _Tile("groups", 64, 8, 64, 1)


def describe(case: Case) -> str:
    """Return the size as text: ``1,024 × 1,024 · 5 × 5``."""
    height, width, *kernel = case.shape
    return f"{height:,} × {width:,} · {kernel[0]} × {kernel[1]}"


def _result_shape(shape: tuple[int, ...]) -> tuple[int, int]:
    height, width, kernel_height, kernel_width = shape
    return height - kernel_height + 1, width - kernel_width + 1


def megabytes(case: Case, dtype: str = "f32") -> float:
    """Return the MiB of the image and the kernel as the dtype stores them, and of the f32 result."""
    return cost(case, dtype).bytes / 2**20


def cost(case: Case, dtype: str) -> Cost:
    """Return the cost: a product and a sum for each result and element of the kernel.

    Bytes: the image and the kernel as ``dtype`` stores them, once, and the result in f32.
    """
    height, width, *kernel = case.shape
    results, taps = math.prod(_result_shape(case.shape)), math.prod(kernel)
    return Cost(2 * results * taps, (height * width + taps) * _ITEM_BYTES[dtype] + 4 * results)


def variants(dtype: str) -> tuple[str, ...]:
    """Return the usual variant, for f32 and f16."""
    return ("default",) if dtype in _ITEM_BYTES else ()


def tier(dtype: str, variant: str) -> Tier:
    """Return the tier: exact at f16, where products are exact and only sums are rounded, else guarded."""
    return "exact" if dtype == "f16" else "guarded"


def inputs(case: Case, dtype: str) -> Arrays:
    """Return the image ``x`` and the kernel ``w`` (f32, streams 0 and 1); at f16 rounded and widened again."""
    from paragon_tui.arithmetic.rounding import half

    values = {"x": _image(case.shape), "w": _kernel(case.shape)}
    return {name: half(x) for name, x in values.items()} if dtype == "f16" else values


def _image(shape: tuple[int, ...]) -> NDArray[np.float32]:
    from paragon_tui.suites.operations.operands import operand

    return operand(0, math.prod(shape[:2])).reshape(shape[:2])


def _kernel(shape: tuple[int, ...]) -> NDArray[np.float32]:
    from paragon_tui.suites.operations.operands import operand

    return operand(1, math.prod(shape[2:])).reshape(shape[2:])


def answer(case: Case, dtype: str, outputs: Arrays) -> Answer:
    """Return ``y`` (rows, columns) as f32."""
    import numpy as np

    return Answer(outputs["y"].astype(np.float32, copy=False))


def host_form(case: Case, dtype: str, implementation: str) -> Callable[..., Arrays]:
    """Return the host form. ``reference``: canonical; ``numpy`` and ``torch``: theirs on f32, at f16 rounded back."""
    if implementation == "reference":
        return partial(canonical, dtype)
    return _torch_form(case, dtype) if implementation == "torch" else _numpy_form(case, dtype)


def canonical(dtype: str, x: NDArray[np.float32], w: NDArray[np.float32]) -> Arrays:
    """Return the right answer ``y`` (rows, columns) for operands that the dtype can hold; any size of kernel."""
    import numpy as np

    from paragon_tui.arithmetic.reduction import reduce
    from paragon_tui.arithmetic.rounding import half

    rows, columns = _result_shape((*x.shape, *w.shape))
    y = np.empty((rows, columns), dtype=np.float32)
    chunk = _rows_at_a_time(columns)
    for first in range(0, rows, chunk):
        image_rows = x[first : first + chunk + w.shape[0] - 1]
        blocks = [
            _lanes(image_rows, w, range(start, min(start + _BLOCK, w.size)), 1) for start in range(0, w.size, _BLOCK)
        ]
        y[first : first + chunk] = blocks[0] if len(blocks) == 1 else reduce(np.stack(blocks, axis=-1))
    return {"y": half(y) if dtype == "f16" else y}


def _rows_at_a_time(columns: int) -> int:
    return max(1, _CACHED_ITEMS // columns)


def _lanes(x: NDArray[np.float32], w: NDArray[np.float32], taps: range, step: int) -> NDArray[np.float32]:
    """Return the sum, in halving-tree order, of the first lane of ``taps`` and every ``step``-th lane after it."""
    import numpy as np

    if step < _LANES:
        total = _lanes(x, w, taps, 2 * step)
        if len(taps) > step:  # lanes without a product are +0
            total += _lanes(x, w, taps[step:], 2 * step)
        return total
    rows, columns = _result_shape((*x.shape, *w.shape))
    total = np.zeros((rows, columns), dtype=np.float32)
    products = np.empty_like(total)
    for tap in taps[::_LANES]:
        i, j = divmod(tap, w.shape[1])
        np.multiply(x[i : i + rows, j : j + columns], w[i, j], out=products)
        total += products
    return total


def _numpy_form(case: Case, dtype: str) -> Callable[..., Arrays]:
    """Return a form that adds shifted views times their weights, in blocks of rows that stay in the cache.

    It is the fastest way known without SciPy: ``sliding_window_view`` with ``tensordot`` or ``einsum`` takes three to
    six times as long at every size of the suite.
    """
    import numpy as np

    _, _, kernel_height, kernel_width = case.shape
    rows, columns = _result_shape(case.shape)
    y = np.empty((rows, columns), dtype=np.float32)
    halves = np.empty_like(y, dtype=np.float16)
    chunk = _rows_at_a_time(columns)
    products = np.empty((min(chunk, rows), columns), dtype=np.float32)
    taps = [(i, j) for i in range(kernel_height) for j in range(kernel_width)]

    def convolve(x: NDArray[np.float32], w: NDArray[np.float32]) -> Arrays:
        for first in range(0, rows, chunk):
            sums = y[first : first + chunk]
            terms = products[: len(sums)]
            np.multiply(x[first : first + len(sums), :columns], w[0, 0], out=sums)
            for i, j in taps[1:]:
                np.multiply(x[first + i : first + i + len(sums), j : j + columns], w[i, j], out=terms)
                np.add(sums, terms, out=sums)
        if dtype == "f32":
            return {"y": y}
        np.copyto(halves, y, casting="same_kind")
        return {"y": halves}

    return convolve


def _torch_form(case: Case, dtype: str) -> Callable[..., Arrays]:
    import torch

    halves = torch.empty(_result_shape(case.shape), dtype=torch.float16)

    def convolve(x: NDArray[np.float32], w: NDArray[np.float32]) -> Arrays:
        with torch.inference_mode():
            image, kernel = (torch.from_numpy(operand)[None, None] for operand in (x, w))
            y = torch.nn.functional.conv2d(image, kernel)[0, 0]
            return {"y": (y if dtype == "f32" else halves.copy_(y)).numpy()}

    return convolve


def plans(case: Case, dtype: str, variant: str, adapter: Adapter) -> tuple[Plan, ...]:
    """Return the one plan for the adapter. Raises ``Unsupported``."""
    return plans_of(case.shape, dtype, partial(_image, case.shape), partial(_kernel, case.shape), adapter)


def plans_of(shape: tuple[int, ...], dtype: str, image: Fill, kernel: Fill, adapter: Adapter) -> tuple[Plan, ...]:
    """Return the plan for an image and a kernel of ``shape``, in the order of a case. Raises ``Unsupported``."""
    height, width, kernel_height, kernel_width = shape
    rows, columns = _result_shape(shape)
    if kernel_height * kernel_width > _BLOCK:
        raise Unsupported(f"convolution supports kernels of at most {_BLOCK:,} elements")
    tile = _STREAM if adapter.type == "cpu" and adapter.api == "opencl" else _GROUP
    needed, room = tile.bytes((kernel_height, kernel_width)), adapter.local_memory_bytes
    if room is not None and needed > room:
        raise Unsupported(
            f"a work-group's part of the image takes {needed / 1024:,.1f} KiB of workgroup memory, "
            f"{adapter.id} has {room / 1024:,.1f} KiB"
        )
    words = -(-height * width * _ITEM_BYTES[dtype] // 4)
    buffers = (
        Buffer("x", (words,), "u32", "weight", partial(packed_operand, image, dtype)),
        Buffer("w", (kernel_height, kernel_width), "f32", "weight", partial(_weights, dtype, kernel)),
        Buffer("y", (rows, columns), "f32", "result"),
    )
    step = Step(
        parts=("rounding", "element", "convolve2d"),
        entry="convolve",
        buffers=("x", "w", "y"),
        writes=1,
        parameters=(("height", height), ("width", width)),
        constants=(
            *(("KH", kernel_height), ("KW", kernel_width), ("ROWS", tile.rows), ("COLUMNS", tile.columns)),
            *(("WIDTH", tile.width), ("HALF", int(dtype == "f16"))),
        ),
        groups=-(-rows // tile.rows) * -(-columns // tile.columns),
        group_items=tile.items,
    )
    return (Plan(tile.name, buffers, (step,)),)


def _weights(dtype: str, kernel: Fill) -> NDArray[np.float32]:
    """Return the kernel as f32: it is small, so at f16 it is rounded here and stored widened."""
    from paragon_tui.arithmetic.rounding import half

    return half(kernel()) if dtype == "f16" else kernel()
