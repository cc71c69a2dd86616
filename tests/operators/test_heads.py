"""Heads: the shapes that are split and merged, what that costs, and their launches."""

from __future__ import annotations

import numpy as np
import pytest

from paragon_tui.backends.device import Unsupported
from paragon_tui.operators.graph import Graph, Node
from paragon_tui.operators.heads import MergeHeads, SplitHeads
from paragon_tui.operators.lowering import Site
from paragon_tui.operators.numerics.forms import host_form
from paragon_tui.operators.operator import Cost
from paragon_tui.operators.tensor import Tensor
from tests.support.examples import GPU, POCL
from tests.support.host_forms import skip_without


@pytest.mark.parametrize("batch", [(), (3,), (2, 3)])
def test_merging_is_the_inverse_of_splitting(batch):
    rows, heads = Tensor((*batch, 5, 12), "f16"), Tensor((*batch, 4, 5, 3), "f16")
    assert SplitHeads(4).infer(rows) == (heads,)
    assert MergeHeads().infer(heads) == (rows,)


def test_what_is_only_moved_counts_bytes_and_no_operation():
    x = Tensor((2, 5, 12))
    assert SplitHeads(4).cost(x) == Cost(0, 2 * x.bytes)
    assert SplitHeads(4).tier(x) == MergeHeads().tier(x) == "integer"


def test_there_is_at_least_one_head():
    with pytest.raises(ValueError, match="not 0"):
        SplitHeads(0)


@pytest.mark.parametrize("library", ["reference", "numpy", "torch"])
def test_every_library_gives_each_head_its_own_elements(library):
    skip_without(library)
    nodes = (Node(SplitHeads(4), ("x",), ("split",)), Node(MergeHeads(), ("split",), ("merged",)))
    graph = Graph({"x": Tensor((2, 5, 12))}, nodes, ("split", "merged"))
    x = np.arange(120, dtype=np.float32).reshape(2, 5, 12)
    results = host_form(graph, library, {"x": x})()
    for head in range(4):
        np.testing.assert_array_equal(results["split"][:, head], x[:, :, 3 * head : 3 * head + 3])
    np.testing.assert_array_equal(results["merged"], x)


@pytest.mark.parametrize(("adapter", "items"), [(POCL, 1), (GPU, 64)], ids=["streams", "groups"])
def test_a_row_of_the_sequence_is_a_work_group(adapter, items):
    for operator, x in ((SplitHeads(4), Tensor((2, 5, 12))), (MergeHeads(), Tensor((2, 4, 5, 3)))):
        (lowering,) = operator.lowerings(Site({"x": x}, adapter))
        (step,) = lowering.steps
        assert (step.groups, step.group_items) == (10, items)
    with pytest.raises(Unsupported, match="larger than kernels can address"):
        SplitHeads(2).lowerings(Site({"x": Tensor((2**20, 2**12))}, adapter))
