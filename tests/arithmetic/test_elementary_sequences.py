"""The sequences of NUMERICS.md section 7 once more, in plain Python as they stand there, for ordinary operands."""

from __future__ import annotations

import math
import re
import struct
from importlib.resources import files

import numpy as np
import pytest

from paragon_tui import shaders
from paragon_tui.arithmetic import elementary, power
from paragon_tui.arithmetic.activations import gelu, gelu_tanh, sigmoid, swish
from tests.support.contract import to_f32 as fl
from tests.support.floats import f32


def b(pattern: str) -> float:
    """The f32 with these bits."""
    return float(struct.unpack(">f", bytes.fromhex(pattern))[0])


def bits(x: float) -> int:
    return int(struct.unpack("<i", struct.pack("<f", x))[0])


def of_bits(pattern: int) -> float:
    return float(struct.unpack("<f", struct.pack("<i", pattern))[0])


def horner(coefficients: str, t: float) -> float:
    first, *others = (b(pattern) for pattern in coefficients.split())
    for c in others:
        first = fl(fl(first * t) + c)
    return first


def exp(x: float) -> float:
    x = min(max(x, -104.0), 89.0)
    n = fl(fl(fl(x * b("3fb8aa3b")) + b("4b400000")) - b("4b400000"))
    r = fl(fl(x - fl(n * b("3f318000"))) - fl(n * b("b95e8083")))
    p = horner("39506967 3ab743ce 3c088908 3d2aa9c1 3e2aaaaa 3f000000", r)
    y = fl(fl(fl(p * fl(r * r)) + r) + 1)
    return y * 2.0**n if y * 2.0**n >= 2.0**-126 else 0.0


def logarithm(x: float) -> tuple[float, float, float, float]:
    i = bits(x) - 0x3F3504F3
    r = fl(of_bits((i & 0x007FFFFF) + 0x3F3504F3) - 1)
    z = fl(r * r)
    p = horner("3d9021bb bdebd1b8 3def251a bdfe5d4f 3e11e9bf be2aae50 3e4cceac be7ffffc 3eaaaaaa", r)
    return float(i >> 23), r, fl(0.5 * z), fl(fl(p * r) * z)


def log(x: float) -> float:
    e, r, h, c = logarithm(x)
    t = fl(fl(c + fl(e * b("b95e8083"))) - h)
    return fl(fl(r + t) + fl(e * b("3f318000")))


def scaled(x: float, high: str, low: str, whole: str, rest: str) -> float:
    e, r, h, c = logarithm(x)
    w, rest_value = fl(e * b(whole)), fl(e * b(rest))
    head = of_bits(bits(fl(r - h)) & ~0xFFF)
    tail = fl(fl(fl(r - head) - h) + c)
    a = fl(head * b(high))
    rounded = fl(fl(fl(fl(tail + head) * b(low)) + fl(tail * b(high))) + rest_value)
    s = fl(w + a)
    return fl(s + fl(rounded + fl(fl(w - s) + a)))


def log2(x: float) -> float:
    return scaled(x, "3fb8a000", "39a3b296", "3f800000", "00000000")


def log10(x: float) -> float:
    return scaled(x, "3ede5000", "38bd8a93", "3e9a0000", "39826a14")


def signed(x: float, y: float) -> float:
    return -y if x < 0 else y


def tanh(x: float) -> float:
    a = min(abs(x), 10.0)
    if abs(x) < 2.0**-14:
        return x
    if abs(x) < 0.625:
        z = fl(a * a)
        return signed(x, fl(fl(fl(horner("bbbaf0ea 3ca9134e bd5c1e2d 3e088393 beaaaa99", z) * z) * a) + a))
    return signed(x, fl(1 - fl(2 / fl(exp(2 * a) + 1))))


