"""Linear layers, forward and backward, have the canonical bits in every variant, whatever the batch and neighbours."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.probes import probe
from paragon_tui.operators.contractions import CONTRACTIONS
from paragon_tui.operators.dense import Activation, Dense
from paragon_tui.operators.elementwise import Elementwise
from paragon_tui.operators.gradients import HiddenGradient, LayerGradient
from paragon_tui.operators.graph import Graph, Node
from paragon_tui.operators.numerics.forms import canonical
from paragon_tui.operators.numerics.numerics import stored
from paragon_tui.operators.products import MatMul
from paragon_tui.operators.tensor import Tensor
from paragon_tui.suites.case import Case
from paragon_tui.suites.computation import computation
from paragon_tui.suites.workloads.workload import HALVES
from tests.support.floats import assert_same_bits, of_many_magnitudes
from tests.support.graphs import everywhere, run
from tests.support.host_forms import host_values
from tests.support.kernels import as_gpu, edited, opened

pytestmark = pytest.mark.device

WAYS = ("forward", "backward")
WIDTHS = (37, 70, 5)
BATCHES = (1, 3, 300)
Values = np.ndarray[Any, np.dtype[np.float32]]


@cache
def case_of(way: str, batch: int) -> Case:
    return Case("mlp", f"mlp-ragged-{way}@{batch}", f"mlp-{way}", WIDTHS, batch=batch)


@cache
def right(way: str, batch: int, dtype: str) -> Values:
    return host_values(case_of(way, batch), dtype, "reference")


def values_of(device: Any, guard: int, case: Case, dtype: str, variant: str, adapter: Adapter | None = None) -> Values:
    """Return the adapter's values, by the plan of the adapter itself or of another one."""
    computed = computation(case, dtype)
    (candidate,) = computed.candidates(adapter or device.adapter, variant)
    assert candidate.plan.name == variant
    return computed.answer(run(device, candidate, {}, guard)).values


@pytest.mark.parametrize("variant", CONTRACTIONS)
@pytest.mark.parametrize("dtype", HALVES)
def test_every_variant_has_the_references_bits(dtype: str, variant: str, guard: int, device: Any) -> None:
    for way in WAYS:
        for batch in BATCHES:
            values = values_of(device, guard, case_of(way, batch), dtype, variant)
            assert_same_bits(values, right(way, batch, dtype), (way, batch))


@pytest.mark.parametrize("dtype", HALVES)
def test_what_a_gpu_would_run_has_the_references_bits(dtype: str, guard: int, device: Any) -> None:
    """Of the variants that differ there, the one that is slow to compile for PoCL is in the tests of contractions."""
    for way in WAYS:
        values = values_of(device, guard, case_of(way, 3), dtype, "tiled", as_gpu(device.adapter))
        assert values.tobytes() == right(way, 3, dtype).tobytes(), way


@pytest.mark.parametrize("variant", CONTRACTIONS)
def test_a_samples_output_does_not_depend_on_its_batch(variant: str, guard: int, device: Any) -> None:
    rows = {
        batch: values_of(device, guard, case_of("forward", batch), "f32", variant).reshape(batch, -1)
        for batch in (1, 5, 256)
    }
    assert rows[256][:1].tobytes() == rows[1].tobytes()
    assert rows[256][:5].tobytes() == rows[5].tobytes()


def test_every_group_of_a_folded_launch_has_work_of_its_own(device_adapter: Adapter) -> None:
    """Rows of at most two groups, which every kernel counts row by row."""
    if device_adapter.max_groups_per_dimension is None:
        pytest.skip("this API has no such limit")
    with opened(replace(device_adapter, max_groups_per_dimension=2)) as device:
        guard = probe(device).guard
        for variant in CONTRACTIONS:
            values = values_of(device, guard, case_of("forward", 300), "f32", variant)
            assert values.tobytes() == right("forward", 300, "f32").tobytes(), variant


