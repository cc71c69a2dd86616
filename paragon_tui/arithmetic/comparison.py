"""What a comparison with the reference says (NUMERICS.md section 6). ``compare`` makes it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Comparison:
    """The distance of a result from the reference, over all elements or a sample of them.

    ``first_difference`` is the first index whose bits differ, ``None`` if all that were compared agree; ``ulp_max`` the
    largest distance in units in the last place, for i32 the largest difference; ``mae`` and ``max`` the mean and
    largest |a-b|, ``nmse`` Σ(a-b)²/Σb² (``None`` if the reference is zero), in binary64. ``sample`` is the number of
    compared elements if not all were compared; others may differ even so, which the digest of all of them shows.
    """

    bit_identical: bool
    first_difference: int | None
    ulp_max: int
    mae: float
    max: float
    nmse: float | None = None
    sample: int | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """A result and the reference at one index; ``hex`` and ``reference_hex`` are bit patterns."""

    index: int
    reference: float
    value: float
    delta: float
    ulp: int
    reference_hex: str
    hex: str
