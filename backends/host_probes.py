"""Probes of NumPy in this process (NUMERICS.md section 10): the reference rests on it, and so does every operand.

A library that is loaded into a process can change how the processor rounds, or have it flush subnormals, for all code
of a thread. So NumPy is not trusted but probed, in the forms of the canonical arithmetic: vectors with remainders,
strided, unaligned and broadcast operands, in place and not. The right answers come from Python's integers.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paragon_tui.backends import exact
from paragon_tui.backends.device import BackendError
from paragon_tui.backends.exact import F16, F32, F64, Format, Number
from paragon_tui.backends.fingerprint import HOST_REMEDY, Fingerprint, ProbeResult, Standing, Tiers

Array = NDArray[Any]
Pairs = Sequence[tuple[int, int]]

_FLOATS = ("exact", "guarded")
_ALL = ("integer", "exact", "guarded")  # operands are made with these, whatever is computed from them
_COUNT, _LONG = 31, 523  # primes, so that every operand comes to every place of a vector
_ROWS = 2
_NAMED = 3  # probes in an error; `paragon-tui adapters` names all that fail
_PRELOADS = ("LD_PRELOAD", "DYLD_INSERT_LIBRARIES")
_NEGATIVE = 0x80000000

_TIES = ((0x3F800000, 0x33800000), (0x3F800000, 0x34400000), (0x3F800000, 0x33800001), (0x3F800000, 0x33000000))
"""1 and 2^-24, 3·2^-24, a little more than 2^-24, and 2^-25: sums at a tie or close to one."""
_INEXACT = ((0x3F800800, 0x3F801800), (0x3F800800, 0x3F800800), (0x3F800001, 0x3F7FFFFF))
"""Products that differ with the direction of rounding, beginning with (1+2^-12)·(1+3·2^-12)."""
_DIVIDED = ((9655591, 15767657), (9781643, 9956461), (10289161, 11604539), (11555325, 13974301))
_ROOTED = (16519498, 31270628, 8388609, 33554430)
"""Whole numbers whose quotients and square roots are within 2^-21 units of a tie."""
_FUSABLE = (0x3F800800, 0x3F800800, 0xBF801000)  # (1+2^-12)² - (1+2^-11): 0, and 2^-24 if it is rounded only once


class UnsoundHost(BackendError):
    """NumPy in this process does not compute as IEEE 754 defines, so nothing can be compared with the reference."""


@dataclass(frozen=True, slots=True)
class _Form:
    """One form of a computation, and the ``right`` result."""

    compute: Callable[[], Array]
    right: Array


@dataclass(frozen=True, slots=True)
class _Probe:
    """A probe, and its control: the first of the forms on operands with other right results."""

    name: str
    required: tuple[str, ...]
    forms: tuple[_Form, ...]
    control: _Form


def check_host() -> None:
    """Raise ``UnsoundHost`` unless all probes of this process's NumPy hold, in the present mode of this thread."""
    seen = probe_host()
    failing = [result.name for result in seen.probes if not result.holds]
    if not failing:
        return
    preloads = "".join(f" ({name} is {os.environ[name]})" for name in _PRELOADS if os.environ.get(name))
    names = ", ".join(failing[:_NAMED]) + (f" and {len(failing) - _NAMED} more" if len(failing) > _NAMED else "")
    raise UnsoundHost(
        f"NumPy in this process does not compute as IEEE 754 defines (failing probes: {names}), so nothing can be "
        f"compared with the reference. Probably {HOST_REMEDY}{preloads}"
    )


def probe_host() -> Fingerprint:
    """Return what this process's NumPy was observed to do in the present mode of the calling thread.

    The mode is observed in each call, in microseconds; all probes run where it has not been seen before.
    """
    return _probed(_mode())


def _mode() -> bytes:
    """Return results that tell the modes of rounding and flushing apart."""
    with np.errstate(all="ignore"):
        sums = _MODE_TERMS[0] + _MODE_TERMS[1]
        products = _MODE_FACTORS[0] * _MODE_FACTORS[1]
    return sums.tobytes() + products.tobytes()


@cache
def _probed(mode: bytes) -> Fingerprint:
    with np.errstate(all="ignore"):
        results = tuple(map(_result, _probes()))
    return Fingerprint(0, results, Tiers(*(_standing(tier, results) for tier in _ALL)), has_kernels=False)


