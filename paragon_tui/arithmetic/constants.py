"""The constants of the contract that kernels and arrays share. No numeric library is needed to read them."""

from __future__ import annotations

import struct

LANES = 64
"""The lanes of a sum."""
BLOCK = 4096
"""The terms that form one block of a sum."""
FLUSH_THRESHOLD = 0x0D800000
"""The bits of 2^-100: in a training, gradients, velocities and parameters below it in magnitude become +0."""
EPSILON = 1e-5
"""The value that layernorm adds to a variance, rounded to f32."""

THOUSAND = 1000
"""The parts of one in fixed point."""
MOST_PRODUCTS = (2**31 - 1 - THOUSAND // 2) // THOUSAND**2
"""The most products of numbers up to 1000 in magnitude whose sum, including the rounding term, fits i32."""
LAST_KEYS = {"f32": 2**31 - 1, "u32": 2**32 - 1}
"""The bits that sort after all keys, by the keys' dtype: a NaN, or the largest u32."""


def f32_bits(value: float) -> int:
    """Return the bits of the f32 nearest to ``value``."""
    bits: int = struct.unpack("<I", struct.pack("<f", value))[0]
    return bits
