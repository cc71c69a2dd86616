"""The operators of a step of a training on arrays: canonical, and in NumPy and PyTorch.

A step whose graph is known as a whole takes the forms of ``training_forms`` instead.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paragon_tui.arithmetic.training import cross_entropy, momentum_step, squared_error, without_small
from paragon_tui.operators.dense import Activation
from paragon_tui.operators.numerics.dense import dense
from paragon_tui.operators.numerics.gradients import LEAK, hidden_gradient, layer_gradient
from paragon_tui.operators.numerics.numerics import Array, Form, Numerics
from paragon_tui.operators.tensor import Tensor
from paragon_tui.operators.training import CrossEntropy, Gather, Momentum, PackedGradients, PackedLinear, SquaredError


class GatherNumerics(Numerics[Gather]):
    """The numerics of a batch: the same in all libraries."""

    def canonical(self, operator: Gather, *operands: Tensor) -> Form:
        """Return a view of the batch."""
        return lambda samples, step: (samples[int(step[0]) % len(samples)],)

    numpy = torch = canonical


class PackedLinearNumerics(Numerics[PackedLinear]):
    """The numerics of a linear layer of packed parameters."""

    def canonical(self, operator: PackedLinear, *operands: Tensor) -> Form:
        """Return canonical dots, the bias, and the canonical activation."""

        def form(x: Array, parameters: Array) -> tuple[Array]:
            layer = operator.widths.layers(parameters)[operator.layer]
            return (dense(x, layer[:, :-1], layer[:, -1], operator.activation),)

        return form

    def numpy(self, operator: PackedLinear, *operands: Tensor) -> Form:
        """Return ``matmul`` with ``out=``."""
        (result,) = operator.infer(*operands)
        y = np.empty(result.shape, dtype=np.float32)
        slope = np.float32(LEAK if operator.activation is Activation.LEAKY_RELU else 0)

        def form(x: Array, parameters: Array) -> tuple[Array]:
            layer = operator.widths.layers(parameters)[operator.layer]
            np.add(np.matmul(x, layer[:, :-1].T, out=y), layer[:, -1], out=y)
            if operator.activation is not Activation.NONE:
                np.maximum(y, y * slope, out=y)
            return (y,)

        return form

    def torch(self, operator: PackedLinear, *operands: Tensor) -> Form:
        """Return ``linear``, and the activation in place."""
        from torch.nn import functional

        def form(x: Any, parameters: Any) -> tuple[Any]:
            layer = operator.widths.layers(parameters)[operator.layer]
            y = functional.linear(x, layer[:, :-1], layer[:, -1])
            if operator.activation is not Activation.NONE:
                slope = LEAK if operator.activation is Activation.LEAKY_RELU else 0.0
                y = functional.leaky_relu(y, slope, inplace=True)
            return (y,)

        return form


class PackedGradientsNumerics(Numerics[PackedGradients]):
    """The numerics of the gradients of packed parameters."""

    def canonical(self, operator: PackedGradients, *operands: Tensor) -> Form:
        """Return canonical gradients of both layers."""

        def form(dy: Array, h: Array, x: Array, parameters: Array) -> tuple[Array]:
            second = operator.widths.layers(parameters)[1]
            dz = without_small(hidden_gradient(dy, second[:, :-1], h))
            layers = layer_gradient(dz, x), layer_gradient(dy, h)
            return (without_small(np.concatenate([layer.ravel() for layer in layers])),)

        return form

    def numpy(self, operator: PackedGradients, *operands: Tensor) -> Form:
        """Return ``matmul`` and ``sum`` with ``out=``."""
        gradients = np.empty(operator.widths.count, dtype=np.float32)
        layers = operator.widths.layers(gradients)

        def form(dy: Array, h: Array, x: Array, parameters: Array) -> tuple[Array]:
            second = operator.widths.layers(parameters)[1]
            dz = np.matmul(dy, second[:, :-1]) * np.where(h > 0, np.float32(1), np.float32(LEAK))
            for layer, sums, inputs in zip(layers, (dz, dy), (x, h), strict=True):
                np.matmul(sums.T, inputs, out=layer[:, :-1])
                np.sum(sums, axis=0, out=layer[:, -1])
            return (gradients,)

        return form

    def torch(self, operator: PackedGradients, *operands: Tensor) -> Form:
        """Return ``mm`` and ``sum`` with ``out=``."""
        import torch

        gradients = torch.empty(operator.widths.count)
        layers: Any = operator.widths.layers(gradients)

        def form(dy: Any, h: Any, x: Any, parameters: Any) -> tuple[Any]:
            second = operator.widths.layers(parameters)[1]
            dz = torch.ops.aten.leaky_relu_backward(torch.mm(dy, second[:, :-1]), h, LEAK, True)
            for layer, sums, inputs in zip(layers, (dz, dy), (x, h), strict=True):
                torch.mm(sums.T, inputs, out=layer[:, :-1])
                torch.sum(sums, 0, out=layer[:, -1])
            return (gradients,)

        return form


def _kept(loss_of: Callable[[Any, Any], tuple[Any, Any]], copy: Callable[[Any], Any]) -> Form:
    """Return the form that puts the loss of a batch, as ``loss_of`` computes it with the gradient, into all losses."""

    def form(y: Any, targets: Any, step: Any, losses: Any) -> tuple[Any, Any]:
        number = int(step[0])
        loss, dy = loss_of(y, targets[number % len(targets)])
        losses = copy(losses)
        if number < len(losses):
            losses[number] = loss
        return dy, losses

    return form


class SquaredErrorNumerics(Numerics[SquaredError]):
    """The numerics of the squared error."""

    def canonical(self, operator: SquaredError, *operands: Tensor) -> Form:
        """Return the canonical loss."""
        return _kept(squared_error, np.copy)

    def numpy(self, operator: SquaredError, *operands: Tensor) -> Form:
        """Return the loss by a dot."""

        def loss_of(y: Array, targets: Array) -> tuple[Any, Array]:
            d = y[:, 0] - targets
            return np.dot(d, d) / np.float32(len(d)), (d * np.float32(2 / len(d)))[:, np.newaxis]

        return _kept(loss_of, np.copy)

    def torch(self, operator: SquaredError, *operands: Tensor) -> Form:
        """Return ``mse_loss``, and its gradient."""
        import torch
        from torch.nn import functional

        def loss_of(y: Any, targets: Any) -> tuple[Any, Any]:
            targets = targets.reshape(-1, 1)
            return functional.mse_loss(y, targets), (y - targets) * (2 / len(y))

        return _kept(loss_of, torch.clone)


class CrossEntropyNumerics(Numerics[CrossEntropy]):
    """The numerics of the cross-entropy."""

    def canonical(self, operator: CrossEntropy, *operands: Tensor) -> Form:
        """Return the canonical loss."""
        return _kept(cross_entropy, np.copy)

    def numpy(self, operator: CrossEntropy, *operands: Tensor) -> Form:
        """Return the loss by ufuncs on all samples."""
        rows = np.arange(operands[0].shape[0])

        def loss_of(y: Array, labels: Array) -> tuple[Any, Array]:
            differences = y - np.max(y, axis=1, keepdims=True)
            dy = np.exp(differences)
            sums = np.sum(dy, axis=1, keepdims=True)
            dy /= sums
            dy[rows, labels] -= np.float32(1)
            dy *= np.float32(1 / len(y))
            return np.mean(np.log(sums[:, 0]) - differences[rows, labels]), dy

        return _kept(loss_of, np.copy)

    def torch(self, operator: CrossEntropy, *operands: Tensor) -> Form:
        """Return ``cross_entropy``, and its gradient."""
        import torch
        from torch.nn import functional

        rows = torch.arange(operands[0].shape[0])

        def loss_of(y: Any, labels: Any) -> tuple[Any, Any]:
            labels = labels.long()
            dy = torch.softmax(y, 1)
            dy[rows, labels] -= 1
            return functional.cross_entropy(y, labels), dy / len(y)

        return _kept(loss_of, torch.clone)

    def held_by_torch(self, operator: CrossEntropy, name: str, tensor: Tensor, values: NDArray[Any]) -> Any:
        """Return labels as PyTorch takes them, in 64 bits."""
        import torch

        return torch.from_numpy(values.astype(np.int64) if name == "targets" else values)


class MomentumNumerics(Numerics[Momentum]):
    """The numerics of the update."""

    def canonical(self, operator: Momentum, *operands: Tensor) -> Form:
        """Return the canonical update."""
        rate, momentum = np.float32(operator.rate), np.float32(operator.momentum)

        def form(gradients: Array, parameters: Array, velocities: Array, step: Array) -> tuple[Array, ...]:
            parameters, velocities = momentum_step(gradients, parameters, velocities, rate, momentum)
            return parameters, velocities, step + np.uint32(1)

        return form

    def numpy(self, operator: Momentum, *operands: Tensor) -> Form:
        """Return products and sums of whole arrays."""
        rate, momentum = np.float32(operator.rate), np.float32(operator.momentum)

        def form(gradients: Array, parameters: Array, velocities: Array, step: Array) -> tuple[Array, ...]:
            velocities = momentum * velocities
            velocities += gradients
            return parameters - rate * velocities, velocities, step + np.uint32(1)

        return form

    def torch(self, operator: Momentum, *operands: Tensor) -> Form:
        """Return sums with a factor."""
        import torch

        def form(gradients: Any, parameters: Any, velocities: Any, step: Any) -> tuple[Any, ...]:
            velocities = torch.add(gradients, velocities, alpha=operator.momentum)
            following = torch.tensor([int(step[0]) + 1], dtype=step.dtype)
            return torch.sub(parameters, velocities, alpha=operator.rate), velocities, following

        return form
