"""Contractions on the host: what they refuse, and how their loops are divided."""

from __future__ import annotations

from typing import Any

import pytest

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.device import Unsupported
from paragon_tui.operators.contractions import (
    CONTRACTIONS,
    STREAM,
    Contraction,
    Operand,
    Variant,
    contraction,
    tilings,
)
from paragon_tui.operators.dense_kernel import launches
from tests.support.examples import LLVMPIPE, POCL, RUSTICL


def contraction_of(rows: int, depth: int, columns: int, **more: Any) -> Contraction:
    a, b, y = Operand("a", depth, 1), Operand("b", depth, 1), Operand("y", columns, 1)
    return Contraction(rows, depth, columns, a, b, y, **more)


def test_a_contraction_says_what_its_kernels_cannot_count():
    with pytest.raises(Unsupported, match="big needs 4,295,032,832 elements, more than the 2"):
        contraction("big", contraction_of(65537, 65536, 1), "f32", "for-loop", POCL)
    with pytest.raises(Unsupported, match="sums of at most 262,144 products are supported, deep has 262,145"):
        contraction("deep", contraction_of(1, 262145, 1), "f32", "tiled", POCL)


def test_a_contraction_has_an_extra_operand_where_its_kind_takes_one():
    with pytest.raises(ValueError, match="kind bias needs an extra operand"):
        contraction_of(1, 1, 1, epilogue="bias")
    with pytest.raises(ValueError, match="kind plain has no extra operand"):
        contraction_of(1, 1, 1, extra=Operand("bias", 1, 1))
    with pytest.raises(ValueError, match="no bias"):
        contraction_of(1, 1, 1, epilogue="bias", extra=Operand("bias", 1, 1), ones=True)


@pytest.mark.parametrize("mesa", [LLVMPIPE, RUSTICL], ids=["Vulkan", "OpenCL"])
@pytest.mark.parametrize("variant", CONTRACTIONS.values())
def test_a_sum_that_a_driver_would_end_early_is_refused(variant: Variant, mesa: Adapter):
    contraction("deep", contraction_of(1, 50_000, 1), "f32", variant, POCL)
    contraction("deep", contraction_of(1, 3_000, 1), "f32", variant, mesa)
    with pytest.raises(Unsupported, match="ends loops after 65,535 rounds, too early for deep's 50,000 products"):
        contraction("deep", contraction_of(1, 50_000, 1), "f32", variant, mesa)


def test_a_stream_takes_many_tiles_and_a_work_item_that_is_a_lane_only_one():
    """A strip of tiles of 4,099 products each is more rounds than Mesa's software driver allows, under OpenCL too."""
    assert [tiling.strips for tiling in tilings(POCL, 9)] == [STREAM.strips] and STREAM.strips > 1
    for mesa in (LLVMPIPE, RUSTICL):
        assert [tiling.strips for tiling in tilings(mesa, 9)] == [1]
    assert [launch.entry for launch in launches(POCL)] == ["rows"]
    assert {launch.entry for launch in launches(RUSTICL)} == {"lanes"}


def test_loops_are_kept_short_where_a_driver_ends_them():
    """Every column once, the ones at the end: few in a launch on Mesa's software driver, all in one elsewhere."""
    c = contraction_of(3, 512, 200, ones=True)
    (_, whole), (_, parts) = (contraction("layer", c, "f32", "for-loop", where) for where in (POCL, LLVMPIPE))
    assert len(whole) == 1 and len(parts) > 1
    counts = [(dict(step.parameters)["columns"], dict(step.parameters)["ones"]) for step in parts]
    assert sum(columns for columns, _ in counts) == 200 and [ones for _, ones in counts[-2:]] == [0, 1]
