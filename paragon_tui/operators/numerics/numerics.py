"""The contract of an operator's numerics: its functions on arrays."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from paragon_tui.operators.operator import Operator
from paragon_tui.operators.tensor import Tensor

O = TypeVar("O", bound=Operator)

Array = NDArray[Any]
Form = Callable[..., tuple[Any, ...]]
"""Takes the operands in order, and returns the results in order: arrays, or the tensors of a library."""


class Numerics(ABC, Generic[O]):
    """The functions of an operator on arrays, for operands of given shapes and dtypes.

    f16 values are f32 that f16 can hold, unless they are only moved. ``numpy`` and ``torch`` are the usual and fastest
    ways of these libraries, so that comparisons with them are fair: a form may allocate its results once and overwrite
    them in every call. They claim no identity.
    """

    @abstractmethod
    def canonical(self, operator: O, *operands: Tensor) -> Form:
        """Return the form whose results are right: the contract defines them to the last bit."""

    @abstractmethod
    def numpy(self, operator: O, *operands: Tensor) -> Form:
        """Return NumPy's form."""

    @abstractmethod
    def torch(self, operator: O, *operands: Tensor) -> Form:
        """Return PyTorch's form, on its tensors. It is called within ``torch.inference_mode``."""

    def held_by_numpy(self, operator: O, name: str, tensor: Tensor, values: Array) -> Array:
        """Return an operand that never changes, prepared once as the form of NumPy takes it best."""
        return values

    def held_by_torch(self, operator: O, name: str, tensor: Tensor, values: Array) -> Any:
        """Return an operand that never changes, prepared once as the form of PyTorch takes it best: as a tensor."""
        return as_tensor(values)


class Sampled(Numerics[O]):
    """Numerics of an operator of one result that can be computed at some indices alone, where all of it is too much."""

    @abstractmethod
    def canonical_at(self, operator: O, indices: NDArray[np.int64], *operands: Tensor) -> Callable[..., Array]:
        """Return the form of the right values (k,) at ``indices`` (k,), ascending, of the flattened result."""


def as_tensor(values: Array) -> Any:
    """Return an array as a tensor of PyTorch, in the same memory: u32 as i32 of the same bits.

    PyTorch has u32 since 2.3, and few functions take them.
    """
    import torch

    return torch.from_numpy(values.view(np.int32) if values.dtype == np.uint32 else values)


def stored(values: NDArray[np.float32], dtype: str) -> NDArray[np.float32]:
    """Return f32 ``values`` as a tensor of f32 or f16 holds them: themselves, or rounded to f16 and widened."""
    from paragon_tui.arithmetic.rounding import half

    return half(values) if dtype == "f16" else values
