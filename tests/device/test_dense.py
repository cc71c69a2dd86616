"""Every shape of the dense kernels has the reference's bits, in every dtype, on every adapter."""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from paragon_tui.arithmetic.rounding import half
from paragon_tui.backends.adapter import Adapter
from paragon_tui.engine.worker.open_job import WrongResult
from paragon_tui.engine.worker.parity import check_finite
from paragon_tui.operators.forward import ORDERED_ATOMICS
from paragon_tui.operators.planning import Candidate
from paragon_tui.suites.case import DTYPES
from paragon_tui.suites.data.networks import named
from tests.support.floats import assert_same_bits
from tests.support.graphs import planned, prepared
from tests.support.host_forms import softmax_of
from tests.support.kernels import as_gpu, as_kind, edited, language_of, opened
from tests.support.networks import Layers, graph_of, logits_of

pytestmark = pytest.mark.device

RAGGED = [(1, 1), (13, 7, 3), (63, 65, 10), (784, 300, 10), (4095, 33, 2), (4097, 9, 5), (8200, 17, 4)]


@cache
def parameters(widths: tuple[int, ...], dtype: str) -> Layers:
    """Random layers."""
    random = np.random.default_rng(sum(widths))
    layers: list[tuple[np.ndarray, np.ndarray]] = []
    for k, o in itertools.pairwise(widths):
        if dtype == "i8":
            weights: Any = random.integers(-127, 128, (o, k)).astype(np.int8)
            layers.append((weights, random.integers(-(2**14), 2**14, o).astype(np.int32)))
        else:
            weights = random.uniform(-1, 1, (o, k)).astype(np.float32) * np.float32(np.sqrt(6 / k))
            bias = random.uniform(-1, 1, o).astype(np.float32)
            layers.append((half(weights) if dtype == "f16" else weights, bias))
    return layers


