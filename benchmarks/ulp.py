"""Measure the largest error of every canonical function over the whole range of f32, and print a Markdown table.

    python benchmarks/ulp.py [--stride N] [NAME …]

Inputs: every N-th bit pattern (N odd, so that all low bits occur), and all values around the hard cases: 1 for
logarithms, multiples of π/2 for sin and cos, half multiples of ln 2 for exp, and every branch of the sequences. Of pow
they are the positive bases, each with the exponents of ``EXPONENTS`` and one that makes a result of any size.
The error is measured where the true value is a normal f32, in units in the last place of the f32 nearest to the true
value. The true value is computed in binary64 (its error is about 2^-29 of that unit); the worst inputs of each
function, and the largest arguments of sin and cos, are measured again with mpmath in 200 digits. Gelu cancels for
negative operands by its definition: below -1 its absolute error is given. Exit status 1 if a function's error is
larger than promised.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np

from paragon_tui.arithmetic.functions import FUNCTIONS, function, numpy_function

Array = np.ndarray[Any, Any]
_CHUNK = 1 << 16
_SMALLEST, _LARGEST = 2.0**-126, float(np.finfo(np.float32).max)
_WORST = 4  # inputs per chunk that mpmath checks if they are the worst so far
EXPONENTS = (0.5, -0.5, 1 / 3, 2.5, -1.75, 10.0, 0.001, 100.0)
_C_GELU, _PI = 0.044715, mpmath.pi


@dataclass(frozen=True)
class Truth:
    """The true function in binary64 and in mpmath, and the promised error in ULP (``None``: composed, no promise)."""

    wide: Callable[..., Array]
    exact: Callable[..., Any]
    promise: float | None
    least: float = -math.inf  # for smaller operands the absolute error is measured


_erf, _erfc = (np.vectorize(f, otypes=[np.float64]) for f in (math.erf, math.erfc))


def _elu(x: Array) -> Array:
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


def _gelu_tanh_argument(x: Any, root: Any) -> Any:
    return 2 * root * (x + x * x * x * _C_GELU)


_ROOT = math.sqrt(2 / math.pi)
_CORRECT = 0.5 + 1e-6  # correctly rounded
TRUTHS = {
    "exp": Truth(np.exp, mpmath.exp, 2),
    "log": Truth(np.log, mpmath.log, 2),
    "log2": Truth(np.log2, lambda x: mpmath.log(x, 2), 2),
    "log10": Truth(np.log10, mpmath.log10, 2),
    "tanh": Truth(np.tanh, mpmath.tanh, 2),
    "erf": Truth(_erf, mpmath.erf, 2),
    "sin": Truth(np.sin, mpmath.sin, 2),
    "cos": Truth(np.cos, mpmath.cos, 2),
    "sqrt": Truth(np.sqrt, mpmath.sqrt, _CORRECT),
    "rsqrt": Truth(lambda x: 1 / np.sqrt(x), lambda x: 1 / mpmath.sqrt(x), _CORRECT),
    "recip": Truth(lambda x: 1 / x, lambda x: 1 / x, _CORRECT),
    "divide": Truth(lambda a, b: a / b, lambda a, b: a / b, _CORRECT),
    "pow": Truth(np.power, lambda x, p: x**p, 2),
    "half": Truth(lambda x: x, lambda x: x, _CORRECT),
    "relu": Truth(lambda x: np.maximum(x, 0), lambda x: max(x, 0), 0),
    "leaky_relu": Truth(
        lambda x: np.where(x > 0, x, np.where(x > -(2.0**-100), 0, 0.01 * x)),
        lambda x: x if x > 0 else 0 if x > -(2.0**-100) else mpmath.mpf("0.01") * x,
        2,
    ),
    "elu": Truth(_elu, lambda x: x if x > 0 else mpmath.expm1(x), None, 0.0),
    "sigmoid": Truth(lambda x: 1 / (1 + np.exp(-x)), lambda x: 1 / (1 + mpmath.exp(-x)), None),
    "swish": Truth(lambda x: x / (1 + np.exp(-x)), lambda x: x / (1 + mpmath.exp(-x)), None, -87.0),
    "gelu": Truth(
        lambda x: x / 2 * _erfc(-x / math.sqrt(2)), lambda x: x / 2 * mpmath.erfc(-x / mpmath.sqrt(2)), None, -1.0
    ),
    "gelu_tanh": Truth(
        lambda x: x / (1 + np.exp(-_gelu_tanh_argument(x, _ROOT))),
        lambda x: x / (1 + mpmath.exp(-_gelu_tanh_argument(x, mpmath.sqrt(2 / _PI)))),
        None,
        -1.0,
    ),
}


def around(values: Array, steps: int) -> Array:
    """Return all f32 within ``steps`` representable values of each of ``values``, with both signs."""
    centres = values.astype(np.float32).view(np.int32).astype(np.int64)
    near = (centres[:, np.newaxis] + np.arange(-steps, steps + 1)).ravel()
    near = np.unique(near[(near >= 0) & (near < 0x7F800000)]).astype(np.uint32)
    return np.concatenate([near, near | np.uint32(0x80000000)]).view(np.float32)


def hard_cases() -> Array:
    """Return the values around the special points and the branches of all sequences."""
    branches = np.array(
        [2.0**-125, 2.0**-14, 2.0**-12, 0.5, math.sqrt(0.5), 0.625, 0.9375, math.sqrt(2), 4, 10, 87.336, 88.723, 104]
    )
    quarter_turns = np.arange(1, 20_001) * (math.pi / 2)
    half_ln2 = np.arange(1, 256) * (math.log(2) / 2)
    powers = np.ldexp(1.0, np.arange(-126, 128))
    return np.concatenate(
        [
            *(around(branches, 20_000), around(np.array([1.0]), 200_000)),
            *(around(quarter_turns, 4), around(half_ln2, 500), around(powers, 100)),
        ]
    )


def operands(stride: int, name: str) -> Iterator[tuple[Array, ...]]:
    """Yield the inputs in chunks; a second operand is a scrambled one, of any size or of the size of the first."""
    positive, arity = name == "pow", function(name).arity
    for x in np.array_split(hard_cases(), 64):
        yield from _powers(np.abs(x)) if positive else (_pair(x, arity),)
    end = 0x7F800000 if positive else 2**32
    for start in range(0, end, stride * _CHUNK):
        x = np.arange(start, min(start + stride * _CHUNK, end), stride, dtype=np.uint64).astype(np.uint32)
        yield from _powers(x.view(np.float32)) if positive else (_pair(x.view(np.float32), arity),)


def _powers(x: Array) -> Iterator[tuple[Array, Array]]:
    """Yield ``x`` with every exponent, and with those that make it a power of two between 2^-126 and 2^128."""
    for p in EXPONENTS:
        yield x, np.full_like(x, p)
    scrambled = x.view(np.uint32) * np.uint32(2654435761)
    with np.errstate(all="ignore"):
        yield x, ((scrambled / 2**32 * 254 - 126) / np.log2(x.astype(np.float64))).astype(np.float32)


def _pair(x: Array, arity: int) -> tuple[Array, ...]:
    if arity == 1:
        return (x,)
    bits = x.view(np.uint32)
    scrambled = (bits * np.uint32(2654435761)) ^ (bits >> np.uint32(7))
    same_exponent = (bits & np.uint32(0xFF800000)) | (scrambled & np.uint32(0x007FFFFF))
    return x, np.where(scrambled & np.uint32(1), scrambled, same_exponent).view(np.float32)


@dataclass
class Measured:
    """The worst error of one function so far."""

    inputs: int = 0
    ulp: float = 0.0
    at: tuple[float, ...] = ()
    absolute: float = 0.0


def measure(name: str, stride: int) -> Measured:
    """Measure one function on all inputs."""
    truth, canonical = TRUTHS[name], numpy_function(name)
    worst = Measured()
    for inputs in operands(stride, name):
        with np.errstate(all="ignore"):
            usable = np.all([np.isfinite(v) & ((np.abs(v) >= _SMALLEST) | (v == 0)) for v in inputs], axis=0)
            if name == "half":
                usable &= np.abs(inputs[0]) < 65520
            x = tuple(np.ascontiguousarray(v[usable]) for v in inputs)
            true = truth.wide(*(v.astype(np.float64) for v in x))
            nearest = true.astype(np.float32)
            normal = np.isfinite(true) & (np.abs(true) >= (0 if name == "half" else _SMALLEST))
            normal &= (np.abs(nearest) <= _LARGEST) & (np.abs(true) <= _LARGEST)
            result = canonical(*x).astype(np.float64)
            error = np.where(normal, np.abs(result - true), 0)
            size = np.abs(nearest.astype(np.float16) if name == "half" else nearest)
            unit = np.spacing(size).astype(np.float64)
            ulp = np.where(normal & (x[0] >= truth.least), error / unit, 0)
        worst.inputs += int(normal.sum())
        worst.absolute = max(worst.absolute, float(error[x[0] < truth.least].max(initial=0)))
        for i in np.argsort(ulp)[-_WORST:]:
            if ulp[i] > worst.ulp:
                at = tuple(float(v[i]) for v in x)
                exact = _exact_ulp(truth, at, float(result[i]), float(unit[i]))
                if exact > worst.ulp:
                    worst.ulp, worst.at = exact, at
    return worst


def _exact_ulp(truth: Truth, at: tuple[float, ...], result: float, unit: float) -> float:
    return float(abs(mpmath.mpf(result) - truth.exact(*(mpmath.mpf(v) for v in at))) / unit)


def check_large_arguments(name: str) -> float:
    """Return the largest error in ULP of sin or cos, all by mpmath, for 20000 arguments up to the largest f32."""
    truth, x = TRUTHS[name], np.random.default_rng(5).integers(0x4B000000, 0x7F800000, 20_000, dtype=np.uint32)
    values = x.view(np.float32)
    worst = 0.0
    for value, result in zip(values.tolist(), numpy_function(name)(values).tolist(), strict=True):
        unit = float(np.abs(np.spacing(np.float32(float(truth.exact(mpmath.mpf(value)))))))
        worst = max(worst, _exact_ulp(truth, (value,), result, unit))
    return worst


def main() -> int:
    """Print the table. Return 1 if a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stride", type=int, default=4001, help="every N-th bit pattern (odd; default 4001)")
    parser.add_argument("names", nargs="*", metavar="NAME", help="functions (default: all)")
    arguments = parser.parse_args()
    mpmath.mp.dps = 200
    broken = False
    print("| function | normal results measured | largest error, ULP | at | promised | |\n|---|---|---|---|---|---|")
    for name in arguments.names or [f.name for f in FUNCTIONS if f.anywhere]:
        worst, truth = measure(name, arguments.stride), TRUTHS[name]
        if name in ("sin", "cos"):
            worst.ulp = max(worst.ulp, check_large_arguments(name))
        missed = truth.promise is not None and worst.ulp > truth.promise
        broken |= missed
        promise = "composed" if truth.promise is None else f"{truth.promise:.4g}"
        remark = f"below {truth.least:g}: absolute error {worst.absolute:.3g}" if truth.least > -math.inf else ""
        at = ", ".join(f"{v:.9g}" for v in worst.at)
        ulp = f"{worst.ulp:.3f}{' MISSED' if missed else ''}"
        print(f"| `{name}` | {worst.inputs:,} | {ulp} | {at} | {promise} | {remark} |")
        sys.stdout.flush()
    return int(broken)


if __name__ == "__main__":
    sys.exit(main())
