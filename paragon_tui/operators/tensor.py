"""Tensors: the shape and the dtype of what operators take and give."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

DType = str
"""The name of a dtype: a key of ``ITEM_BYTES``."""
ITEM_BYTES: dict[DType, int] = {"f32": 4, "f16": 2, "i8": 1, "i32": 4, "u32": 4}


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor's shape and dtype. Its values on a host are an array of the dtype, f16 also as f32 that f16 can hold."""

    shape: tuple[int, ...]
    dtype: DType = "f32"

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


class WrongOperands(ValueError):
    """Operands of shapes or dtypes that an operator does not take; the text names both."""
