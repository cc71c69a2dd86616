"""The parameters and inputs of a dense network at each dtype (NUMERICS.md section 4)."""

from __future__ import annotations

import itertools
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paragon_tui.arithmetic.data import pixels, uniform
from paragon_tui.arithmetic.rounding import half

Layer = tuple[NDArray[Any], NDArray[Any]]

SEED = 42
INTEGER_SCALE = 127


@lru_cache(maxsize=1)
def parameters(widths: tuple[int, ...], dtype: str = "f32", seed: int = SEED) -> tuple[Layer, ...]:
    """Return each layer's weights (outputs, inputs) and bias (outputs,) from streams 2l and 2l+1 of ``seed``.

    f32: both f32. f16: weights rounded to binary16 and widened back to f32, bias f32. i8: weights int8, bias int32.
    """
    return tuple(_layer(layer, k, o, dtype, seed) for layer, (k, o) in enumerate(itertools.pairwise(widths)))


def _layer(layer: int, k: int, o: int, dtype: str, seed: int) -> Layer:
    weights = uniform(seed, 2 * layer, o * k).reshape(o, k)
    bias = uniform(seed, 2 * layer + 1, o)
    if dtype == "i8":
        integers = np.rint(INTEGER_SCALE * weights.astype(np.float64)).astype(np.int8)
        return integers, np.rint(INTEGER_SCALE**2 * bias.astype(np.float64) / np.sqrt(k)).astype(np.int32)
    weights *= np.float32(np.sqrt(6 / k))
    bias *= np.float32(1 / np.sqrt(k))
    return (half(weights) if dtype == "f16" else weights), bias


def network_input(inputs: int, dtype: str) -> NDArray[Any]:
    """Return the suite's one sample (inputs,): f32 at f32 and f16 (there rounded to binary16), int32 at i8."""
    x = pixels(inputs)
    if dtype == "i8":
        return np.rint(INTEGER_SCALE * x.astype(np.float64)).astype(np.int32)
    return half(x) if dtype == "f16" else x
