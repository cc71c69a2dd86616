"""Layouts are equal exactly where their buffers hold the same bytes, so that neighbours need no conversion."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np

from paragon_tui.backends.adapter import Adapter
from paragon_tui.operators import layout
from paragon_tui.operators.dense_kernel import vector_layout, weights_layout
from paragon_tui.operators.dropout import Dropout
from paragon_tui.operators.elementwise import Elementwise
from paragon_tui.operators.graph import Graph, Node
from paragon_tui.operators.layout import Layout
from paragon_tui.operators.numerics.layouts import pack
from paragon_tui.operators.softmax import Softmax
from paragon_tui.operators.tensor import Tensor
from tests.support.examples import LLVMPIPE, POCL
from tests.support.graphs import planned

SHAPES = [(4, 6), (4, 7), (3, 7), (24,), (1, 24), (4, 128), (2, 32)]


def layouts_of(tensor: Tensor) -> list[Layout]:
    made = [layout.packed(tensor), layout.in_rows(tensor), layout.in_rows(tensor, row_words=300)]
    made += [layout.widened(tensor), layout.in_rows(tensor, rows=8), replace(layout.in_rows(tensor), padding=7)]
    if len(tensor.shape) == 2:
        made.append(weights_layout(tensor))
    else:
        made.append(vector_layout(tensor))
    return made


def test_equal_layouts_hold_the_same_bytes() -> None:
    """And of different ones, all that tell their elements apart hold others."""
    for shape, dtype in product(SHAPES, ("f32", "f16")):
        tensor = Tensor(shape, dtype)
        values = np.arange(1, tensor.count + 1, dtype=np.float32).reshape(shape)
        for a, b in product(layouts_of(tensor), repeat=2):
            same = pack(a, values).tobytes() == pack(b, values).tobytes()
            assert a != b or (same and hash(a) == hash(b)), (a, b)
            if a.encoding == b.encoding and a.is_padded == b.is_padded:
                assert (a == b) == same, (a, b)


def test_layouts_of_other_encodings_differ() -> None:
    tensor = Tensor((4, 128), "f16")
    assert len(set(layouts_of(tensor))) >= 4
    assert layout.packed(tensor) == layout.in_rows(tensor) != layout.widened(tensor)
    assert layout.packed(Tensor((4, 7), "f16")) != layout.in_rows(Tensor((4, 7), "f16"))
    assert layout.packed(Tensor((4, 7))) == layout.in_rows(Tensor((4, 7))) == layout.words(Tensor((4, 7)))
    assert layout.packed(tensor) != "packed"


def steps_of(dtype: str, columns: int, adapter: Adapter) -> list[str]:
    shape = (4, columns)
    nodes = [Node(Softmax(), ("x",), ("p",)), Node(Dropout(0.5, 1, 2), ("p",), ("y",))]
    if dtype == "f32":
        nodes.append(Node(Elementwise("neg"), ("y",), ("z",)))
    graph = Graph({"x": Tensor(shape, dtype)}, tuple(nodes), (nodes[-1].results[0],))
    (first, *_) = planned(graph, {"x": np.zeros(shape, dtype=np.float32)}, adapter)
    return [step.entry for step in first.plan.steps]


def test_neighbours_that_agree_need_no_conversion() -> None:
    for adapter in (POCL, LLVMPIPE):
        for dtype in ("f32", "f16"):
            assert "relayout" not in steps_of(dtype, 8, adapter)
            assert steps_of(dtype, 7, adapter).count("relayout") == (2 if dtype == "f32" else 1)