def erf(x: float) -> float:
    a = min(abs(x), 4.0)
    if abs(x) < 2.0**-14:
        lifted = a * 2.0**32
        return signed(x, fl(fl(b("3e0375d4") * lifted) + lifted) * 2.0**-32)
    if abs(x) < 0.9375:
        p = horner("38a7c72c ba530937 3baa2554 bcdc0090 3de716b2 bec093a0 3e0375d4", fl(a * a))
        return signed(x, fl(fl(p * a) + a))
    return signed(x, fl(1 - exp(fl(horner("395fbd5f bb525d4e 3cbb61a2 bdd78628 bf22bfb6 bf9072f8", a) * a))))


def written_sigmoid(x: float) -> float:
    e = exp(-abs(x))
    y = fl((e if x < 0 else 1.0) / fl(1 + e))
    return y if y >= 2.0**-126 else 0.0


def gated(x: float, gate: float) -> float:
    if abs(x) >= 104 or abs(x) < 2.0**-125:
        return x if x >= 104 else 0.0
    return fl(x * gate) + 0.0


def written_swish(x: float) -> float:
    return gated(x, written_sigmoid(x))


def written_gelu(x: float) -> float:
    return gated(x, fl(fl(1 + erf(fl(x * b("3f3504f3")))) * 0.5) if abs(x) < 104 else 1.0)


def written_gelu_tanh(x: float) -> float:
    if abs(x) >= 104:
        return gated(x, 1.0)
    return gated(x, written_sigmoid(fl(fl(x * b("3fcc422a")) * fl(fl(fl(x * x) * b("3d372713")) + 1))))


def cut(x: float) -> float:
    return of_bits(bits(x) & ~0xFFF)


PARTS = """
3f3504f3 3fb00000 beeb3c00 37307f34
3f430c31 3fa00000 bea4d400 35f6865d
3f579436 3f900000 be2e0000 b651cfdf
3f6a0ea1 3f880000 bdb32000 3510536f
3f783e10 3f800000 00000000 00000000
3f842108 3f700000 3dbeb000 3492d9f7
3f8d3dcb 3f600000 3e454800 b74fea81
3f9d89d9 3f400000 3ed48000 b5d1cfdf
"""


def written_pow(x: float, p: float) -> float:
    p = 0.0 if abs(p) < 2.0**-40 else math.copysign(min(abs(p), 2.0**32), p)
    i = bits(x) - 0x3F3504F3
    e, m = float(i >> 23), of_bits((i & 0x007FFFFF) + 0x3F3504F3)
    rows = [[b(pattern) for pattern in row.split()] for row in PARTS.split("\n")[1:-1]]
    _, c, high, low = [row for row in rows if row[0] <= m][-1]
    k = cut(m)
    r = fl(fl(fl(k * c) - 1) + fl(fl(m - k) * c))
    assert r == m * c - 1
    h = cut(r)
    w = fl(fl(0.5 * h) * h)
    q = horner("3e13dae9 be2bb822 3e4ccb02 be7fff84 3eaaaaab", r)
    rest = fl(fl(fl(q * fl(r * r)) * r) - fl(fl(0.5 * fl(r + h)) * fl(r - h)))
    head = cut(fl(r - w))
    tail = fl(fl(fl(r - head) - w) + rest)
    a = fl(head * b("3fb8a000"))
    rounded = fl(fl(fl(fl(tail + head) * b("39a3b296")) + fl(tail * b("3fb8a000"))) + low)
    whole = fl(e + high)
    assert w == h * h / 2 and a == head * b("3fb8a000") and whole == e + high
    s = fl(whole + a)
    l = fl(fl(fl(whole - s) + a) + rounded)  # noqa: E741 - its name in NUMERICS.md
    p1, s1 = cut(p), cut(s)
    p2, s2 = fl(p - p1), fl(s - s1)
    t = fl(p * s)
    error = fl(fl(fl(fl(p1 * s1) - t) + fl(p1 * s2)) + fl(p2 * s1))
    u = fl(fl(error + fl(p2 * s2)) + fl(p * l))
    if abs(t) >= 160:
        return math.inf if t > 0 else 0.0
    n = fl(fl(t + b("4b400000")) - b("4b400000"))
    g = fl(t - n)
    f = fl(g + u)
    head = cut(f)
    tail = fl(fl(f - head) + fl(u - fl(f - g)))
    q = horner("378081fb 3922102c 3aaec383 3c1d9526 3d635847 3e75fdf0", f)
    a = fl(head * b("3f318000"))
    rounded = fl(fl(fl(tail * b("3f318000")) + fl(f * b("b95e8083"))) + fl(q * fl(f * f)))
    s = fl(1 + a)
    y = fl(s + fl(fl(fl(1 - s) + a) + rounded)) * 2.0**n
    return math.inf if y >= 2.0**128 else y if y >= 2.0**-126 else 0.0


