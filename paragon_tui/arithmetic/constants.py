"""The constants of the contract that kernels and arrays share. No numeric library is needed to read them."""

from __future__ import annotations

import struct

LANES = 64
"""The lanes of a sum."""
BLOCK = 4096
"""The terms that form one block of a sum."""


def f32_bits(value: float) -> int:
    """Return the bits of the f32 nearest to ``value``."""
    bits: int = struct.unpack("<I", struct.pack("<f", value))[0]
    return bits
