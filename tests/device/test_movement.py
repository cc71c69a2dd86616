"""What moves data, such as transposes and stacks, moves every bit to where it belongs on every real adapter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from paragon_tui.arithmetic.rounding import half
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.plan import Plan
from paragon_tui.operators.elementwise import Elementwise
from paragon_tui.operators.graph import Graph, Node
from paragon_tui.operators.integers import Fibonacci
from paragon_tui.operators.layout import PER_WORD, Layout
from paragon_tui.operators.lowering import Lowering, Site
from paragon_tui.operators.movement import MOVED, Broadcast, Concat, Reshape, Stack, Transpose
from paragon_tui.operators.numerics.forms import canonical
from paragon_tui.operators.operator import Operator
from paragon_tui.operators.products import MatMul, MatVec
from paragon_tui.operators.tensor import Tensor
from tests.support.floats import first_difference
from tests.support.graphs import planned, run
from tests.support.kernels import as_gpu, edited, language_of, opened, run_plan

pytestmark = pytest.mark.device

SHAPES = [(1, 2), (2, 3), (63, 64), (64, 63), (65, 4095), (4097, 66), (129, 131)]
Bits = NDArray[Any]


def transposed(shape: tuple[int, int], dtype: str) -> tuple[Operator, tuple[Tensor, ...]]:
    return Transpose(), (Tensor(shape, dtype),)


def repeated(shape: tuple[int, int], dtype: str) -> tuple[Operator, tuple[Tensor, ...]]:
    return Broadcast(shape[0]), (Tensor(shape[1:], dtype),)


def joined(shape: tuple[int, int], dtype: str, left: int | None = None) -> tuple[Operator, tuple[Tensor, ...]]:
    rows, columns = shape
    left = columns // 2 if left is None else left
    return Concat(), (Tensor((rows, left), dtype), Tensor((rows, columns - left), dtype))


def stacked(shape: tuple[int, int], dtype: str) -> tuple[Operator, tuple[Tensor, ...]]:
    return Stack(), (Tensor(shape, dtype),) * 2


def reshaped(shape: tuple[int, int], dtype: str) -> tuple[Operator, tuple[Tensor, ...]]:
    return Reshape(shape[::-1]), (Tensor(shape, dtype),)


MOVES = {
    **{"transpose": transposed, "broadcast": repeated, "concat": joined},
    **{"stack": stacked, "reshape": reshaped},
}


def any_bits(shape: tuple[int, ...], per_word: int, seed: int = 0) -> Bits:
    """Any bits at all: nothing looks at them. Words of nothing but ones and zeros are there too."""
    random = np.random.default_rng((sum(shape), seed))
    unsigned: Any = np.uint32 if per_word == 1 else np.uint16
    values = random.integers(0, np.iinfo(unsigned).max, shape, dtype=unsigned, endpoint=True)
    values[random.random(shape) < 0.1] = 0
    values[random.random(shape) < 0.1] = np.iinfo(unsigned).max
    return values


def laid_out(bits: Bits, layout: Layout) -> Bits:
    """Elements in a buffer of this layout, and zeros wherever there is none."""
    per_word = PER_WORD[layout.encoding]
    whole: Bits = np.zeros((layout.words // layout.row_words, layout.row_words * per_word), dtype=bits.dtype)
    rows = bits.reshape(-1, layout.columns)
    whole[: len(rows), : layout.columns] = rows
    return whole.view(np.uint32).reshape(layout.shape)


def plan_of(lowering: Lowering, operands: Mapping[str, Bits]) -> Plan:
    """The plan of one lowering, on buffers that hold these bits."""
    buffers = []
    for name, layout in lowering.layouts.items():
        words = partial(laid_out, operands[name], layout) if name in operands else None
        buffers.append(replace(layout.buffer(name, "weight" if words else "result", words), dtype="u32"))
    return Plan(lowering.name, tuple(buffers), lowering.steps)


def moved(operator: Operator, operands: tuple[Bits, ...]) -> Bits:
    if isinstance(operator, Transpose):
        return np.ascontiguousarray(operands[0].T)
    if isinstance(operator, Concat):
        return np.concatenate(operands, axis=operator.axis)
    if isinstance(operator, Stack):
        return np.stack(operands, axis=operator.axis)
    if isinstance(operator, Reshape):
        return operands[0].reshape(operator.shape)
    assert isinstance(operator, Broadcast)
    return np.stack([operands[0]] * operator.rows)


def assert_moved(device: Any, adapter: Adapter, operator: Operator, tensors: tuple[Tensor, ...]) -> None:
    """Every bit of every lowering, and zeros in the padding."""
    names = operator.operands
    for lowering in operator.lowerings(Site(dict(zip(names, tensors, strict=True)), adapter)):
        result = lowering.layouts["y"]
        operands = {
            name: any_bits(tensor.shape, PER_WORD[lowering.layouts[name].encoding], seed)
            for seed, (name, tensor) in enumerate(zip(names, tensors, strict=True))
        }
        right = moved(operator, tuple(operands.values()))
        actual = run_plan(device, plan_of(lowering, operands), "y")["y"]
        expected = laid_out(right, result)
        label = f"{lowering.name} {result.encoding} of {tensors}"
        np.testing.assert_array_equal(actual.view(np.uint32), expected, err_msg=f"{label} differ")


@pytest.mark.parametrize("dtype", MOVED)
@pytest.mark.parametrize("move", MOVES)
def test_every_lowering_moves_every_bit(move: str, dtype: str, device_adapter: Adapter, device: Any) -> None:
    for adapter in (device_adapter, as_gpu(device_adapter)):
        for shape in SHAPES if dtype in ("f32", "f16") else SHAPES[1:2]:
            assert_moved(device, adapter, *MOVES[move](shape, dtype))


@pytest.mark.parametrize("dtype", ["f32", "f16"])
def test_matrices_are_joined_after_any_column(dtype: str, device_adapter: Adapter, device: Any) -> None:
    for adapter in (device_adapter, as_gpu(device_adapter)):
        for left, columns in [(1, 2), (1, 9), (8, 9), (2, 260), (259, 260), (131, 259), (128, 259)]:
            assert_moved(device, adapter, *joined((5, columns), dtype, left))


@pytest.mark.parametrize("dtype", ["f32", "f16"])
def test_operands_of_other_ranks_are_repeated_and_joined(dtype: str, device_adapter: Adapter, device: Any) -> None:
    """An operand's elements from an axis on are a row, so that halves of one matrix and the next share no word."""
    a, b, vector = Tensor((3, 5, 7), dtype), Tensor((3, 2, 7), dtype), Tensor((9,), dtype)
    for adapter in (device_adapter, as_gpu(device_adapter)):
        assert_moved(device, adapter, Concat(axis=1), (a, b))
        assert_moved(device, adapter, Concat(axis=-2), (b, a))
        assert_moved(device, adapter, Concat(axis=0), (a, a))
        assert_moved(device, adapter, Concat(), (vector, Tensor((4,), dtype)))
        assert_moved(device, adapter, Broadcast(4), (a,))
        for axis in (1, 2, 3, -4):
            assert_moved(device, adapter, Stack(axis), (a, a))
        assert_moved(device, adapter, Stack(-1), (vector, vector))
        assert_moved(device, adapter, Reshape((7, 5, 3)), (a,))


