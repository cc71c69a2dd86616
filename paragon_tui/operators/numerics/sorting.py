"""Sorting on arrays: canonical, and by the sorts of NumPy and PyTorch: of keys in a copy, of places by a stable sort."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from paragon_tui.arithmetic import sorting
from paragon_tui.operators.numerics.numerics import Array, Form, Numerics, as_tensor
from paragon_tui.operators.operator import Operator
from paragon_tui.operators.sorting import Argsort, Sort
from paragon_tui.operators.tensor import Tensor

O = TypeVar("O", bound=Operator)

_SIGN = -(2**31)


@dataclass(frozen=True, slots=True)
class _Signed:
    """u32 keys as a tensor of i32 of the same order: PyTorch does not sort u32."""

    keys: Any


class _SortingNumerics(Numerics[O]):
    """The common preparation of keys."""

    def held_by_torch(self, operator: O, name: str, tensor: Tensor, values: Array) -> Any:
        """Return u32 keys as i32 of the same order."""
        keys = as_tensor(values)
        return _Signed(keys ^ _SIGN) if tensor.dtype == "u32" else keys


class SortNumerics(_SortingNumerics[Sort]):
    """The numerics of sorted keys."""

    def canonical(self, operator: Sort, *operands: Tensor) -> Form:
        """Return the canonical sort."""
        return lambda x: (sorting.sort(x),)

    def numpy(self, operator: Sort, *operands: Tensor) -> Form:
        """Return the sort of a copy in place."""
        (keys,) = operands
        y = np.empty(keys.shape, dtype=np.uint32 if keys.dtype == "u32" else np.float32)

        def sort(x: Array) -> tuple[Array]:
            np.copyto(y, x)
            y.sort()
            return (y,)

        return sort

    def torch(self, operator: Sort, *operands: Tensor) -> Form:
        """Return ``sort`` with ``out=``; u32 keys are brought back to their own order."""
        import torch

        (keys,) = operands
        values, places = _torch_results(keys)

        def sort(x: Any) -> tuple[Any]:
            torch.sort(_sortable(x, keys), stable=False, out=(values, places))
            return (values.bitwise_xor_(_SIGN) if keys.dtype == "u32" else values,)

        return sort


class ArgsortNumerics(_SortingNumerics[Argsort]):
    """The numerics of sorted places; NumPy and PyTorch give them as i64."""

    def canonical(self, operator: Argsort, *operands: Tensor) -> Form:
        """Return the canonical places."""
        return lambda x: (sorting.argsort(x),)

    def numpy(self, operator: Argsort, *operands: Tensor) -> Form:
        """Return the stable ``argsort``."""
        return lambda x: (np.argsort(x, kind="stable"),)

    def torch(self, operator: Argsort, *operands: Tensor) -> Form:
        """Return the places of the stable ``sort`` with ``out=``."""
        import torch

        (keys,) = operands
        values, places = _torch_results(keys)

        def argsort(x: Any) -> tuple[Any]:
            torch.sort(_sortable(x, keys), stable=True, out=(values, places))
            return (places,)

        return argsort


def _torch_results(keys: Tensor) -> tuple[Any, Any]:
    import torch

    values = torch.empty(keys.shape, dtype=torch.int32 if keys.dtype == "u32" else torch.float32)
    return values, torch.empty(keys.shape, dtype=torch.int64)


def _sortable(x: Any, keys: Tensor) -> Any:
    """Return keys as PyTorch can sort them, whether they are prepared or not."""
    if isinstance(x, _Signed):
        return x.keys
    return x ^ _SIGN if keys.dtype == "u32" else x
