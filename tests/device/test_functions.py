"""Every function of the registry has NumPy's bits on every real adapter, for whatever bits come in.

Two hundred and sixty thousand inputs each in the gate; ``pytest -m exhaustive tests/device/test_functions.py`` takes
2^24 each, some minutes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from paragon_tui.arithmetic.functions import FUNCTIONS, Function, function, numpy_function
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.plan import Plan
from paragon_tui.operators.elementwise import OPERANDS
from tests.support.floats import f32
from tests.support.kernels import PRAGMA, edited, opened, skip_unless_contracting
from tests.support.maps import map_plan, map_plans

RAGGED = (1, 63, 64, 65, 4095, 4097)
CHUNK = 1 << 22  # elements a dispatch, at most
CACHED = 1 << 16  # elements of the reference at a time
NAN = np.uint32(0x7FC00000)

MAGNITUDES = [
    *(0x00000000, 0x00000001, 0x00400000, 0x007FFFFF),  # zero and subnormals
    *(0x00800000, 0x7F7FFFFF, 0x7F800000),  # the smallest and the largest normal, infinity
    *(0x7F800001, 0x7FBFFFFF, 0x7FC00000, 0x7FC12345, 0x7FFFFFFF),  # signalling and quiet NaNs
    *(0x01000000, 0x38800000, 0x3F000000, 0x3F200000, 0x3F3504F3, 0x3F700000, 0x3F800000, 0x3FB504F3),  # branches
    *(0x40800000, 0x41200000, 0x42AEAC50, 0x42B17218, 0x42B20000, 0x42D00000),  # limits
    *(0x38000000, 0x387FE000, 0x477FF000, 0x3FC90FDB, 0x40490FDB),  # halves, quarter turns
]


def special_bits() -> np.ndarray:
    """Zeros, subnormals, extremes, infinities, NaNs, every branch and its neighbours, of both signs."""
    centres = np.array(MAGNITUDES, dtype=np.int64)
    near = np.unique(np.clip(centres[:, np.newaxis] + np.arange(-3, 4), 0, 0x7FFFFFFF)).astype(np.uint32)
    return np.concatenate([near, near | np.uint32(0x80000000)])


def inputs(f: Function, n: int, seed: int) -> dict[str, np.ndarray]:
    """Special values first (for two operands every pair), then random bits, a quarter of them within (-20, 20).

    For a function that is not defined everywhere the special values are small numbers that cancel and tie, and the
    random ones have no exponents with which a product of two, or the sum's last bit, would leave the normal range.
    """
    rng = np.random.default_rng(seed)
    values = {name: rng.integers(0, 2**32, n, dtype=np.uint32) for name in OPERANDS[f.arity]}
    special = special_bits()
    if not f.anywhere:
        numbers = f32(0, -0.0, 1, -1, 0.5, 1.5, -1.5, 1 + 2**-23, 1 - 2**-24, 2**-24, 2**24, 2**-60, -(2**60))
        special = numbers.view(np.uint32)
        for name, bits in values.items():
            exponents = rng.integers(127 - 39, 127 + 60, n, dtype=np.uint32) << np.uint32(23)
            values[name] = (bits & np.uint32(0x807FFFFF)) | exponents
    for bits in values.values():
        bits[: n // 4] = rng.uniform(-20, 20, n // 4).astype(np.float32).view(np.uint32)
    for bits, edge in zip(values.values(), np.meshgrid(*[special] * f.arity), strict=True):
        bits[: edge.size] = edge.ravel()[:n]
    return {name: bits.view(np.float32) for name, bits in values.items()}


def reference(f: Function, operands: list[np.ndarray]) -> np.ndarray:
    """NumPy's bits. On the host ``half`` refuses what a kernel answers with NaN."""
    parts = []
    for start in range(0, operands[0].size, CACHED):
        part = [values[start : start + CACHED] for values in operands]
        if f.name == "half":
            fits = (part[0].view(np.uint32) & np.uint32(0x7FFFFFFF)) < np.uint32(0x477FF000)
            result = numpy_function("half")(np.where(fits, part[0], np.float32(0))).view(np.uint32)
            parts.append(np.where(fits, result, NAN))
        else:
            parts.append(numpy_function(f.name)(*part).view(np.uint32))
    return np.concatenate(parts)


@contextmanager
def prepared(device: Any, plan: Plan) -> Iterator[Any]:
    program = device.prepare(plan)
    try:
        yield program
    finally:
        program.close()


def first_difference(program: Any, f: Function, given: dict[str, np.ndarray]) -> str | None:
    """The first element whose bits are not the reference's, in words."""
    program.run(given)
    bits = program.read(("y",))["y"].view(np.uint32)
    expected = reference(f, list(given.values()))
    different = np.flatnonzero(bits != expected)
    if not different.size:
        return None
    i = int(different[0])
    operands = ", ".join(f"{int(values.view(np.uint32)[i]):08x}" for values in given.values())
    return f"{f.name}({operands}) = {bits[i]:08x}, not {expected[i]:08x}; {different.size} differ"


