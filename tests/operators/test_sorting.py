"""Sorting: the keys it takes, the buffers that hold them, and the forms of libraries for keys that are computed."""

from __future__ import annotations

import numpy as np
import pytest

from paragon_tui.backends.device import Unsupported
from paragon_tui.operators.graph import Graph, Node
from paragon_tui.operators.lowering import Site
from paragon_tui.operators.movement import Concat
from paragon_tui.operators.numerics.forms import canonical, host_form
from paragon_tui.operators.numerics.layouts import unpack
from paragon_tui.operators.operator import Cost
from paragon_tui.operators.sorting import Argsort, Sort
from paragon_tui.operators.tensor import Tensor, WrongOperands
from tests.support.examples import GPU, adapter
from tests.support.graphs import planned
from tests.support.host_forms import skip_without
from tests.support.plans import contents

SORTS = [Sort(), Argsort()]


@pytest.mark.parametrize("dtype", ["f32", "f16", "u32"])
def test_keys_keep_their_dtype_and_places_are_integers(dtype):
    keys = Tensor((1024,), dtype)
    assert Sort().infer(keys) == (keys,)
    assert Argsort().infer(keys) == (Tensor((1024,), "i32"),)
    assert Argsort().cost(keys) == Cost(10 * 1024, keys.bytes + 4096)
    assert Sort().tier(keys) == "integer"


@pytest.mark.parametrize("operator", SORTS)
@pytest.mark.parametrize("keys", [Tensor((3, 4)), Tensor(()), Tensor((4,), "i32"), Tensor((4,), "i8")])
def test_other_keys_are_refused_by_their_shape(operator, keys):
    with pytest.raises(WrongOperands) as refused:
        operator.infer(keys)
    assert str(keys) in str(refused.value)


@pytest.mark.parametrize("operator", SORTS)
def test_more_keys_than_kernels_can_count_are_refused(operator):
    with pytest.raises(Unsupported, match="at most 2,147,483,648 keys"):
        operator.lowerings(Site({"x": Tensor((2**31 + 1,))}, GPU))


@pytest.mark.parametrize("where", [("cpu", "opencl"), ("cpu", "gl"), ("discrete-gpu", "opencl")])
@pytest.mark.parametrize("dtype", ["f32", "u32"])
@pytest.mark.parametrize("operator", SORTS)
def test_plans_hold_keys_with_an_order_and_padding_behind_them(operator, dtype, where):
    type_, api = where
    kind = np.uint32 if dtype == "u32" else np.float32
    keys = np.arange(1000, dtype=kind)
    graph = Graph.of(operator, Tensor((1000,), dtype))
    (candidate,) = planned(graph, {"x": keys}, adapter("x:0", api=api, type=type_))
    held = contents(candidate.plan.buffers[0])
    assert held.shape == candidate.plan.buffers[0].shape == (1024,)
    assert held[:1000].view(kind).tolist() == keys.tolist()
    assert set(held[1000:].view(np.uint32).tolist()) == {2**32 - 1 if dtype == "u32" else 0x7FFFFFFF}
    (result,) = candidate.results
    assert unpack(result.layout, result.tensor, np.arange(1024, dtype=np.int32)).shape == (1000,)


@pytest.mark.parametrize("operator", SORTS)
@pytest.mark.parametrize("count", [1, 1024])
def test_a_plan_of_keys_without_an_order_is_refused_as_it_is_filled(operator, count):
    keys = np.full(count, np.nan, dtype=np.float32)
    (candidate,) = planned(Graph.of(operator, Tensor((count,))), {"x": keys}, adapter("x:0", api="gl"))
    with pytest.raises(ValueError, match="not a number"):
        contents(candidate.plan.buffers[0])


@pytest.mark.parametrize("library", ["numpy", "torch"])
@pytest.mark.parametrize("dtype", ["f32", "u32"])
def test_libraries_sort_keys_that_are_computed_and_keys_that_several_operators_take(dtype, library):
    skip_without(library)
    kind = np.uint32 if dtype == "u32" else np.float32
    values = {"x": np.array([5, 2**31, 0, 2**31 - 1, 5, 2**32 - 1, 0], dtype=np.uint32).astype(kind)}
    nodes = (
        Node(Sort(), ("x",), ("sorted",)),
        Node(Argsort(), ("x",), ("places",)),
        Node(Concat(), ("sorted", "x"), ("both",)),
        Node(Argsort(), ("both",), ("y",)),
        Node(Sort(), ("both",), ("z",)),
    )
    graph = Graph({"x": Tensor((7,), dtype)}, nodes, ("places", "y", "z"))
    right = canonical(graph, values)
    for held in (values, {}):
        results = host_form(graph, library, held)(**({} if held else values))
        assert results["places"].tolist() == right["places"].tolist()
        assert results["y"].tolist() == right["y"].tolist()
        assert results["z"].view(kind).tolist() == right["z"].tolist()
