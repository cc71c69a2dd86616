"""Networks that take a batch: every sample has the answer that it has alone, and a batch counts as what it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from paragon_tui.arithmetic.data import pixels
from paragon_tui.arithmetic.digest import digest
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.device import Unsupported
from paragon_tui.engine.messages.events import Compared, Output
from paragon_tui.engine.messages.job import Job
from paragon_tui.engine.worker import reference
from paragon_tui.engine.worker.limits import check_host_limits, plans_within_limits
from paragon_tui.engine.worker.reference import Reference, reference_answer
from paragon_tui.engine.worker.verify import verify
from paragon_tui.operators.operator import Cost
from paragon_tui.suites import network
from paragon_tui.suites.case import Case
from paragon_tui.suites.forward import canonical_logits, library_form
from paragon_tui.suites.inference import network_case
from paragon_tui.suites.operation import Answer
from paragon_tui.suites.packing import packed_batch, packed_input, padded_row_words
from paragon_tui.suites.parameters import parameters
from tests.support.child_python import run_python
from tests.support.contract import section_4_pixels
from tests.support.examples import CASES, GPU, LLVMPIPE, NUMPY, POCL, REFERENCE, batched
from tests.support.floats import turned
from tests.support.host_forms import assert_close, host_outputs, skip_without
from tests.support.parity import compared
from tests.support.plans import assert_weights_are_filled, weights_of

DTYPES = ["f32", "f16", "i8"]
EVERYWHERE = pytest.mark.parametrize("where", [POCL, LLVMPIPE, GPU], ids=["opencl-cpu", "cpu", "gpu"])


ODD = batched(network_case("13-7-20-3", (13, 7, 20, 3)), 5)
LONG = batched(network_case("4100-3", (4100, 3)), 3)
S1 = batched(CASES["S1"], 64)


def refused_by_a_host(case: Case, where: Adapter, dtype: str = "f32") -> str:
    with pytest.raises(Unsupported) as raised:
        check_host_limits(Job(case, where, dtype))
    return str(raised.value)


# Data


def test_samples_follow_one_another_in_the_sequence_and_the_first_is_the_only_one_of_batch_1():
    x = network.inputs(ODD, "f32")["x"]
    assert x.shape == (5, 13)
    assert x.ravel().tolist() == section_4_pixels(65)
    for dtype in DTYPES:
        first = network.inputs(ODD, dtype)["x"][0]
        alone = network.inputs(replace(ODD, batch=1), dtype)["x"]
        assert (first.tobytes(), first.dtype) == (alone.tobytes(), alone.dtype)


@pytest.mark.parametrize("count", [0, 1, 2**15 - 1, 2**15, 2**15 + 1, 70_000])
def test_pixels_are_those_of_the_contract_wherever_a_stretch_of_them_ends(count):
    assert pixels(count).tolist() == section_4_pixels(count)


def test_the_first_stretch_of_pixels_is_the_same_however_many_follow():
    assert pixels(10**6)[: 2**16].tobytes() == pixels(2**16).tobytes()


@pytest.mark.parametrize("dtype", DTYPES)
def test_devices_get_a_row_a_sample(dtype):
    values = network.inputs(ODD, dtype)
    x = network.device_inputs(values, dtype)["x"]
    if dtype == "i8":
        assert x.shape == (5, padded_row_words(13, "i8"))
        assert [row[:4].tobytes() for row in x] == [packed_input(row, "i8").tobytes() for row in values["x"]]
        assert not x[:, 4:].any()
    else:
        assert x.tobytes() == values["x"].tobytes()


def test_halves_are_rounded_on_their_way_to_a_device():
    assert packed_batch(np.full((2, 1), 1 / 3, np.float32), "f16").tolist() == [[np.float32(np.float16(1 / 3))]] * 2


# Answers


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", [ODD, LONG, batched(CASES["M1"], 3)], ids=lambda case: case.id)
def test_every_row_of_the_reference_is_the_one_sample_form(case, dtype):
    actual = host_outputs(case, dtype, "reference")
    form = network.host_form(replace(case, batch=1), dtype, "reference")
    for name in network.RESULTS:
        assert actual[name].shape == (case.batch, case.shape[-1])
    for index, x in enumerate(network.inputs(case, dtype)["x"]):
        alone = form(x)
        for name in network.RESULTS:
            assert actual[name].dtype == alone[name].dtype
            assert actual[name][index].tobytes() == alone[name].tobytes()


def test_integer_sums_that_only_just_fit_are_exact():
    extremes = np.full((2, 133_000), 127, np.int8)
    extremes[1] = -127
    layers = [(extremes, np.array([5, -5], np.int32))]
    x = np.full((2, 133_000), 127, np.int32)
    assert canonical_logits(layers, x, "i8").tolist() == [[127**2 * 133_000 + 5, -(127**2) * 133_000 - 5]] * 2


@pytest.mark.parametrize("library", ["numpy", "torch"])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", [S1, batched(CASES["M1"], 7)], ids=lambda case: case.id)
def test_a_library_comes_close_to_the_reference(case, dtype, library):
    skip_without(library)
    actual, right = host_outputs(case, dtype, library), host_outputs(case, dtype, "reference")
    assert_close(actual, right, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_library_form_leaves_its_input_alone_and_gives_the_same_again(dtype):
    x = network.inputs(ODD, dtype)["x"]
    before, form = x.copy(), library_form(parameters(ODD.shape, dtype), dtype, "numpy", 5)
    first = {name: values.copy() for name, values in form(x=x).items()}
    assert x.tobytes() == before.tobytes()
    assert {name: values.tobytes() for name, values in form(x=x).items()} == {n: v.tobytes() for n, v in first.items()}


# What it is called, what it takes, and what is no batch


def test_a_batch_is_described_and_one_sample_as_ever():
    assert network.describe(S1) == "784 → 64 → 10, batch 64"
    assert network.describe(CASES["S1"]) == "784 → 64 → 10"


def test_every_sample_has_the_operations_and_weights_move_once():
    weights, biases = 784 * 64 + 64 * 10, 64 + 10
    assert network.cost(S1, "f16") == Cost(
        64 * (2 * weights + biases), 2 * (64 * 784 + weights) + 4 * (biases + 64 * 10)
    )


def test_weights_count_once_and_every_sample_with_its_activations():
    assert network.megabytes(S1) == ((784 * 64 + 64 * 10) * 4 + 64 * (64 + 10) * 4 + 63 * 784 * 4) / 2**20
    assert network.megabytes(batched(CASES["S1"], 1)) == network.megabytes(CASES["S1"])


@pytest.mark.parametrize("batch", [0, -1, 1.5, True, "64"])
def test_what_is_no_batch(batch):
    with pytest.raises(ValueError, match="--batch-size takes whole numbers of at least 1"):
        network.check_batch(batch)


def test_what_is_a_batch():
    network.check_batch(1)
    network.check_batch(10**12)


# Plans


@EVERYWHERE
@pytest.mark.parametrize("dtype", DTYPES)
def test_buffers_have_the_role_and_the_size_of_what_fills_them(dtype, where):
    (plan, *_) = network.plans(ODD, dtype, "default", where)
    x = network.device_inputs(network.inputs(ODD, dtype), dtype)["x"]
    assert [(b.name, b.shape, b.bytes) for b in plan.with_role("input")] == [("x", x.shape, x.nbytes)]
    assert [(b.name, b.shape) for b in plan.with_role("output")] == [("logits", (5, 3)), ("output", (5, 3))]
    assert {name for step in plan.steps for name in step.buffers} == {b.name for b in plan.buffers}
    assert_weights_are_filled(plan)


@EVERYWHERE
@pytest.mark.parametrize("case", [ODD, LONG], ids=lambda case: case.id)
def test_weights_lie_in_panels_as_the_tree_is_walked(case, where):
    """A panel has its places one after another, a place a weight of each of its columns."""
    (plan, *_) = network.plans(case, "f32", "default", where, seed=7)
    filled = weights_of(plan)
    weights, bias = parameters(case.shape, "f32", 7)[0]
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
    (plan, *_) = network.plans(ODD, "f32", "default", where)
    packs = [step for step in plan.steps if step.entry == "pack"]
    assert [step.buffers[0] for step in packs] == ["x", "h0", "h1"]
    weights = {f"w{layer}" for layer in range(3)}
    for step in packs:
        assert not weights.intersection(step.buffers)
        assert (dict(step.parameters)["columns"], dict(step.parameters)["ones"]) == (0, 0)


def test_launches_of_integers_that_would_take_too_long_are_shared_out():
    (plan,) = network.plans(batched(CASES["XL2"], 4098), "i8", "default", GPU)
    launches = [dict(step.parameters) for step in plan.steps if "w1" in step.buffers]
    assert len(launches) > 1
    assert [launch["first"] for launch in launches] == [0, *(launch["end"] for launch in launches[:-1])]
    assert launches[-1]["end"] == 4098
    for launch in launches:
        assert 2 * 2048 * 2048 * (launch["end"] - launch["first"]) <= 2**33


@EVERYWHERE
@pytest.mark.parametrize("variant", ["plain", "barriers"])
def test_kernels_for_comparison_take_one_sample(variant, where):
    with pytest.raises(Unsupported, match=f"the {variant} kernels run one sample at a time"):
        network.plans(S1, "f32", variant, where)


# Limits


@EVERYWHERE
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_batch_beyond_what_kernels_can_address_is_refused(dtype, where):
    with pytest.raises(Unsupported, match="a batch of 1,000,000,000 needs buffers of"):
        network.plans(batched(CASES["S1"], 10**9), dtype, "default", where)


@pytest.mark.parametrize("dtype", ["f32", "f16"])
def test_rows_that_a_driver_would_end_early_are_refused(dtype):
    wide = Case("inference", "wide", "network", (50_000, 3), batch=2)
    assert network.plans(wide, dtype, "default", GPU)
    with pytest.raises(Unsupported, match="ends loops after 65,535 rounds, too early for layer 0's 50,000 products"):
        network.plans(wide, dtype, "default", LLVMPIPE)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_batch_beyond_an_adapters_buffers_is_refused(dtype):
    where = replace(GPU, max_buffer_bytes=2**27)
    job = Job(batched(CASES["S1"], 2**20), where, dtype)
    with pytest.raises(Unsupported, match="MiB per buffer"):
        plans_within_limits(network.plans(job.case, dtype, "default", where), job)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_host_refuses_a_batch_beyond_its_memory(dtype):
    for where in (NUMPY, REFERENCE):
        error = refused_by_a_host(batched(CASES["S1"], 10**9), replace(where, memory_bytes=2**36), dtype)
        assert "this machine has 65,536 MiB" in error


def test_inputs_count_where_they_are_most_of_it():
    few_outputs = batched(network_case("784-1", (784, 1)), 10**8)
    assert "its arrays need" in refused_by_a_host(few_outputs, replace(NUMPY, memory_bytes=2**36))


def test_the_reference_computes_no_batch_that_takes_minutes():
    assert "canonical order" in refused_by_a_host(batched(CASES["L1"], 4096), REFERENCE)
    check_host_limits(Job(batched(CASES["L1"], 256), REFERENCE))


# Comparing


def compare(case: Case, answer: Answer, right: Reference) -> tuple[Output, Compared]:
    return compared(Job(case, GPU), answer, right, network.inputs(case, "f32"))


def right_answer(case: Case) -> Answer:
    return network.answer(case, "f32", host_outputs(case, "f32", "reference"))


def test_a_batchs_reference_is_kept_whole_and_under_its_own_name(tmp_path: Path):
    right = right_answer(ODD)
    kept = reference_answer(ODD, "f32", network.inputs(ODD, "f32"), 15, tmp_path)
    again = reference_answer(ODD, "f32", {}, 15, tmp_path)
    assert right.output is not None
    for stored in (kept, again):
        assert stored.indices is None
        assert (stored.digest, stored.output_digest) == (digest(right.values), digest(right.output))
    assert [path.name for path in tmp_path.iterdir()] == ["v1-inference-network-13x7x20x3-5-f32.npz"]
    output, verdict = compare(ODD, right, again)
    for shown in (output.values, output.output, output.reference_output):
        assert shown is not None and len(shown) == 15
    assert (verdict.values.bit_identical, verdict.output.bit_identical) == (True, True)
    _, verdict = compare(ODD, replace(right, output=turned(right.output, 7)), again)
    assert (verdict.values.bit_identical, verdict.output.first_difference) == (True, 7)


def test_of_a_large_batch_a_sample_is_kept_and_the_digest_of_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reference, "KEPT_WHOLE", 10)
    monkeypatch.setattr(reference, "sample", lambda size: np.array([0, 5, size - 1]))
    right = right_answer(ODD)
    for _ in range(2):
        kept = reference_answer(ODD, "f32", network.inputs(ODD, "f32"), 15, tmp_path)
        assert (kept.values.tolist(), kept.indices.tolist()) == (right.values.ravel()[[0, 5, 14]].tolist(), [0, 5, 14])
        output, verdict = compare(ODD, right, kept)
        assert (verdict.output.bit_identical, verdict.output.sample) == (True, 3)
        assert output.reference_output is None  # a sample has no place beside all of the output
        _, verdict = compare(ODD, replace(right, output=turned(right.output, 5)), kept)
        assert (verdict.output.first_difference, verdict.output.sample) == (5, 3)
        _, verdict = compare(ODD, replace(right, output=turned(right.output, 7)), kept)
        assert (verdict.output.first_difference, verdict.output.sample) == (7, None)
        _, verdict = compare(ODD, replace(right, values=turned(right.values, 8)), kept)
        assert verdict.values.first_difference == 8


@pytest.mark.parametrize("dtype", DTYPES)
def test_of_a_costly_batch_some_samples_are_computed_whole(dtype, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reference, "COSTLY", 1)
    a_sample = network.cost(S1, dtype).operations // 64
    monkeypatch.setattr(reference, "_SAMPLED_OPERATIONS", 7 * a_sample)
    kept = reference_answer(S1, dtype, network.inputs(S1, dtype), 640, tmp_path)
    assert kept.digest is kept.output_digest is None
    assert kept.indices is not None
    rows = np.unique(kept.indices // 10)
    assert (rows[0], rows[-1]) == (0, 63)
    assert 2 < len(rows) <= 7
    assert kept.indices.tolist() == [row * 10 + column for row in rows for column in range(10)]
    right = host_outputs(S1, dtype, "reference")
    assert kept.values.tobytes() == right["logits"].ravel()[kept.indices].tobytes()
    assert kept.output.tobytes() == right["output"].ravel()[kept.indices].tobytes()


def test_a_batch_is_never_held_against_a_shipped_digest(tmp_path: Path):
    """Not even under the name of a case whose digests ship."""
    not_asked: Any = None
    with pytest.raises(Unsupported, match="shipped digests are those of single samples"):
        next(iter(verify(Job(replace(CASES["S1"], batch=2), REFERENCE), not_asked, tmp_path)))


def test_listing_batches_loads_no_numeric_library():
    lines = "from paragon_tui.suites import network; from paragon_tui.suites.inference import network_case as n"
    lines += "; import dataclasses, sys; c = dataclasses.replace(n('x', (7, 3)), batch=4); network.check_batch(4)"
    lines += "; print(network.describe(c), network.cost(c, 'f32'), 'numpy' in sys.modules)"
    output = run_python(lines)
    assert output.startswith("7 → 3, batch 4 ") and output.endswith("False\n")
