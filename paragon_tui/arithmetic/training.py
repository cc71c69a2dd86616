"""A network of two layers and its training, in canonical arithmetic (NUMERICS.md 18): f32 arrays in and out.

A layer is a matrix (outputs, inputs + 1), each row a row of weights followed by its bias; both layers are stored one
after the other in one flat array, row by row. SGD with momentum is that of Sutskever, Martens, Dahl and Hinton (On the
importance of initialization and momentum in deep learning, 2013) in the form that PyTorch uses: v = μ·v + g,
w = w - η·v.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from paragon_tui.arithmetic.activations import leaky_relu
from paragon_tui.arithmetic.elementary import constant, exp, log, magnitude
from paragon_tui.arithmetic.products import matmul
from paragon_tui.arithmetic.reduction import reduce
from paragon_tui.arithmetic.rounding import divide

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Values = NDArray[np.float32]

MOMENTUM = 0.9
LEAK = 0x3C23D70A
"""The bits of f32(0.01)."""
LEAST = 0x0D800000
"""The bits of 2^-100: gradients, velocities and parameters below it in magnitude become +0."""


@dataclass(frozen=True, slots=True)
class Widths:
    """The extents of a network of two layers."""

    inputs: int
    hidden: int
    outputs: int

    @property
    def shapes(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """The shapes of the two layers, including biases."""
        return (self.hidden, self.inputs + 1), (self.outputs, self.hidden + 1)

    @property
    def count(self) -> int:
        """The number of all parameters."""
        return sum(rows * columns for rows, columns in self.shapes)

    def layers(self, flat: Values) -> tuple[Values, Values]:
        """Return both layers as views of ``flat`` (count,)."""
        first, second = self.shapes
        first_count = first[0] * first[1]
        return flat[:first_count].reshape(first), flat[first_count:].reshape(second)


def without_small(values: Values) -> Values:
    """Return ``values`` with -0 and every magnitude below 2^-100 as +0; NaN and infinities stay."""
    import numpy as np

    return np.where(magnitude(values) < LEAST, np.float32(0), values)


def forward(layers: tuple[Values, Values], x: Values) -> tuple[Values, Values]:
    """Return the hidden activations (batch, hidden) and the outputs (batch, outputs) of ``x`` (batch, inputs)."""
    first, second = layers
    h = leaky_relu(matmul(x, first[:, :-1].T) + first[:, -1])
    return h, matmul(h, second[:, :-1].T) + second[:, -1]


def squared_error(y: Values, targets: Values) -> tuple[np.float32, Values]:
    """Return the mean of (y - target)² over a batch, and its gradient: ``y`` (batch, 1) and ``targets`` (batch,)."""
    import numpy as np

    d = y[:, 0] - targets
    loss = np.float32(reduce(d * d) * np.float32(1 / len(d)))
    return loss, without_small(d * np.float32(2 / len(d)))[:, np.newaxis]


def cross_entropy(y: Values, labels: NDArray[np.uint32]) -> tuple[np.float32, Values]:
    """Return the mean cross-entropy of softmax of ``y`` (batch, outputs) with ``labels`` (batch,), and its gradient."""
    import numpy as np

    rows, scale = np.arange(len(y)), np.float32(1 / len(y))
    maxima = np.max(y, axis=1)
    e = exp(y - maxima[:, np.newaxis])
    s = reduce(e)
    loss = np.float32(reduce(log(s) + (maxima - y[rows, labels])) * scale)
    d = divide(e, s[:, np.newaxis])
    d[rows, labels] -= np.float32(1)
    return loss, without_small(without_small(d) * scale)


def gradients(layers: tuple[Values, Values], x: Values, targets: NDArray[np.generic]) -> tuple[np.float32, Values]:
    """Return the loss of a batch, and its gradient by every parameter, in their order (count,).

    A network of one output is trained on its squared error, any other on the cross-entropy of its softmax.
    """
    import numpy as np

    second = layers[1]
    h, y = forward(layers, x)
    loss, dy = squared_error(y, targets) if y.shape[1] == 1 else cross_entropy(y, targets)  # type: ignore[arg-type]
    dh = matmul(dy, second[:, :-1])
    dz = without_small(np.where(h > 0, dh, dh * constant(LEAK)))
    layer_gradients = [np.column_stack([matmul(d.T, of), reduce(d.T)]).ravel() for d, of in ((dz, x), (dy, h))]
    return loss, without_small(np.concatenate(layer_gradients))


class Trainer:
    """A training in progress: ``parameters`` and ``velocities`` (count,), the current ``step``, and ``losses``.

    The batches of ``x`` (batches, batch, inputs) and ``targets`` (batches, batch) are used in turn, repeatedly.
    ``losses`` (steps,) holds the loss before every step done; further steps do not change it.
    """

    def __init__(
        self, widths: Widths, first: Values, x: Values, targets: NDArray[np.generic], rate: float, steps: int
    ) -> None:
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

        batch = self.step % len(self._x)
        with np.errstate(all="ignore"):
            layers = self._widths.layers(self.parameters)
            loss, gradient = gradients(layers, self._x[batch], self._targets[batch])
            self.velocities = without_small(self._momentum * self.velocities + gradient)
            self.parameters = without_small(self.parameters - self._rate * self.velocities)
        if self.step < self._steps:
            self.losses[self.step] = loss
        self.step += 1
