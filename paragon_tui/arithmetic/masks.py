"""The facts of dropout's mask that kernels and arrays share (NUMERICS.md section 15). No numeric library is needed."""

from __future__ import annotations

import struct

WORDS = 4
"""The 32-bit words that the generator draws per block."""


def threshold(rate: float) -> int:
    """Return the least word whose element is kept: floor(rate·2^32). The product is exact in binary64."""
    return int(rate * 2**32)


def scale(rate: float) -> float:
    """Return the factor of kept elements: 1/(1-rate) in binary64, a difference and a quotient, rounded to f32."""
    rounded: float = struct.unpack("<f", struct.pack("<f", 1 / (1 - rate)))[0]
    return rounded