def sample(widths: tuple[int, ...], dtype: str, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    if dtype == "i8":
        return random.integers(0, 128, widths[0]).astype(np.int8)
    x = random.random(widths[0], dtype=np.float32)
    return half(x) if dtype == "f16" else x


def shifts(widths: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(shift(k) for k in widths[:-2])


def shift(columns: int) -> int:
    """About what brings random sums into the range of an activation, some of them past its end."""
    return columns.bit_length() // 2 + 4


def candidates_of(
    layers: Layers, dtype: str, adapter: Adapter, variant: str = "default", bits: tuple[int, ...] = ()
) -> list[Candidate]:
    """The candidates of a network that a sample travels to; ``bits`` are its shifts at i8."""
    return planned(graph_of(layers, dtype, bits), named(layers), adapter, fed=("x",), variant=variant)


def random_network(widths: tuple[int, ...], dtype: str, adapter: Adapter, variant: str = "default") -> list[Candidate]:
    return candidates_of(parameters(widths, dtype), dtype, adapter, variant, shifts(widths))


def reference_of(widths: tuple[int, ...], dtype: str, x: np.ndarray) -> np.ndarray:
    return logits_of(parameters(widths, dtype), x, dtype, shifts(widths))


def assert_right(device: Any, candidate: Candidate, x: np.ndarray, reference: np.ndarray, what: object = "") -> None:
    with prepared(device, candidate) as compute:
        assert_same_bits(compute({"x": x})["logits"], reference, (candidate.plan.name, what))


@pytest.mark.parametrize("kind", ["as it is", "as a GPU"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_shape_has_the_references_bits(dtype: str, kind: str, device_adapter: Adapter, device: Any) -> None:
    adapter = as_kind(kind, device_adapter)
    for widths in RAGGED:
        x = sample(widths, dtype)
        reference = reference_of(widths, dtype, x)
        candidates = random_network(widths, dtype, adapter)
        for candidate in candidates if kind == "as it is" or widths == (63, 65, 10) else candidates[:1]:
            with prepared(device, candidate) as compute:
                for _ in range(2):
                    assert_same_bits(compute({"x": x})["logits"], reference, (candidate.plan.name, widths))


def test_a_compiler_without_byte_pairs_gives_the_same_bits(
    device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    if device_adapter.api != "opencl":
        pytest.skip("OpenCL C's way to int8 sums")
    widths = (784, 300, 10)
    x = sample(widths, "i8")
    reference = reference_of(widths, "i8", x)
    without = "#define __has_builtin(x) 0\n"
    with edited(monkeypatch, "int item_dot(", "int item_dot(", without), opened(device_adapter) as device:
        for candidate in random_network(widths, "i8", replace(device_adapter, type="cpu")):
            assert_right(device, candidate, x, reference)


MANY_BLOCKS = 64 * 4096 + 1
OUTPUTS = [(dtype, outputs) for dtype in DTYPES for outputs in (1, 65, 4097)] + [("f32", MANY_BLOCKS)]
SAME_SOFTMAX = [pytest.param(dtype, MANY_BLOCKS, marks=pytest.mark.exhaustive) for dtype in DTYPES if dtype != "f32"]


@pytest.mark.parametrize(("dtype", "outputs"), [*OUTPUTS, *SAME_SOFTMAX])
def test_outputs_are_the_softmax_of_the_logits_in_every_plan(dtype: str, outputs: int, device: Any) -> None:
    """Of one block of logits, of several, and of more blocks than there are lanes; `forward` has its own softmax."""
    widths = (3, outputs)
    x = sample(widths, dtype)
    reference = reference_of(widths, dtype, x)
    for adapter in (device.adapter, as_gpu(device.adapter)):
        for candidate in random_network(widths, dtype, adapter):
            with prepared(device, candidate) as compute:
                results = compute({"x": x})
            assert_same_bits(results["logits"], reference, candidate.plan.name)
            assert_same_bits(results["output"], softmax_of(reference), candidate.plan.name)


def test_a_zero_with_a_sign_is_a_zero_wherever_it_stands(device: Any) -> None:
    """In weights, biases and inputs -0 gives the bits that +0 gives, and no result is -0."""
    widths = (70, 20, 10)
    signed = [(w.copy(), b.copy()) for w, b in parameters(widths, "f32")]
    for weights, bias in signed:
        weights[::2], bias[::3] = -0.0, -0.0
    x = sample(widths, "f32").copy()
    x[::5] = -0.0
    cleaned = [(w + np.float32(0), b + np.float32(0)) for w, b in signed]
    reference = logits_of(cleaned, x + np.float32(0), "f32")
    assert not (reference.view(np.uint32) == 0x80000000).any()
    for adapter in (device.adapter, as_gpu(device.adapter)):
        for candidate in candidates_of(signed, "f32", adapter):
            assert_right(device, candidate, x, reference)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf], ids=str)
@pytest.mark.parametrize("layer", [0, 1])
def test_what_is_no_number_in_a_weight_reaches_the_result_as_the_reference_has_it(
    value: float, layer: int, device: Any
) -> None:
    """NaN and infinity pass relu as the contract's does (a NaN is +0 behind it); in logits they are a failure."""
    widths = (70, 20, 10)
    made = [(w.copy(), b.copy()) for w, b in parameters(widths, "f32")]
    made[layer][0][3, 5] = value
    x = sample(widths, "f32")
    with np.errstate(invalid="ignore"):
        reference = logits_of(made, x, "f32")
    for candidate in candidates_of(made, "f32", device.adapter):
        with prepared(device, candidate) as compute:
            actual = compute({"x": x})["logits"]
        assert (np.isnan(actual) == np.isnan(reference)).all(), candidate.plan.name
        known = ~np.isnan(reference)
        assert_same_bits(actual[known], reference[known], candidate.plan.name)
        if layer == 1:
            with pytest.raises(WrongResult, match=r"logits\[3\]"):
                check_finite({"logits": actual})


@pytest.mark.parametrize("dtype", DTYPES)
def test_hundreds_of_runs_neither_hang_nor_differ(dtype: str, device_adapter: Adapter, device: Any) -> None:
    """Above all for `forward`, whose work-groups wait for one another: layers of few and of many tiles."""
    widths = (13, 300, 9, 784, 17, 65, 3)
    samples = [sample(widths, dtype, seed) for seed in range(8)]
    references = [reference_of(widths, dtype, x) for x in samples]
    assert len({reference.tobytes() for reference in references}) > 1
    for candidate in random_network(widths, dtype, device_adapter):
        name = candidate.plan.name
        with prepared(device, candidate) as compute:
            for run in range(400 if name == "forward" else 40):
                assert_same_bits(compute({"x": samples[run % 8]})["logits"], references[run % 8], (name, run))


@pytest.mark.parametrize("units", [1, 2, 3, 16])
def test_forward_needs_no_two_groups_at_a_time(units: int, device_adapter: Adapter, device: Any) -> None:
    """Any number of work-groups finish, whether more or fewer than what runs at once."""
    if device_adapter.driver != ORDERED_ATOMICS:
        pytest.skip("forward is for PoCL, whose atomics order memory")
    widths = (784, 300, 10)
    x = sample(widths, "f32")
    reference = reference_of(widths, "f32", x)
    candidate = random_network(widths, "f32", replace(device_adapter, compute_units=units))[0]
    (step,) = candidate.plan.steps
    plan = replace(candidate.plan, steps=(replace(step, groups=units),))
    with prepared(device, replace(candidate, plan=plan)) as compute:
        for _ in range(20):
            assert_same_bits(compute({"x": x})["logits"], reference, units)


def test_halves_at_the_ends_of_their_range_stay_exact(device_adapter: Adapter, device: Any) -> None:
    """The largest and smallest halves, ties, and magnitudes that become +0, as weights, inputs and activations."""
    values = [65504, -65504, 2.0**-14, -(2.0**-15), 2.0**-24, -(2.0**-24), 2.0**-14 - 2.0**-26, 0, -0.0]
    values += [1 + 2.0**-11, 1 + 3 * 2.0**-11, 2048.5, -1 / 3, 1 - 2.0**-12, 2.0**-14 - 2.0**-25, 6.1e-5]
    pool = np.array(values, dtype=np.float32)
    widths = (16, 4 * len(pool), 10)
    # Hidden activations are each value of the pool, near it, and its negative: one weight a row, and the rest zero.
    first = np.zeros((widths[1], 16), dtype=np.float32)
    first[:, 0] = np.concatenate([pool, -pool, pool * np.float32(0.75), pool * np.float32(0.5)])
    second = np.resize(pool[2:], (10, widths[1])).astype(np.float32)
    layers = [(first, np.zeros(widths[1], dtype=np.float32)), (second, np.ones(10, dtype=np.float32))]
    x = np.concatenate([[np.float32(1)], pool[1:]]).astype(np.float32)
    reference = logits_of([(half(w), b) for w, b in layers], half(x), "f16")
    assert np.isfinite(reference).all()
    for adapter in (device_adapter, as_gpu(device_adapter)):
        for candidate in candidates_of(layers, "f16", adapter):
            assert_right(device, candidate, x, reference)


def test_integers_at_the_ends_of_their_range_do_not_saturate(device_adapter: Adapter, device: Any) -> None:
    """Pairs of the largest products, sums near 2^31, activations that are clamped at 127 and at 0."""
    k = 4096
    weights = np.empty((8, k), dtype=np.int8)
    weights[0::2], weights[1::2] = 127, -127
    weights[2, ::2] = -127
    last = np.full((3, 8), 127, dtype=np.int8)
    bias = np.full(8, 2**31 - 2**24 - 127 * 127 * k, dtype=np.int32)  # room for half of the largest shift
    bias[1::2] *= -1
    layers = [(weights, bias), (last, np.array([0, 5, -7], dtype=np.int32))]
    x = np.full(k, 127, dtype=np.int8)
    for bits in (1, 12, 24):
        reference = logits_of(layers, x, "i8", (bits,))
        for adapter in (device_adapter, as_gpu(device_adapter)):
            for candidate in candidates_of(layers, "i8", adapter, bits=(bits,)):
                assert_right(device, candidate, x, reference, bits)


def test_barriers_have_the_references_bits_and_plain_is_near_them(device_adapter: Adapter, device: Any) -> None:
    for widths in [(1, 1), (13, 7, 3), (63, 65, 10), (784, 300, 10)]:
        x = sample(widths, "f32")
        reference = reference_of(widths, "f32", x)
        for variant in ("barriers", "plain"):
            with prepared(device, random_network(widths, "f32", device_adapter, variant)[0]) as compute:
                result = compute({"x": x})["logits"]
            if variant == "barriers":
                assert_same_bits(result, reference, widths)
            np.testing.assert_allclose(result, reference, rtol=1e-4, atol=1e-4)


MUTATIONS: dict[tuple[str, str], list[tuple[str, str]]] = {
    ("cl", "f16"): [("canonical_half(sum", "unrounded(sum"), ("widened8(w[n]) * v[n]", "widened8(w[n]) * v[0]")],
    ("cl", "i8"): [("(positive >> (shift - 1) & 1)", "0"), ("i = n % 32 / 8; i > 0;", "i = 0; i > 0;")],
    ("wgsl", "f16"): [("canonical_half(select", "unrounded(select"), ("high(words << vec4<u32>(16u))", "high(words)")],
    ("wgsl", "i8"): [("((positive >> (shift - 1u)) & 1)", "0"), ("products(weights[row.z + v], x0)", "0")],
}

UNROUNDED = {
    "cl": "static float unrounded(float v, uint zero) { return v; }\n",
    "wgsl": "fn unrounded(v: f32) -> f32 { return v; }\n",
}


@pytest.mark.parametrize("edit", [0, 1])
@pytest.mark.parametrize("dtype", ["f16", "i8"])
def test_a_changed_kernel_loses_its_bits(
    dtype: str, edit: int, device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    language = language_of(device_adapter)
    before, after = MUTATIONS[language, dtype][edit]
    widths = (784, 300, 10)
    x = sample(widths, dtype)
    reference = reference_of(widths, dtype, x)
    with (
        edited(monkeypatch, before, after, UNROUNDED[language]),
        opened(device_adapter) as device,
        prepared(device, random_network(widths, dtype, device_adapter)[0]) as compute,
    ):
        assert compute({"x": x})["logits"].tobytes() != reference.tobytes()