every_function = pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.name)


@pytest.mark.device
@every_function
def test_every_function_has_the_references_bits_in_every_plan_and_at_every_size(f: Function, device: Any) -> None:
    n = (1 << 16) - 5  # ragged: the last work-group is not full, and neither is the last vector
    given = inputs(f, n, seed=1)
    for plan in map_plans(f, n, device.adapter):
        with prepared(device, plan) as program:
            assert not first_difference(program, f, given), plan.name
    for size in RAGGED:
        few = {name: values[:size] for name, values in given.items()}
        for plan in map_plans(f, size, device.adapter):
            with prepared(device, plan) as program:
                assert not first_difference(program, f, few), (plan.name, size)


@pytest.mark.exhaustive
@every_function
def test_every_function_has_the_references_bits_for_millions_of_inputs(f: Function, device: Any) -> None:
    with prepared(device, map_plan(f, CHUNK, device.adapter)) as program:
        for seed in range(2, 2 + (1 << 24) // CHUNK):
            assert not first_difference(program, f, inputs(f, CHUNK, seed))


def powers(n: int, seed: int) -> dict[str, np.ndarray]:
    """Positive numbers and exponents that make powers of two between 2^-150 and 2^150 of them; some are negative."""
    rng = np.random.default_rng(seed)
    x = rng.integers(0x00800000, 0x7F800000, n, dtype=np.uint32).view(np.float32)
    x[::2] = rng.uniform(0.5, 2, x[::2].size)
    with np.errstate(divide="ignore"):
        p = (rng.uniform(-150, 150, n) / np.log2(x.astype(np.float64))).astype(np.float32)
    p[::8] = rng.integers(-9, 10, p[::8].size)
    x[::16] *= np.float32(-1)
    return {"a": x, "b": p}


@pytest.mark.device
def test_powers_of_ordinary_numbers_have_the_references_bits(device: Any) -> None:
    f, n = function("pow"), (1 << 16) - 5
    for plan in map_plans(f, n, device.adapter):
        with prepared(device, plan) as program:
            assert not first_difference(program, f, powers(n, seed=1)), plan.name


@pytest.mark.exhaustive
def test_powers_of_millions_of_ordinary_numbers_have_the_references_bits(device: Any) -> None:
    f = function("pow")
    with prepared(device, map_plan(f, CHUNK, device.adapter)) as program:
        for seed in range(2, 2 + (1 << 24) // CHUNK):
            assert not first_difference(program, f, powers(CHUNK, seed))


@pytest.mark.device
@pytest.mark.parametrize("digit", ["0x37307f34u", "0x3eaaaaabu", "0x3e75fdf0u"])
def test_another_digit_of_a_power_is_noticed(
    digit: str, device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    f, n = function("pow"), 1 << 16
    plan = map_plan(f, n, device_adapter)
    changed = f"{int(digit[:-1], 16) ^ 16:#010x}u"
    with edited(monkeypatch, digit, changed), opened(device_adapter) as device, prepared(device, plan) as program:
        assert first_difference(program, f, powers(n, seed=1))


# One bit of a coefficient, or OpenCL's switch: an edited kernel must be noticed.
MUTATIONS = [
    ("exp", "0x3e2aaaaau", "0x3e2aaaabu"),
    ("log10", "0x39826a14u", "0x39826a15u"),
    ("tanh", "0xbeaaaa99u", "0xbeaaaa9au"),
    ("erf", "0xbf9072f8u", "0xbf9072f9u"),
    ("gelu_tanh", "0x3d372713u", "0x3d372714u"),
    ("leaky_relu", "0x3c23d70au", "0x3c23d70bu"),
    ("lerp", "0x3e99999au", "0x3e99999bu"),
    ("log2", PRAGMA, ""),
    ("fma", PRAGMA, ""),
]


@pytest.mark.device
@pytest.mark.parametrize(("name", "before", "after"), MUTATIONS, ids=[name for name, _, _ in MUTATIONS])
def test_a_changed_kernel_loses_its_bits(
    name: str, before: str, after: str, device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    if device_adapter.api != "opencl" and not before.startswith("0x"):
        pytest.skip("that edit is OpenCL C's")
    if before == PRAGMA:
        skip_unless_contracting(device_adapter)
    f, n = function(name), 1 << 16
    plan = map_plan(f, n, device_adapter)
    with edited(monkeypatch, before, after), opened(device_adapter) as device, prepared(device, plan) as program:
        assert first_difference(program, f, inputs(f, n, seed=1))