def _standing(tier: str, results: tuple[ProbeResult, ...]) -> Standing:
    """Return the standing: IEEE 754 promises what the probes observe, so there is no ground in between."""
    return "guaranteed" if all(result.holds for result in results if tier in result.required) else "not here"


def _result(probe: _Probe) -> ProbeResult:
    """Run a probe; its value is the first wrong one, or the first of all."""
    value, expected = _first(probe.forms)
    control = np.array_equal(_bits(probe.control.compute()), _bits(probe.control.right))
    return ProbeResult(probe.name, value, expected, control, probe.required)


def _first(forms: tuple[_Form, ...]) -> tuple[str, str]:
    """Return the bits of the first wrong value of all forms, or of the very first, and those of the right one."""
    for form in forms:
        computed, right = form.compute(), form.right
        if (wrong := np.flatnonzero(_bits(computed) != _bits(right))).size:
            return _pattern(computed, int(wrong[0])), _pattern(right, int(wrong[0]))
    return _pattern(forms[0].right, 0), _pattern(forms[0].right, 0)


def _bits(values: Array) -> Array:
    return np.ascontiguousarray(values).ravel().view(f"u{values.dtype.itemsize}")


def _pattern(values: Array, index: int) -> str:
    return f"{int(_bits(values)[index]):0{2 * values.dtype.itemsize}x}"


@cache
def _probes() -> tuple[_Probe, ...]:
    """Return all probes; their right results take some milliseconds."""

    def probe(name: str, required: tuple[str, ...], forms: Callable[[_Random], Iterator[_Form]]) -> _Probe:
        return _Probe(name, required, tuple(forms(_Random(1))), next(forms(_Random(2))))

    return (
        probe("sum to nearest", _FLOATS, _sums),
        probe("product to nearest", _FLOATS, _products),
        probe("no contraction", ("guarded",), _products_and_sums),
        probe("quotient to nearest", _FLOATS, _quotients),
        probe("root to nearest", _FLOATS, _roots),
        probe("subnormal operands kept", _FLOATS, _subnormal_operands),
        probe("subnormal results kept", _FLOATS, _subnormal_results),
        probe("larger and smaller", _FLOATS, _extremes),
        probe("half to nearest", ("exact",), _halves),
        probe("binary64 to nearest", _ALL, _binary64),
        probe("whole numbers to nearest", _ALL, _whole_numbers),
        probe("integers wrap", _ALL, _integers),
    )


class _Random:
    """Random bits from Python's integers."""

    def __init__(self, seed: int) -> None:
        self._state = seed

    def word(self) -> int:
        """Return 48 random bits."""
        self._state = (self._state * 6364136223846793005 + 1442695040888963407) % 2**64
        return self._state >> 16

    def number(self, form: Format, spread: int) -> int:
        """Return the bits of a number of either sign, of a magnitude from 2^-spread to 2^(spread + 1)."""
        field = (1 << (form.width - 1)) - 1 + self.word() % (2 * spread + 1) - spread
        fraction = ((self.word() << 32) | (self.word() >> 16)) % (1 << (form.precision - 1))
        return ((((self.word() % 2) << form.width) | field) << (form.precision - 1)) | fraction

    def numbers(self, form: Format, spread: int, hard: Sequence[int] = ()) -> list[int]:
        """Return ``hard`` and random numbers, together ``_COUNT``."""
        return [*hard, *(self.number(form, spread) for _ in range(_COUNT - len(hard)))]


def _sums(random: _Random) -> Iterator[_Form]:
    first, second = _operands(random, F32, _of_both_signs(_TIES))
    yield from _binary(np.add, exact.total, F32, first, second)
    yield from _binary(np.subtract, exact.difference, F32, first, second)


def _products(random: _Random) -> Iterator[_Form]:
    yield from _binary(np.multiply, exact.product, F32, *_operands(random, F32, _of_both_signs(_INEXACT)))


def _products_and_sums(random: _Random) -> Iterator[_Form]:
    a, b, c = ([pattern, *random.numbers(F32, 3)[1:]] for pattern in _FUSABLE)
    right = []
    for x, y, z in zip(a, b, c, strict=True):
        rounded = F32.nearest(exact.product(F32.number(x), F32.number(y)))
        right.append(F32.nearest(exact.total(F32.number(rounded), F32.number(z))))
    for *operands, result in _views(*(_array(F32, patterns) for patterns in (a, b, c, right))):
        yield _Form(partial(lambda x, y, z: x * y + z, *operands), result)


