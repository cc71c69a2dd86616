"""Deterministic data (NUMERICS.md section 4): the same values on every machine, from a seed and a stream."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_GOLDEN = 0x9E3779B97F4A7C15
_MULTIPLIERS = (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
_MASK = (1 << 64) - 1
_FIRST_STATE, _FACTOR, _SUMMAND = 123, 1664525, 1013904223
_LARGEST = 2**32 - 1
_CHUNK = 1 << 15  # indices mixed at a time: their 64-bit temporaries stay in a core's cache


def _mix(z: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Apply the 64-bit finaliser of SplitMix64 in place."""
    for shift, multiplier in zip((30, 27), _MULTIPLIERS, strict=True):
        z ^= z >> np.uint64(shift)
        z *= np.uint64(multiplier)
    z ^= z >> np.uint64(31)
    return z


def uniform(seed: int, stream: int, count: int) -> NDArray[np.float32]:
    """Return ``count`` exact f32 in [-1, 1), (count,): u_i = (2·bits_i - 2^24)·2^-24 from 24 mixed bits each."""
    key = int(_mix(np.array([(seed + _GOLDEN * (stream + 1)) & _MASK], dtype=np.uint64))[0])
    result = np.empty(count, dtype=np.float32)
    for start in range(0, count, _CHUNK):
        stop = min(start + _CHUNK, count)
        z = np.arange(start + 1, stop + 1, dtype=np.uint64)
        z *= np.uint64(_GOLDEN)
        z += np.uint64(key)
        bits = (_mix(z) >> np.uint64(40)).astype(np.int32)
        result[start:stop] = (2 * bits - 2**24).astype(np.float32) * np.float32(2.0**-24)
    return result


def pixels(count: int) -> NDArray[np.float32]:
    """Return the inference suite's input: ``count`` f32 in [0, 1] with six decimals, from a 32-bit LCG started at 123.

    The decimals are those of the exact quotient s/(2^32-1). 2·10^6·s is even and every odd multiple of 2^32-1 is odd,
    so no quotient is within 2^-33 of a tie, and binary64, whose error is smaller, rounds it the same way.
    """
    states = _states(min(count, _CHUNK))
    factor, summand = _leap(len(states))
    result = np.empty(count, dtype=np.float32)
    for start in range(0, count, _CHUNK):
        chunk = states[: count - start].astype(np.uint64)
        decimals = (chunk * np.uint64(2 * 10**6) + _LARGEST) // np.uint64(2 * _LARGEST)
        result[start : start + _CHUNK] = decimals / 1e6
        states = states * np.uint32(factor) + np.uint32(summand)
    return result


def _states(count: int) -> NDArray[np.uint32]:
    """Return the LCG's first ``count`` states."""
    states, state = [], _FIRST_STATE
    for _ in range(count):
        state = (state * _FACTOR + _SUMMAND) % 2**32
        states.append(state)
    return np.array(states, dtype=np.uint32)


def _leap(steps: int) -> tuple[int, int]:
    """Return the factor and summand, modulo 2^32, that do ``steps`` steps of the LCG at once."""
    factor, summand = 1, 0
    for _ in range(steps):
        factor, summand = factor * _FACTOR % 2**32, (summand * _FACTOR + _SUMMAND) % 2**32
    return factor, summand
