"""Softmax, layernorm, reductions and dropout: what they take, what they give, and the ways to run them."""

from __future__ import annotations

import numpy as np
import pytest

from paragon_tui.arithmetic.activations import log_softmax, softmax
from paragon_tui.arithmetic.philox import dropout
from paragon_tui.backends.device import Unsupported
from paragon_tui.operators.dropout import Dropout
from paragon_tui.operators.graph import Graph
from paragon_tui.operators.layernorm import LayerNorm
from paragon_tui.operators.lowering import Lowering, Site
from paragon_tui.operators.numerics.forms import canonical, host_form
from paragon_tui.operators.operator import Operator
from paragon_tui.operators.reductions import Dot, Reduce, Statistic
from paragon_tui.operators.softmax import INTEGER_LOGIT_SCALE, Softmax
from paragon_tui.operators.tensor import Tensor, WrongOperands
from tests.support.examples import GPU, LLVMPIPE, POCL
from tests.support.host_forms import skip_without

ROW = Tensor((7,))
MATRIX = Tensor((5, 7))
CUBE = Tensor((2, 3, 7))
HALVES = Tensor((5, 7), "f16")


def lowerings(operator: Operator, *tensors: Tensor) -> list[Lowering]:
    """Return the ways on every kind of adapter."""
    operands = dict(zip(operator.operands, tensors, strict=True))
    return [way for adapter in (POCL, LLVMPIPE, GPU) for way in operator.lowerings(Site(operands, adapter))]


def test_results_have_the_shapes_and_dtypes_of_rows() -> None:
    for operator in (Softmax(), Softmax(logarithm=True)):
        for tensor in (ROW, MATRIX, CUBE, HALVES):
            assert operator.infer(tensor) == (tensor,)
        assert operator.infer(Tensor((5, 7), "i32")) == (MATRIX,)
    assert LayerNorm().infer(CUBE, ROW, ROW) == (CUBE,)
    assert LayerNorm().infer(HALVES, Tensor((7,), "f16"), Tensor((7,), "f16")) == (HALVES,)
    assert Dropout(0.1, 1, 2).infer(CUBE) == (CUBE,)


def test_reductions_drop_an_axis_or_all() -> None:
    assert Reduce(Statistic.SUM).infer(CUBE) == (Tensor(()),)
    assert Reduce(Statistic.SUM, 0).infer(CUBE) == (Tensor((3, 7)),)
    assert Reduce(Statistic.SUM, -3).infer(CUBE) == (Tensor((3, 7)),)
    assert Reduce(Statistic.SUM, 2).infer(CUBE) == Reduce(Statistic.SUM, -1).infer(CUBE) == (Tensor((2, 3)),)
    assert Reduce(Statistic.ARGMAX, -1).infer(MATRIX) == (Tensor((5,), "i32"),)
    assert Reduce(Statistic.ARGMIN).infer(ROW) == (Tensor((), "i32"),)
    assert Dot().infer(CUBE, CUBE) == (Tensor(()),)


@pytest.mark.parametrize(
    ("operator", "operands", "named"),
    [
        (Softmax(), (Tensor((5, 7), "i8"),), "i8 (5, 7)"),
        (Softmax(), (Tensor(()),), "f32 ()"),
        (LayerNorm(), (MATRIX, Tensor((5,)), ROW), "f32 (5, 7), f32 (5) and f32 (7)"),
        (LayerNorm(), (MATRIX, ROW, Tensor((7,), "f16")), "f16 (7)"),
        (LayerNorm(), (Tensor((5, 7), "i32"), Tensor((7,), "i32"), Tensor((7,), "i32")), "i32 (5, 7)"),
        (Reduce(Statistic.SUM, 1), (CUBE,), "axis 1 of f32 (2, 3, 7)"),
        (Reduce(Statistic.SUM, 2), (MATRIX,), "axis 2 of f32 (5, 7)"),
        (Reduce(Statistic.SUM, -3), (MATRIX,), "axis -3 of f32 (5, 7)"),
        (Reduce(Statistic.SUM, 0), (Tensor(()),), "axis 0 of f32 ()"),
        (Reduce(Statistic.MAX), (Tensor((5, 7), "i32"),), "i32 (5, 7)"),
        (Dot(), (MATRIX, ROW), "f32 (5, 7) and f32 (7)"),
        (Dot(), (HALVES, MATRIX), "f16 (5, 7) and f32 (5, 7)"),
        (Dropout(0.1, 1, 2), (Tensor((5, 7), "i32"),), "i32 (5, 7)"),
    ],
)
def test_other_operands_are_refused(operator: Operator, operands: tuple[Tensor, ...], named: str) -> None:
    with pytest.raises(WrongOperands) as refused:
        operator.infer(*operands)
    assert named in str(refused.value)


@pytest.mark.parametrize("rate", [-0.1, 1.0, float("nan")])
def test_a_rate_is_below_one(rate: float) -> None:
    with pytest.raises(ValueError, match="a rate is from 0 to below 1"):
        Dropout(rate, 1, 2)


def test_a_key_has_words_of_32_bits() -> None:
    for seed, stream in ((2**32, 0), (0, -1)):
        with pytest.raises(ValueError, match="32 bits"):
            Dropout(0.5, seed, stream)


def test_sizes_that_kernels_cannot_count_are_refused() -> None:
    long, huge = Tensor((3, 2**24 + 1)), Tensor((2**16, 2**16))
    for operator, tensors in (
        (Softmax(), (long,)),
        (Softmax(), (huge,)),
        (LayerNorm(), (long, Tensor(long.shape[1:]), Tensor(long.shape[1:]))),
        (Reduce(Statistic.SUM), (huge,)),
        (Dot(), (huge, huge)),
        (Dropout(0.5, 1, 2), (huge,)),
    ):
        with pytest.raises(Unsupported, match=r"supported|address"):
            lowerings(operator, *tensors)


