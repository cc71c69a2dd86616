"""Every real adapter of this machine computes the reference's bits, and would be caught if it did not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from paragon_tui import Paragon
from paragon_tui.arithmetic.compare import compare
from paragon_tui.backends import registry
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.device import NoSuchAdapter, Unsupported
from paragon_tui.operators.forward import ORDERED_ATOMICS
from paragon_tui.operators.numerics.transfers import packed
from paragon_tui.operators.planning import Candidate
from paragon_tui.suites.computation import Computation, computation
from paragon_tui.suites.data.parameters import parameters
from paragon_tui.suites.inference import SUITE, network_case
from tests.support.graphs import prepared, run
from tests.support.host_forms import host_outputs
from tests.support.kernels import PRAGMA, as_gpu, as_kind, edited, language_of, opened, skip_unless_contracting
from tests.support.networks import logits_of

pytestmark = pytest.mark.device

RAGGED = [(1, 1), (63, 65, 10)]  # the kernels' own tests (test_dense.py) have more


def network(widths: tuple[int, ...]) -> Computation:
    return computation(network_case("test", widths), "f32")


def candidate_of(computed: Computation, adapter: Adapter) -> Candidate:
    """The most promising candidate."""
    return computed.candidates(adapter, "default")[0]


def device_logits(device: Any, adapter: Adapter, widths: tuple[int, ...]) -> np.ndarray:
    computed = network(widths)
    return run(device, candidate_of(computed, adapter), computed.fed)["logits"]


def reference_logits(widths: tuple[int, ...]) -> np.ndarray:
    return host_outputs(network_case("test", widths), "f32", "reference")["logits"]


def test_all_ten_cases_have_the_references_bits(device_adapter: Adapter) -> None:
    with opened(device_adapter) as device:
        for case in SUITE.cases:
            comparison = compare(device_logits(device, device_adapter, case.shape), reference_logits(case.shape))
            assert comparison.bit_identical, (device_adapter.id, case.id, comparison)


@pytest.mark.parametrize("kind", ["as it is", "as a GPU"])
@pytest.mark.parametrize("widths", RAGGED, ids=lambda widths: "-".join(map(str, widths)))
def test_ragged_sizes_have_the_references_bits(
    widths: tuple[int, ...], kind: str, device_adapter: Adapter, device: Any
) -> None:
    planned = as_kind(kind, device_adapter)
    assert compare(device_logits(device, planned, widths), reference_logits(widths)).bit_identical, device_adapter.id


def test_more_groups_than_one_dimension_holds_are_folded(device_adapter: Adapter) -> None:
    widths = (3, 4 * 65535 + 9)  # four rows a group
    with opened(device_adapter) as device:
        logits = device_logits(device, as_gpu(device_adapter), widths)
    assert compare(logits, reference_logits(widths)).bit_identical, device_adapter.id


def test_a_second_run_with_other_inputs_forgets_the_first(device_adapter: Adapter) -> None:
    computed = network((784, 64, 10))
    second = computed.fed["x"][::-1].copy()
    with opened(device_adapter) as device, prepared(device, candidate_of(computed, device_adapter)) as compute:
        compute(computed.fed)
        again = compute({"x": second})["logits"]
    assert compare(again, logits_of(parameters(computed.case.shape), second, "f32")).bit_identical


def test_device_time_lies_within_the_run(device_adapter: Adapter) -> None:
    computed = network((784, 512, 512, 10))
    candidate = candidate_of(computed, device_adapter)
    inputs = packed(candidate.inputs, computed.fed)
    with opened(device_adapter) as device:
        program = device.prepare(candidate.plan)
        begin = device.clock()
        device_ns = program.run(inputs)
        elapsed = device.clock() - begin
        program.close()
    assert device_ns is None or 0 < device_ns < elapsed, device_adapter.id


def test_a_buffer_over_the_limit_is_unsupported_before_anything_is_allocated(device_adapter: Adapter) -> None:
    with (
        opened(replace(device_adapter, max_buffer_bytes=2**20)) as device,
        pytest.raises(Unsupported, match=r"needs 3\.0 MiB"),
    ):
        device.prepare(candidate_of(network((784, 1000, 10)), device_adapter).plan)


def test_an_adapter_that_is_gone_is_said_to_be(device_adapter: Adapter) -> None:
    backend: Any = registry.load(registry.BACKENDS[device_adapter.api])
    with pytest.raises(NoSuchAdapter, match="is gone"):
        backend.open(replace(device_adapter, identity="unplugged#0"))


def test_an_adapter_is_described(device_adapter: Adapter) -> None:
    assert device_adapter.name and device_adapter.vendor and device_adapter.driver and device_adapter.driver_version
    assert device_adapter.type != "unknown"
    assert device_adapter.max_buffer_bytes and device_adapter.max_group_items
    assert device_adapter.id.partition(":")[0] == device_adapter.api


def test_the_library_gives_the_same_bits_from_a_device(device_adapter: Adapter) -> None:
    net = Paragon.new_network([784, 256, 10])
    x = np.random.default_rng(7).random(784, dtype=np.float32)
    x[3] = -0.0
    assert compare(net.forward_gpu(x, device_adapter.id), net.forward_cpu(x)).bit_identical, device_adapter.id


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 2.0**-127, -(2.0**-149), 2.0**-65])
def test_the_library_refuses_inputs_that_devices_may_flush_or_that_are_no_numbers(
    value: float, device_adapter: Adapter
) -> None:
    x = np.full(784, 0.5, dtype=np.float32)
    x[7] = value
    with pytest.raises(ValueError, match=r"x\[7\] is"):
        Paragon.new_network([784, 64, 10]).forward_gpu(x, device_adapter.id)


# --- mutations: an edited kernel must be noticed --------------------------------------------------------------

FORGOTTEN = "a layer's input forgotten"
MUTATIONS = {
    "cl": {
        "contraction allowed": (PRAGMA, "", "as it is"),
        "tree in another order": ("settled8(a0 + a4)", "settled8(a0 + a5)", "as it is"),
        "one weight skipped": ("if (rest > 0) { TAKE(0); TAKE(1); }", "if (rest > 0) { TAKE(0); }", "as it is"),
        FORGOTTEN: ("x = y;", "", "as it is"),
        "half the lanes": ("i += 16) acc", "i += 8) acc", "as a GPU"),
        "lanes exchanged": ("tree(a[0], a[1],", "tree(a[0], a[2],", "as a GPU"),
    },
    "wgsl": {
        "tree in another order": ("sum(sum(a, e), sum(c, g))", "sum(sum(a, f), sum(c, g))", "as it is"),
        "one weight skipped": ("guarded4(weights[row.y + v + 1u] * high)", "vec4<f32>()", "as it is"),
        "half the lanes": ("v += 64u) {", "v += 32u) {", "as a GPU"),
        "one product of four forgotten": ("acc + a) + b) + c) + d)", "acc + a) + b) + c) + c)", "as a GPU"),
        "one item's lanes forgotten": ("shared_pair(item + 14u)", "shared_pair(item + 12u)", "as a GPU"),
    },
}


@pytest.mark.parametrize("mutation", sorted({name for edits in MUTATIONS.values() for name in edits}))
def test_a_changed_kernel_loses_its_bits(
    mutation: str, device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    language = language_of(device_adapter)
    if mutation not in MUTATIONS[language]:
        pytest.skip(f"that edit is none of {language}'s")
    before, after, kind = MUTATIONS[language][mutation]
    if before == PRAGMA:
        skip_unless_contracting(device_adapter)
    if mutation == FORGOTTEN and device_adapter.driver != ORDERED_ATOMICS:
        pytest.skip("only PoCL runs a network in one launch, which that edit is of")
    planned = as_gpu(device_adapter) if kind == "as a GPU" else replace(device_adapter, type="cpu")
    widths = (784, 64, 10)
    with edited(monkeypatch, before, after), opened(device_adapter) as device:
        assert not compare(device_logits(device, planned, widths), reference_logits(widths)).bit_identical
