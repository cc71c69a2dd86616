"""Binary formats of IEEE 754 in Python's integers, which no rounding or flushing mode of the processor reaches."""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt

Number = tuple[int, int]
"""An exact number: a whole number, and the power of two that it is multiplied by."""

_STICKY_BITS = 70  # of a quotient or a root: more than any format has, and one more that tells whether it goes on


@dataclass(frozen=True, slots=True)
class Format:
    """A format with ``precision`` significant bits and ``width`` bits of exponent.

    ``floats`` and ``words`` are NumPy's types for its numbers and for their bits.
    """

    floats: str
    words: str
    precision: int
    width: int

    @property
    def least(self) -> int:
        """The power of two of a subnormal's last place."""
        return 3 - (1 << (self.width - 1)) - self.precision

    def number(self, bits: int) -> Number:
        """Return the finite number with these bits."""
        leading = 1 << (self.precision - 1)
        field = (bits // leading) % (1 << self.width)
        whole = bits % leading + (leading if field else 0)
        return -whole if (bits // leading) >> self.width else whole, max(field, 1) - 1 + self.least

    def nearest(self, number: Number) -> int:
        """Return the bits of the nearest number, of two the even one: infinity's beyond the largest, +0's for zero."""
        whole, power = abs(number[0]), number[1]
        if not whole:
            return 0
        place = max(power + whole.bit_length() - self.precision, self.least)
        if (dropped := place - power) > 0:
            rest, half = whole % (1 << dropped), 1 << (dropped - 1)
            whole = (whole >> dropped) + (rest > half or (rest == half and (whole >> dropped) % 2))
        else:
            whole <<= -dropped
        # The leading bit of ``whole``, and a carry beyond it, count in the exponent field.
        infinity = ((1 << self.width) - 1) << (self.precision - 1)
        bits = min(((place - self.least) << (self.precision - 1)) + whole, infinity)
        return bits | (int(number[0] < 0) << (self.precision - 1 + self.width))


F16, F32, F64 = Format("f2", "u2", 11, 5), Format("f4", "u4", 24, 8), Format("f8", "u8", 53, 11)


def total(a: Number, b: Number) -> Number:
    """Return a + b."""
    power = min(a[1], b[1])
    return (a[0] << (a[1] - power)) + (b[0] << (b[1] - power)), power


def difference(a: Number, b: Number) -> Number:
    """Return a - b."""
    return total(a, (-b[0], b[1]))


def product(a: Number, b: Number) -> Number:
    """Return a·b."""
    return a[0] * b[0], a[1] + b[1]


def quotient(a: Number, b: Number) -> Number:
    """Return a/b, for a format to round: exactly, or a number between the same two neighbours."""
    shift = _STICKY_BITS + b[0].bit_length()
    whole, rest = divmod(abs(a[0]) << shift, abs(b[0]))
    whole = 2 * whole + bool(rest)
    return -whole if (a[0] < 0) != (b[0] < 0) else whole, a[1] - b[1] - shift - 1


def root(a: Number) -> Number:
    """Return the square root of ``a``, which is not negative, for a format to round."""
    odd = a[1] % 2
    shifted = a[0] << (2 * _STICKY_BITS + odd)
    whole = isqrt(shifted)
    return 2 * whole + (whole * whole != shifted), (a[1] - odd) // 2 - _STICKY_BITS - 1


def larger(a: Number, b: Number) -> Number:
    """Return the larger of two numbers."""
    return a if difference(a, b)[0] >= 0 else b


def smaller(a: Number, b: Number) -> Number:
    """Return the smaller of two numbers."""
    return b if difference(a, b)[0] >= 0 else a


def to_even(a: Number) -> int:
    """Return the nearest whole number, of two the even one."""
    whole, power = a
    if power >= 0:
        return whole << power
    below, rest = divmod(whole, 1 << -power)
    return below + (2 * rest > 1 << -power or (2 * rest == 1 << -power and below % 2))
