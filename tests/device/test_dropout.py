"""Dropout on every real adapter has the reference's bits: the mask, the products, the zeros."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from paragon_tui.arithmetic import philox
from paragon_tui.arithmetic.rounding import half
from paragon_tui.backends.adapter import Adapter
from paragon_tui.operators.dropout import Dropout
from paragon_tui.operators.graph import Graph, Node
from paragon_tui.operators.numerics.forms import canonical
from paragon_tui.operators.planning import Candidate
from paragon_tui.operators.products import MatMul
from paragon_tui.operators.tensor import Tensor
from tests.support.floats import assert_same_bits
from tests.support.graphs import everywhere, planned, run
from tests.support.kernels import as_gpu, edited, language_of, opened

pytestmark = pytest.mark.device

DROPOUT = Dropout(rate=0.1, seed=42, stream=1)
SIZES = [1, 63, 64, 65, 4095, 4097, 70001]


def operand(count: int, dtype: str) -> np.ndarray:
    """Bits of all signs and magnitudes that the product leaves in range, ties of f16 among them; and both zeros."""
    random = np.random.default_rng(count)
    bits: NDArray[Any]
    if dtype == "f16":
        bits = random.integers(0x0001, 0x7B00, count, dtype=np.uint16)  # 2^-24 to 57344
        kind: Any = np.float16
    else:
        bits = random.integers(0x00800000, 0x7F600000, count, dtype=np.uint32)
        kind = np.float32
    signs = (random.integers(0, 2, count, dtype=bits.dtype) << (8 * bits.itemsize - 1)).astype(bits.dtype)
    values: NDArray[Any] = (bits | signs).view(kind)
    values[::17] = 0
    values[5::17] = -0.0
    values[7::17] = 1
    return values


def expected(values: np.ndarray, dtype: str) -> np.ndarray:
    product = philox.dropout(values.astype(np.float32), DROPOUT.rate, DROPOUT.seed, DROPOUT.stream)
    return half(product) if dtype == "f16" else product


def candidate_of(values: np.ndarray, dtype: str, adapter: Adapter) -> Candidate:
    """Return the one candidate; zeros keep their sign, which f16 from a host do not have."""
    graph = Graph.of(DROPOUT, Tensor(values.shape, dtype))
    (candidate,) = planned(graph, {"x": values.astype(np.float32)}, adapter)
    x, *others = candidate.plan.buffers
    stored: NDArray[Any] = np.zeros(x.bytes, dtype=np.uint8)
    stored[: values.nbytes] = values.view(np.uint8)
    filled = replace(x, fill=lambda: stored.view(np.uint32).reshape(x.shape))
    return replace(candidate, plan=replace(candidate.plan, buffers=(filled, *others)))


def on_device(device: Any, candidate: Candidate) -> np.ndarray:
    values: NDArray[Any] = run(device, candidate, {})["y"]
    return values


@pytest.mark.parametrize("dtype", ["f32", "f16"])
def test_every_plan_has_the_references_bits(dtype: str, device_adapter: Adapter, device: Any) -> None:
    for adapter in (device_adapter, as_gpu(device_adapter)):
        for count in SIZES:
            values = operand(count, dtype)
            actual = on_device(device, candidate_of(values, dtype, adapter))
            assert_same_bits(actual, expected(values, dtype), (adapter.type, count))


@pytest.mark.parametrize("dtype", ["f32", "f16"])
def test_dropout_between_products_has_the_references_bits(dtype: str, device_adapter: Adapter, device: Any) -> None:
    """Of whole blocks of words, where neighbours agree on the layout, and of parts of them."""
    rng = np.random.default_rng(7)
    for columns in (16, 7):
        shapes = {"a": (5, 33), "b": (33, columns), "c": (columns, 3)}
        nodes = (
            Node(MatMul(), ("a", "b"), ("product",)),
            Node(DROPOUT, ("product",), ("dropped",)),
            Node(Dropout(0.5, 7, 0), ("dropped",), ("twice",)),
            Node(MatMul(), ("twice", "c"), ("y",)),
        )
        values = {name: half(rng.uniform(-2, 2, shape).astype(np.float32)) for name, shape in shapes.items()}
        graph = Graph({name: Tensor(shape, dtype) for name, shape in shapes.items()}, nodes, ("dropped", "y"))
        right = canonical(graph, values)
        assert 0 < (right["dropped"] == 0).sum() < right["dropped"].size / 3
        for candidate in everywhere(graph, values, device_adapter):
            results = run(device, candidate, values, runs=2)
            for name in graph.results:
                assert_same_bits(results[name], right[name], (candidate.plan.name, name, columns))


def test_a_word_that_is_the_threshold_is_kept(device_adapter: Adapter, device: Any) -> None:
    word = int(philox.random_words(DROPOUT.seed, DROPOUT.stream, 40)[-1])
    values = np.ones(40, dtype=np.float32)
    for adapter in (device_adapter, as_gpu(device_adapter)):
        for threshold, kept in ((word, True), (word + 1, False)):
            candidate = candidate_of(values, "f32", adapter)
            (step,) = candidate.plan.steps
            constants = tuple((name, threshold if name == "THRESHOLD" else value) for name, value in step.constants)
            plan = replace(candidate.plan, steps=(replace(step, constants=constants),))
            actual = on_device(device, replace(candidate, plan=plan))
            assert bool(actual[-1]) is kept, adapter.type


def test_the_operands_of_these_tests_have_what_they_are_about() -> None:
    """Ties of f16 both ways, both zeros kept and dropped, and products near either end of the range."""
    for dtype, least, most in (("f16", 2.0**-13, 60000), ("f32", 1e-37, 3e38)):
        values = operand(70001, dtype)
        magnitudes = np.abs(expected(values, dtype))
        assert (values == 0).sum() > 1000 and np.signbit(values[values == 0]).any()
        assert 0 < magnitudes[magnitudes > 0].min() < least and magnitudes.max() > most * 0.9
        assert not (magnitudes.view(np.uint32) == 0x80000000).any()


def test_rows_of_work_groups_may_be_more_than_are_needed(device_adapter: Adapter) -> None:
    """As where there are more than a dimension holds: 10 groups are folded into 2 rows of 5, 9 into 2 of 5."""
    with opened(replace(device_adapter, max_groups_per_dimension=7)) as device:
        for count in (5120, 4600):
            values = operand(count, "f32")
            actual = on_device(device, candidate_of(values, "f32", device_adapter))
            assert actual.tobytes() == expected(values, "f32").tobytes()


# One change a kernel, in the words of each language: it must be noticed.
MUTATIONS = {
    ("cl", "a round is left out"): ("round < 10", "round < 9"),
    ("cl", "halves are truncated"): ("(digits + ((word)(1u) << (shift - 1u)) - 1u + (digits >> shift & 1u))", "digits"),
    ("wgsl", "a round is left out"): ("i < 5u", "i < 4u"),
    ("wgsl", "halves are truncated"): ("(digits + (1u << (shift - 1u)) - 1u + ((digits >> shift) & 1u))", "digits"),
}


@pytest.mark.parametrize("mutation", ["a round is left out", "halves are truncated"])
def test_a_changed_kernel_loses_its_bits(
    mutation: str, device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = operand(4097, "f16")
    change = MUTATIONS[language_of(device_adapter), mutation]
    with edited(monkeypatch, *change), opened(device_adapter) as device:
        actual = on_device(device, candidate_of(values, "f16", device_adapter))
        assert actual.tobytes() != expected(values, "f16").tobytes()
