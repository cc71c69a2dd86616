"""The losses and the update of a training in canonical arithmetic."""

from __future__ import annotations

import numpy as np
import pytest

from paragon_tui.arithmetic.training import cross_entropy, momentum_step, squared_error, without_small


def test_what_is_below_2_to_the_minus_100_is_zero():
    least = np.float32(2.0**-100)
    below = np.nextafter(least, np.float32(0))
    values = np.array([least, -least, below, -below, 1e-40, -0.0, 0, np.inf, -np.inf], dtype=np.float32)
    kept = without_small(values)
    assert kept.view(np.uint32).tolist() == [*values[:2].view(np.uint32), 0, 0, 0, 0, 0, *values[-2:].view(np.uint32)]
    assert np.isnan(without_small(np.array([np.nan], dtype=np.float32))).all()


def test_losses_are_those_of_binary64():
    random = np.random.default_rng(2)
    y = random.uniform(-3, 3, (70, 5)).astype(np.float32)
    labels = random.integers(0, 5, 70, dtype=np.uint32)
    wide = y.astype(np.float64)
    probabilities = np.exp(wide) / np.exp(wide).sum(axis=1, keepdims=True)
    loss, dy = cross_entropy(y, labels)
    assert loss == pytest.approx(-np.mean(np.log(probabilities[np.arange(70), labels])), rel=1e-6)
    np.testing.assert_allclose(dy, (probabilities - np.eye(5)[labels]) / 70, rtol=1e-4, atol=1e-7)
    targets = random.uniform(-3, 3, 70).astype(np.float32)
    loss, dy = squared_error(y[:, :1], targets)
    assert loss == pytest.approx(np.mean((wide[:, 0] - targets) ** 2), rel=1e-6)
    np.testing.assert_allclose(dy[:, 0], 2 * (wide[:, 0] - targets) / 70, rtol=1e-5)


def test_a_velocity_is_what_is_left_of_it_and_the_gradient():
    gradients, parameters, velocities = (np.array([value], dtype=np.float32) for value in (1, 10, 4))
    stepped = momentum_step(gradients, parameters, velocities, np.float32(0.5), np.float32(0.25))
    assert [values.tolist() for values in stepped] == [[9.0], [2.0]]
