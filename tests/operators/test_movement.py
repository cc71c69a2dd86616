"""What moves data, such as transposes: the operands it takes, the buffers it needs, and libraries' forms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from paragon_tui.arithmetic.rounding import half
from paragon_tui.backends.device import Unsupported
from paragon_tui.operators import layout
from paragon_tui.operators.graph import Graph, Node
from paragon_tui.operators.lowering import Site
from paragon_tui.operators.movement import MOVED, Broadcast, Concat, Reshape, Stack, Transpose
from paragon_tui.operators.numerics.forms import canonical, host_form
from paragon_tui.operators.numerics.layouts import pack, unpack
from paragon_tui.operators.operator import Cost
from paragon_tui.operators.products import MatMul
from paragon_tui.operators.tensor import Tensor, WrongOperands
from tests.support.examples import GPU, LLVMPIPE, POCL
from tests.support.graphs import planned
from tests.support.host_forms import skip_without


@pytest.mark.parametrize("dtype", MOVED)
def test_results_have_the_shape_that_follows_and_the_same_dtype(dtype):
    matrix, vector = Tensor((3, 5), dtype), Tensor((5,), dtype)
    assert Transpose().infer(matrix) == (Tensor((5, 3), dtype),)
    assert Broadcast(4).infer(vector) == (Tensor((4, 5), dtype),)
    assert Broadcast(4).infer(matrix) == (Tensor((4, 3, 5), dtype),)
    assert Concat().infer(matrix, Tensor((3, 1), dtype)) == (Tensor((3, 6), dtype),)
    assert Concat(axis=0).infer(matrix, matrix) == Concat(-2).infer(matrix, matrix) == (Tensor((6, 5), dtype),)
    assert Concat().infer(vector, vector) == (Tensor((10,), dtype),)
    assert Stack().infer(matrix, matrix) == Stack(-3).infer(matrix, matrix) == (Tensor((2, 3, 5), dtype),)
    assert Stack(1).infer(matrix, matrix) == (Tensor((3, 2, 5), dtype),)
    assert Stack(-1).infer(matrix, matrix) == Stack(2).infer(matrix, matrix) == (Tensor((3, 5, 2), dtype),)
    assert Reshape((15,)).infer(matrix) == (Tensor((15,), dtype),)
    assert Reshape((5, 1, 3)).infer(matrix) == (Tensor((5, 1, 3), dtype),)
    assert Reshape(()).infer(Tensor((1, 1), dtype)) == (Tensor((), dtype),)


@pytest.mark.parametrize(
    ("operator", "operands"),
    [
        (Transpose(), [Tensor((3,))]),
        (Transpose(), [Tensor((2, 3, 4))]),
        (Transpose(), [Tensor((2, 3), "i8")]),
        (Broadcast(2), [Tensor(())]),
        (Broadcast(2), [Tensor((3,), "i8")]),
        (Concat(), [Tensor((2, 3)), Tensor((3, 3))]),
        (Concat(0), [Tensor((2, 3)), Tensor((2, 4))]),
        (Concat(), [Tensor((2, 3)), Tensor((2, 3), "i32")]),
        (Concat(), [Tensor((2, 3)), Tensor((3,))]),
        (Concat(2), [Tensor((2, 3)), Tensor((2, 3))]),
        (Concat(), [Tensor(()), Tensor(())]),
        (Stack(), [Tensor((2, 3)), Tensor((3, 2))]),
        (Stack(), [Tensor((2, 3)), Tensor((2, 3), "f16")]),
        (Stack(), [Tensor((2, 3), "i8"), Tensor((2, 3), "i8")]),
        (Stack(3), [Tensor((2, 3)), Tensor((2, 3))]),
        (Stack(-4), [Tensor((2, 3)), Tensor((2, 3))]),
        (Stack(), [Tensor(()), Tensor(())]),
        (Reshape((7,)), [Tensor((2, 3))]),
        (Reshape((6,)), [Tensor((2, 3), "i8")]),
    ],
)
def test_other_operands_are_refused_by_their_shapes(operator, operands):
    with pytest.raises(WrongOperands) as refused:
        operator.infer(*operands)
    assert all(str(operand) in str(refused.value) for operand in operands)


def test_nothing_is_repeated_less_than_once():
    with pytest.raises(ValueError, match="0 times"):
        Broadcast(0)


@pytest.mark.parametrize("shape", [(0,), (-1,), (2, 0.5), [6]])
def test_nothing_is_reshaped_to_what_is_no_shape(shape):
    with pytest.raises(WrongOperands):
        Reshape(shape)


def test_operands_are_read_once_and_the_result_is_written_once():
    assert Transpose().cost(Tensor((6, 9))) == Cost(54, 432)
    assert Broadcast(6).cost(Tensor((9,))) == Cost(54, 252)
    assert Concat().cost(Tensor((6, 4), "f16"), Tensor((6, 5), "f16")) == Cost(54, 216)
    assert Stack().cost(Tensor((6, 9)), Tensor((6, 9))) == Cost(108, 864)
    assert Reshape((9, 6)).cost(Tensor((6, 9), "f16")) == Cost(54, 216)
    assert Transpose().tier(Tensor((2, 2))) == Stack().tier(Tensor((2,)), Tensor((2,))) == "integer"
    assert Reshape((4,)).tier(Tensor((2, 2))) == "integer"


@pytest.mark.parametrize("adapter", [POCL, LLVMPIPE, GPU], ids=["pocl", "llvmpipe", "gpu"])
def test_neighbours_whose_rows_need_no_padding_need_no_conversion(adapter):
    """Each step of these graphs is an operator's own."""
    for rows, columns in ((64, 64), (128, 192)):
        nodes = (
            Node(MatMul(), ("a", "b"), ("product",)),
            Node(Transpose(), ("product",), ("turned",)),
            Node(Concat(), ("turned", "turned"), ("both",)),
            Node(Broadcast(2), ("both",), ("two",)),
            Node(Reshape((4 * columns * rows,)), ("two",), ("row",)),
            Node(Stack(), ("row", "row"), ("y",)),
        )
        graph = Graph({"a": Tensor((rows, 8)), "b": Tensor((8, columns))}, nodes, ("y",))
        for candidate in planned(graph, {}, adapter):
            assert "relayout" not in [step.entry for step in candidate.plan.steps]


