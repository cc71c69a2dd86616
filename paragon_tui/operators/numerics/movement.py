"""Movement on arrays, into reused results; NumPy and PyTorch move f16 as f16."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np

from paragon_tui.operators.movement import Broadcast, Concat, Reshape, Stack, Transpose
from paragon_tui.operators.numerics.numerics import Array, Form, Numerics, as_tensor
from paragon_tui.operators.operator import Operator
from paragon_tui.operators.tensor import Tensor

Op = TypeVar("Op", bound=Operator)

_ITEMS: dict[str, Any] = {"f32": np.float32, "f16": np.float16, "i32": np.int32, "u32": np.uint32}


class _MovementNumerics(Numerics[Op]):
    """The common preparation of operands."""

    def held_by_numpy(self, operator: Op, name: str, tensor: Tensor, values: Array) -> Array:
        """Return f16 as f16."""
        return values.astype(np.float16) if tensor.dtype == "f16" else values

    def held_by_torch(self, operator: Op, name: str, tensor: Tensor, values: Array) -> Any:
        """Return f16 as f16."""
        return as_tensor(values.astype(np.float16) if tensor.dtype == "f16" else values)


class TransposeNumerics(_MovementNumerics[Transpose]):
    """The numerics of transposes."""

    def canonical(self, operator: Transpose, *operands: Tensor) -> Form:
        """Return the transposed elements, in C order."""
        return lambda x: (np.ascontiguousarray(x.T),)

    def numpy(self, operator: Transpose, *operands: Tensor) -> Form:
        """Return a copy of the transposed view."""
        y = _numpy_result(operator, operands)

        def transposed(x: Array) -> tuple[Array]:
            np.copyto(y, x.T)
            return (y,)

        return transposed

    def torch(self, operator: Transpose, *operands: Tensor) -> Form:
        """Return a copy of the transposed view."""
        y = _torch_result(operator, operands)
        return lambda x: (y.copy_(x.t()),)


class BroadcastNumerics(_MovementNumerics[Broadcast]):
    """The numerics of repeated operands."""

    def canonical(self, operator: Broadcast, *operands: Tensor) -> Form:
        """Return the copies."""
        (y,) = operator.infer(*operands)
        return lambda x: (np.ascontiguousarray(np.broadcast_to(x, y.shape)),)

    def numpy(self, operator: Broadcast, *operands: Tensor) -> Form:
        """Return ``copyto``, which broadcasts."""
        y = _numpy_result(operator, operands)

        def repeated(x: Array) -> tuple[Array]:
            np.copyto(y, x)
            return (y,)

        return repeated

    def torch(self, operator: Broadcast, *operands: Tensor) -> Form:
        """Return ``copy_``, which broadcasts."""
        y = _torch_result(operator, operands)
        return lambda x: (y.copy_(x),)


class ConcatNumerics(_MovementNumerics[Concat]):
    """The numerics of operands side by side."""

    def canonical(self, operator: Concat, *operands: Tensor) -> Form:
        """Return both operands in one array."""
        return lambda left, right: (np.concatenate((left, right), axis=operator.axis),)

    def numpy(self, operator: Concat, *operands: Tensor) -> Form:
        """Return ``concatenate`` with ``out=``."""
        y, axis = _numpy_result(operator, operands), operator.axis

        def joined(left: Array, right: Array) -> tuple[Array]:
            np.concatenate((left, right), axis=axis, out=y)
            return (y,)

        return joined

    def torch(self, operator: Concat, *operands: Tensor) -> Form:
        """Return ``cat`` with ``out=``."""
        import torch

        y, axis = _torch_result(operator, operands), operator.axis
        return lambda left, right: (torch.cat((left, right), dim=axis, out=y),)


class StackNumerics(_MovementNumerics[Stack]):
    """The numerics of operands along a new axis."""

    def canonical(self, operator: Stack, *operands: Tensor) -> Form:
        """Return both operands in one array."""
        return lambda left, right: (np.stack((left, right), axis=operator.axis),)

    def numpy(self, operator: Stack, *operands: Tensor) -> Form:
        """Return ``stack`` with ``out=``."""
        y, axis = _numpy_result(operator, operands), operator.axis

        def stacked(left: Array, right: Array) -> tuple[Array]:
            np.stack((left, right), axis=axis, out=y)
            return (y,)

        return stacked

    def torch(self, operator: Stack, *operands: Tensor) -> Form:
        """Return ``stack`` with ``out=``."""
        import torch

        y, axis = _torch_result(operator, operands), operator.axis
        return lambda left, right: (torch.stack((left, right), dim=axis, out=y),)


class ReshapeNumerics(_MovementNumerics[Reshape]):
    """The numerics of reshapes: copies, since a view of the same elements would cost nothing anywhere."""

    def canonical(self, operator: Reshape, *operands: Tensor) -> Form:
        """Return a copy in the other shape."""
        return lambda x: (x.reshape(operator.shape).copy(),)

    def numpy(self, operator: Reshape, *operands: Tensor) -> Form:
        """Return a copy of a view of the other shape."""
        y = _numpy_result(operator, operands)

        def reshaped(x: Array) -> tuple[Array]:
            np.copyto(y, x.reshape(y.shape))
            return (y,)

        return reshaped

    def torch(self, operator: Reshape, *operands: Tensor) -> Form:
        """Return a copy of a view of the other shape."""
        y = _torch_result(operator, operands)
        return lambda x: (y.copy_(x.reshape(y.shape)),)


def _numpy_result(operator: Operator, operands: tuple[Tensor, ...]) -> Array:
    (y,) = operator.infer(*operands)
    return np.empty(y.shape, dtype=_ITEMS[y.dtype])


def _torch_result(operator: Operator, operands: tuple[Tensor, ...]) -> Any:
    return as_tensor(_numpy_result(operator, operands))
