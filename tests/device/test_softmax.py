"""Softmax and its logarithm on every real adapter have NumPy's bits, of f32 logits and of integer ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from paragon_tui.arithmetic.activations import log_softmax, softmax
from paragon_tui.arithmetic.constants import BLOCK, LANES
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.plan import Buffer, Plan, Step
from tests.support.floats import first_difference
from tests.support.kernels import edited, opened, run_plan

pytestmark = pytest.mark.device

SIZES = [1, 2, 10, 63, 64, 65, 1000, 4096, 4097, 9000]
FORMS = {"softmax": softmax, "log_softmax": log_softmax}
SCALE = np.float32(2.0**-13)


def plan(entry: str, logits: np.ndarray) -> Plan:
    rows, n = logits.shape
    integer = logits.dtype == np.int32
    return Plan(
        entry,
        (Buffer("z", (rows, n), "i32" if integer else "f32", "input"), Buffer("p", (rows, n), "f32", "output")),
        (
            Step(
                parts=("rounding", "elementary", "terms", "logit", "words", "lanes", "softmax_terms", "softmax"),
                entry=entry,
                buffers=("z", "p"),
                writes=1,
                parameters=(("n", n),),
                constants=(("BLOCK", BLOCK), ("INTEGER", int(integer))),
                groups=rows,
                group_items=LANES,
            ),
        ),
    )


def assert_right_bits(device: Any, logits: np.ndarray) -> None:
    for entry, function in FORMS.items():
        expected = function(logits.astype(np.float32) * SCALE if logits.dtype == np.int32 else logits)
        actual = run_plan(device, plan(entry, logits), "p", inputs={"z": logits})["p"]
        difference = first_difference(actual, expected)
        assert difference is None, f"{entry} of {logits.shape} {logits.dtype}: {difference}"


def floats(n: int) -> np.ndarray:
    """Rows of ordinary logits, of differences that underflow, of equal values, of the largest first and last."""
    rng = np.random.default_rng(n)
    usual = rng.normal(0, 3, (2, n)).astype(np.float32)
    far = rng.uniform(-300, 300, n).astype(np.float32)
    huge = rng.uniform(-1e30, 1e30, n).astype(np.float32)
    equal = np.full(n, np.float32(-7.25))
    zeros = np.zeros(n, dtype=np.float32)
    falling = np.linspace(20, -110, n, dtype=np.float32)  # through every exponent of exp, and beyond its last
    return np.stack([*usual, far, huge, equal, zeros, falling, falling[::-1]])


def integers(n: int) -> np.ndarray:
    """Rows around 2^30, where conversion rounds, of all magnitudes, of ties, of equal values, and of the extremes."""
    rng = np.random.default_rng(n)
    near = rng.integers(-(2**17), 2**17, (2, n))
    wide = rng.integers(-(2**30), 2**30 + 1, n)
    small = rng.integers(-(2**15), 2**15, n)
    ties = 2**24 + 2 * rng.integers(0, 2**15, n) + 1  # halfway between two f32
    deep = np.array([2**25 + 2, 2**25 + 6, 2**26 + 4, 2**26 + 12, 2**29 + 96, 2**30 - 32])
    equal = np.full(n, 2**30 - 1)
    extremes = np.resize([2**31 - 1, -(2**31), 2**31 - 64, -(2**31) + 1], n)
    rows = [2**30 + near[0], -(2**30) + near[1], wide, small, ties, -ties, np.resize(deep, n), equal, extremes]
    return np.stack(rows).astype(np.int32)


@pytest.mark.parametrize("n", SIZES)
def test_f32_logits_have_the_references_bits(n: int, device: Any) -> None:
    assert_right_bits(device, floats(n))


@pytest.mark.parametrize("n", SIZES)
def test_integer_logits_have_the_references_bits(n: int, device: Any) -> None:
    assert_right_bits(device, integers(n))


def test_the_rows_of_these_tests_reach_what_they_are_about() -> None:
    """Sums of one and of many blocks, exponentials that are zero, conversions that are ties and go either way."""
    assert min(SIZES) == 1 and max(SIZES) > 2 * BLOCK
    outputs = softmax(floats(1000))
    assert (outputs[2] == 0).any() and (outputs[6] == 0).any() and (outputs[6] > 0).sum() > 100
    assert (outputs[4] == outputs[4, 0]).all()
    ties = integers(1000)[4].astype(np.int64)
    away = ties.astype(np.int32).astype(np.float32).astype(np.int64) - ties
    assert set(away) == {-1, 1}
    assert (softmax(integers(1000)[0].astype(np.float32) * SCALE) > 0).sum() > 100


# One change a kernel, in the words of each language: it must be noticed.
MUTATIONS = {
    "an element is left out of the sum": (
        ("k = first; k < end;", "k = first; k + 1 < end;"),
        ("k = first; k < end;", "k = first; k + 1u < end;"),
    ),
    "blocks go to one lane": (("item == j % 64", "item == 0"), ("item == j % 64u", "item == 0u")),
    "integers are truncated": (
        ("return mul(add((float)(i >> 12) * 4096.0f, (float)(i & 4095)), ", "return mul((float)(i & ~127), "),
        ("return mul(add(f32(i >> 12u) * 4096.0, f32(i & 4095)), ", "return mul(f32(i & ~127), "),
    ),
}


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_changed_kernel_loses_its_bits(
    mutation: str, device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, after = MUTATIONS[mutation][device_adapter.api != "opencl"]
    with (
        edited(monkeypatch, before, after),
        opened(device_adapter) as device,
        pytest.raises(AssertionError, match="differ, first"),
    ):
        assert_right_bits(device, integers(9000))