ANYWHERE = {
    "tanh": (elementary.tanh, tanh),
    "erf": (elementary.erf, erf),
    "sigmoid": (sigmoid, written_sigmoid),
    "swish": (swish, written_swish),
    "gelu": (gelu, written_gelu),
    "gelu_tanh": (gelu_tanh, written_gelu_tanh),
}
POSITIVE = {
    "log": (elementary.log, log),
    "log2": (elementary.log2, log2),
    "log10": (elementary.log10, log10),
}


def arguments() -> np.ndarray:
    rng = np.random.default_rng(11)
    exponents = rng.uniform(-125, 127, 4000)
    spread = (2.0**exponents * rng.choice([-1, 1], 4000)).astype(np.float32)
    return np.concatenate([spread, rng.uniform(-12, 12, 4000).astype(np.float32), f32(1, -1, 0.5, 104, -104)])


@pytest.mark.parametrize("name", ANYWHERE)
def test_functions_of_any_number_have_the_bits_of_their_written_sequence(name):
    canonical, written = ANYWHERE[name]
    expected = np.array([written(x) for x in arguments().tolist()], dtype=np.float32)
    assert canonical(arguments()).tobytes() == expected.tobytes()


@pytest.mark.parametrize("name", POSITIVE)
def test_logarithms_have_the_bits_of_their_written_sequence(name):
    canonical, written = POSITIVE[name]
    x = np.abs(arguments())
    expected = np.array([written(value) + 0.0 for value in x.tolist()], dtype=np.float32)
    assert canonical(x).tobytes() == expected.tobytes()


def test_pow_has_the_bits_of_its_written_sequence():
    x, random = np.abs(arguments()), np.random.default_rng(12)
    t = random.uniform(-170, 170, x.size)
    with np.errstate(all="ignore"):
        any_size = (t / np.log2(x.astype(np.float64))).astype(np.float32)
    p = np.where(np.isfinite(any_size), any_size, 2)
    p[::7] = random.choice(f32(0.5, -0.5, 2.5, 1e-13, 1e30, -1e30), p[::7].size)
    expected = np.array([written_pow(*each) for each in zip(x.tolist(), p.tolist(), strict=True)], dtype=np.float32)
    assert power.pow(x, p).tobytes() == expected.tobytes()


def patterns_in(text: str) -> set[str]:
    return set(re.findall(r"0x([0-9a-f]{8})u?\b", text))


# Limits and masks, which NUMERICS.md gives as numbers or in words.
IN_WORDS = {
    *("80000000", "7fffffff", "00800000", "fffff000", "ff800000", "7f800000", "7fc00000", "3f800000"),
    *("42d00000", "41200000", "40800000", "38800000", "3f200000", "3f700000", "01000000"),
    *("4f800000", "2f800000"),
}


@pytest.mark.parametrize("part", ["elementary", "activations", "power"])
def test_every_constant_of_a_kernel_is_written_down(part):
    section = (files(shaders) / "NUMERICS.md").read_text(encoding="utf-8").partition("## 7.")[2].partition("## 8.")[0]
    cl, wgsl = ((files(shaders) / f"{part}.{language}").read_text(encoding="utf-8") for language in ("cl", "wgsl"))
    assert patterns_in(cl) - IN_WORDS == patterns_in(wgsl) - IN_WORDS
    assert patterns_in(cl) - IN_WORDS <= set(re.findall(r"\b[0-9a-f]{8}\b", section))
