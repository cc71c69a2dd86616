"""A sample's result does not depend on its batch: on every adapter and at every dtype it has the bits it has alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from paragon_tui import Paragon
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.device import Unsupported
from paragon_tui.console.report import block
from paragon_tui.engine.messages.events import Event
from paragon_tui.engine.messages.job import Sampling
from paragon_tui.engine.results.session import Session
from paragon_tui.engine.runner.requests import RunSettings, Selection, measure_request
from paragon_tui.engine.runner.run import Run
from paragon_tui.sessions.document import encode
from paragon_tui.suites import network
from paragon_tui.suites.case import DTYPES, Case
from paragon_tui.suites.inference import SUITE, network_case
from tests.support.devices import Arrays
from tests.support.examples import batched
from tests.support.floats import assert_same_bits
from tests.support.kernels import as_kind, edited, opened, run_plan

pytestmark = pytest.mark.device

RAGGED = [((1, 1), 3), ((13, 7, 20, 3), 3), ((65, 66, 67), 70)]
CASES = {case.id: case for case in SUITE.cases}
QUICK = Sampling(warmup=1, iterations=4, rounds=2, cold=0, chained=1, examine=False)
BATCHES = (3, 70)


def plans(case: Case, dtype: str, adapter: Adapter) -> tuple[Any, ...]:
    return network.plans(case, dtype, "default", adapter)


def ran(device: Any, plan: Any, x: np.ndarray, dtype: str) -> Arrays:
    return run_plan(device, plan, *network.RESULTS, inputs=network.device_inputs({"x": x}, dtype), runs=2)


def assert_right_bits(actual: Arrays, right: Arrays, what: object) -> None:
    for name in network.RESULTS:
        assert_same_bits(actual[name], right[name], (name, what))


@pytest.mark.parametrize("kind", ["as it is", "as a GPU"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_sample_of_a_batch_has_the_references_bits(
    dtype: str, kind: str, device_adapter: Adapter, device: Any
) -> None:
    planned = as_kind(kind, device_adapter)
    for widths, batch in RAGGED:
        case = batched(network_case("ragged", widths), batch)
        x = network.inputs(case, dtype)["x"]
        right = network.host_form(case, dtype, "reference")(x)
        plan = plans(case, dtype, planned)[0]  # tilings have tests of their own, and take long to compile
        assert_right_bits(ran(device, plan, x, dtype), right, (plan.name, widths, batch))


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_samples_result_does_not_depend_on_its_batch(dtype: str, device_adapter: Adapter, device: Any) -> None:
    """Against what this device computes of each sample alone, in any batch, in any place of it."""
    case = network_case("ragged", (65, 66, 67))
    x = network.inputs(batched(case, max(BATCHES)), dtype)["x"]
    program = device.prepare(plans(case, dtype, device_adapter)[0])
    alone: list[Arrays] = []
    for sample in x:
        program.run(network.device_inputs({"x": sample}, dtype))
        alone.append({name: values.copy() for name, values in program.read(network.RESULTS).items()})
    program.close()
    assert len({outputs["logits"].tobytes() for outputs in alone}) == len(x)
    for batch in BATCHES:
        plan = plans(batched(case, batch), dtype, device_adapter)[0]
        for some in (list(range(batch)), list(range(len(x) - 1, len(x) - 1 - batch, -1))):
            right = {name: np.stack([alone[index][name] for index in some]) for name in network.RESULTS}
            assert_right_bits(ran(device, plan, np.ascontiguousarray(x[some]), dtype), right, batch)


def test_integer_launches_that_share_a_batch_out_leave_nothing_out(
    device_adapter: Adapter, device: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from paragon_tui.suites import batched_lowering

    case = batched(network_case("ragged", (65, 66, 67)), 70)
    monkeypatch.setattr(batched_lowering, "MOST_OPERATIONS", 2**18)
    (plan,) = plans(case, "i8", device_adapter)
    assert len(plan.steps) > 6
    x = network.inputs(case, "i8")["x"]
    assert_right_bits(ran(device, plan, x, "i8"), network.host_form(case, "i8", "reference")(x), "shared out")


def test_a_tile_that_leaves_its_last_sample_out_is_seen(
    device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = batched(network_case("ragged", (13, 7, 20, 3)), 7)
    x = network.inputs(case, "i8")["x"]
    right = network.host_form(case, "i8", "reference")(x)["logits"]
    before, after = ("min(sample + 4, end)", "min(sample + 4, end - 1)")
    if device_adapter.api != "opencl":
        before, after = (
            "if (sample >= parameters.end) { return; }\n    let start",
            "if (sample + 1u >= parameters.end)",
        )
        after += " { return; }\n    let start"
    with edited(monkeypatch, before, after), opened(device_adapter) as device:
        actual = ran(device, plans(case, "i8", device_adapter)[0], x, "i8")["logits"]
    assert (actual[:6] == right[:6]).all()
    assert not (actual[6] == right[6]).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_batch_beyond_the_limits_is_refused_ahead_of_everything(dtype: str, device_adapter: Adapter) -> None:
    with pytest.raises(Unsupported, match="a batch of 1,000,000,000 needs buffers of"):
        plans(batched(CASES["S1"], 10**9), dtype, device_adapter)


async def test_a_run_of_batches_goes_to_its_end_and_can_be_told(real_adapters: list[Adapter], tmp_path: Path) -> None:
    """Values that are shown, more than are shown, and a batch that nothing can hold; on both hosts and a device."""
    batches = tuple(batched(CASES["S1"], batch) for batch in (3, 200, 10**9))
    hosts = [adapter for adapter in real_adapters if adapter.id in ("numpy", "reference")]
    adapters = (*hosts, *[adapter for adapter in real_adapters if not adapter.is_host][:1])
    request = measure_request(
        Selection(batches, adapters, tuple(adapter.id for adapter in adapters)),
        RunSettings(tmp_path / "cache", sampling=QUICK),
    )
    session, events = Session(), list[Event]()
    async for event in Run(request).events():
        session.apply(event)
        events.append(event)
    assert session.finished
    for result in session.results.values():
        text = "\n".join(block(session, result))
        assert f"784 → 64 → 10, batch {result.batch}" in text
        if result.batch == 10**9:
            assert (result.status, result.bits.comparison) == ("unsupported", None), result.id
            continue
        assert result.status == "ok", (result.id, result.error)
        assert (result.bits.values is not None) == (result.batch == 3)
        if result.id.adapter != "numpy":
            assert result.bits.comparison is not None and result.bits.comparison.bit_identical, result.id
            assert result.bits.output_comparison is not None and result.bits.output_comparison.bit_identical, result.id
    assert encode(session)


def test_the_librarys_two_ways_agree_whatever_the_batch_was_before(real_adapters: list[Adapter]) -> None:
    device_adapter = next(adapter for adapter in real_adapters if not adapter.is_host)
    network_of_ones_own = Paragon.new_network([65, 66, 67])
    x = np.linspace(0, 1, 5 * 65, dtype=np.float32).reshape(5, 65)
    for some in (x, x[:2], x[3], x[:1], x):
        actual = network_of_ones_own.forward_gpu(some, device_adapter.id)
        assert actual.shape == (*some.shape[:-1], 67)
        assert actual.tobytes() == network_of_ones_own.forward_cpu(some).tobytes()
