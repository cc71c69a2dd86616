"""Trainings on the host, one step per call: canonical, and as usually written in NumPy and in PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from paragon_tui.operators.training import Widths
from paragon_tui.suites.workloads.training import MOMENTUM

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from paragon_tui.suites.classification import Samples
    from paragon_tui.suites.operation import Arrays

_LEAK = 0.01


def forward(layers: Any, x: Any) -> tuple[Any, Any]:
    """Return the hidden activations (batch, hidden) and the outputs (batch, outputs) of ``x`` (batch, inputs)."""
    from paragon_tui.arithmetic.activations import leaky_relu
    from paragon_tui.arithmetic.products import matmul

    first, second = layers
    h = leaky_relu(matmul(x, first[:, :-1].T) + first[:, -1])
    return h, matmul(h, second[:, :-1].T) + second[:, -1]


def gradients(layers: Any, x: Any, targets: Any) -> tuple[Any, Any]:
    """Return the loss of a batch, and its gradient by every parameter, in their order (count,).

    A network of one output is trained on its squared error, any other on the cross-entropy of its softmax.
    """
    import numpy as np

    from paragon_tui.arithmetic.elementary import constant
    from paragon_tui.arithmetic.products import matmul
    from paragon_tui.arithmetic.reduction import reduce
    from paragon_tui.arithmetic.training import cross_entropy, squared_error, without_small

    second = layers[1]
    h, y = forward(layers, x)
    loss, dy = squared_error(y, targets) if y.shape[1] == 1 else cross_entropy(y, targets)
    dh = matmul(dy, second[:, :-1])
    dz = without_small(np.where(h > 0, dh, dh * constant(0x3C23D70A)))
    layer_gradients = [np.column_stack([matmul(d.T, of), reduce(d.T)]).ravel() for d, of in ((dz, x), (dy, h))]
    return loss, without_small(np.concatenate(layer_gradients))


class Trainer:
    """A training in progress: ``parameters`` and ``velocities`` (count,), the current ``step``, and ``losses``.

    The batches of ``x`` (batches, batch, inputs) and ``targets`` (batches, batch) are used in turn, repeatedly.
    ``losses`` (steps,) holds the loss before every step done; further steps do not change it.
    """

    def __init__(self, widths: Widths, first: Any, x: Any, targets: Any, rate: float, steps: int) -> None:
        import numpy as np

        self._widths, self._first, self._x, self._targets = widths, first, x, targets
        self._rate, self._momentum = np.float32(rate), np.float32(MOMENTUM)
        self._steps = steps
        self.reset()

    def reset(self) -> None:
        """Return to the state before the first step."""
        import numpy as np

        self.parameters = self._first.copy()
        self.velocities = np.zeros_like(self.parameters)
        self.losses = np.zeros(self._steps, dtype=np.float32)
        self.step = 0

    def advance(self) -> None:
        """Do one step. A loss that is NaN or infinite is valid, not an error."""
        import numpy as np

        from paragon_tui.arithmetic.training import without_small

        batch = self.step % len(self._x)
        with np.errstate(all="ignore"):
            layers = self._widths.layers(self.parameters)
            loss, gradient = gradients(layers, self._x[batch], self._targets[batch])
            self.velocities = without_small(self._momentum * self.velocities + gradient)
            self.parameters = without_small(self.parameters - self._rate * self.velocities)
        if self.step < self._steps:
            self.losses[self.step] = loss
        self.step += 1


class ReferenceForm:
    """The canonical training."""

    def __init__(self, widths: Widths, first: NDArray[np.float32], data: Samples, rate: float, steps: int) -> None:
        self._trainer = Trainer(widths, first, data.x, data.targets, rate, steps)

    def __call__(self) -> Arrays:
        """Do one step."""
        self._trainer.advance()
        return {"parameters": self._trainer.parameters, "losses": self._trainer.losses}

    def reset(self) -> None:
        """Return to the state before the first step."""
        self._trainer.reset()


class NumpyForm:
    """The training on whole arrays with BLAS, in place. A column of ones carries the biases through the products.

    So a layer is one product, and so is its gradient, which is faster than adding biases and summing columns.
    """

    def __init__(self, widths: Widths, first: NDArray[np.float32], data: Samples, rate: float, steps: int) -> None:
        import numpy as np

        batches, batch, inputs = data.x.shape
        self._first = first
        self._parameters, self._velocities, self._gradients = first.copy(), np.zeros_like(first), np.empty_like(first)
        self._change = np.empty_like(first)
        self._layers = widths.layers(self._parameters)
        self._layer_gradients = widths.layers(self._gradients)
        self._x = np.ones((batches, batch, inputs + 1), dtype=np.float32)
        self._x[..., :-1] = data.x
        self._targets, self._rows = data.targets, np.arange(batch)
        self._h = np.ones((batch, widths.hidden + 1), dtype=np.float32)
        self._z, self._dz = (np.empty((batch, widths.hidden), dtype=np.float32) for _ in range(2))
        self._positive = np.empty(self._z.shape, dtype=bool)
        self._y, self._per_row = np.empty((batch, widths.outputs), dtype=np.float32), np.empty((batch, 1), np.float32)
        self._rate, self._momentum = np.float32(rate), np.float32(MOMENTUM)
        self._losses = np.zeros(steps, dtype=np.float32)
        self._loss = self._squared_error if widths.outputs == 1 else self._cross_entropy
        self._step = 0

    def reset(self) -> None:
        """Return to the state before the first step."""
        self._parameters[:] = self._first
        self._velocities[:] = 0
        self._losses[:] = 0
        self._step = 0

    def __call__(self) -> Arrays:
        """Do one step."""
        import numpy as np

        batch = self._step % len(self._x)
        with np.errstate(all="ignore"):
            loss = self._gradients_of(self._x[batch], self._targets[batch])
            np.multiply(self._velocities, self._momentum, out=self._velocities)
            np.add(self._velocities, self._gradients, out=self._velocities)
            np.multiply(self._velocities, self._rate, out=self._change)
            np.subtract(self._parameters, self._change, out=self._parameters)
        if self._step < len(self._losses):
            self._losses[self._step] = loss
        self._step += 1
        return {"parameters": self._parameters, "losses": self._losses}

    def _gradients_of(self, x: NDArray[np.float32], targets: NDArray[Any]) -> np.float32:
        """Return the loss, and set ``_gradients`` to its derivatives by every parameter."""
        import numpy as np

        first, second = self._layers
        first_gradients, second_gradients = self._layer_gradients
        z, dz, leak = self._z, self._dz, np.float32(_LEAK)
        np.matmul(x, first.T, out=z)
        np.multiply(z, leak, out=dz)
        np.maximum(z, dz, out=self._h[:, :-1])
        np.matmul(self._h, second.T, out=self._y)
        loss = self._loss(targets)
        np.matmul(self._y.T, self._h, out=second_gradients)
        np.matmul(self._y, second[:, :-1], out=dz)
        np.greater(z, 0, out=self._positive)
        np.multiply(self._positive, np.float32(1) - leak, out=z)
        np.add(z, leak, out=z)  # 1 or the leak: several times as fast as a masked product
        np.multiply(dz, z, out=dz)
        np.matmul(dz.T, x, out=first_gradients)
        return loss

    def _squared_error(self, targets: NDArray[np.float32]) -> np.float32:
        """Return the loss of ``_y``, and overwrite ``_y`` with its gradient."""
        import numpy as np

        y = self._y[:, 0]
        np.subtract(y, targets, out=y)
        loss = np.dot(y, y) / np.float32(len(y))
        np.multiply(y, np.float32(2 / len(y)), out=y)
        return np.float32(loss)

    def _cross_entropy(self, labels: NDArray[np.uint32]) -> np.float32:
        """Return the loss of ``_y``, and overwrite ``_y`` with its gradient."""
        import numpy as np

        y, per_row, rows = self._y, self._per_row, self._rows
        np.subtract(y, np.max(y, axis=1, keepdims=True, out=per_row), out=y)
        label_logits = y[rows, labels]
        np.exp(y, out=y)
        np.sum(y, axis=1, keepdims=True, out=per_row)
        np.divide(y, per_row, out=y)
        y[rows, labels] -= np.float32(1)
        np.multiply(y, np.float32(1 / len(y)), out=y)
        return np.float32(np.mean(np.log(per_row[:, 0]) - label_logits))


class TorchForm:
    """The training with two linear layers, autograd and the optimizer, as in an ordinary PyTorch program.

    A step copies the parameters out of the layers, which takes less than a hundredth of its time.
    """

    def __init__(self, widths: Widths, first: NDArray[np.float32], data: Samples, rate: float, steps: int) -> None:
        import numpy as np
        import torch
        from torch import nn

        linear = (nn.Linear(widths.inputs, widths.hidden), nn.Linear(widths.hidden, widths.outputs))
        self._weights = [(layer.weight.detach().numpy(), layer.bias.detach().numpy()) for layer in linear]
        self._network = nn.Sequential(linear[0], nn.LeakyReLU(_LEAK), linear[1])
        self._x = torch.from_numpy(data.x)
        if widths.outputs == 1:
            self._loss: Any = nn.MSELoss()
            self._targets = torch.from_numpy(data.targets[..., np.newaxis])
        else:
            self._loss = nn.CrossEntropyLoss()
            self._targets = torch.from_numpy(data.targets.astype(np.int64))
        self._optimizer_type, self._rate = torch.optim.SGD, rate
        self._first, self._parameters = widths.layers(first), np.empty_like(first)
        self._layers = widths.layers(self._parameters)
        self._losses = np.zeros(steps, dtype=np.float32)
        self.reset()

    def reset(self) -> None:
        """Return to the state before the first step, with a new optimizer, since that holds the velocities."""
        for (weight, bias), layer in zip(self._weights, self._first, strict=True):
            weight[:], bias[:] = layer[:, :-1], layer[:, -1]
        self._optimizer = self._optimizer_type(self._network.parameters(), lr=self._rate, momentum=MOMENTUM)
        self._losses[:] = 0
        self._step = 0

    def __call__(self) -> Arrays:
        """Do one step."""
        batch = self._step % len(self._x)
        self._optimizer.zero_grad()
        loss = self._loss(self._network(self._x[batch]), self._targets[batch])
        loss.backward()
        self._optimizer.step()
        for (weight, bias), layer in zip(self._weights, self._layers, strict=True):
            layer[:, :-1], layer[:, -1] = weight, bias
        if self._step < len(self._losses):
            self._losses[self._step] = loss.item()
        self._step += 1
        return {"parameters": self._parameters, "losses": self._losses}
