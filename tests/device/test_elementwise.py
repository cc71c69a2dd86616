"""The element-wise operations as they are run: their own operands and plans, with the reference's bits.

``test_functions.py`` has the same kernels on every kind of bits, at ragged sizes, as for a GPU and with every guard.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from paragon_tui.arithmetic.rounding import half
from paragon_tui.backends.adapter import Adapter
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
from tests.support.graphs import everywhere, planned, run
from tests.support.host_forms import host_values
from tests.support.kernels import as_kind, run_plan

pytestmark = pytest.mark.device

SHAPE = (33, 1021)


@pytest.mark.parametrize("dtype", ["f32", "f16"])
@pytest.mark.parametrize("operation", ELEMENTWISE)
def test_an_operation_has_the_references_bits_and_none_of_them_is_a_signed_zero(
    operation: str, dtype: str, device: Any, guard: int
) -> None:
    case = Case("vector", operation, operation, SHAPE)
    computed, expected = computation(case, dtype), host_values(case, dtype, "reference")
    for candidate in computed.candidates(device.adapter, "default"):
        results = run(device, candidate, computed.fed, guard)
        check_finite(results)
        values = computed.answer(results).values
        assert values.shape == SHAPE and values.dtype == np.float32
        assert_same_bits(values, expected, candidate.plan.name)
        assert not np.any(values.view(np.uint32) == np.uint32(0x80000000))


@pytest.mark.parametrize("kind", ["as it is", "as a GPU"])
def test_every_half_goes_in_and_out_and_padding_is_zero(
    kind: str, device_adapter: Adapter, device: Any, guard: int
) -> None:
    """All finite halves, an odd number of them; exp would make 1 of a padding that it took for an element."""
    bits = np.arange(0x7C00, dtype=np.uint16)
    every = np.concatenate([bits, bits[1:] | np.uint16(0x8000)]).view(np.float16).astype(np.float32)
    adapter = as_kind(kind, device_adapter)
    for name, x in (("neg", every), ("abs", every), ("mul", every[:0x3C01]), ("exp", every[:5])):
        operator = Elementwise(name)
        values = dict.fromkeys(operator.operands, x)
        graph = Graph.of(operator, *[Tensor(x.shape, "f16")] * len(values))
        (candidate,) = planned(graph, values, adapter)
        plan = candidate.plan.with_constant("GUARD", guard)
        words = run_plan(device, plan, candidate.results[0].buffer)[candidate.results[0].buffer]
        halves = words.view(np.float16).astype(np.float32)
        assert halves.size == x.size + 1 and halves.view(np.uint32)[-1] == 0
        assert_same_bits(halves[:-1], canonical(graph, values)["y"], name)


@pytest.mark.parametrize("kind", ["as it is", "as a GPU"])
@pytest.mark.parametrize("dtype", ["f32", "f16"])
@pytest.mark.parametrize("name", ["add", "sub", "mul", "div", "pow"])
def test_a_scalar_gives_the_bits_of_an_operand_that_is_the_same_everywhere(
    name: str, dtype: str, kind: str, device_adapter: Adapter, device: Any, guard: int
) -> None:
    random = np.random.default_rng(6)
    for size in (1, 9, 4097):
        x = of_many_magnitudes(random, (size,), dtype == "f16")
        if name == "pow":
            x = half(np.abs(x) + np.float32(1))
        for scalar in (0.3, -1.75, 1.0):
            graph = Graph.of(Elementwise(name, scalar), Tensor(x.shape, dtype))
            both = Graph.of(Elementwise(name), *[Tensor(x.shape, dtype)] * 2)
            s = half(np.full_like(x, scalar)) if dtype == "f16" else np.full_like(x, scalar)
            right = canonical(both, {"a": x, "b": s})["y"]
            for candidate in planned(graph, {"x": x}, as_kind(kind, device_adapter)):
                assert_same_bits(run(device, candidate, {}, guard)["y"], right, (scalar, size))


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
