"""The operands of cases: random streams of one seed, created once per process (NUMERICS.md section 4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paragon_tui.arithmetic.data import uniform
from paragon_tui.arithmetic.constants import THOUSAND
from paragon_tui.arithmetic.rounding import half
from paragon_tui.operators.tensor import Tensor
from paragon_tui.suites.workloads.workload import Draw

SEED = 42
_made: dict[int, NDArray[np.float32]] = {}


def stream(number: int, count: int) -> NDArray[np.float32]:
    """Return the first ``count`` values in [-1, 1) of a stream: a view of its longest part so far.

    Callers must not write to it. (It is not marked read-only, because PyTorch warns of every such array.)
    """
    if number not in _made or _made[number].size < count:
        _made[number] = uniform(SEED, number, count)
    return _made[number][:count]


def drawn(draws: Mapping[str, Draw], tensors: Mapping[str, Tensor]) -> dict[str, NDArray[Any]]:
    """Return the operands by name; those of f16 rounded to it, as f32."""
    return {name: _values(draw, tensors[name]) for name, draw in draws.items()}


def _values(draw: Draw, tensor: Tensor) -> NDArray[Any]:
    values = _KINDS[draw.kind](stream(draw.stream, tensor.count)).reshape(tensor.shape)
    return half(values) if tensor.dtype == "f16" else values


def _thousandths(u: NDArray[np.float32]) -> NDArray[np.int32]:
    return np.rint(THOUSAND * u.astype(np.float64)).astype(np.int32)


def _u32_keys(u: NDArray[np.float32]) -> NDArray[np.uint32]:
    return ((u + np.float32(1)) * np.float32(2**15)).astype(np.uint32) * np.uint32(65537)


_KINDS: dict[str, Callable[[NDArray[np.float32]], NDArray[Any]]] = {
    "uniform": lambda u: u,
    "eightfold": lambda u: u * np.float32(8),
    "positive": lambda u: np.float32(8) * (u + np.float32(1)) + np.float32(2.0**-10),
    "of variance one": lambda u: u * np.float32(np.sqrt(3)),
    "about one": lambda u: np.float32(1) + u * np.float32(0.5),
    "thousandths": _thousandths,
    "u32 keys": _u32_keys,
}
