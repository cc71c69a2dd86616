"""Data movement without computation: a transpose, a row broadcast to a matrix, two matrices side by side.

The kernels move u32 words, so they do not depend on an adapter's floats. A word holds two f16, and rows are whole
words: an odd column leaves half a word of padding, which is +0. Transposes pad both extents to whole tiles.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.plan import Buffer, Plan, Step
from paragon_tui.operators.operator import Cost, Tier
from paragon_tui.suites.case import VARIANTS, Case
from paragon_tui.suites.operations.words import PER_WORD, packed, row_words, stored, unpacked

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paragon_tui.suites.operation import Answer, Arrays

    Operands = dict[str, Callable[[], NDArray[Any]]]

RESULTS = ("y",)
_TILE, _TILE_GROUP = 32, 128  # words per side of a tile, and work-items that move it through workgroup memory
_RUNS = {"f32": 8, "f16": 4}  # vectors of eight words per side of a tile that one work-item moves
_ROW_GROUP = 128


def describe(case: Case) -> str:
    """Return the operands' shapes and the result's as text: ``1024 → 1024 × 1024``."""
    operands = " · ".join(_shape_text(shape) for shape in _operand_shapes(case).values())
    return f"{operands} → {_shape_text(_result_shape(case))}"


def _shape_text(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))


def megabytes(case: Case, dtype: str = "f32") -> float:
    """Return the MiB of the operands and the result."""
    return cost(case, dtype).bytes / 2**20


def cost(case: Case, dtype: str) -> Cost:
    """Return the cost: one operation per moved element. Bytes: every operand read once, the result written once."""
    rows, columns = case.shape
    read = columns if case.operation == "broadcast" else rows * columns
    return Cost(rows * columns, (read + rows * columns) * 4 // PER_WORD[dtype])


def variants(dtype: str) -> tuple[str, ...]:
    """Return the canonical variant, for f32 and f16."""
    return VARIANTS[:1] if dtype in PER_WORD else ()


def tier(dtype: str, variant: str) -> Tier:
    """Return the tier, integer: words are moved, whatever they represent."""
    return "integer"


def inputs(case: Case, dtype: str) -> Arrays:
    """Return streams 0, 1, … as the dtype stores them, float32 or float16: ``x``, or ``left`` and ``right``."""
    return {name: fill() for name, fill in _operands(case, dtype).items()}


def host_form(case: Case, dtype: str, implementation: str) -> Callable[..., Arrays]:
    """Return the host form of NumPy (also the reference) or PyTorch, into a reused result; f16 are moved as f16."""
    import numpy as np

    rows, columns = _result_shape(case)
    y = np.empty((rows, columns), dtype=np.float32 if dtype == "f32" else np.float16)
    return _torch_form(case, dtype, y) if implementation == "torch" else _numpy_form(case.operation, y)


def _numpy_form(operation: str, y: NDArray[Any]) -> Callable[..., Arrays]:
    import numpy as np

    def copied(x: NDArray[Any]) -> Arrays:
        np.copyto(y, x.T if operation == "transpose" else x)
        return {"y": y}

    def concatenated(left: NDArray[Any], right: NDArray[Any]) -> Arrays:
        np.concatenate((left, right), axis=1, out=y)
        return {"y": y}

    return concatenated if operation == "concat" else copied


def _torch_form(case: Case, dtype: str, y: NDArray[Any]) -> Callable[..., Arrays]:
    """Return a form on tensors created beforehand."""
    import torch

    target = torch.from_numpy(y)
    tensors = tuple(torch.from_numpy(values) for values in inputs(case, dtype).values())
    source = tensors[0].t() if case.operation == "transpose" else tensors[0]

    def copied(**_arrays: NDArray[Any]) -> Arrays:
        target.copy_(source)
        return {"y": y}

    def concatenated(**_arrays: NDArray[Any]) -> Arrays:
        torch.cat(tensors, dim=1, out=target)
        return {"y": y}

    return concatenated if case.operation == "concat" else copied


def plans(case: Case, dtype: str, variant: str, adapter: Adapter) -> tuple[Plan, ...]:
    """Return the one plan for the adapter; see ``plans_of``."""
    return plans_of(case, dtype, _operands(case, dtype), adapter)


def plans_of(case: Case, dtype: str, operands: Operands, adapter: Adapter) -> tuple[Plan, ...]:
    """Return the plan for ``operands``, which return float32 or float16 by name.

    ``y`` (rows, words) has the result in its upper left corner, +0 elsewhere.
    """
    streams = adapter.type == "cpu" and adapter.api == "opencl"  # a work-item is a stream of vector instructions
    if case.operation == "transpose":
        plan = _transpose(case, dtype, operands, streams)
    elif case.operation == "broadcast":
        plan = _broadcast(case, dtype, operands, streams)
    else:
        plan = _concat(case, dtype, operands, streams)
    return (plan,)


def _transpose(case: Case, dtype: str, operands: Operands, streams: bool) -> Plan:
    """Return the plan of one work-group per tile; it is one work-item where that is a stream of vector instructions."""
    per_word = PER_WORD[dtype]
    side = 8 * _RUNS[dtype] if streams else _TILE
    tile_rows, tile_columns = (-(-extent // (side * per_word)) for extent in case.shape)
    x_shape = (side * per_word * tile_rows, side * tile_columns)
    y_shape = (side * per_word * tile_columns, side * tile_rows)
    step = Step(
        parts=("transpose",),
        entry="transpose_tiles",
        buffers=("x", "y"),
        writes=1,
        parameters=(
            ("tiles", tile_rows * tile_columns),
            ("across", tile_columns),
            ("x_stride", x_shape[1]),
            ("y_stride", y_shape[1]),
        ),
        constants=(("PER_WORD", per_word), ("TILE", side)),
        groups=tile_rows * tile_columns,
        group_items=_TILE_GROUP,
    )
    if streams:
        constants = (("PER_WORD", per_word), ("RUN", _RUNS[dtype]))
        step = replace(step, parts=("transpose_runs",), entry="transpose_runs", constants=constants, group_items=1)
    return Plan(step.entry, (_weight("x", x_shape, operands), Buffer("y", y_shape, "u32", "result")), (step,))


def _broadcast(case: Case, dtype: str, operands: Operands, streams: bool) -> Plan:
    rows, columns = case.shape
    words = row_words(columns, dtype)
    buffers = (_weight("x", (1, words), operands), Buffer("y", (rows, words), "u32", "result"))
    return _by_rows("broadcast", buffers, (("rows", rows), ("words", words)), rows, streams)


def _concat(case: Case, dtype: str, operands: Operands, streams: bool) -> Plan:
    rows, columns = case.shape
    shapes = _operand_shapes(case)
    left, right, words = (row_words(count, dtype) for count in (shapes["left"][1], shapes["right"][1], columns))
    buffers = (
        _weight("left", (rows, left), operands),
        _weight("right", (rows, right), operands),
        Buffer("y", (rows, words), "u32", "result"),
    )
    parameters = (
        ("rows", rows),
        ("left_words", left),
        ("right_words", right),
        ("words", words),
        ("joined", shapes["left"][1] % PER_WORD[dtype]),
    )
    return _by_rows("concat", buffers, parameters, rows, streams)


def _by_rows(
    entry: str, buffers: tuple[Buffer, ...], parameters: tuple[tuple[str, int], ...], rows: int, streams: bool
) -> Plan:
    """Return the plan of one work-group per row, of one work-item where that is a stream of vector instructions."""
    step = Step(
        parts=(entry,),
        entry=entry,
        buffers=tuple(buffer.name for buffer in buffers),
        writes=1,
        parameters=parameters,
        constants=(),
        groups=rows,
        group_items=1 if streams else _ROW_GROUP,
    )
    return Plan(entry, buffers, (step,))


def _weight(name: str, shape: tuple[int, int], operands: Operands) -> Buffer:
    return Buffer(name, shape, "u32", "weight", lambda: packed(_as_matrix(operands[name]()), shape))


def _as_matrix(values: NDArray[Any]) -> NDArray[Any]:
    return values.reshape(1, -1) if values.ndim == 1 else values


def answer(case: Case, dtype: str, outputs: Arrays) -> Answer:
    """Return the result (rows, columns), f32."""
    from paragon_tui.suites.operation import Answer

    return Answer(unpacked(outputs["y"], dtype, _result_shape(case)))


def _result_shape(case: Case) -> tuple[int, int]:
    rows, columns = case.shape
    return (columns, rows) if case.operation == "transpose" else (rows, columns)


def _operand_shapes(case: Case) -> dict[str, tuple[int, ...]]:
    """Return the shapes by name; the right matrix of ``concat`` has the odd column."""
    rows, columns = case.shape
    if case.operation == "transpose":
        return {"x": (rows, columns)}
    if case.operation == "broadcast":
        return {"x": (columns,)}
    return {"left": (rows, columns // 2), "right": (rows, columns - columns // 2)}


def _operands(case: Case, dtype: str) -> Operands:
    return {
        name: partial(_operand, stream, shape, dtype)
        for stream, (name, shape) in enumerate(_operand_shapes(case).items())
    }


def _operand(stream: int, shape: tuple[int, ...], dtype: str) -> NDArray[Any]:
    import math

    from paragon_tui.suites.operations.operands import operand

    return stored(operand(stream, math.prod(shape)).reshape(shape), dtype)
