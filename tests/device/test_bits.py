"""Every real adapter of this machine computes the reference's bits, and would be caught if it did not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import shaders
from backends import registry
from backends.adapter import Adapter
from backends.device import NoSuchAdapter, Unsupported
from paragon_tui import Paragon
from paragon_tui.arithmetic.comparison import compare
from paragon_tui.suites import network
from paragon_tui.suites.inference import SUITE, network_case

pytestmark = pytest.mark.device

RAGGED = [(1, 1), (13, 7, 3), (63, 65, 10), (784, 300, 10), (4095, 33, 2), (4097, 9, 5), (8200, 17, 4)]


@contextmanager
def opened(adapter: Adapter) -> Iterator[Any]:
    backend: Any = registry.load(registry.BACKENDS[adapter.api])
    device = backend.open(adapter)
    try:
        yield device
    finally:
        device.close()


def device_logits(device: Any, adapter: Adapter, widths: tuple[int, ...]) -> np.ndarray:
    case = network_case("test", widths)
    program = device.prepare(network.plans(case, "f32", adapter)[0])
    try:
        program.run(network.inputs(case, "f32"))
        return program.read(("logits",))["logits"].copy()
    finally:
        program.close()


def reference_logits(widths: tuple[int, ...]) -> np.ndarray:
    case = network_case("test", widths)
    return network.forward_reference(network.parameters(widths), **network.inputs(case, "f32"))


def as_gpu(adapter: Adapter) -> Adapter:
    """The same adapter, but plans are made as for a GPU: sixteen items a row."""
    return replace(adapter, type="discrete-gpu")


def test_all_ten_cases_have_the_references_bits(device_adapters: list[Adapter]) -> None:
    for adapter in device_adapters:
        with opened(adapter) as device:
            for case in SUITE.cases:
                comparison = compare(device_logits(device, adapter, case.shape), reference_logits(case.shape))
                assert comparison.bit_identical, (adapter.id, case.id, comparison)


@pytest.mark.parametrize("kind", ["as it is", "as a GPU"])
@pytest.mark.parametrize("widths", RAGGED, ids=lambda widths: "-".join(map(str, widths)))
def test_ragged_sizes_have_the_references_bits(
    widths: tuple[int, ...], kind: str, device_adapters: list[Adapter]
) -> None:
    for adapter in device_adapters:
        planned = adapter if kind == "as it is" else as_gpu(adapter)
        with opened(adapter) as device:
            assert compare(device_logits(device, planned, widths), reference_logits(widths)).bit_identical, adapter.id


def test_more_groups_than_one_dimension_holds_are_folded(device_adapters: list[Adapter]) -> None:
    widths = (3, 4 * 65535 + 9)  # four rows a group
    for adapter in device_adapters:
        with opened(adapter) as device:
            logits = device_logits(device, as_gpu(adapter), widths)
        assert compare(logits, reference_logits(widths)).bit_identical, adapter.id


def test_a_second_run_with_other_inputs_forgets_the_first(device_adapters: list[Adapter]) -> None:
    case = network_case("test", (784, 64, 10))
    first = network.inputs(case, "f32")["x"]
    second = first[::-1].copy()
    for adapter in device_adapters:
        with opened(adapter) as device:
            program = device.prepare(network.plans(case, "f32", adapter)[0])
            program.run({"x": first})
            program.run({"x": second})
            again = program.read(("logits",))["logits"].copy()
            program.close()
        assert compare(again, network.forward_reference(network.parameters(case.shape), second)).bit_identical


def test_device_time_lies_within_the_run(device_adapters: list[Adapter]) -> None:
    case = network_case("test", (784, 512, 512, 10))
    for adapter in device_adapters:
        with opened(adapter) as device:
            program = device.prepare(network.plans(case, "f32", adapter)[0])
            begin = device.clock()
            device_ns = program.run(network.inputs(case, "f32"))
            elapsed = device.clock() - begin
            program.close()
        assert device_ns is None or 0 < device_ns < elapsed, adapter.id


def test_a_buffer_over_the_limit_is_unsupported_before_anything_is_allocated(device_adapters: list[Adapter]) -> None:
    for adapter in device_adapters:
        with (
            opened(replace(adapter, max_buffer_bytes=2**20)) as device,
            pytest.raises(Unsupported, match=r"needs 3\.0 MiB"),
        ):
            device.prepare(network.plans(network_case("test", (784, 1000, 10)), "f32", adapter)[0])


def test_an_adapter_that_is_gone_is_said_to_be(device_adapters: list[Adapter]) -> None:
    backend: Any = registry.load(registry.BACKENDS[device_adapters[0].api])
    with pytest.raises(NoSuchAdapter, match="not there any more"):
        backend.open(replace(device_adapters[0], identity="unplugged#0"))


def test_an_adapter_is_described(device_adapters: list[Adapter]) -> None:
    for adapter in device_adapters:
        assert adapter.name and adapter.vendor and adapter.driver and adapter.driver_version
        assert adapter.type != "unknown"
        assert adapter.max_buffer_bytes and adapter.max_group_items
        assert adapter.id.partition(":")[0] == adapter.api


def test_the_library_gives_the_same_bits_from_a_device(device_adapters: list[Adapter]) -> None:
    net = Paragon.new_network([784, 256, 10])
    x = np.random.default_rng(7).random(784, dtype=np.float32)
    x[3] = -0.0
    for adapter in device_adapters:
        assert compare(net.forward_gpu(x, adapter.id), net.forward_cpu(x)).bit_identical, adapter.id


# --- mutations: an edited kernel must be noticed --------------------------------------------------------------

MUTATIONS = {
    "contraction allowed": ("cl", "#pragma OPENCL FP_CONTRACT OFF", ""),
    "tree in another order": ("cl", "a0 += a4; a1 += a5;", "a0 += a5; a1 += a4;"),
    "tree in another order, wgsl": ("wgsl", "let a0 = lanes[0] + lanes[8];", "let a0 = lanes[0] + lanes[9];"),
    "one weight skipped": ("cl", "if (rest > 1) a1 += w[1] * x[1];", ""),
    "one weight skipped, wgsl": ("wgsl", "if (rest > 3u) { a3 += product(row + v + 3u, v + 3u); }", ""),
}


@pytest.mark.parametrize("mutation", ["contraction allowed", "tree in another order", "one weight skipped"])
def test_a_changed_opencl_kernel_loses_its_bits(
    mutation: str, real_adapters: list[Adapter], monkeypatch: pytest.MonkeyPatch
) -> None:
    check_mutation(mutation, [adapter for adapter in real_adapters if adapter.api == "opencl"], monkeypatch)


@pytest.mark.parametrize("mutation", ["tree in another order, wgsl", "one weight skipped, wgsl"])
def test_a_changed_wgsl_kernel_loses_its_bits(
    mutation: str, real_adapters: list[Adapter], monkeypatch: pytest.MonkeyPatch
) -> None:
    wgpu = [adapter for adapter in real_adapters if adapter.api in registry.WGPU_APIS]
    check_mutation(mutation, wgpu, monkeypatch)


def check_mutation(mutation: str, adapters: list[Adapter], monkeypatch: pytest.MonkeyPatch) -> None:
    adapters = [adapter for adapter in adapters if adapter.type == "cpu"]  # the `rows` entry is what is edited
    if not adapters:
        pytest.skip("this machine has no CPU adapter under that API")
    language, before, after = MUTATIONS[mutation]
    original = shaders.source

    def mutated(kernel: str, asked: shaders.Language, constants: Any) -> str:
        text = original(kernel, asked, constants)
        if asked != language:
            return text
        assert before in text, "the mutation no longer fits the kernel"
        return text.replace(before, after)

    monkeypatch.setattr(shaders, "source", mutated)
    widths = (784, 64, 10)
    for adapter in adapters:
        with opened(adapter) as device:
            assert not compare(device_logits(device, adapter, widths), reference_logits(widths)).bit_identical, (
                adapter.id
            )
