"""One dense layer on every real adapter has the reference's bits. (`test_dense` has every shape of its kernels.)"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from paragon_tui.arithmetic.activations import relu
from paragon_tui.arithmetic.reduction import matvec
from paragon_tui.arithmetic.rounding import half
from paragon_tui.backends.adapter import Adapter
from paragon_tui.operators.dense import Activation, Dense
from paragon_tui.operators.elementwise import Elementwise
from paragon_tui.operators.graph import Graph, Node
from paragon_tui.operators.numerics.forms import canonical
from paragon_tui.operators.products import MatMul
from paragon_tui.operators.softmax import Softmax
from paragon_tui.operators.tensor import Tensor
from paragon_tui.suites.case import DTYPES
from tests.support.floats import assert_same_bits, first_difference
from tests.support.graphs import everywhere, planned, run
from tests.support.kernels import as_kind, edited, opened

pytestmark = pytest.mark.device

SHAPES = [(1, 1), (64, 64), (65, 130)]  # inputs and outputs; longer rows are those of `test_dense`
HALVES = ["f32", "f16"]
FLOATS = tuple(Dense(act, widens) for act in Activation for widens in (True, False))
LAYERS = {"f32": FLOATS, "f16": FLOATS, "i8": (Dense(widens=True),)}
"""Layers whose results can be read: those of i8 are for the next layer alone."""
SUMS = {"f32": "f32", "f16": "f32", "i8": "i32"}


def drawn(random: np.random.Generator, shape: tuple[int, ...], dtype: str, least: int = -127) -> NDArray[Any]:
    """Draw values in [-1, 1), or integers from ``least`` to 127: samples of i8 have no sign."""
    if dtype in ("i8", "i32"):
        return random.integers(least, 128, shape).astype(np.int8 if dtype == "i8" else np.int32)
    values = random.uniform(-1, 1, shape).astype(np.float32)
    return half(values) if dtype == "f16" else values


def difference(device: Any, guard: int, adapter: Adapter, shape: tuple[int, int], dtype: str) -> str | None:
    depth, rows = shape
    random = np.random.default_rng(depth * rows)
    w, x, b = (random.uniform(-2, 2, extents).astype(np.float32) for extents in ((rows, depth), depth, rows))
    if dtype == "f16":
        w, x = half(w), half(x)
    b[-1] = -10 * depth  # an output that relu stops
    graph = Graph.of(Dense(Activation.RELU), Tensor((depth,), dtype), Tensor((rows, depth), dtype), Tensor((rows,)))
    candidate, *_ = planned(graph, {"x": x, "w": w, "b": b}, adapter)
    right = relu(matvec(w, x) + b)
    return first_difference(run(device, candidate, {}, guard)["y"], half(right) if dtype == "f16" else right)


@pytest.mark.parametrize("kind", ["as it is", "as a GPU"])
@pytest.mark.parametrize("dtype", HALVES)
def test_a_layer_has_the_references_bits(
    dtype: str, kind: str, device_adapter: Adapter, device: Any, guard: int
) -> None:
    if kind == "as a GPU" and dtype == "f16" and device_adapter.api != "opencl":
        pytest.skip("at f32 its kernel of GPUs runs")
    for shape in SHAPES:
        assert difference(device, guard, as_kind(kind, device_adapter), shape, dtype) is None, shape


@pytest.mark.parametrize("dtype", HALVES)
def test_a_layer_without_relu_is_noticed(
    dtype: str, device_adapter: Adapter, guard: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit = (
        ("sum > 0.0f ? sum : 0.0f", "sum") if device_adapter.api == "opencl" else ("select(0.0, sum, sum > 0.0)", "sum")
    )
    with edited(monkeypatch, *edit), opened(device_adapter) as device:
        assert difference(device, guard, device_adapter, (64, 64), dtype) is not None


@pytest.mark.parametrize("samples", [(), (5,)], ids=["a sample", "a batch"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_layer_has_the_references_bits(dtype: str, samples: tuple[int, ...], device: Any, guard: int) -> None:
    """With each activation, rounded or not, with weights that stay on the device and with weights that travel."""
    random = np.random.default_rng(len(samples))
    inputs, outputs = 33, 7
    shapes = {"x": (*samples, inputs), "w": (outputs, inputs), "b": (outputs,)}
    types = {"x": dtype, "w": dtype, "b": SUMS[dtype]}
    values = {name: drawn(random, shape, types[name], 0 if name == "x" else -127) for name, shape in shapes.items()}
    for layer in LAYERS[dtype]:
        graph = Graph.of(layer, *(Tensor(shape, types[name]) for name, shape in shapes.items()))
        right = canonical(graph, values)["y"]
        for fed in ((), ("x", "w")):
            for candidate in everywhere(graph, values, device.adapter, fed):
                actual = run(device, candidate, values, guard, runs=2)["y"]
                assert_same_bits(actual, right, (candidate.plan.name, layer, fed))


@pytest.mark.parametrize("variant", ["tiled", "vector", "for-loop"])
@pytest.mark.parametrize("dtype", HALVES)
def test_every_layer_of_a_batch_has_the_references_bits_in_each_variant(
    dtype: str, variant: str, device: Any, guard: int
) -> None:
    random = np.random.default_rng(3)
    values = {name: drawn(random, shape, dtype) for name, shape in {"x": (5, 33), "w": (7, 33)}.items()}
    values["b"] = drawn(random, (7,), "f32")
    for layer in FLOATS:
        graph = Graph.of(layer, Tensor((5, 33), dtype), Tensor((7, 33), dtype), Tensor((7,)))
        right = canonical(graph, values)["y"]
        (candidate,) = planned(graph, values, device.adapter, variant=variant)
        assert candidate.plan.name == variant
        assert_same_bits(run(device, candidate, values, guard)["y"], right, layer)


def between_others(dtype: str, samples: tuple[int, ...]) -> tuple[Graph, dict[str, NDArray[Any]]]:
    """Return the graph of three layers, a softmax and a difference, and its operands.

    The last layer's weights are a product, but at i8, where no operator gives any.
    """
    random = np.random.default_rng(9)
    widths = (9, 33, 12, 7)
    values = {"x": drawn(random, (*samples, 9), dtype, 0), "d": drawn(random, (*samples, 7), "f32")}
    types = {"x": dtype, "d": "f32"}
    for layer, (inputs, outputs) in enumerate(pairwise(widths)):
        values |= {f"w{layer}": drawn(random, (outputs, inputs), dtype)}
        values |= {f"b{layer}": drawn(random, (outputs,), SUMS[dtype])}
        types |= {f"w{layer}": dtype, f"b{layer}": SUMS[dtype]}
    integer = dtype == "i8"
    layers = (
        Dense(Activation.RELU, shift=6 if integer else 0),
        Dense(Activation.RELU, shift=7) if integer else Dense(Activation.LEAKY_RELU),
        Dense(widens=True),
    )
    product: tuple[Node, ...] = ()
    weights = ["w0", "w1", "w2"]
    if not integer:
        values |= {"v": drawn(random, (7, 5), dtype), "w2": drawn(random, (5, 12), dtype)}
        types["v"], weights[2] = dtype, "vw"
        product = (Node(MatMul(), ("v", "w2"), ("vw",)),)
    nodes = (
        *product,
        *(
            Node(layer, (source, weights[index], f"b{index}"), (target,))
            for index, (layer, source, target) in enumerate(
                zip(layers, ("x", "h", "k"), ("h", "k", "sums"), strict=True)
            )
        ),
        Node(Softmax(), ("sums",), ("p",)),
        Node(Elementwise("sub"), ("p", "d"), ("y",)),
    )
    operands = {name: Tensor(value.shape, types[name]) for name, value in values.items()}
    return Graph(operands, nodes, ("sums", "y")), values


@pytest.mark.parametrize("samples", [(), (5,)], ids=["a sample", "a batch"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_layers_between_other_operators_have_the_references_bits(
    dtype: str, samples: tuple[int, ...], device: Any, guard: int
) -> None:
    graph, values = between_others(dtype, samples)
    right = canonical(graph, values)
    for fed in ((), ("x", "d"), tuple(values)):
        for candidate in everywhere(graph, values, device.adapter, fed):
            results = run(device, candidate, values, guard, runs=2)
            for name in graph.results:
                assert_same_bits(results[name], right[name], (candidate.plan.name, name, fed))
