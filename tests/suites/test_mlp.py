"""The suite mlp: its canonical arithmetic beside finite differences and libraries; what it costs and refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from paragon_tui.backends.device import Unsupported, check_limits
from paragon_tui.suites import mlp
from paragon_tui.suites.case import Case
from paragon_tui.suites.computation import computation
from paragon_tui.suites.workloads.mlp import WORKLOADS
from paragon_tui.suites.workloads.workload import HALVES
from tests.support.devices import Arrays
from tests.support.examples import adapter
from tests.support.host_forms import host_outputs, host_values, skip_without

WIDTHS, BATCH = (13, 70, 5), 9
FORWARD = Case("mlp", "mlp-tiny-forward", "mlp-forward", WIDTHS, batch=BATCH)
BACKWARD = replace(FORWARD, id="mlp-tiny-backward", operation="mlp-backward")
CASES = {case.id: case for case in mlp.SUITE.cases}


def operands(case: Case, dtype: str = "f32") -> Arrays:
    return computation(case, dtype).operands


def computed(case: Case, dtype: str, implementation: str) -> Arrays:
    return host_outputs(case, dtype, implementation, runs=2)


def outputs(parameters: dict[str, Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The plain forward pass in binary64."""
    wide = {name: np.asarray(values, dtype=np.float64) for name, values in parameters.items()}
    z = wide["x"] @ wide["w1"].T + wide["b1"]
    result: np.ndarray[Any, np.dtype[np.float64]] = np.where(z > 0, z, 0.01 * z) @ wide["w2"].T + wide["b2"]
    return result


def test_forward_is_the_plain_network_within_tolerance():
    right = outputs(operands(FORWARD))
    np.testing.assert_allclose(computed(FORWARD, "f32", "reference")["y"], right, rtol=1e-5, atol=1e-5)


def test_gradients_are_the_finite_differences():
    """Of the sum of y·dy, in binary64: leaky relu's kinks aside, y is linear in each parameter over a small step."""
    parameters = operands(FORWARD)
    dy = operands(BACKWARD)["dy"].astype(np.float64)
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


@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize("case", [FORWARD, BACKWARD], ids=lambda case: case.operation)
def test_numpys_form_is_near_the_reference(case: Case, dtype: str):
    for name, right in computed(case, dtype, "reference").items():
        np.testing.assert_allclose(computed(case, dtype, "numpy")[name], right, rtol=2e-3, atol=2e-3)


@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize("case", [FORWARD, BACKWARD], ids=lambda case: case.operation)
def test_torchs_form_is_near_the_reference(case: Case, dtype: str):
    skip_without("torch")
    for name, right in computed(case, dtype, "reference").items():
        np.testing.assert_allclose(computed(case, dtype, "torch")[name], right, rtol=2e-3, atol=2e-3)


def test_gradients_are_those_of_autograd():
    torch = pytest.importorskip("torch", reason="PyTorch is an extra")
    tensors = {name: torch.tensor(values, requires_grad=True) for name, values in operands(FORWARD).items()}
    h = torch.nn.functional.leaky_relu(tensors["x"] @ tensors["w1"].T + tensors["b1"], 0.01)
    y = h @ tensors["w2"].T + tensors["b2"]
    y.backward(torch.tensor(operands(BACKWARD)["dy"]))
    gradients = [tensors[name].grad.numpy().ravel() for name in ("w1", "b1", "w2", "b2", "x")]
    actual = host_values(BACKWARD, "f32", "reference")
    np.testing.assert_allclose(actual, np.concatenate(gradients), rtol=1e-4, atol=1e-4)


def test_halves_are_rounded_ahead_of_products_alone():
    for name, values in operands(BACKWARD, "f16").items():
        assert (values == values.astype(np.float16)).all(), name
    y = computed(FORWARD, "f16", "reference")["y"]
    assert (y != y.astype(np.float16)).any()


@pytest.mark.parametrize("dtype", HALVES)
def test_activations_of_the_backward_pass_are_those_of_the_forward_pass(dtype: str):
    form = computation(FORWARD, dtype).host_form("reference")
    h = operands(BACKWARD, dtype)["h"]
    forward = operands(FORWARD, dtype)
    second = h @ forward["w2"].T + forward["b2"]
    np.testing.assert_allclose(form()["y"], second, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("dtype", HALVES)
def test_a_samples_output_does_not_depend_on_its_batch(dtype: str):
    rows = {batch: computed(replace(FORWARD, batch=batch), dtype, "reference")["y"] for batch in (1, 5, 256)}
    assert rows[256][:1].tobytes() == rows[1].tobytes()
    assert rows[256][:5].tobytes() == rows[5].tobytes()


def test_sizes_are_told_with_their_batch():
    assert WORKLOADS["mlp-forward"].describe(CASES["mlp-small-forward"]) == "64 → 64 → 16, batch 256"
    assert WORKLOADS["mlp-backward"].describe(replace(BACKWARD, batch=1024)) == "13 → 70 → 5, batch 1,024"


def test_backward_costs_twice_the_products_of_forward():
    ways = {way: WORKLOADS[f"mlp-{way}"].cost(CASES[f"mlp-small-{way}"], "f32") for way in ("forward", "backward")}
    weights, batch = 64 * (64 + 16), 256
    assert ways["forward"].operations == batch * (2 * weights + 80)
    assert ways["backward"].operations == batch * (4 * weights + 80 + 64)
    assert ways["forward"].bytes == 4 * (batch * 80 + weights + 80)
    assert ways["backward"].bytes == 4 * (batch * (2 * 64 + 64 + 16) + 2 * weights + 80)


@pytest.mark.parametrize("way", ["forward", "backward"])
def test_values_between_the_layers_take_memory_and_need_not_move(way: str):
    workload, case = WORKLOADS[f"mlp-{way}"], CASES[f"mlp-small-{way}"]
    assert workload.megabytes(case, "f16") * 2**20 == workload.cost(case, "f16").bytes + 4 * 256 * 64
    assert workload.cost(case, "f16") == workload.cost(case, "f32")


def test_there_are_three_variants_of_two_dtypes():
    for way in ("forward", "backward"):
        workload = WORKLOADS[f"mlp-{way}"]
        assert {dtype: workload.variants(dtype) for dtype in ("f32", "f16", "i8")} == {
            "f32": ("tiled", "vector", "for-loop"),
            "f16": ("tiled", "vector", "for-loop"),
            "i8": (),
        }
        assert workload.tier(CASES[f"mlp-small-{way}"], "f16", "tiled") == "guarded"


@pytest.mark.parametrize("case", [FORWARD, BACKWARD], ids=lambda case: case.operation)
def test_a_batch_that_is_too_much_is_refused_before_anything_is_made(case: Case):
    with pytest.raises(Unsupported, match=r"takes batches of up to [\d,]+ samples, not of 1,000,000,000"):
        computation(replace(case, batch=10**9), "f32")


def test_a_batch_that_exceeds_a_buffer_is_refused():
    small = adapter("vulkan:0", max_buffer_bytes=2**20)
    case = replace(CASES["mlp-small-forward"], batch=10**5)
    (candidate,) = computation(case, "f32").candidates(small, "for-loop")
    with pytest.raises(Unsupported, match="MiB per buffer"):
        check_limits(candidate.plan, small)
