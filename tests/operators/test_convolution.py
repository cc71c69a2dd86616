"""Convolution: the operands it takes, what it costs, and sizes that kernels cannot index."""

from __future__ import annotations

import pytest

from paragon_tui.backends.device import Unsupported
from paragon_tui.operators.convolution import Convolve2D
from paragon_tui.operators.lowering import Site
from paragon_tui.operators.operator import Cost
from paragon_tui.operators.tensor import Tensor, WrongOperands
from tests.support.examples import GPU


def test_results_are_as_many_as_the_kernel_has_places():
    for dtype, item_bytes, tier in (("f32", 4, "guarded"), ("f16", 2, "exact")):
        image, kernel = Tensor((9, 12), dtype), Tensor((3, 4), dtype)
        assert Convolve2D().infer(image, kernel) == (Tensor((7, 9), dtype),)
        assert Convolve2D().cost(image, kernel) == Cost(2 * 63 * 12, (108 + 12 + 63) * item_bytes)
        assert Convolve2D().tier(image, kernel) == tier


@pytest.mark.parametrize(
    "operands",
    [
        [Tensor((9,)), Tensor((3, 3))],
        [Tensor((9, 9)), Tensor((1, 3, 3))],
        [Tensor((9, 9), "i32"), Tensor((3, 3), "i32")],
        [Tensor((9, 9)), Tensor((3, 3), "f16")],
        [Tensor((9, 9)), Tensor((10, 1))],
        [Tensor((9, 9)), Tensor((1, 10))],
    ],
)
def test_other_operands_are_refused_by_their_shapes(operands):
    with pytest.raises(WrongOperands) as refused:
        Convolve2D().infer(*operands)
    assert all(str(operand) in str(refused.value) for operand in operands)


def test_more_elements_than_kernels_can_count_are_refused():
    with pytest.raises(Unsupported, match="larger than kernels can address"):
        Convolve2D().lowerings(Site({"x": Tensor((2**16, 2**16)), "w": Tensor((3, 3))}, GPU))
