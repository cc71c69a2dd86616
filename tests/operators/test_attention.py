"""Attention: the operands it takes, and the layouts in which it takes those that are computed."""

from __future__ import annotations

import pytest

from paragon_tui.backends.device import Unsupported
from paragon_tui.operators.attention import Attention
from paragon_tui.operators.lowering import Site
from paragon_tui.operators.operator import Cost
from paragon_tui.operators.tensor import Tensor, WrongOperands
from tests.support.examples import GPU, POCL


@pytest.mark.parametrize("shape", [(9, 4), (2, 9, 4), (3, 2, 9, 4)])
def test_every_matrix_is_a_head(shape):
    tensor = Tensor(shape, "f16")
    heads = tensor.count // 36
    assert Attention().infer(tensor, tensor, tensor) == (tensor,)
    assert Attention().cost(tensor, tensor, tensor) == Cost(heads * 81 * (4 * 4 + 6), 4 * tensor.bytes)
    assert Attention().tier(tensor, tensor, tensor) == "guarded"


def test_a_causal_mask_leaves_the_pairs_of_no_later_keys():
    tensor = Tensor((3, 2, 9, 4))
    assert Attention(causal=True).infer(tensor, tensor, tensor) == (tensor,)
    assert Attention(causal=True).operations(tensor, tensor, tensor) == 6 * 45 * (4 * 4 + 6)


@pytest.mark.parametrize(
    "operands",
    [
        [Tensor((9,))] * 3,
        [Tensor((9, 4), "i32")] * 3,
        [Tensor((9, 4)), Tensor((8, 4)), Tensor((8, 4))],
        [Tensor((9, 4)), Tensor((9, 4)), Tensor((9, 4), "f16")],
    ],
)
def test_other_operands_are_refused_by_their_shapes(operands):
    with pytest.raises(WrongOperands) as refused:
        Attention().infer(*operands)
    assert all(str(operand) in str(refused.value) for operand in operands)


@pytest.mark.parametrize("adapter", [POCL, GPU], ids=["pocl", "gpu"])
def test_halves_are_taken_as_they_are_computed_and_packed_where_they_stay(adapter):
    def encodings(dtype: str, *constant: str) -> list[list[str]]:
        site = Site(dict.fromkeys("qkv", Tensor((2, 9, 4), dtype)), adapter, constant=frozenset(constant))
        return [[lowering.layouts[name].encoding for name in "qkv"] for lowering in Attention().lowerings(site)]

    assert encodings("f32") == [["words"] * 3]
    assert encodings("f16", "q", "k", "v") == [["halves"] * 3]
    assert encodings("f16", "v") == [["halves"] * 3, ["widened", "widened", "halves"]]
    assert encodings("f16") == [["halves"] * 3, ["widened"] * 3]


def test_more_elements_than_kernels_can_count_are_refused():
    with pytest.raises(Unsupported, match="larger than kernels can address"):
        Attention().lowerings(Site(dict.fromkeys("qkv", Tensor((2**20, 64, 64))), GPU))
