"""The plans of dense networks on batches: panels of weights, launches that are shared out, and limits."""

from __future__ import annotations

import numpy as np
import pytest

from paragon_tui.backends.device import Unsupported
from paragon_tui.operators.dense_kernel import row_words
from paragon_tui.operators.numerics.transfers import packed
from paragon_tui.operators.planning import Candidate
from paragon_tui.suites.case import Case
from paragon_tui.suites.computation import computation
from paragon_tui.suites.data.networks import named
from paragon_tui.suites.data.parameters import parameters
from paragon_tui.suites.inference import network_case
from tests.support.examples import CASES, GPU, LLVMPIPE, POCL, batched
from tests.support.graphs import planned
from tests.support.networks import graph_of
from tests.support.plans import assert_weights_are_filled, weights_of

DTYPES = ["f32", "f16", "i8"]
EVERYWHERE = pytest.mark.parametrize("where", [POCL, LLVMPIPE, GPU], ids=["opencl-cpu", "cpu", "gpu"])

ODD = batched(network_case("13-7-20-3", (13, 7, 20, 3)), 5)
LONG = batched(network_case("4100-3", (4100, 3)), 3)
S1 = batched(CASES["S1"], 64)


def candidates(case: Case, dtype: str, where, variant: str = "default") -> tuple[Candidate, ...]:
    return computation(case, dtype).candidates(where, variant)


@EVERYWHERE
@pytest.mark.parametrize("dtype", DTYPES)
def test_devices_get_a_row_a_sample(dtype, where):
    (candidate, *_) = candidates(ODD, dtype, where)
    fed = computation(ODD, dtype).fed
    x = packed(candidate.inputs, fed)["x"]
    if dtype == "i8":
        assert x.shape == (5, row_words(13, "i8"))
        integers = x.view(np.int8)
        assert integers[:, :13].tolist() == fed["x"].tolist()
        assert not integers[:, 13:].any()
    else:
        assert x.tobytes() == fed["x"].tobytes()


@EVERYWHERE
@pytest.mark.parametrize("dtype", DTYPES)
def test_buffers_have_the_role_and_the_size_of_what_fills_them(dtype, where):
    (candidate, *_) = candidates(ODD, dtype, where)
    plan, x = candidate.plan, packed(candidate.inputs, computation(ODD, dtype).fed)["x"]
    assert [(b.name, b.shape, b.bytes) for b in plan.with_role("input")] == [("x", x.shape, x.nbytes)]
    assert [(b.name, b.shape) for b in plan.with_role("output")] == [("logits", (5, 3)), ("output", (5, 3))]
    assert {name for step in plan.steps for name in step.buffers} == {b.name for b in plan.buffers}
    assert_weights_are_filled(plan)


@EVERYWHERE
@pytest.mark.parametrize("case", [ODD, LONG], ids=lambda case: case.id)
def test_weights_lie_in_panels_as_the_tree_is_walked(case, where):
    """A panel has its places one after another, a place a weight of each of its columns."""
    layers = parameters(case.shape, "f32", 7)
    (candidate, *_) = planned(graph_of(layers, "f32", batch=case.batch), named(layers), where, fed=("x",))
    filled = weights_of(candidate.plan)
    weights, bias = layers[0]
    width = {POCL: 16, LLVMPIPE: 32, GPU: 32}[where]
    places = -(-case.shape[0] // 64) * 64
    panels = filled["w0"].reshape(-1, places, width)
    expected = np.zeros_like(panels)
    place = 0
    for block in range(0, places, 4096):
        for leaf in range(64):
            lane = sum((leaf >> bit & 1) << 5 - bit for bit in range(6))
            for k in range(block + lane, min(block + 4096, places), 64):
                if k < case.shape[0]:
                    for column, weight in enumerate(weights[:, k]):
                        expected[column // width, place, column % width] = weight
                place += 1
    assert panels.tobytes() == expected.tobytes()
    assert filled["b0"].tobytes() == bias.tobytes()


@EVERYWHERE
def test_a_run_packs_samples_alone(where):
    (candidate, *_) = candidates(ODD, "f32", where)
    packs = [step for step in candidate.plan.steps if step.entry == "pack"]
    assert [step.buffers[0] for step in packs] == ["x", "h0", "h1"]
    weights = {f"w{layer}" for layer in range(3)}
    for step in packs:
        assert not weights.intersection(step.buffers)
        assert (dict(step.parameters)["columns"], dict(step.parameters)["ones"]) == (0, 0)


def test_launches_of_integers_that_would_take_too_long_are_shared_out():
    (candidate,) = candidates(batched(CASES["XL2"], 4098), "i8", GPU)
    launches = [dict(step.parameters) for step in candidate.plan.steps if "w1" in step.buffers]
    assert len(launches) > 1
    assert [launch["first"] for launch in launches] == [0, *(launch["end"] for launch in launches[:-1])]
    assert launches[-1]["end"] == 4098
    for launch in launches:
        assert 2 * 2048 * 2048 * (launch["end"] - launch["first"]) <= 2**33


@EVERYWHERE
@pytest.mark.parametrize("variant", ["plain", "barriers"])
def test_kernels_for_comparison_take_one_sample(variant, where):
    with pytest.raises(Unsupported, match=f"the {variant} kernels run one sample at a time"):
        candidates(S1, "f32", where, variant)


@EVERYWHERE
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_batch_beyond_what_kernels_can_address_is_refused(dtype, where):
    with pytest.raises(Unsupported, match="a batch of 1,000,000,000 needs buffers of"):
        candidates(batched(CASES["S1"], 10**9), dtype, where)


@pytest.mark.parametrize("dtype", ["f32", "f16"])
def test_rows_that_a_driver_would_end_early_are_refused(dtype):
    wide = Case("inference", "wide", "network", (50_000, 3), batch=2)
    assert candidates(wide, dtype, GPU)
    with pytest.raises(Unsupported, match="ends loops after 65,535 rounds, too early for the layer's 50,000 products"):
        candidates(wide, dtype, LLVMPIPE)
