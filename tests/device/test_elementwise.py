"""The element-wise operations as they are run: their own operands and plans, with the reference's bits.

``test_functions.py`` has the same kernels on every kind of bits, at ragged sizes, as for a GPU and with every guard.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from paragon_tui.engine.worker.parity import check_finite
from paragon_tui.operators.elementwise import Elementwise
from paragon_tui.operators.graph import Graph, Node
from paragon_tui.operators.numerics.forms import canonical
from paragon_tui.operators.products import MatMul
from paragon_tui.operators.tensor import Tensor
from paragon_tui.suites.case import Case
from paragon_tui.suites.computation import computation
from paragon_tui.suites.operations import ELEMENTWISE
from tests.support.floats import assert_same_bits, of_many_magnitudes
from tests.support.graphs import everywhere, run
from tests.support.host_forms import host_values

pytestmark = pytest.mark.device

SHAPE = (33, 1021)


@pytest.mark.parametrize("operation", ELEMENTWISE)
def test_an_operation_has_the_references_bits_and_none_of_them_is_a_signed_zero(
    operation: str, device: Any, guard: int
) -> None:
    case = Case("vector", operation, operation, SHAPE)
    computed, expected = computation(case, "f32"), host_values(case, "f32", "reference")
    for candidate in computed.candidates(device.adapter, "default"):
        results = run(device, candidate, computed.fed, guard)
        check_finite(results)
        values = computed.answer(results).values
        assert values.shape == SHAPE and values.dtype == np.float32
        assert_same_bits(values, expected, candidate.plan.name)
        assert not np.any(values.view(np.uint32) == np.uint32(0x80000000))


def test_nothing_travels_in_a_run(device: Any) -> None:
    computed = computation(Case("vector", "fma", "fma", (100,)), "f32")
    (candidate,) = computed.candidates(device.adapter, "default")
    assert [buffer.role for buffer in candidate.plan.buffers] == ["weight", "weight", "weight", "result"]
    assert computed.fed == {} and candidate.inputs == ()


def test_a_source_does_not_depend_on_the_size(device: Any) -> None:
    plans = [
        computation(Case("vector", "exp", "exp", shape), "f32").candidates(device.adapter, "default")[0].plan
        for shape in ((100,), (1_000_000,), (64, 64))
    ]
    assert len({(plan.steps[0].parts, plan.steps[0].all_constants) for plan in plans}) == 1


@pytest.mark.parametrize("dtype", ["f32", "f16"])
def test_functions_between_other_operators_have_the_references_bits(dtype: str, device: Any, guard: int) -> None:
    """They take the result of a product and of each other, and operands that stay or travel, of odd extents."""
    random = np.random.default_rng(5)
    factors = {"a": (7, 70), "b": (70, 9)}
    values = {name: of_many_magnitudes(random, shape, dtype == "f16") for name, shape in factors.items()}
    values["c"] = of_many_magnitudes(random, (7, 9), False)
    operands = {**{name: Tensor(shape, dtype) for name, shape in factors.items()}, "c": Tensor((7, 9))}
    nodes = (
        Node(MatMul(widens=True), ("a", "b"), ("product",)),
        Node(Elementwise("tanh"), ("product",), ("tanh",)),
        Node(Elementwise("fma"), ("tanh", "product", "c"), ("sum",)),
        Node(Elementwise("lerp"), ("sum", "sum"), ("same",)),
        Node(Elementwise("sub"), ("same", "tanh"), ("y",)),
    )
    graph = Graph(operands, nodes, ("tanh", "y"))
    right = canonical(graph, values)
    for fed in ((), ("c",), ("a", "b", "c")):
        for candidate in everywhere(graph, values, device.adapter, fed):
            results = run(device, candidate, values, guard, runs=2)
            for name in graph.results:
                assert_same_bits(results[name], right[name], (candidate.plan.name, name, fed))
