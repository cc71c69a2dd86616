"""Arrays of f32 by their values and by their bits."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from paragon_tui.arithmetic.rounding import half


def f32(*values: float) -> NDArray[np.float32]:
    return np.array(values, dtype=np.float32)


def of_bits(*patterns: int) -> NDArray[np.float32]:
    return np.array(patterns, dtype=np.uint32).view(np.float32)


def zeros(*shape: int) -> NDArray[np.float32]:
    return np.zeros(shape, dtype=np.float32)


def patterns(values: NDArray[Any]) -> list[int]:
    """Return the bits of ``values`` (n,), four bytes each."""
    return [int(pattern) for pattern in values.view(np.uint32)]


def assert_same_bits(actual: NDArray[Any], expected: NDArray[Any], what: object = "") -> None:
    assert (actual.shape, actual.dtype) == (expected.shape, expected.dtype), what
    np.testing.assert_array_equal(actual.view(np.uint32), expected.view(np.uint32), err_msg=str(what))


def first_difference(actual: NDArray[Any], expected: NDArray[Any]) -> str | None:
    """Return the number of elements whose bits differ and the first of them, in words; ``None`` without any."""
    wrong = np.argwhere(np.ascontiguousarray(actual).view(np.uint32) != expected.view(np.uint32))
    if not wrong.size:
        return None
    index = tuple(wrong[0].tolist())
    return f"{len(wrong)} differ, first {index}: {actual[index]!r}, not {expected[index]!r}"


def turned(values: NDArray[Any] | None, *indices: int) -> NDArray[Any]:
    """Return a copy of ``values`` with the last bit of the elements at ``indices`` turned."""
    assert values is not None
    copy = values.copy()
    copy.ravel().view(np.uint32)[list(indices)] ^= 1
    return copy


def of_many_magnitudes(random: np.random.Generator, shape: tuple[int, ...], rounded: bool) -> NDArray[np.float32]:
    """Draw values of many magnitudes, with zeros of both signs, ones and ties among them; ``rounded`` to f16."""
    values = random.uniform(-1, 1, shape) * 2.0 ** random.integers(-6, 7, shape)
    values[random.random(shape) < 0.1] = 0.0
    values[random.random(shape) < 0.05] = -0.0
    values[random.random(shape) < 0.1] = 1 + 2.0**-10
    return half(values.astype(np.float32)) if rounded else values.astype(np.float32)


def random_words(seed: int, count: int) -> NDArray[np.uint32]:
    return np.random.default_rng(seed).integers(0, 2**32, count, dtype=np.uint32)
