"""What travels between a host and a device: operands in the buffers of a candidate, and results out of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from paragon_tui.operators.numerics.layouts import pack, unpack
from paragon_tui.operators.planning import Bound
from paragon_tui.operators.tensor import WrongOperands

Array = NDArray[Any]


def packed(inputs: tuple[Bound, ...], values: Mapping[str, Array]) -> dict[str, Array]:
    """Return the arrays of a plan's input buffers, from the operands' ``values`` by name.

    Raises ``WrongOperands`` for values of another shape, or of another kind than the tensor's dtype.
    """
    return {bound.buffer: pack(bound.layout, _checked(bound, values[bound.name])) for bound in inputs}


def _checked(bound: Bound, values: Array) -> Array:
    if values.shape != bound.tensor.shape or values.dtype.kind not in _KINDS[bound.tensor.dtype]:
        raise WrongOperands(f"{bound.name} is {bound.tensor}, not {values.dtype} {values.shape}")
    return values


_KINDS = {"f32": "f", "f16": "f", "i8": "i", "i32": "i", "u32": "u"}
"""The kinds of NumPy's dtypes that hold the values of a tensor."""


def unpacked(results: tuple[Bound, ...], buffers: Mapping[str, Array]) -> dict[str, Array]:
    """Return the values of ``results`` by name, from the arrays of a plan's buffers."""
    return {bound.name: unpack(bound.layout, bound.tensor, buffers[bound.buffer]) for bound in results}
