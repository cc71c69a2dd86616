"""Whole steps of a training as they are usually written in NumPy and in PyTorch, for graphs that are such a step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paragon_tui.operators.dense import Activation
from paragon_tui.operators.graph import Graph
from paragon_tui.operators.numerics.gradients import LEAK, numpy_slopes
from paragon_tui.operators.training import Gather, Loss, Momentum, PackedGradients, PackedLinear, SquaredError, Widths

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Training:
    """A training, one step per call: of x (batches, batch, inputs), and targets (batches, batch), f32 or labels u32.

    ``first`` are the initial parameters (count,), ``steps`` is the number of losses that are kept. ``parameters`` and
    ``losses`` are the names of these results.
    """

    widths: Widths
    squared: bool
    first: NDArray[np.float32]
    x: NDArray[np.float32]
    targets: NDArray[Any]
    update: Momentum
    steps: int
    parameters: str
    losses: str


def training_form(graph: Graph, library: str, held: Arrays) -> Callable[..., dict[str, NDArray[Any]]] | None:
    """Return the form of a whole step, if the graph is one, from the first step on, and holds all of its data."""
    training = recognised(graph, held)
    if training is None:
        return None
    return NumpyForm(training) if library == "numpy" else TorchForm(training)


def recognised(graph: Graph, held: Arrays) -> Training | None:
    """Return the training that a graph is a step of, or ``None``: known by its operators and how they are connected."""
    gather = graph.nodes[0] if graph.nodes and isinstance(graph.nodes[0].operator, Gather) else None
    nodes = graph.nodes[1:] if gather else graph.nodes
    match [node.operator for node in nodes]:
        case [
            PackedLinear() as first,
            PackedLinear(),
            Loss() as loss,
            PackedGradients(),
            Momentum() as update,
        ]:
            pass
        case _:
            return None
    widths = first.widths
    operators = (
        PackedLinear(widths, 0, Activation.LEAKY_RELU),
        PackedLinear(widths, 1),
        loss,
        PackedGradients(widths),
        update,
    )
    (h,), (y,), (dy, losses), (gradients,), (parameters, velocities, step) = (node.results for node in nodes)
    x, targets = nodes[0].operands[0], nodes[2].operands[1]
    samples = gather.operands[0] if gather else x
    connected = (
        (x, parameters),
        (h, parameters),
        (y, targets, step, losses),
        (dy, h, x, parameters),
        (gradients, parameters, velocities, step),
    )
    if tuple(node.operator for node in nodes) != operators or tuple(node.operands for node in nodes) != connected:
        return None
    if gather and (gather.operands, gather.results) != ((samples, step), (x,)):
        return None
    batches = graph.tensors[samples].shape[0] if gather else 1
    begins = {velocities, step, losses}.isdisjoint(held) and graph.tensors[targets].shape[0] == batches
    if not begins or not {samples, targets} <= held.keys() or not set(graph.results) <= {parameters, losses}:
        return None
    return Training(
        widths,
        isinstance(loss, SquaredError),
        held.get(parameters, np.zeros(widths.count, dtype=np.float32)),
        held[samples] if gather else held[samples][np.newaxis],
        held[targets],
        update,
        graph.tensors[losses].count,
        parameters,
        losses,
    )


class NumpyForm:
    """The training on whole arrays with BLAS, in place. A column of ones carries the biases through the products.

    So a layer is one product, and so is its gradient, which is faster than adding biases and summing columns.
    """

    def __init__(self, training: Training) -> None:
        widths, first = training.widths, training.first
        batches, batch, inputs = training.x.shape
        self._first = first
        self._parameters, self._velocities, self._gradients = first.copy(), np.zeros_like(first), np.empty_like(first)
        self._change = np.empty_like(first)
        self._layers = widths.layers(self._parameters)
        self._layer_gradients = widths.layers(self._gradients)
        self._x = np.ones((batches, batch, inputs + 1), dtype=np.float32)
        self._x[..., :-1] = training.x
        # Labels as places in the flattened y: indexing with rows and labels makes arrays in each step.
        row_starts = np.arange(0, batch * widths.outputs, widths.outputs)
        self._targets = training.targets if training.squared else row_starts + training.targets.astype(np.intp)
        self._h = np.ones((batch, widths.hidden + 1), dtype=np.float32)
        self._z, self._dz = (np.empty((batch, widths.hidden), dtype=np.float32) for _ in range(2))
        self._slopes = numpy_slopes(self._z.shape)
        self._y, self._per_row = np.empty((batch, widths.outputs), dtype=np.float32), np.empty((batch, 1), np.float32)
        self._of_labels = np.empty(batch, dtype=np.float32)
        self._rate, self._momentum = np.float32(training.update.rate), np.float32(training.update.momentum)
        self._losses = np.zeros(training.steps, dtype=np.float32)
        self._loss = self._squared_error if training.squared else self._cross_entropy
        self._step = 0
        self._results = {training.parameters: self._parameters, training.losses: self._losses}

    def reset(self) -> None:
        """Return to the state before the first step."""
        self._parameters[:] = self._first
        self._velocities[:] = 0
        self._losses[:] = 0
        self._step = 0

    def __call__(self) -> dict[str, NDArray[Any]]:
        """Do one step."""
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
        return dict(self._results)

    def _gradients_of(self, x: NDArray[np.float32], targets: NDArray[Any]) -> np.float32:
        """Return the loss, and set ``_gradients`` to its derivatives by every parameter."""
        first, second = self._layers
        first_gradients, second_gradients = self._layer_gradients
        z, dz, leak = self._z, self._dz, np.float32(LEAK)
        np.matmul(x, first.T, out=z)
        np.multiply(z, leak, out=dz)
        np.maximum(z, dz, out=self._h[:, :-1])
        np.matmul(self._h, second.T, out=self._y)
        loss = self._loss(targets)
        np.matmul(self._y.T, self._h, out=second_gradients)
        np.matmul(self._y, second[:, :-1], out=dz)
        np.multiply(dz, self._slopes(z), out=dz)
        np.matmul(dz.T, x, out=first_gradients)
        return loss

    def _squared_error(self, targets: NDArray[np.float32]) -> np.float32:
        """Return the loss of ``_y``, and overwrite ``_y`` with its gradient."""
        y = self._y[:, 0]
        np.subtract(y, targets, out=y)
        loss = np.dot(y, y) / np.float32(len(y))
        np.multiply(y, np.float32(2 / len(y)), out=y)
        return np.float32(loss)

    def _cross_entropy(self, labels: NDArray[np.intp]) -> np.float32:
        """Return the loss of ``_y``, and overwrite ``_y`` with its gradient; ``labels`` are places in it, flattened."""
        y, per_row, of_labels = self._y, self._per_row, self._of_labels
        np.subtract(y, np.maximum.reduce(y, axis=1, keepdims=True, out=per_row), out=y)
        y.take(labels, out=of_labels, mode="clip")  # the mode that writes into ``out`` without a copy
        np.exp(y, out=y)
        np.add.reduce(y, axis=1, keepdims=True, out=per_row)
        np.divide(y, per_row, out=y)
        np.subtract(np.log(per_row, out=per_row)[:, 0], of_labels, out=of_labels)
        loss = np.add.reduce(of_labels) / np.float32(len(y))
        y.take(labels, out=of_labels, mode="clip")
        y.put(labels, np.subtract(of_labels, np.float32(1), out=of_labels))
        np.multiply(y, np.float32(1 / len(y)), out=y)
        return np.float32(loss)


class TorchForm:
    """The training with two linear layers, autograd and the optimizer, as in an ordinary PyTorch program.

    A step copies the parameters out of the layers, which takes less than a hundredth of its time.
    """

    def __init__(self, training: Training) -> None:
        import torch
        from torch import nn

        widths = training.widths
        linear = (nn.Linear(widths.inputs, widths.hidden), nn.Linear(widths.hidden, widths.outputs))
        self._weights = [(layer.weight.detach().numpy(), layer.bias.detach().numpy()) for layer in linear]
        self._network = nn.Sequential(linear[0], nn.LeakyReLU(LEAK), linear[1])
        self._x = torch.from_numpy(training.x)
        if training.squared:
            self._loss: Any = nn.MSELoss()
            self._targets = torch.from_numpy(training.targets[..., np.newaxis])
        else:
            self._loss = nn.CrossEntropyLoss()
            self._targets = torch.from_numpy(training.targets.astype(np.int64))
        self._optimizer_type, self._update = torch.optim.SGD, training.update
        self._first, self._parameters = widths.layers(training.first), np.empty_like(training.first)
        self._layers = widths.layers(self._parameters)
        self._losses = np.zeros(training.steps, dtype=np.float32)
        self._results = {training.parameters: self._parameters, training.losses: self._losses}
        self.reset()

    def reset(self) -> None:
        """Return to the state before the first step, with a new optimizer, since that holds the velocities."""
        for (weight, bias), layer in zip(self._weights, self._first, strict=True):
            weight[:], bias[:] = layer[:, :-1], layer[:, -1]
        rate, momentum = self._update.rate, self._update.momentum
        self._optimizer = self._optimizer_type(self._network.parameters(), lr=rate, momentum=momentum)
        self._losses[:] = 0
        self._step = 0

    def __call__(self) -> dict[str, NDArray[Any]]:
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
        return dict(self._results)
