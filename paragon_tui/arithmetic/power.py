"""Powers with any exponent, a documented sequence of single f32 operations (NUMERICS.md sections 3 and 7).

p·log2(x) needs about eight bits more than an f32 has: log2(x) and the product are pairs of f32, whose sum is the value.
Products that have to be exact are of factors of at most twelve significant bits: the others are cut off.
"""

from __future__ import annotations

_ONE = 0x3F800000
_SQRT_HALF = 0x3F3504F3
_CENTRES = (
    (0x3F430E00, 0x3FB00000, 0xBEEB3600, 0xB63ADFA0),
    (0x3F578000, 0x3FA00000, 0xBEA4D400, 0xB5D1A1B6),
)