@pytest.mark.parametrize("move", MOVES)
def test_rows_of_work_groups_may_be_more_than_are_needed(move: str, device_adapter: Adapter) -> None:
    """As where there are more than a dimension holds: 131 rows and 15 tiles are folded into rows of 4."""
    with opened(replace(device_adapter, max_groups_per_dimension=4)) as device:
        for adapter in (device_adapter, as_gpu(device_adapter)):
            assert_moved(device, adapter, *MOVES[move]((131, 70), "f32"))


def assert_right(
    device: Any, guard: int, graph: Graph, values: Mapping[str, NDArray[Any]], fed: tuple[str, ...] = ()
) -> None:
    """Assert the canonical bits of every candidate, also in a second run on the buffers of the first."""
    right = canonical(graph, values)
    for adapter in (device.adapter, as_gpu(device.adapter)):
        for candidate in planned(graph, values, adapter, fed):
            results = run(device, candidate, values, guard, runs=2)
            for name, expected in right.items():
                assert first_difference(results[name], expected) is None, (adapter.type, candidate.plan.name, name)


@pytest.mark.parametrize("dtype", ["f32", "f16"])
def test_what_is_computed_is_moved_between_other_operators(dtype: str, device: Any, guard: int) -> None:
    """Of whole tiles, where neighbours agree on layouts, and of parts of them, where they do not."""
    random = np.random.default_rng(3)
    for rows, depth, columns in [(1, 1, 1), (5, 9, 3), (64, 64, 64), (33, 7, 70)]:
        shapes = {"a": (rows, depth), "b": (depth, columns), "c": (columns, 5), "v": (depth,)}
        nodes = [
            Node(MatMul(), ("a", "b"), ("product",)),
            Node(Transpose(), ("product",), ("turned",)),
            Node(Concat(), ("c", "turned"), ("both",)),
            Node(Transpose(), ("both",), ("back",)),
            Node(MatVec(), ("a", "v"), ("row",)),
            Node(Broadcast(5 + rows), ("row",), ("rows",)),
            Node(MatMul(), ("back", "both"), ("square",)),
            Node(Concat(), ("square", "rows"), ("wide",)),
            Node(Reshape(((5 + rows) * (5 + 2 * rows),)), ("wide",), ("flat",)),
            Node(Stack(1), ("flat", "flat"), ("pairs",)),
            Node(Reshape((5 + rows, 2 * (5 + 2 * rows))), ("pairs",), ("y",)),
        ]
        if dtype == "f32":
            nodes.append(Node(Elementwise("add"), ("y", "y"), ("twice",)))
        results = ("y", "turned", "rows", *(("twice",) if dtype == "f32" else ()))
        graph = Graph({name: Tensor(shape, dtype) for name, shape in shapes.items()}, tuple(nodes), results)
        values = {name: half(random.uniform(-1, 1, shape).astype(np.float32)) for name, shape in shapes.items()}
        assert_right(device, guard, graph, values)
        assert_right(device, guard, graph, values, fed=("a", "c"))


