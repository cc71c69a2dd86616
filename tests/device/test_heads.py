"""Heads on every real adapter: split and merged bit for bit, and a layer of attention between its projections."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from paragon_tui.backends.adapter import Adapter
from paragon_tui.operators.attention import Attention
from paragon_tui.operators.graph import Graph, Node
from paragon_tui.operators.heads import MergeHeads, SplitHeads
from paragon_tui.operators.movement import MOVED
from paragon_tui.operators.numerics.forms import canonical
from paragon_tui.operators.products import MatMul
from paragon_tui.operators.tensor import Tensor
from tests.support.floats import assert_same_bits
from tests.support.graphs import everywhere, run
from tests.support.kernels import edited, language_of, opened
from tests.support.random_graphs import values

pytestmark = pytest.mark.device

SHAPES = [(1, 1, 1, 1), (2, 3, 5, 7), (1, 5, 33, 70), (3, 2, 130, 64)]  # batch, heads, n, d


def numbered(shape: tuple[int, ...], dtype: str) -> Any:
    """Different numbers, all of which f16 can hold."""
    kinds: dict[str, Any] = {"i32": np.int32, "u32": np.uint32}
    return (np.arange(np.prod(shape)) % 2048).reshape(shape).astype(kinds.get(dtype, np.float32))


def assert_moved(device: Any, shape: tuple[int, ...], dtype: str) -> None:
    """Split, and merged back."""
    batch, heads, n, d = shape
    x = numbered((batch, n, heads * d), dtype)
    nodes = (Node(SplitHeads(heads), ("x",), ("split",)), Node(MergeHeads(), ("split",), ("merged",)))
    graph = Graph({"x": Tensor(x.shape, dtype)}, nodes, ("split", "merged"))
    for fed in ((), ("x",)):
        for candidate in everywhere(graph, {"x": x}, device.adapter, fed):
            results = run(device, candidate, {"x": x}, runs=2)
            expected = np.stack([x[:, :, head * d : (head + 1) * d] for head in range(heads)], axis=1)
            np.testing.assert_array_equal(results["split"], expected)
            np.testing.assert_array_equal(results["merged"], x)


@pytest.mark.parametrize("dtype", MOVED)
def test_heads_are_split_and_merged_element_by_element(dtype: str, device: Any) -> None:
    for shape in SHAPES:
        assert_moved(device, shape, dtype)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("dtype", ["f32", "f16"])
def test_a_layer_of_attention_has_the_references_bits(dtype: str, causal: bool, device: Any, guard: int) -> None:
    """Weights that stay on the device, and a sequence that stays or travels."""
    for heads, n, d in [(1, 1, 1), (2, 67, 33), (5, 9, 8)]:
        width = heads * d
        names = ("wq", "wk", "wv", "wo")
        nodes = (
            *(Node(MatMul(), ("x", f"w{name}"), (f"rows {name}",)) for name in "qkv"),
            *(Node(SplitHeads(heads), (f"rows {name}",), (name,)) for name in "qkv"),
            Node(Attention(causal), ("q", "k", "v"), ("heads",)),
            Node(MergeHeads(), ("heads",), ("merged",)),
            Node(MatMul(), ("merged", "wo"), ("y",)),
        )
        operands = {"x": Tensor((n, width), dtype), **dict.fromkeys(names, Tensor((width, width), dtype))}
        graph = Graph(operands, nodes, ("y",))
        given = values(graph, 9)
        right = canonical(graph, given)["y"]
        for fed in ((), ("x",)):
            for candidate in everywhere(graph, given, device.adapter, fed):
                actual = run(device, candidate, given, guard, runs=2)["y"]
                assert_same_bits(actual, right, (candidate.plan.name, heads, n, d, fed))


MUTATIONS = {
    "cl": ("* n + row % n) * d", "* n + row % (n - 1)) * d"),
    "wgsl": ("(first + row % parameters.n)", "(first + row % (parameters.n - 1u))"),
}


def test_a_changed_kernel_is_noticed(device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> None:
    change = MUTATIONS[language_of(device_adapter)]
    with (
        edited(monkeypatch, *change),
        opened(device_adapter) as device,
        pytest.raises(AssertionError, match="not equal"),
    ):
        assert_moved(device, SHAPES[1], "f32")
