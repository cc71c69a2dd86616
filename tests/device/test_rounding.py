"""Division, roots, halves, sine and cosine on every real adapter: NumPy's bits, however badly a device divides."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from paragon_tui import shaders
from paragon_tui.arithmetic import rounding, trigonometric
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.plan import Buffer, Plan, Step
from paragon_tui.backends.probes import least_guard
from tests.support.floats import random_words
from tests.support.kernels import language_of, opened, opened_to_flush, run_plan

pytestmark = pytest.mark.device

Words = np.ndarray
"""Bit patterns, uint32."""
COUNT = 1 << 18  # random bit patterns each function is tried on
SPECIAL = np.array(
    [
        *(0x00000000, 0x80000000, 0x00000001, 0x80000001, 0x007FFFFF, 0x807FFFFF),  # zeros and subnormals
        *(0x00800000, 0x80800000, 0x00800001, 0x7F7FFFFF, 0xFF7FFFFF),  # the smallest and the largest
        *(0x7F800000, 0xFF800000, 0x7FC00000, 0xFFC00000, 0x7F800001, 0xFF800001, 0xFFFFFFFF),  # infinities, NaN
        *(0x3F800000, 0xBF800000, 0x3F7FFFFF, 0x3F800001, 0x40000000, 0x40800000, 0x407FFFFF),  # around one and four
        *(0x477FEFFF, 0x477FF000, 0xC77FF000, 0x387FDFFF, 0x387FE000, 0xB87FE000, 0x38800000),  # the edges of f16
        *(0x33000000, 0xB3000000, 0x33000001, 0x33C00000),  # and of its subnormals
        *(0x3EFFFFFF, 0x3F000000, 0x3F490FDB, 0x3FC90FDB, 0x40490FDB, 0x6F79BE45),  # a half, turns, the nearest to one
    ],
    dtype=np.uint32,
)

ENTRY = {
    "cl": """
__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void tried(__global const float *restrict a, __global const float *restrict b, __global uint *restrict y,
           const uint n, const uint zero) {
    const uint i = get_global_id(0);
    if (i < n) y[i] = CALL;
}
""",
    "wgsl": """
struct Parameters { n: u32, zero: u32 }

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;
@group(0) @binding(3) var<uniform> parameters: Parameters;