@pytest.mark.parametrize("dtype", ["i32", "u32"])
def test_integers_are_moved_too(dtype: str, device: Any, guard: int) -> None:
    nodes = [
        Node(Broadcast(3), ("x",), ("rows",)),
        Node(Transpose(), ("rows",), ("columns",)),
        Node(Concat(), ("columns", "right"), ("y",)),
    ]
    if dtype == "u32":
        nodes.append(Node(Fibonacci(37), (), ("numbers",)))
        nodes.append(Node(Concat(), ("numbers", "x"), ("longer",)))
    graph = Graph(
        {"x": Tensor((37,), dtype), "right": Tensor((37, 2), dtype)},
        tuple(nodes),
        ("y", "columns", *(("longer",) if dtype == "u32" else ())),
    )
    kind: Any = np.int32 if dtype == "i32" else np.uint32
    values = {name: any_bits(tensor.shape, 1).view(kind) for name, tensor in graph.operands.items()}
    assert_right(device, guard, graph, values)
    assert_right(device, guard, graph, values, fed=("x", "right"))


# One change a kernel, in the words of each language: it must be noticed.
MUTATIONS = {
    ("transpose", "cl"): ("(lower << 16)", "(lower << 15)"),
    ("transpose", "wgsl"): ("(lower << 16u)", "(lower << 15u)"),
    ("broadcast", "cl"): ("i < words", "i + 1 < words"),
    ("broadcast", "wgsl"): ("i < parameters.words;", "i + 1u < parameters.words;"),
    ("stack", "cl"): ("row / run % 2", "row % 2"),
    ("stack", "wgsl"): ("row / run % 2u", "row % 2u"),
    ("reshape", "cl"): ("y[i] = x[i]", "y[i] = x[i].yxzw"),
    ("reshape", "wgsl"): ("y[i] = x[i]", "y[i] = x[i].yxzw"),
    ("concat", "cl"): ("lefts[whole] | (rights[0] << 16)", "lefts[whole]"),
    ("concat", "wgsl"): ("left[lefts + whole] | (right[rights] << 16u)", "left[lefts + whole]"),
}


@pytest.mark.parametrize("move", MOVES)
def test_a_changed_kernel_is_noticed(move: str, device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> None:
    change = MUTATIONS[move, language_of(device_adapter)]
    with (
        edited(monkeypatch, *change),
        opened(device_adapter) as device,
        pytest.raises(AssertionError, match="differ"),
    ):
        assert_moved(device, device_adapter, *MOVES[move]((129, 131), "f16"))