def _quotients(random: _Random) -> Iterator[_Form]:
    hard = [(F32.nearest((a, 0)), F32.nearest((b, 0))) for a, b in _DIVIDED]
    yield from _binary(np.divide, exact.quotient, F32, *_operands(random, F32, _of_both_signs(hard)))


def _roots(random: _Random) -> Iterator[_Form]:
    yield from _rooted(F32, random.numbers(F32, 13, [F32.nearest((n, 0)) for n in _ROOTED]))


def _subnormal_operands(random: _Random) -> Iterator[_Form]:
    """Subnormals times 2^30, which are normal again."""
    subnormals = [1, 0x007FFFFF, *(1 + random.word() % 0x007FFFFF for _ in range(_COUNT - 2))]
    yield from _binary(np.multiply, exact.product, F32, subnormals, [0x4E800000] * _COUNT)


def _subnormal_results(random: _Random) -> Iterator[_Form]:
    """Numbers near 1 times 2^-60, times 2^-70: each product of the two is subnormal."""
    factors = [[bits - (power << 23) for bits in random.numbers(F32, 1)] for power in (60, 70)]
    yield from _binary(np.multiply, exact.product, F32, *factors)


def _extremes(random: _Random) -> Iterator[_Form]:
    first, second = _operands(random, F32)
    yield from _binary(np.maximum, exact.larger, F32, first, second)
    yield from _binary(np.minimum, exact.smaller, F32, first, second)


def _halves(random: _Random) -> Iterator[_Form]:
    """To binary16, ties, subnormals and the largest ones among them; and back from it, which is exact."""
    hard = (0x3F801000, 0x3F803000, 0x38000000, 0x33800000, 0x33000000, 0x33000001, 0x33C00000, 0x387FE000)
    limits = (0x477FE000, 0x477FEFFF, 0x477FF000)
    yield from _converted(F32, F16, random.numbers(F32, 16, [*_signed(hard), *_signed(limits)]))
    yield from _converted(F16, F32, random.numbers(F16, 14, [0x0001, 0x03FF, 0x8001, 0x83FE, 0x0400, 0x7BFF]))


def _binary64(random: _Random) -> Iterator[_Form]:
    first, second = _operands(random, F64)
    for operation, right in ((np.add, exact.total), (np.multiply, exact.product), (np.divide, exact.quotient)):
        yield from _binary(operation, right, F64, first, second)
    yield from _rooted(F64, first)
    ties = (0x3FF0000010000000, 0x3FF0000030000000, 0x3FF0000010000001, 0x3FF000000FFFFFFF)
    negative = [bits | 1 << 63 for bits in ties]
    yield from _converted(F64, F32, random.numbers(F64, 13, [*ties, *negative]))


def _whole_numbers(random: _Random) -> Iterator[_Form]:
    """To the nearest whole number, halves to the even one; and large whole numbers to the nearest f32."""
    halves = [F64.nearest((whole, -1)) for whole in range(-9, 10, 2)]
    operands = random.numbers(F64, 20, halves)
    rounded = np.array([exact.to_even(F64.number(bits)) for bits in operands], dtype=np.int32)
    yield from _unary(lambda values: np.rint(values).astype(np.int32), _array(F64, operands), rounded)
    large = [2**24 + 1, 2**24 + 3, -(2**24) - 1, 2**31 - 1, *(random.word() % 2**32 - 2**31 for _ in range(_COUNT - 4))]
    for kind in ("i4", "i8"):
        right = _array(F32, [F32.nearest((whole, 0)) for whole in large])
        yield from _unary(lambda values: values.astype(np.float32), np.array(large, dtype=kind), right)


def _integers(random: _Random) -> Iterator[_Form]:
    """Words of 32 and of 64 bits modulo their size, and sums of products in the three types that are used for them."""
    for bits in (32, 64):
        word, size = f"u{bits // 8}", 1 << bits
        first, second = ([(random.word() << 24 ^ random.word()) % size for _ in range(_COUNT)] for _ in range(2))
        a, b = np.array(first, dtype=word), np.array(second, dtype=word)
        results: tuple[tuple[Callable[[Array, Array], Array], Callable[[int, int], int]], ...] = (
            (np.add, lambda x, y: x + y),
            (np.subtract, lambda x, y: x - y),
            (np.multiply, lambda x, y: x * y),
            (lambda x, y: x ^ (y >> 3), lambda x, y: x ^ (y >> 3)),
        )
        for operation, exactly in results:
            right = np.array([exactly(x, y) % size for x, y in zip(first, second, strict=True)], dtype=word)
            for x, y, result in _views(a, b, right):
                yield _Form(partial(operation, x, y), result)
    rows = [[random.word() % 255 - 127 for _ in range(_COUNT)] for _ in range(5)]
    sums = [[sum(x * y for x, y in zip(row, other, strict=True)) for other in rows] for row in rows]
    for kind in ("i4", "i8", "f8"):
        matrix = np.array(rows, dtype=kind)
        yield _Form(partial(np.matmul, matrix, matrix.T), np.array(sums, dtype=kind))


