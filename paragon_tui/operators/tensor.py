"""Tensors: the shape and the dtype of what operators take and give."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

DType = str
"""The name of a dtype: a key of ``ITEM_BYTES``."""
ITEM_BYTES: dict[DType, int] = {"f32": 4, "f16": 2, "i8": 1, "i32": 4, "u32": 4}


class WrongOperands(ValueError):
    """Operands of shapes or dtypes that an operator does not take; the text names both."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor's shape and dtype. Its values on a host are an array of them.

    f16 are f32 there, i8 of activations are i32, and a library's own form may give wider integers. Raises
    ``WrongOperands`` for an extent that is no whole number above 0, and for an unknown dtype.
    """

    shape: tuple[int, ...]
    dtype: DType = "f32"

    def __post_init__(self) -> None:
        if not isinstance(self.shape, tuple) or not all(type(extent) is int and extent > 0 for extent in self.shape):
            raise WrongOperands(f"the extents of a tensor are whole numbers of at least 1, not {self.shape}")
        if self.dtype not in ITEM_BYTES:
            raise WrongOperands(f"there is no dtype {self.dtype}; there are {', '.join(ITEM_BYTES)}")

    @property
    def count(self) -> int:
        """The number of elements."""
        return prod(self.shape)

    @property
    def bytes(self) -> int:
        """The bytes of its elements, without padding."""
        return self.count * ITEM_BYTES[self.dtype]

    def __str__(self) -> str:
        return f"{self.dtype} ({', '.join(map(str, self.shape))})"


def samples(tensor: Tensor) -> int:
    """Return the number of a tensor's rows: the product of all extents but the last."""
    return tensor.count // tensor.shape[-1]
