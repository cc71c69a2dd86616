"""Networks that take a batch: every sample has the answer that it has alone, and a batch counts as what it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from paragon_tui import arithmetic
from paragon_tui.arithmetic.data import pixels
from paragon_tui.arithmetic.digest import digest
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.device import Unsupported
from paragon_tui.engine.messages.events import Compared, Output
from paragon_tui.engine.messages.job import Job
from paragon_tui.engine.worker import reference
from paragon_tui.engine.worker.limits import check_host_limits, within_limits
from paragon_tui.engine.worker.reference import Reference, reference_answer
from paragon_tui.engine.worker.sources import sources_digest
from paragon_tui.engine.worker.verify import verify
from paragon_tui.operators.operator import Cost
from paragon_tui.suites.case import Case
from paragon_tui.suites.computation import computation
from paragon_tui.suites.data.case_data import Answer, BatchData
from paragon_tui.suites.inference import network_case
from paragon_tui.suites.workloads.networks import check_batch
from paragon_tui.suites.workloads.registry import workload
from tests.support.child_python import run_python
from tests.support.contract import section_4_pixels
from tests.support.examples import CASES, GPU, NUMPY, REFERENCE, batched
from tests.support.floats import turned
from tests.support.host_forms import assert_close, host_outputs, skip_without
from tests.support.networks import logits_of
from tests.support.parity import compared

DTYPES = ["f32", "f16", "i8"]
NETWORK = workload("network")

ODD = batched(network_case("13-7-20-3", (13, 7, 20, 3)), 5)
LONG = batched(network_case("4100-3", (4100, 3)), 3)
S1 = batched(CASES["S1"], 64)


def samples_of(case: Case, dtype: str) -> np.ndarray:
    return computation(case, dtype).fed["x"]


def alone(case: Case) -> Case:
    return replace(case, batch=1)


def refused_by_a_host(case: Case, where: Adapter, dtype: str = "f32") -> str:
    with pytest.raises(Unsupported) as raised:
        check_host_limits(Job(case, where, dtype), computation(case, dtype))
    return str(raised.value)


# Data


def test_samples_follow_one_another_in_the_sequence_and_the_first_is_the_only_one_of_batch_1():
    x = samples_of(ODD, "f32")
    assert x.shape == (5, 13)
    assert x.ravel().tolist() == section_4_pixels(65)
    for dtype in DTYPES:
        first, single = samples_of(ODD, dtype)[0], samples_of(alone(ODD), dtype)
        assert (first.tobytes(), first.dtype) == (single.tobytes(), single.dtype)


@pytest.mark.parametrize("count", [0, 1, 2**15 - 1, 2**15, 2**15 + 1, 70_000])
def test_pixels_are_those_of_the_contract_wherever_a_stretch_of_them_ends(count):
    assert pixels(count).tolist() == section_4_pixels(count)


def test_the_first_stretch_of_pixels_is_the_same_however_many_follow():
    assert pixels(10**6)[: 2**16].tobytes() == pixels(2**16).tobytes()


# Answers


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", [ODD, LONG, batched(CASES["M1"], 3)], ids=lambda case: case.id)
def test_every_row_of_the_reference_is_the_one_sample_form(case, dtype):
    actual = host_outputs(case, dtype, "reference")
    form = computation(alone(case), dtype).host_form("reference")
    assert set(actual) == {"logits", "output"}
    for values in actual.values():
        assert values.shape == (case.batch, case.shape[-1])
    for index, x in enumerate(samples_of(case, dtype)):
        single = form(x=x)
        for name, values in actual.items():
            assert values.dtype == single[name].dtype
            assert values[index].tobytes() == single[name].tobytes()


@pytest.mark.parametrize("dtype", DTYPES)
def test_some_samples_can_be_computed_without_the_others(dtype):
    computed = computation(ODD, dtype)
    right = host_outputs(ODD, dtype, "reference")
    assert isinstance(computed.data, BatchData)
    for chosen in ([0, 4], [2], [0, 1, 2, 3, 4]):
        answer = computed.data.of_samples(ODD, dtype, computed.operands, np.array(chosen))
        assert answer.values.tobytes() == right["logits"][chosen].tobytes()
        assert answer.output.tobytes() == right["output"][chosen].tobytes()


def test_integer_sums_that_only_just_fit_are_exact():
    extremes = np.full((2, 133_000), 127, np.int8)
    extremes[1] = -127
    layers = [(extremes, np.array([5, -5], np.int32))]
    x = np.full((2, 133_000), 127, np.int32)
    assert logits_of(layers, x, "i8").tolist() == [[127**2 * 133_000 + 5, -(127**2) * 133_000 - 5]] * 2


@pytest.mark.parametrize("library", ["numpy", "torch"])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", [S1, batched(CASES["M1"], 7)], ids=lambda case: case.id)
def test_a_library_comes_close_to_the_reference(case, dtype, library):
    skip_without(library)
    actual, right = host_outputs(case, dtype, library), host_outputs(case, dtype, "reference")
    assert_close(actual, right, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_library_form_leaves_its_input_alone_and_gives_the_same_again(dtype):
    x = samples_of(ODD, dtype)
    before, form = x.copy(), computation(ODD, dtype).host_form("numpy")
    first = {name: values.copy() for name, values in form(x=x).items()}
    assert x.tobytes() == before.tobytes()
    assert {name: values.tobytes() for name, values in form(x=x).items()} == {n: v.tobytes() for n, v in first.items()}


# What it is called, what it takes, and what is no batch


def test_a_batch_is_described_and_one_sample_as_ever():
    assert NETWORK.describe(S1) == "784 → 64 → 10, batch 64"
    assert NETWORK.describe(CASES["S1"]) == "784 → 64 → 10"


def test_every_sample_has_the_operations_and_weights_move_once():
    weights, biases = 784 * 64 + 64 * 10, 64 + 10
    assert NETWORK.cost(S1, "f16") == Cost(
        64 * (2 * weights + biases), 2 * (64 * 784 + weights) + 4 * (biases + 64 * 10)
    )


def test_weights_count_once_and_every_sample_with_its_activations():
    assert NETWORK.megabytes(S1) == ((784 * 64 + 64 * 10) * 4 + 64 * (64 + 10) * 4 + 63 * 784 * 4) / 2**20
    assert NETWORK.megabytes(batched(CASES["S1"], 1)) == NETWORK.megabytes(CASES["S1"])


@pytest.mark.parametrize("batch", [0, -1, 1.5, True, "64"])
def test_what_is_no_batch(batch):
    with pytest.raises(ValueError, match="--batch-size takes whole numbers of at least 1"):
        check_batch(batch)


def test_what_is_a_batch():
    check_batch(1)
    check_batch(10**12)


# Limits


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_batch_beyond_an_adapters_buffers_is_refused(dtype):
    where = replace(GPU, max_buffer_bytes=2**27)
    job = Job(batched(CASES["S1"], 2**20), where, dtype)
    candidates = computation(job.case, dtype).candidates(where, "default")
    with pytest.raises(Unsupported, match="MiB per buffer"):
        within_limits(candidates, job)


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
    within = batched(CASES["L1"], 256)
    check_host_limits(Job(within, REFERENCE), computation(within, "f32"))


# Comparing


def compare(case: Case, answer: Answer, right: Reference) -> tuple[Output, Compared]:
    return compared(Job(case, GPU), answer, right)


def right_answer(case: Case) -> Answer:
    return computation(case, "f32").answer(host_outputs(case, "f32", "reference"))


def test_a_batchs_reference_is_kept_whole_and_under_its_own_name(tmp_path: Path):
    right = right_answer(ODD)
    kept, without = reference_answer(computation(ODD, "f32"), tmp_path), computation(ODD, "f32")
    again = reference_answer(without, tmp_path)
    assert "operands" not in vars(without)  # what was kept needs none
    assert right.output is not None
    for stored in (kept, again):
        assert stored.indices is None
        assert (stored.digest, stored.output_digest) == (digest(right.values), digest(right.output))
    assert [path.name for path in tmp_path.iterdir()] == [
        f"v{arithmetic.VERSION}-{sources_digest()[:16]}-inference-network-13x7x20x3-5-f32.npz"
    ]
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
        kept = reference_answer(computation(ODD, "f32"), tmp_path)
        assert (kept.values.tolist(), kept.indices.tolist()) == (right.values.ravel()[[0, 5, 14]].tolist(), [0, 5, 14])
        output, verdict = compare(ODD, right, kept)
        assert (verdict.output.bit_identical, verdict.output.sample) == (True, None)  # its digest is right
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
    a_sample = NETWORK.cost(S1, dtype).operations // 64
    monkeypatch.setattr(reference, "_SAMPLED_OPERATIONS", 7 * a_sample)
    kept = reference_answer(computation(S1, dtype), tmp_path)
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
    with pytest.raises(Unsupported, match="no digests ship for it"):
        next(iter(verify(Job(replace(CASES["S1"], batch=2), REFERENCE), not_asked, tmp_path)))


def test_listing_batches_loads_no_numeric_library():
    lines = "from paragon_tui.suites.workloads import networks; from paragon_tui.suites.inference import network_case"
    lines += "; import dataclasses, sys; c = dataclasses.replace(network_case('x', (7, 3)), batch=4)"
    lines += "; networks.check_batch(4); network = networks.WORKLOADS['network']"
    lines += "; print(network.describe(c), network.cost(c, 'f32'), 'numpy' in sys.modules)"
    output = run_python(lines)
    assert output.startswith("7 → 3, batch 4 ") and output.endswith("False\n")
