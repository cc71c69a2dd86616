"""What travels between a host and a device: operands in the buffers of a candidate, and results out of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from paragon_tui.operators.numerics.layouts import pack, unpack
from paragon_tui.operators.planning import Bound

Array = NDArray[Any]


def packed(inputs: tuple[Bound, ...], values: Mapping[str, Array]) -> dict[str, Array]:
    """Return the arrays of a plan's input buffers, from the operands' ``values`` by name."""
    return {bound.buffer: pack(bound.layout, values[bound.name]) for bound in inputs}


def unpacked(results: tuple[Bound, ...], buffers: Mapping[str, Array]) -> dict[str, Array]:
    """Return the values of ``results`` by name, from the arrays of a plan's buffers."""
    return {bound.name: unpack(bound.layout, bound.tensor, buffers[bound.buffer]) for bound in results}