def test_one_long_row_is_shared_out_first() -> None:
    assert {way.name for way in lowerings(Softmax(), Tensor((4096,)))} == {"a row each"}
    for operator in (Softmax(), Softmax(logarithm=True)):
        names = [way.name for way in lowerings(operator, Tensor((1, 4097)))]
        assert names == ["shared out", "a row each"] * 3
        assert {way.name for way in lowerings(operator, Tensor((2**24 + 1,)))} == {"shared out"}
    for several in (Tensor((2, 4097)), Tensor((4097,), "f16"), Tensor((4097,), "i32")):
        assert {way.name for way in lowerings(Softmax(), several)} == {"a row each"}


def test_scratch_may_be_shared_but_not_what_nothing_writes() -> None:
    ways = [
        *lowerings(Softmax(), Tensor((100_000,))),
        *lowerings(Reduce(Statistic.LOGSUMEXP, -1), Tensor((3, 100_000))),
        *lowerings(Dot(), ROW, ROW),
    ]
    for way in ways:
        written = {step.buffers[-1] for step in way.steps}
        assert way.reusable <= written
        assert {buffer.name for buffer in way.own} - written <= {"nothing"}


def test_costs_count_the_operations_of_elements_and_results() -> None:
    assert Softmax().operations(CUBE) == 5 * 42
    assert Softmax(logarithm=True).operations(CUBE) == 5 * 42 + 6
    assert LayerNorm().operations(CUBE, ROW, ROW) == 7 * 42 + 4 * 6
    assert Reduce(Statistic.LOGSUMEXP, 0).operations(CUBE) == 4 * 42 + 2 * 21
    assert Dot().cost(MATRIX, MATRIX).bytes == 4 * (2 * 35 + 1)
    assert Dropout(0.5, 1, 2).operations(HALVES) == 3 * 35


def operands_of(*tensors: Tensor) -> list[np.ndarray]:
    rng = np.random.default_rng(7)
    return [np.asarray(rng.integers(-16, 17, tensor.shape), dtype=np.float32) / 8 for tensor in tensors]


def results(operator: Operator, library: str, tensors: tuple[Tensor, ...], values: list[np.ndarray]) -> np.ndarray:
    """Return the result of a form that is called twice: it may reuse its arrays."""
    form = host_form(Graph.of(operator, *tensors), library, dict(zip(operator.operands, values, strict=True)))
    form()
    return np.asarray(form()["y"])


def test_rows_of_any_rank_are_computed_like_rows_of_a_matrix() -> None:
    (x,) = operands_of(CUBE)
    for operator, function in ((Softmax(), softmax), (Softmax(logarithm=True), log_softmax)):
        y = canonical(Graph.of(operator, CUBE), {"x": x})["y"]
        assert y.shape == CUBE.shape and (y.reshape(6, 7) == function(x.reshape(6, 7))).all()
    logits = (x * 1000).astype(np.int32)
    y = canonical(Graph.of(Softmax(), Tensor(CUBE.shape, "i32")), {"x": logits})["y"]
    assert (y == softmax(logits.astype(np.float32) * np.float32(INTEGER_LOGIT_SCALE))).all()


def test_another_key_or_rate_draws_another_mask() -> None:
    x = np.ones(1000, dtype=np.float32)
    keys = ((0.1, 42, 1), (0.1, 43, 1), (0.1, 42, 2), (0.4, 42, 1))
    masks = []
    for rate, seed, stream in keys:
        y = canonical(Graph.of(Dropout(rate, seed, stream), Tensor((1000,))), {"x": x})["y"]
        assert (y == dropout(x, rate, seed, stream)).all()
        assert abs((y == 0).mean() - rate) < 0.05
        masks.append((y == 0).tobytes())
    assert len(set(masks)) == len(keys)


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_libraries_take_any_rank_too(library: str) -> None:
    skip_without(library)
    cases: list[tuple[Operator, tuple[Tensor, ...]]] = [
        *((Softmax(logarithm), (tensor,)) for logarithm in (False, True) for tensor in (ROW, CUBE, HALVES)),
        (LayerNorm(), (CUBE, ROW, ROW)),
        *((Reduce(statistic, axis), (CUBE,)) for statistic in Statistic for axis in (None, 0, 2, -1, -3)),
        *((Reduce(statistic, -1), (ROW,)) for statistic in Statistic),
        (Dot(), (CUBE, CUBE)),
    ]
    for operator, tensors in cases:
        values = operands_of(*tensors)
        right = results(operator, "reference", tensors, values)
        actual = results(operator, library, tensors, values)
        assert actual.shape == right.shape, operator
        np.testing.assert_allclose(actual, right, rtol=1e-3 if tensors[0].dtype == "f16" else 1e-5, atol=1e-6)


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_libraries_take_integer_logits(library: str) -> None:
    skip_without(library)
    tensor = Tensor((3, 10), "i32")
    logits = np.random.default_rng(7).integers(-(2**15), 2**15, tensor.shape).astype(np.int32)
    for operator in (Softmax(), Softmax(logarithm=True)):
        actual = results(operator, library, (tensor,), [logits])
        assert actual.dtype == np.float32
        np.testing.assert_allclose(actual, results(operator, "reference", (tensor,), [logits]), rtol=1e-5, atol=1e-6)
