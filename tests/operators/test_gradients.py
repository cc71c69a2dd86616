"""Linear layers and their gradients: the shapes and dtypes that they take, costs, tiers, and layouts."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from paragon_tui.backends.device import Unsupported
from paragon_tui.operators.dense import Activation, Dense
from paragon_tui.operators.gradients import HiddenGradient, LayerGradient
from paragon_tui.operators.graph import Graph
from paragon_tui.operators.lowering import Site
from paragon_tui.operators.numerics.forms import canonical, host_form
from paragon_tui.operators.operator import Operator
from paragon_tui.operators.tensor import Tensor, WrongOperands
from tests.support.examples import GPU, LLVMPIPE, POCL
from tests.support.host_forms import skip_without

LEAKY = Dense(Activation.LEAKY_RELU)
X, W, B = Tensor((9, 7)), Tensor((5, 7)), Tensor((5,))
DY, H = Tensor((9, 5)), Tensor((9, 7))


def halves(*tensors: Tensor) -> tuple[Tensor, ...]:
    return tuple(Tensor(tensor.shape, "f16") for tensor in tensors)


def test_results_have_the_shapes_and_dtypes_of_operands():
    assert LEAKY.infer(X, W, B) == (Tensor((9, 5)),)
    assert LEAKY.infer(*halves(X, W), B) == (Tensor((9, 5), "f16"),)
    assert Dense(widens=True).infer(*halves(X, W), B) == (Tensor((9, 5)),)
    assert Dense().infer(Tensor((2, 3, 7)), W, B) == (Tensor((2, 3, 5)),)
    assert Dense().infer(Tensor((7,)), W, B) == (B,)
    assert LayerGradient().infer(DY, X) == (Tensor((5, 8)),)
    assert LayerGradient().infer(*halves(DY, X)) == (Tensor((5, 8)),)
    assert HiddenGradient().infer(DY, W, H) == (H,)
    assert HiddenGradient().infer(*halves(DY, W, H)) == halves(H)


@pytest.mark.parametrize(
    ("operator", "operands", "text"),
    [
        (LEAKY, (X, Tensor((5, 8)), B), "of weights f32 (5, 8) takes 8 inputs, not f32 (9, 7)"),
        (LEAKY, (X, W, Tensor((7,))), "takes a bias f32 (5), not f32 (7)"),
        (LEAKY, (*halves(X, W), *halves(B)), "takes a bias f32 (5), not f16 (5)"),
        (LEAKY, (X, *halves(W), B), "not f32 (9, 7) and f16 (5, 7)"),
        (LEAKY, (Tensor((9, 7), "i32"), W, B), "not i32 (9, 7) and f32 (5, 7)"),
        (LayerGradient(), (DY, Tensor((8, 7))), "not f32 (9, 5) and f32 (8, 7)"),
        (LayerGradient(), (DY, *halves(X)), "not f32 (9, 5) and f16 (9, 7)"),
        (HiddenGradient(), (DY, Tensor((6, 7)), H), "f32 (9, 5) and weights f32 (6, 7) does not fit activations"),
        (HiddenGradient(), (DY, W, Tensor((9, 8))), "does not fit activations f32 (9, 8)"),
        (HiddenGradient(), (DY, Tensor((5,)), H), "not f32 (9, 5) and f32 (5)"),
    ],
)
def test_other_operands_are_refused_by_their_shapes(operator: Operator, operands: tuple[Tensor, ...], text: str):
    with pytest.raises(WrongOperands) as refused:
        operator.infer(*operands)
    assert text in str(refused.value)


def test_costs_count_products_and_sums():
    assert LEAKY.operations(X, W, B) == 9 * 5 * (2 * 7 + 1)
    assert LayerGradient().operations(DY, X) == 9 * 5 * (2 * 7 + 1)
    assert HiddenGradient().operations(DY, W, H) == 9 * 7 * (2 * 5 + 1)
    assert LEAKY.cost(X, W, B).bytes == 4 * (63 + 35 + 5 + 45)


def test_products_of_halves_are_exact_and_products_by_a_slope_are_not():
    assert [operator.tier(X, W, B) for operator in (LEAKY, Dense())] == ["guarded", "guarded"]
    assert [operator.tier(*halves(X, W), B) for operator in (LEAKY, Dense())] == ["guarded", "exact"]
    assert [LayerGradient().tier(*operands) for operands in ((DY, X), halves(DY, X))] == ["guarded", "exact"]
    assert HiddenGradient().tier(*halves(DY, W, H)) == "guarded"


CALLS: list[tuple[Operator, tuple[Tensor, ...]]] = [
    (LEAKY, (X, W, B)),
    (Dense(), (X, W, B)),
    (LayerGradient(), (DY, X)),
    (HiddenGradient(), (DY, W, H)),
]


@pytest.mark.parametrize(("operator", "operands"), CALLS, ids=["leaky", "linear", "layer", "hidden"])
def test_lowerings_are_named_by_the_variant_or_else_by_the_tiles(operator: Operator, operands: tuple[Tensor, ...]):
    given = dict(zip(operator.operands, operands, strict=True))
    for where, variant in product((GPU, POCL, LLVMPIPE), ("tiled", "vector", "for-loop")):
        assert [lowering.name for lowering in operator.lowerings(Site(given, where, variant))] == [variant]
    assert [lowering.name for lowering in operator.lowerings(Site(given, GPU))] == ["tiles 8", "tiles 16"]
    packed = {name: Tensor(tensor.shape, "f16") if name != "b" else tensor for name, tensor in given.items()}
    ways = operator.lowerings(Site(packed, POCL))
    factors = operator.operands[:2]
    assert [[way.layouts[name].encoding for name in factors] for way in ways] == [["halves"] * 2, ["widened"] * 2]


def test_sums_that_are_too_long_are_refused():
    deep = dict(zip(LEAKY.operands, (Tensor((1, 2**18 + 1)), Tensor((1, 2**18 + 1)), Tensor((1,))), strict=True))
    with pytest.raises(Unsupported, match="sums of at most 262,144 products are supported, the layer has 262,145"):
        LEAKY.lowerings(Site(deep, POCL))


@pytest.mark.parametrize("library", ["numpy", "torch"])
@pytest.mark.parametrize("samples", [(9,), (), (2, 3)], ids=str)
@pytest.mark.parametrize(("operator", "operands"), CALLS, ids=["leaky", "linear", "layer", "hidden"])
def test_libraries_are_near_the_canonical_form(
    operator: Operator, operands: tuple[Tensor, ...], samples: tuple[int, ...], library: str
):
    """Whatever the axes of the samples; weights and biases have none."""
    skip_without(library)
    tensors = [
        tensor if tensor in (W, B) else Tensor((*samples, *tensor.shape[1:]), tensor.dtype) for tensor in operands
    ]
    graph = Graph.of(operator, *tensors)
    random = np.random.default_rng(7)
    values = {name: random.uniform(-1, 1, t.shape).astype(np.float32) for name, t in graph.operands.items()}
    form = host_form(graph, library, values)
    form()
    (actual,), (expected,) = form().values(), canonical(graph, values).values()
    assert actual.shape == expected.shape
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-6)