@pytest.mark.parametrize("operator", [Transpose(), Broadcast(2**16), Concat(), Stack(), Reshape((2**32,))])
def test_buffers_that_kernels_cannot_count_are_refused(operator):
    large = Tensor((2**16, 2**15))
    site = Site(dict.fromkeys(operator.operands, large), GPU)
    if isinstance(operator, Transpose | Reshape):
        site = replace(site, operands={"x": Tensor((2**32, 1))})
    with pytest.raises(Unsupported, match="words is larger than kernels can address"):
        operator.lowerings(site)


@pytest.mark.parametrize("dtype", ["f32", "f16"])
def test_buffers_hold_rows_in_order_and_zeros_behind_them(dtype):
    tensor = Tensor((3, 5), dtype)
    values = np.arange(1, 16, dtype=np.float32).reshape(3, 5)
    padded = layout.in_rows(tensor, row_words=5, rows=4)
    words = pack(padded, values)
    elements = words.view(np.float32 if dtype == "f32" else np.float16)
    assert words.shape == (4, 5)
    assert elements[:3, :5].tolist() == values.tolist()
    assert not elements[3:].any() and not elements[:, 5:].any()
    assert unpack(padded, tensor, words).tolist() == values.tolist()


def test_what_fits_as_it_is_is_not_copied():
    values = np.ones((4, 8), dtype=np.float32)
    assert np.shares_memory(pack(layout.words(Tensor((4, 8))), values), values)


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_libraries_move_what_they_compute_and_what_other_operators_take_too(library):
    """A product takes the operands that are moved, so f16 stay f32 there; and it takes results, which do not."""
    skip_without(library)
    random = np.random.default_rng(1)
    shapes = {"a": (5, 4), "b": (4, 5), "v": (4,)}
    nodes = (
        Node(Transpose(), ("a",), ("turned",)),
        Node(MatMul(), ("a", "b"), ("product",)),
        Node(Transpose(), ("product",), ("back",)),
        Node(MatMul(), ("turned", "back"), ("square",)),
        Node(Broadcast(4), ("v",), ("rows",)),
        Node(Concat(), ("rows", "square"), ("y",)),
        Node(Concat(), ("b", "square"), ("joined",)),
        Node(Stack(1), ("joined", "joined"), ("both",)),
        Node(Reshape((2, 40)), ("both",), ("z",)),
    )
    for dtype in ("f32", "f16"):
        graph = Graph({name: Tensor(shape, dtype) for name, shape in shapes.items()}, nodes, ("y", "z", "turned"))
        values = {name: half(random.uniform(-1, 1, shape).astype(np.float32)) for name, shape in shapes.items()}
        right = canonical(graph, values)
        for held in (values, {}, {"a": values["a"]}):
            form = host_form(graph, library, held)
            results = form(**{name: x for name, x in values.items() if name not in held})
            for name, expected in right.items():
                tolerance = 2.0**-8 if dtype == "f16" else 2.0**-20
                np.testing.assert_allclose(results[name].astype(np.float32), expected, rtol=0, atol=tolerance)
            assert results["turned"].tolist() == right["turned"].tolist()


@pytest.mark.parametrize("library", ["reference", "numpy", "torch"])
@pytest.mark.parametrize("dtype", ["i32", "u32"])
def test_integers_are_moved_by_all_libraries(dtype, library):
    skip_without(library)
    kind = np.int32 if dtype == "i32" else np.uint32
    operands = {"x": Tensor((3,), dtype), "right": Tensor((3, 1), dtype)}
    nodes = (
        Node(Broadcast(2), ("x",), ("rows",)),
        Node(Transpose(), ("rows",), ("columns",)),
        Node(Concat(), ("columns", "right"), ("joined",)),
        Node(Reshape((9,)), ("joined",), ("row",)),
        Node(Stack(-1), ("row", "row"), ("y",)),
    )
    values = {
        "x": np.array([0, 2**31 - 1, 7], dtype=kind),
        "right": np.array([[1], [2], [2**32 - 1]], dtype=np.uint32).view(kind),
    }
    y = host_form(Graph(operands, nodes, ("y",)), library, values)()["y"]
    joined = np.concatenate((np.stack([values["x"]] * 2, axis=1), values["right"]), axis=1)
    expected = np.repeat(joined.ravel(), 2).reshape(9, 2)
    assert y.view(np.uint32).tolist() == expected.view(np.uint32).tolist()