def test_a_changed_kernel_loses_its_bits(device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> None:
    """The edit is in the epilogue of a dot: a slope that is not 0.01."""
    with edited(monkeypatch, "0x3c23d70au", "0x3c25d70au"), opened(device_adapter) as device:
        for way in WAYS:
            values = values_of(device, 3, case_of(way, 3), "f32", "for-loop")
            assert values.tobytes() != right(way, 3, "f32").tobytes()


def between_others(dtype: str) -> Graph:
    """A network whose first weights and whose samples are products, all of whose gradients go on into others.

    At f16 the operands of every operator are results that products have as f32 or packed, and the results widen.
    """
    operands = {
        **{"a": Tensor((9, 6), dtype), "b": Tensor((6, 13), dtype), "c": Tensor((70, 13), dtype)},
        **{"d": Tensor((13, 13), dtype), "w2": Tensor((5, 70), dtype), "e": Tensor((9, 5), dtype)},
        **{"f": Tensor((5, 5), dtype), "b1": Tensor((70,)), "b2": Tensor((5,))},
    }
    nodes = (
        Node(MatMul(), ("a", "b"), ("x",)),
        Node(MatMul(), ("c", "d"), ("w1",)),
        Node(Dense(Activation.LEAKY_RELU), ("x", "w1", "b1"), ("h",)),
        Node(Dense(widens=True), ("h", "w2", "b2"), ("wide",)),
        Node(Elementwise("add"), ("wide", "wide"), ("y",)),
        Node(MatMul(), ("e", "f"), ("dy",)),
        Node(HiddenGradient(), ("dy", "w2", "h"), ("dz",)),
        Node(LayerGradient(), ("dz", "x"), ("gradient",)),
        Node(Elementwise("neg"), ("gradient",), ("layer1",)),
        Node(LayerGradient(), ("dy", "h"), ("layer2",)),
        Node(Dense(), ("h", "w2", "b2"), ("z",)),
        Node(MatMul(transposed=True), ("z", "dy"), ("last",)),
    )
    return Graph(operands, nodes, ("y", "layer1", "layer2", "last"))


@pytest.mark.parametrize("variant", ["default", *CONTRACTIONS])
@pytest.mark.parametrize("dtype", HALVES)
def test_between_other_operators_bits_are_the_canonical_ones(dtype: str, variant: str, guard: int, device: Any) -> None:
    graph = between_others(dtype)
    random = np.random.default_rng(3)
    values = {
        name: stored(of_many_magnitudes(random, tensor.shape, False) * np.float32(2**-4), tensor.dtype)
        for name, tensor in graph.operands.items()
    }
    expected = canonical(graph, values)
    fed = ("a", "w2", "b1")
    ways = everywhere(graph, values, device.adapter, fed, variant=variant)
    assert ways
    for candidate in ways:
        results = run(device, candidate, values, guard, runs=2)
        for name, right in expected.items():
            assert_same_bits(results[name], right, (candidate.plan.name, name))


def test_samples_may_have_several_axes(guard: int, device: Any) -> None:
    graph = Graph(
        {"x": Tensor((2, 3, 7)), "w": Tensor((5, 7)), "b": Tensor((5,)), "v": Tensor((7,)), "dy": Tensor((2, 3, 5))},
        (
            Node(Dense(Activation.LEAKY_RELU), ("x", "w", "b"), ("y",)),
            Node(Dense(), ("v", "w", "b"), ("row",)),
            Node(LayerGradient(), ("dy", "x"), ("gradient",)),
            Node(HiddenGradient(), ("dy", "w", "x"), ("dz",)),
        ),
        ("y", "row", "gradient", "dz"),
    )
    random = np.random.default_rng(4)
    values = {name: of_many_magnitudes(random, tensor.shape, False) for name, tensor in graph.operands.items()}
    for candidate in everywhere(graph, values, device.adapter):
        results = run(device, candidate, values, guard)
        for name, right in canonical(graph, values).items():
            assert results[name].shape == graph.tensors[name].shape
            assert_same_bits(results[name], right, (candidate.plan.name, name))
