"""The ways to compute on a host: canonical arithmetic, and the libraries that adapters are compared with."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paragon_tui.operators.graph import Node
from paragon_tui.operators.numerics.numerics import Form, as_tensor
from paragon_tui.operators.numerics.registry import numerics
from paragon_tui.operators.operator import Operator
from paragon_tui.operators.tensor import Tensor


class Library(ABC):
    """A way to compute graphs on a host."""

    is_numpy = True
    """True if its values are NumPy's arrays."""

    @abstractmethod
    def form(self, node: Node, operands: tuple[Tensor, ...]) -> Form:
        """Return the form of a node for operands of these types."""

    def held(self, operator: Operator, name: str, tensor: Tensor, values: NDArray[Any]) -> Any:
        """Return an operand that never changes, prepared once."""
        return values

    def given(self, values: NDArray[Any]) -> Any:
        """Return an array as its forms take it."""
        return values

    def array(self, value: Any) -> NDArray[Any]:
        """Return what a form returned as an array."""
        array: NDArray[Any] = value
        return array

    def passing(self, tensor: Tensor) -> Callable[[Any], Any]:
        """Return the function from an f16 result to what the next form takes: f32, in an array that is made once."""
        wide = np.empty(tensor.shape, dtype=np.float32)

        def passed(value: Any) -> Any:
            if value.dtype != np.float16:
                return value
            np.copyto(wide, value)
            return wide

        return passed

    @property
    def scope(self) -> Callable[[], AbstractContextManager[Any]]:
        """The scope in which forms are called."""
        return nullcontext


class _Canonical(Library):
    def form(self, node: Node, operands: tuple[Tensor, ...]) -> Form:
        return numerics(node.operator).canonical(node.operator, *operands)


class _NumPy(Library):
    def form(self, node: Node, operands: tuple[Tensor, ...]) -> Form:
        return numerics(node.operator).numpy(node.operator, *operands)

    def held(self, operator: Operator, name: str, tensor: Tensor, values: NDArray[Any]) -> Any:
        return numerics(operator).held_by_numpy(operator, name, tensor, values)


class _PyTorch(Library):
    is_numpy = False

    def form(self, node: Node, operands: tuple[Tensor, ...]) -> Form:
        return numerics(node.operator).torch(node.operator, *operands)

    def held(self, operator: Operator, name: str, tensor: Tensor, values: NDArray[Any]) -> Any:
        return numerics(operator).held_by_torch(operator, name, tensor, values)

    def given(self, values: NDArray[Any]) -> Any:
        return as_tensor(values)

    def array(self, value: Any) -> NDArray[Any]:
        array: NDArray[Any] = value.numpy()
        return array

    def passing(self, tensor: Tensor) -> Callable[[Any], Any]:
        import torch

        wide = torch.empty(tensor.shape)
        return lambda value: wide.copy_(value) if value.dtype is torch.float16 else value

    @property
    def scope(self) -> Callable[[], AbstractContextManager[Any]]:
        import torch

        scope: Callable[[], AbstractContextManager[Any]] = torch.inference_mode
        return scope


LIBRARIES: dict[str, Library] = {"reference": _Canonical(), "numpy": _NumPy(), "torch": _PyTorch()}
