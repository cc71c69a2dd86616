"""The suite mlp: its canonical arithmetic beside finite differences and libraries; what it costs and refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from paragon_tui.backends.device import Unsupported, check_limits
from paragon_tui.suites import mlp, mlp_network
from paragon_tui.suites.case import Case
from paragon_tui.operators.contractions import Contraction, Operand, Variant, contraction
from paragon_tui.suites.operation import operation
from tests.support.devices import Arrays
from tests.support.examples import GPU, LLVMPIPE, POCL, adapter
from tests.support.host_forms import host_outputs, skip_without

WIDTHS, BATCH = (13, 70, 5), 9
FORWARD = Case("mlp", "mlp-tiny-forward", "mlp-forward", WIDTHS, batch=BATCH)
BACKWARD = replace(FORWARD, id="mlp-tiny-backward", operation="mlp-backward")
CASES = {case.id: case for case in mlp.SUITE.cases}


def computed(case: Case, dtype: str, implementation: str) -> Arrays:
    return host_outputs(case, dtype, implementation, runs=2)


def outputs(parameters: dict[str, Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The plain forward pass in binary64."""
    wide = {name: np.asarray(values, dtype=np.float64) for name, values in parameters.items()}
    z = wide["x"] @ wide["w1"].T + wide["b1"]
    result: np.ndarray[Any, np.dtype[np.float64]] = np.where(z > 0, z, 0.01 * z) @ wide["w2"].T + wide["b2"]
    return result


def test_forward_is_the_plain_network_within_tolerance():
    right = outputs(operation("mlp-forward").inputs(FORWARD, "f32"))
    np.testing.assert_allclose(computed(FORWARD, "f32", "reference")["y"], right, rtol=1e-5, atol=1e-5)


def test_gradients_are_the_finite_differences():
    """Of the sum of y·dy, in binary64: leaky relu's kinks aside, y is linear in each parameter over a small step."""
    parameters = operation("mlp-forward").inputs(FORWARD, "f32")
    dy = operation("mlp-backward").inputs(BACKWARD, "f32")["dy"].astype(np.float64)
    buffers = computed(BACKWARD, "f32", "reference")
    gradients = {
        "w1": buffers["layer1"][:, :-1],
        "b1": buffers["layer1"][:, -1],
        "w2": buffers["layer2"][:, :-1],
        "b2": buffers["layer2"][:, -1],
        "x": buffers["dx"],
    }
    random, step = np.random.default_rng(5), 1e-6
    for name, gradient in gradients.items():
        for index in random.choice(gradient.size, 4, replace=False):
            moved = {key: np.array(values, dtype=np.float64) for key, values in parameters.items()}
            sides = []
            for sign in (1, -1):
                moved[name].reshape(-1)[index] += sign * step
                sides.append((outputs(moved) * dy).sum())
                moved[name].reshape(-1)[index] -= sign * step
            difference = (sides[0] - sides[1]) / (2 * step)
            assert gradient.reshape(-1)[index] == pytest.approx(difference, rel=1e-3, abs=1e-4), (name, index)


@pytest.mark.parametrize("dtype", mlp_network.DTYPES)
@pytest.mark.parametrize("case", [FORWARD, BACKWARD], ids=lambda case: case.operation)
def test_numpys_form_is_near_the_reference(case: Case, dtype: str):
    for name, right in computed(case, dtype, "reference").items():
        np.testing.assert_allclose(computed(case, dtype, "numpy")[name], right, rtol=2e-3, atol=2e-3)


@pytest.mark.parametrize("dtype", mlp_network.DTYPES)
@pytest.mark.parametrize("case", [FORWARD, BACKWARD], ids=lambda case: case.operation)
def test_torchs_form_is_near_the_reference(case: Case, dtype: str):
    skip_without("torch")
    for name, right in computed(case, dtype, "reference").items():
        np.testing.assert_allclose(computed(case, dtype, "torch")[name], right, rtol=2e-3, atol=2e-3)


def test_gradients_are_those_of_autograd():
    torch = pytest.importorskip("torch", reason="PyTorch is an extra")
    inputs = operation("mlp-forward").inputs(FORWARD, "f32")
    tensors = {name: torch.tensor(values, requires_grad=True) for name, values in inputs.items()}
    h = torch.nn.functional.leaky_relu(tensors["x"] @ tensors["w1"].T + tensors["b1"], 0.01)
    y = h @ tensors["w2"].T + tensors["b2"]
    y.backward(torch.tensor(operation("mlp-backward").inputs(BACKWARD, "f32")["dy"]))
    gradients = [tensors[name].grad.numpy().ravel() for name in ("w1", "b1", "w2", "b2", "x")]
    actual = operation("mlp-backward").answer(BACKWARD, "f32", computed(BACKWARD, "f32", "reference")).values
    np.testing.assert_allclose(actual, np.concatenate(gradients), rtol=1e-4, atol=1e-4)


def test_halves_are_rounded_ahead_of_products_alone():
    inputs = operation("mlp-backward").inputs(BACKWARD, "f16")
    for name, values in inputs.items():
        assert (values == values.astype(np.float16)).all(), name
    y = computed(FORWARD, "f16", "reference")["y"]
    assert (y != y.astype(np.float16)).any()


