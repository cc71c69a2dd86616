"""Dense networks in NumPy and PyTorch: near canonical arithmetic, and one form for all layers where it is their own."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec

import pytest

from paragon_tui.operators.elementwise import Elementwise
from paragon_tui.operators.graph import Graph, Node
from paragon_tui.operators.numerics.forms import HostForm, canonical, host_form
from paragon_tui.operators.numerics.network_forms import network_form
from paragon_tui.suites.case import DTYPES
from paragon_tui.suites.data.networks import named
from paragon_tui.suites.data.parameters import network_input, parameters
from paragon_tui.suites.workloads.networks import network_graph
from tests.support.examples import CASES, SMALL_CASES
from tests.support.host_forms import assert_close
from tests.support.networks import Layers, graph_of, logits_of, results_of

SMALL = (13, 7, 20, 3)
CLAMPED = (5000, 40, 3)  # the usual shift is too small for it
LIBRARIES = ["numpy", *(["torch"] if find_spec("torch") else [])]


def form(layers: Layers, dtype: str, library: str) -> HostForm:
    return host_form(graph_of(layers, dtype), library, named(layers))


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case_id", [*SMALL_CASES, "L1"])
def test_a_library_comes_close_to_canonical_arithmetic(case_id, dtype, library):
    widths = CASES[case_id].shape
    layers, x = parameters(widths, dtype), network_input(widths[0], dtype)
    actual, right = form(layers, dtype, library)(x=x), results_of(layers, x, dtype)
    assert_close(actual, right, dtype)
    if dtype == "i8":  # the sums of these networks are whole numbers below 2^24, which BLAS adds exactly
        assert actual["logits"].tolist() == right["logits"].tolist()


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_clamps_as_well(library):
    layers, x = parameters(CLAMPED, "i8"), network_input(CLAMPED[0], "i8")
    assert form(layers, "i8", library)(x=x)["logits"].tolist() == logits_of(layers, x, "i8").tolist()


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_library_form_leaves_its_input_alone(dtype, library):
    layers, x = parameters(SMALL, dtype), network_input(SMALL[0], dtype)
    before = x.copy()
    compute = form(layers, dtype, library)
    first = {name: values.copy() for name, values in compute(x=x).items()}
    assert x.tobytes() == before.tobytes()
    assert {name: values.tobytes() for name, values in compute(x=x).items()} == {
        name: values.tobytes() for name, values in first.items()
    }


# Networks, and what is none


def test_a_network_whose_parameters_are_held_has_a_form_of_its_own():
    layers = parameters(SMALL)
    graph = graph_of(layers, "f32")
    assert network_form(graph, "numpy", named(layers)) is not None
    given = {name: values for name, values in named(layers).items() if name != "b1"}
    assert network_form(graph, "numpy", given) is None
    assert network_form(graph, "numpy", {**named(layers), "x": network_input(13, "f32")}) is None


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("batch", [1, 5])
@pytest.mark.parametrize("dtype", DTYPES)
def test_what_is_no_network_is_computed_operator_by_operator(dtype, batch, library):
    """A network in a larger graph, and one whose hidden activations are wanted too."""
    layers, x = parameters(SMALL, dtype), network_input(batch * SMALL[0], dtype)
    samples = x if batch == 1 else x.reshape(batch, -1)
    graph = network_graph(SMALL, dtype, batch)
    doubled = Node(Elementwise("add"), ("output", "output"), ("doubled",))
    longer = Graph(graph.operands, (*graph.nodes, doubled), ("logits", "output", "doubled"))
    for other in (longer, replace(graph, results=("logits", "output", "h0"))):
        assert network_form(other, library, named(layers)) is None
        actual = host_form(other, library, named(layers))(x=samples)
        right = canonical(other, {**named(layers), "x": samples})
        assert_close(actual, right, dtype)
    actual = host_form(longer, library, named(layers))(x=samples)
    assert actual["doubled"].tolist() == (2 * actual["output"]).tolist()
