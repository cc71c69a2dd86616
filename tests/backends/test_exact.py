"""Numbers in Python's integers: formats and operations, held against exact fractions and against NumPy."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paragon_tui.backends import exact
from paragon_tui.backends.exact import F16, F32, F64, Format, Number

FORMATS = [F16, F32, F64]
PATTERNS = st.integers(0, 2**64 - 1)


def fraction(number: Number) -> Fraction:
    return number[0] * Fraction(2) ** number[1]


def finite(form: Format, bits: int) -> int:
    """The bits of a finite number of the format, of any exponent and sign."""
    size = form.precision + form.width
    bits %= 1 << size
    field = bits >> (form.precision - 1) & ((1 << form.width) - 1)
    return bits if field != (1 << form.width) - 1 else bits ^ 1 << (form.precision - 1)


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.floats)
@given(bits=PATTERNS)
def test_a_number_has_its_value_and_is_its_own_nearest(form: Format, bits: int) -> None:
    bits = finite(form, bits)
    value = np.array([bits], dtype=form.words).view(form.floats)[0]
    assert fraction(form.number(bits)) == Fraction(float(value))
    assert form.nearest(form.number(bits)) == (bits if value != 0 else 0)


@given(first=PATTERNS, second=PATTERNS)
def test_sums_products_and_quotients_are_those_of_fractions(first: int, second: int) -> None:
    a, b = (F32.number(finite(F32, bits)) for bits in (first, second))
    assert fraction(exact.total(a, b)) == fraction(a) + fraction(b)
    assert fraction(exact.difference(a, b)) == fraction(a) - fraction(b)
    assert fraction(exact.product(a, b)) == fraction(a) * fraction(b)
    assert fraction(exact.larger(a, b)) == max(fraction(a), fraction(b))
    assert fraction(exact.smaller(a, b)) == min(fraction(a), fraction(b))
    if b[0]:
        right = fraction(a) / fraction(b)
        assert abs(fraction(exact.quotient(a, b)) - right) <= abs(right) / 2**64


@pytest.mark.parametrize("form", [F32, F64], ids=lambda form: form.floats)
@given(first=PATTERNS, second=PATTERNS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_nearest_results_are_the_processors(form: Format, first: int, second: int) -> None:
    x, y = finite(form, first), finite(form, second)
    a, b = (np.array([bits], dtype=form.words).view(form.floats) for bits in (x, y))
    operations = {
        exact.total: np.add,
        exact.difference: np.subtract,
        exact.product: np.multiply,
        exact.quotient: np.divide,
    }
    for exactly, rounded in operations.items():
        if exactly is exact.quotient and not b[0]:
            continue
        result = int(rounded(a, b).view(form.words)[0])
        assert of_one_zero(form, form.nearest(exactly(form.number(x), form.number(y)))) == of_one_zero(form, result)


def of_one_zero(form: Format, bits: int) -> int:
    """The bits, those of -0 as those of +0: an exact zero has no sign."""
    return 0 if bits == 1 << (form.precision + form.width - 1) else bits


@pytest.mark.parametrize("form", [F32, F64], ids=lambda form: form.floats)
@given(bits=PATTERNS)
def test_the_nearest_roots_are_the_processors(form: Format, bits: int) -> None:
    x = finite(form, bits) % (1 << (form.precision + form.width - 1))
    result = np.sqrt(np.array([x], dtype=form.words).view(form.floats)).view(form.words)[0]
    assert form.nearest(exact.root(form.number(x))) == int(result)


@given(bits=PATTERNS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_conversions_are_the_processors(bits: int) -> None:
    x = finite(F32, bits)
    half = np.array([x], dtype="u4").view("f4").astype("f2").view("u2")[0]
    assert F16.nearest(F32.number(x)) & 0x7FFF == int(half) & 0x7FFF
    wide = np.array([finite(F64, bits)], dtype="u8").view("f8").astype("f4").view("u4")[0]
    assert F32.nearest(F64.number(finite(F64, bits))) & 0x7FFFFFFF == int(wide) & 0x7FFFFFFF


@given(whole=st.integers(-(2**70), 2**70), power=st.integers(-40, 3))
def test_whole_numbers_are_rounded_as_python_rounds_fractions(whole: int, power: int) -> None:
    assert exact.to_even((whole, power)) == round(fraction((whole, power)))


def test_a_root_is_close_and_says_whether_it_goes_on() -> None:
    assert fraction(exact.root((9, 2))) == 6
    assert exact.root((2, 0))[0] % 2 == 1
