"""The sequences of NUMERICS.md section 7 once more, in plain Python as they stand there, for ordinary operands."""

from __future__ import annotations

import re
import struct
from importlib.resources import files

import numpy as np
import pytest

from paragon_tui import shaders
from paragon_tui.arithmetic import elementary
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


def patterns_in(text: str) -> set[str]:
    return set(re.findall(r"0x([0-9a-f]{8})u?\b", text))


# Limits and masks, which NUMERICS.md gives as numbers or in words.
IN_WORDS = {
    *("80000000", "7fffffff", "00800000", "fffff000", "ff800000", "7f800000", "7fc00000", "3f800000"),
    *("42d00000", "41200000", "40800000", "38800000", "3f200000", "3f700000", "01000000"),
    *("4f800000", "2f800000"),
}


@pytest.mark.parametrize("part", ["elementary", "activations"])
def test_every_constant_of_a_kernel_is_written_down(part):
    section = (files(shaders) / "NUMERICS.md").read_text(encoding="utf-8").partition("## 7.")[2].partition("## 8.")[0]
    cl, wgsl = ((files(shaders) / f"{part}.{language}").read_text(encoding="utf-8") for language in ("cl", "wgsl"))
    assert patterns_in(cl) - IN_WORDS == patterns_in(wgsl) - IN_WORDS
    assert patterns_in(cl) - IN_WORDS <= set(re.findall(r"\b[0-9a-f]{8}\b", section))