@pytest.mark.parametrize("dtype", mlp_network.DTYPES)
def test_a_samples_output_does_not_depend_on_its_batch(dtype: str):
    rows = {batch: computed(replace(FORWARD, batch=batch), dtype, "reference")["y"] for batch in (1, 5, 256)}
    assert rows[256][:1].tobytes() == rows[1].tobytes()
    assert rows[256][:5].tobytes() == rows[5].tobytes()


def test_sizes_are_told_with_their_batch():
    assert operation("mlp-forward").describe(CASES["mlp-small-forward"]) == "64 → 64 → 16, batch 256"
    assert operation("mlp-backward").describe(replace(BACKWARD, batch=1024)) == "13 → 70 → 5, batch 1,024"


def test_backward_costs_twice_the_products_of_forward():
    ways = {way: operation(f"mlp-{way}").cost(CASES[f"mlp-small-{way}"], "f32") for way in ("forward", "backward")}
    weights, batch = 64 * (64 + 16), 256
    assert ways["forward"].operations == batch * (2 * weights + 80)
    assert ways["backward"].operations == batch * (4 * weights + 80 + 64)
    assert ways["forward"].bytes == 4 * (batch * 80 + weights + 80)


def test_there_are_three_variants_of_two_dtypes():
    for way in ("forward", "backward"):
        module = operation(f"mlp-{way}")
        assert {dtype: module.variants(dtype)[0:1] for dtype in ("f32", "f16", "i8")} == {
            "f32": ("tiled",),
            "f16": ("tiled",),
            "i8": (),
        }
        assert module.tier("f16", "tiled") == "guarded"


@pytest.mark.parametrize("case", [FORWARD, BACKWARD], ids=lambda case: case.operation)
def test_a_batch_that_is_too_much_is_refused_before_anything_is_made(case: Case):
    module, huge = operation(case.operation), replace(case, batch=10**9)
    with pytest.raises(Unsupported, match=r"takes batches of up to [\d,]+ samples, not of 1,000,000,000"):
        module.plans(huge, "f32", "tiled", GPU)
    with pytest.raises(Unsupported, match="takes batches of up to"):
        module.inputs(huge, "f32")


def test_a_batch_that_exceeds_a_buffer_is_refused():
    small = adapter("vulkan:0", max_buffer_bytes=2**20)
    (plan,) = operation("mlp-forward").plans(replace(CASES["mlp-small-forward"], batch=10**5), "f32", "for-loop", small)
    with pytest.raises(Unsupported, match="MiB per buffer"):
        check_limits(plan, small)


def contraction_of(rows: int, depth: int, columns: int, **more: Any) -> Contraction:
    a, b, y = Operand("a", depth, 1), Operand("b", depth, 1), Operand("y", columns, 1)
    return Contraction(rows, depth, columns, a, b, y, **more)


def test_a_contraction_says_what_its_kernels_cannot_count():
    with pytest.raises(Unsupported, match="big needs 4,295,032,832 elements, more than the 2"):
        contraction("big", contraction_of(65537, 65536, 1), "f32", "for-loop", POCL)
    with pytest.raises(Unsupported, match="sums of at most 262,144 products are supported, deep has 262,145"):
        contraction("deep", contraction_of(1, 262145, 1), "f32", "tiled", POCL)


def test_a_contraction_has_an_extra_operand_where_its_kind_takes_one():
    with pytest.raises(ValueError, match="kind bias needs an extra operand"):
        contraction_of(1, 1, 1, epilogue="bias")
    with pytest.raises(ValueError, match="kind plain has no extra operand"):
        contraction_of(1, 1, 1, extra=Operand("bias", 1, 1))
    with pytest.raises(ValueError, match="no bias"):
        contraction_of(1, 1, 1, epilogue="bias", extra=Operand("bias", 1, 1), ones=True)


@pytest.mark.parametrize("variant", mlp_network.VARIANTS)
def test_a_sum_that_a_driver_would_end_early_is_refused(variant: Variant):
    contraction("deep", contraction_of(1, 50_000, 1), "f32", variant, POCL)
    contraction("deep", contraction_of(1, 3_000, 1), "f32", variant, LLVMPIPE)
    with pytest.raises(Unsupported, match="ends loops after 65,535 rounds, too early for deep's 50,000 products"):
        contraction("deep", contraction_of(1, 50_000, 1), "f32", variant, LLVMPIPE)


def test_loops_are_kept_short_where_a_driver_ends_them():
    """Every column once, the ones at the end: few in a launch on Mesa's software driver, all in one elsewhere."""
    c = contraction_of(3, 512, 200, ones=True)
    (_, whole), (_, parts) = (contraction("layer", c, "f32", "for-loop", where) for where in (POCL, LLVMPIPE))
    assert len(whole) == 1 and len(parts) > 1
    counts = [(dict(step.parameters)["columns"], dict(step.parameters)["ones"]) for step in parts]
    assert sum(columns for columns, _ in counts) == 200 and [ones for _, ones in counts[-2:]] == [0, 1]
