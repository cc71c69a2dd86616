"""Detection of two modes in samples, with a valley between. Needs numpy, so it runs in workers only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEAST_SHARE = 0.1  # a mode with fewer samples is a few outliers
LEAST_DISTANCE = 0.03  # closer modes do not matter for the choice of an adapter
_DEPTH = 0.5  # the valley over the lower peak
_SIGMAS = 3.3  # by which the lower peak must rise above the valley: a chance of 1 in 2,000 at a given place
_LEAST_WIDTH = 0.0025
_STEPS = 4  # grid steps in a kernel's width


@dataclass(frozen=True, slots=True)
class Modes:
    """The medians of two modes, in the unit of the samples, and the share of the samples in the higher mode."""

    low: float
    high: float
    high_share: float


def two_modes(values: NDArray[np.float64], groupings: Sequence[NDArray[np.intp]], step: float) -> Modes | None:
    """Return the two modes of ``values`` (above 0) by a clock with this ``step``; ``None`` where two are not proved.

    A Gaussian kernel density of the logarithms: if it had one mode, it would not fall below the lower of two peaks in
    between, so the fall is compared with its standard error (Silverman 1986, "Density Estimation", 3.3.1: the variance
    of a density f from n samples with kernel width h is f / (n·h·2·sqrt(pi))). ``groupings`` say to which unit (visit,
    process) each value belongs: where units differ, n is less than the number of samples, so that the differences of a
    few units do not pass for modes.
    """
    logs = np.log(values)
    low, high = (float(end) for end in np.quantile(logs, [0.01, 0.99]))  # an outlier is no mode, but widens the grid
    size = min(_effective_size(np.clip(logs, low, high), units) for units in groupings)
    kernel = _kernel_width(logs, size, step / math.exp(float(np.median(logs))))
    grid, density = _density(logs, low, high, kernel)
    edge = _valley(grid, density, 2 * math.sqrt(math.pi) * kernel * size)
    if edge is None:
        return None
    lower, higher = logs[logs < edge], logs[logs >= edge]
    share = len(higher) / len(logs)
    modes = Modes(math.exp(float(np.median(lower))), math.exp(float(np.median(higher))), share)
    distinct = modes.high >= modes.low * (1 + LEAST_DISTANCE)
    return modes if distinct and LEAST_SHARE <= share <= 1 - LEAST_SHARE else None


def _effective_size(logs: NDArray[np.float64], units: NDArray[np.intp]) -> float:
    """Return the effective sample size (Kish 1965, "Survey Sampling", 5.4): smaller where units differ."""
    _, unit, sizes = np.unique(units, return_inverse=True, return_counts=True)
    if len(sizes) < 2 or logs.min() == logs.max():
        return float(len(logs))
    means = np.bincount(unit, logs) / sizes
    between = float((sizes * (means - logs.mean()) ** 2).sum()) / (len(sizes) - 1)
    return len(logs) / max(1.0, between / float(logs.var()))


def _kernel_width(logs: NDArray[np.float64], size: float, step: float) -> float:
    """Return half of Silverman's rule of thumb, which assumes one mode; at least the clock's step."""
    q1, q3 = np.quantile(logs, [0.25, 0.75])
    spread = min(float(logs.std()), float(q3 - q1) / 1.34)
    # A narrower kernel would show the clock's steps as modes.
    return max(0.45 * spread / math.pow(size, 0.2), step, _LEAST_WIDTH)


def _density(
    logs: NDArray[np.float64], low: float, high: float, kernel: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return a grid that reaches beyond ``low`` and ``high``, and the density of ``logs`` on it."""
    spacing = kernel / _STEPS
    edges = np.arange(low - 3 * kernel, high + 3 * kernel + spacing, spacing)
    counts, _ = np.histogram(logs, edges)
    offsets = np.arange(-3 * _STEPS, 3 * _STEPS + 1) / _STEPS
    weights = np.exp(-0.5 * offsets**2)
    density = np.convolve(counts, weights / weights.sum(), mode="same") / (len(logs) * spacing)
    return edges[:-1] + spacing / 2, density


def _valley(grid: NDArray[np.float64], density: NDArray[np.float64], certainty: float) -> float | None:
    """Return where the density falls furthest below the lower of the peaks on both sides; ``None`` if it may be chance.

    The variance of a density is the density over ``certainty``.
    """
    peak = np.minimum(np.maximum.accumulate(density), np.maximum.accumulate(density[::-1])[::-1])
    (deep,) = np.nonzero(density < _DEPTH * peak)
    if not deep.size:
        return None
    sigmas = (peak[deep] - density[deep]) / np.sqrt((peak[deep] + density[deep]) / certainty)
    deepest = int(np.argmax(sigmas))
    return float(grid[deep[deepest]]) if sigmas[deepest] > _SIGMAS else None
