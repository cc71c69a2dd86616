"""Losses and the update of a training, in canonical arithmetic (NUMERICS.md section 18): f32 arrays in and out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paragon_tui.arithmetic.constants import FLUSH_THRESHOLD
from paragon_tui.arithmetic.elementary import exp, log, magnitude
from paragon_tui.arithmetic.reduction import reduce
from paragon_tui.arithmetic.rounding import divide

Values = NDArray[np.float32]


def without_small(values: Values) -> Values:
    """Return ``values`` with -0 and every magnitude below 2^-100 as +0; NaN and infinities stay."""
    return np.where(magnitude(values) < FLUSH_THRESHOLD, np.float32(0), values)


def squared_error(y: Values, targets: Values) -> tuple[np.float32, Values]:
    """Return the mean of (y - target)² over a batch, and its gradient: ``y`` (batch, 1) and ``targets`` (batch,)."""
    d = y[:, 0] - targets
    loss = np.float32(reduce(d * d) * np.float32(1 / len(d)))
    return loss, without_small(d * np.float32(2 / len(d)))[:, np.newaxis]


def cross_entropy(y: Values, labels: NDArray[np.uint32]) -> tuple[np.float32, Values]:
    """Return the mean cross-entropy of softmax of ``y`` (batch, outputs) with ``labels`` (batch,), and its gradient."""
    rows, scale = np.arange(len(y)), np.float32(1 / len(y))
    maxima = np.max(y, axis=1)
    e = exp(y - maxima[:, np.newaxis])
    s = reduce(e)
    loss = np.float32(reduce(log(s) + (maxima - y[rows, labels])) * scale)
    d = divide(e, s[:, np.newaxis])
    d[rows, labels] -= np.float32(1)
    return loss, without_small(without_small(d) * scale)


def momentum_step(
    gradients: Values, parameters: Values, velocities: Values, rate: np.float32, momentum: np.float32
) -> tuple[Values, Values]:
    """Return the parameters and velocities after a step of SGD with momentum, all of one shape."""
    velocities = without_small(momentum * velocities + gradients)
    return without_small(parameters - rate * velocities), velocities