def _operands(random: _Random, form: Format, hard: Pairs = ()) -> tuple[list[int], list[int]]:
    """Return the bits of two operands, the ``hard`` pairs first."""
    spread = 13
    return (
        random.numbers(form, spread, [first for first, _ in hard]),
        random.numbers(form, spread, [second for _, second in hard]),
    )


def _of_both_signs(pairs: Pairs) -> Pairs:
    """Return the pairs, the same with both signs changed, and with one."""
    return [(a ^ x, b ^ y) for x, y in ((0, 0), (_NEGATIVE, _NEGATIVE), (0, _NEGATIVE)) for a, b in pairs]


def _signed(patterns: Sequence[int]) -> list[int]:
    return [*patterns, *(pattern | _NEGATIVE for pattern in patterns)]


def _binary(
    operation: np.ufunc,
    exactly: Callable[[Number, Number], Number],
    form: Format,
    first: Sequence[int],
    second: Sequence[int],
) -> Iterator[_Form]:
    """Yield the forms of an operation on two numbers: element by element, in place, and with broadcast operands."""

    numbers, others = ([form.number(bits) for bits in operands] for operands in (first, second))

    def right(pairs: Iterable[tuple[Number, Number]]) -> Array:
        return _array(form, [form.nearest(exactly(x, y)) for x, y in pairs])

    a, b = _array(form, first), _array(form, second)
    results = right(zip(numbers, others, strict=True))
    for x, y, result in _views(a, b, results):
        yield _Form(partial(operation, x, y), result)
        yield _Form(partial(_in_place, operation, x, y), result)
    rows = right((x, y) for x in numbers[:_ROWS] for y in others).reshape(_ROWS, _COUNT)
    yield _Form(partial(operation, a[:_ROWS, np.newaxis], b), rows)
    yield _Form(partial(operation, a, b[0]), right((x, others[0]) for x in numbers))


def _in_place(operation: np.ufunc, a: Array, b: Array) -> Array:
    result: Array = a.copy()
    operation(result, b, out=result)
    return result


def _rooted(form: Format, patterns: Sequence[int]) -> Iterator[_Form]:
    positive = [bits % (1 << (form.precision - 1 + form.width)) for bits in patterns]
    right = [form.nearest(exact.root(form.number(bits))) for bits in positive]
    yield from _unary(np.sqrt, _array(form, positive), _array(form, right))


def _converted(source: Format, target: Format, patterns: Sequence[int]) -> Iterator[_Form]:
    right = _array(target, [target.nearest(source.number(bits)) for bits in patterns])
    yield from _unary(lambda values: values.astype(target.floats), _array(source, patterns), right)


def _unary(operation: Callable[[Array], Array], operands: Array, right: Array) -> Iterator[_Form]:
    """Yield the forms of an operation on one number."""
    for values, result in _views(operands, right):
        yield _Form(partial(operation, values), result)


def _views(*arrays: Array) -> Iterator[tuple[Array, ...]]:
    """Yield the arrays, repeated, at several lengths; then unaligned, strided, and backwards."""
    repeated = [np.resize(array, _LONG) for array in arrays]
    for length in (_LONG, _COUNT, 7, 1):
        yield tuple(array[:length] for array in repeated)
    yield tuple(array[1:] for array in repeated)
    yield tuple(np.repeat(array, 2)[::2] for array in repeated)
    yield tuple(array[::-1] for array in repeated)


def _array(form: Format, patterns: Sequence[int]) -> Array:
    """Return the numbers with these bits."""
    return np.array(patterns, dtype=form.words).view(form.floats)


_MODE_TERMS = [_array(F32, column) for column in zip(*_of_both_signs(_TIES), strict=True)]
_MODE_FACTORS = [_array(F32, factors) for factors in ((0x00000001, 0x0D800000), (0x4E800000, 0x30800000))]
"""A subnormal times 2^30, and 2^-100 times 2^-30."""