@compute @workgroup_size(GROUP)
fn tried(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
         @builtin(local_invocation_index) item: u32) {
    let i = linear_group(group, groups) * GROUP + item;
    if (i < parameters.n) { y[i] = CALL; }
}
""",
}
CALLS = {
    "divide": ("as_uint(canonical_divide(a[i], b[i], zero))", "bitcast<u32>(canonical_divide(a[i], b[i]))"),
    "half_bits": ("canonical_half_bits(a[i], zero)", "canonical_half_bits(a[i])"),
    "widened": ("as_uint(widened(as_uint(a[i])))", "bitcast<u32>(widened(bitcast<u32>(a[i])))"),
    **{
        name: (f"as_uint(canonical_{name}(a[i], zero))", f"bitcast<u32>(canonical_{name}(a[i]))")
        for name in ("recip", "sqrt", "rsqrt", "half", "sin", "cos")
    },
}


def acceptable_half(a: np.ndarray) -> np.ndarray:
    """Return ``a`` with zeros in place of values that the host refuses; the device gives NaN there."""
    return np.where(np.abs(a) < np.float32(65520), a, np.float32(0))


def half(a: np.ndarray) -> Words:
    refused = ~(np.abs(a) < np.float32(65520))
    return np.where(refused, np.uint32(rounding.NAN), rounding.half(acceptable_half(a)).view(np.uint32))


def half_bits(a: np.ndarray) -> Words:
    refused = ~(np.abs(a) < np.float32(65520))
    return np.where(refused, np.uint32(0x7E00), rounding.half_bits(acceptable_half(a)).astype(np.uint32))


def widened(half_bits: Words) -> Words:
    """Return the values of halves in the low 16 bits; all halves, to be compared bit for bit, have quiet NaN only."""
    return half_bits.astype(np.uint16).view(np.float16).astype(np.float32).view(np.uint32)


EXPECTED: dict[str, Callable[[np.ndarray, np.ndarray], Words]] = {
    "divide": lambda a, b: rounding.divide(a, b).view(np.uint32),
    "recip": lambda a, b: rounding.recip(a).view(np.uint32),
    "sqrt": lambda a, b: rounding.sqrt(a).view(np.uint32),
    "rsqrt": lambda a, b: rounding.rsqrt(a).view(np.uint32),
    "half": lambda a, b: half(a),
    "half_bits": lambda a, b: half_bits(a),
    "widened": lambda a, b: widened(a.view(np.uint32)),
    "sin": lambda a, b: trigonometric.sin(a).view(np.uint32),
    "cos": lambda a, b: trigonometric.cos(a).view(np.uint32),
}


@pytest.fixture
def device(device_adapter: Adapter) -> Iterator[Any]:
    with opened(device_adapter) as device:
        yield device


@pytest.fixture
def compute(device: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Words]:
    return computing(device, monkeypatch)


@pytest.fixture(params=["subnormals as they are", "subnormals flushed"])
def compute_halves(
    request: pytest.FixtureRequest, device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Words]]:
    flushed = request.param == "subnormals flushed"
    with opened_to_flush(device_adapter, monkeypatch) if flushed else opened(device_adapter) as device:
        yield computing(device, monkeypatch)


def computing(device: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Words]:
    """Return ``compute(name, a, b, edits)``: the bits of one function, of a kernel in which texts were replaced.

    Division and roots are made with integers, if ``guard`` does not say otherwise.
    """
    original = shaders.source

    def computed(
        name: str,
        a: Words,
        b: Words,
        edits: dict[str, str] | None = None,
        guard: int = shaders.GUARD_DIVISIONS,
    ) -> Words:
        def source(parts: Any, language: shaders.Language, constants: Any) -> str:
            text = original(parts, language, constants)
            for before, after in (edits or {}).items():
                assert before in text, "the edit no longer fits the kernel"
                text = text.replace(before, after)
            return text + ENTRY[language].replace("CALL", CALLS[name][language == "wgsl"])

        monkeypatch.setattr(shaders, "source", source)
        buffers = (
            Buffer("a", (a.size,), "f32", "input"),
            Buffer("b", (a.size,), "f32", "input"),
            Buffer("y", (a.size,), "u32", "output"),
        )
        function = sorted(CALLS).index(name)  # tells the kernels apart
        step = Step(
            parts=("rounding", "trigonometric"),
            entry="tried",
            buffers=("a", "b", "y"),
            writes=1,
            parameters=(("n", a.size),),
            constants=(("FUNCTION", function), ("GUARD", guard)),
            groups=-(-a.size // 64),
            group_items=64,
        )
        operands = {"a": a.view(np.float32), "b": b.view(np.float32)}
        return run_plan(device, Plan(name, buffers, (step,)), "y", inputs=operands)["y"]

    return computed


def first_differences(name: str, a: Words, b: Words, computed: Words) -> list[str]:
    expected = EXPECTED[name](a.view(np.float32), b.view(np.float32))
    wrong = np.flatnonzero(computed != expected)[:4]
    return [f"{name}({a[i]:08x}, {b[i]:08x}) = {computed[i]:08x}, not {expected[i]:08x}" for i in wrong]


def around_ties() -> Words:
    """Every tie between two neighbouring halves of either sign, and the f32 on both sides of it."""
    halves = np.arange(0x7C00, dtype=np.uint16).view(np.float16).astype(np.float32)
    ties = ((halves[1:] + halves[:-1]) / 2).view(np.uint32)
    near = np.concatenate([ties - 1, ties, ties + 1])
    return np.concatenate([near, near | np.uint32(0x80000000)])


def near_ties(count: int) -> tuple[Words, Words]:
    """Dividends and divisors whose quotient is as close as can be to the middle of two f32, from both sides."""
    random = np.random.default_rng(5)
    divisor = random.integers(1 << 22, 1 << 23, count, dtype=np.int64) * 2 + 1
    excess = random.choice(np.array([-3, -1, 1, 3]), count)
    inverse = divisor.copy()
    for _ in range(5):
        inverse = inverse * (2 - divisor * inverse % 2**25) % 2**25
    middle = -excess * inverse % 2**25  # odd: middle·divisor + excess = dividend·2^25
    dividend = (middle * divisor + excess) >> 25
    usable = (middle >= 1 << 24) & (dividend >= 1 << 23) & (dividend < 1 << 24)
    a, b = (
        (word[usable].astype(np.uint32) & np.uint32(0x7FFFFF)) | np.uint32(127 << 23) for word in (dividend, divisor)
    )
    return a, b


ALL_HALVES = np.arange(1 << 16, dtype=np.uint32)


def test_all_halves_are_widened_to_their_values(compute_halves: Callable[..., Words]) -> None:
    computed = compute_halves("widened", ALL_HALVES, ALL_HALVES)
    nan = (ALL_HALVES & 0x7FFF) > 0x7C00  # whatever a NaN has in its other bits, it stays one
    assert not first_differences("widened", ALL_HALVES[~nan], ALL_HALVES[~nan], computed[~nan])
    assert np.isnan(computed[nan].view(np.float32)).all()


@pytest.mark.parametrize("name", ["half", "half_bits"])
def test_all_ties_between_halves_and_their_neighbours_are_rounded_right(
    name: str, compute_halves: Callable[..., Words]
) -> None:
    a = around_ties()
    assert not first_differences(name, a, a, compute_halves(name, a, a))


@pytest.mark.parametrize("name", sorted(CALLS.keys() - {"widened"}))
def test_special_values_and_random_bit_patterns_have_numpys_bits(name: str, compute: Callable[..., Words]) -> None:
    pairs = np.stack(np.meshgrid(SPECIAL, SPECIAL)).reshape(2, -1)
    a, b = random_words(0, COUNT), random_words(1, COUNT)
    b[::2] = (b[::2] & np.uint32(0x807FFFFF)) | (a[::2] & np.uint32(0x7F800000))  # quotients near one
    a, b = np.concatenate([pairs[0], a]), np.concatenate([pairs[1], b])
    assert not first_differences(name, a, b, compute(name, a, b))


def test_quotients_next_to_ties_have_numpys_bits(device: Any, compute: Callable[..., Words]) -> None:
    a, b = near_ties(1 << 16)
    assert a.size > 1 << 13
    for guard in {shaders.GUARD_DIVISIONS, least_guard(device)}:
        assert not first_differences("divide", a, b, compute("divide", a, b, guard=guard))


@pytest.mark.parametrize("name", ["sin", "cos"])
def test_arguments_people_use_and_multiples_of_half_pi_have_numpys_bits(
    name: str, compute: Callable[..., Words]
) -> None:
    random = np.random.default_rng(9)
    turns = random.integers(1, 1 << 22, 1 << 14) * (np.pi / 2)
    a = np.concatenate([random.uniform(-100, 100, 1 << 16), turns, -turns]).astype(np.float32).view(np.uint32)
    assert not first_differences(name, a, a, compute(name, a, a))


SEEDS = {
    "cl": ("1.0f / real_of(sb)", "inverse_root(real_of(m))"),
    "wgsl": ("1.0 / f32(i32(sb))", "inverse_root(f32(i32(m)))"),
}


@pytest.mark.parametrize("factor", ["1.0000004", "0.9999996"])
@pytest.mark.parametrize("name", ["divide", "sqrt", "rsqrt"])
def test_a_device_that_divides_worse_has_the_same_bits(
    name: str, factor: str, device_adapter: Adapter, compute: Callable[..., Words]
) -> None:
    language = language_of(device_adapter)
    worse = {seed: f"({seed}) * {factor}{'f' * (language == 'cl')}" for seed in SEEDS[language]}
    a, b = random_words(1, 1 << 16), random_words(2, 1 << 16)
    assert not first_differences(name, a, b, compute(name, a, b, worse))


MUTATIONS = {
    "divide": {"cl": "remainder < 0 ? 1u : 0u", "wgsl": "select(0u, 1u, remainder < 0)"},
    "sqrt": {"cl": "remainder < 0 ? 1u : 0u", "wgsl": "select(0u, 1u, remainder < 0)"},
    "rsqrt": {"cl": "as_whole(high) >= 0", "wgsl": "bitcast<i32>(high) >= 0"},
    "half": {"cl": "(digits >> shift & 1u)", "wgsl": "((digits >> shift) & 1u)"},
    "sin": {"cl": "0xdb629599u", "wgsl": "0xdb629599u"},
}
REPLACEMENTS = {"rsqrt": "false", "sin": "0xdb629d99u"}


@pytest.mark.parametrize("name", sorted(MUTATIONS))
def test_a_changed_kernel_loses_its_bits(name: str, device_adapter: Adapter, compute: Callable[..., Words]) -> None:
    before = MUTATIONS[name][language_of(device_adapter)]
    a, b = random_words(3, 1 << 18), random_words(4, 1 << 18)
    if name == "half":
        a = (a & np.uint32(0x07FFF000)) | np.uint32(0x40000000)  # half of them are ties
    edits = {before: REPLACEMENTS.get(name, "0u")}
    assert first_differences(name, a, b, compute(name, a, b, edits))
