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
from paragon_tui.operators import dense
from paragon_tui.operators.planning import Candidate
from paragon_tui.sessions.document import encode
from paragon_tui.suites.case import DTYPES, Case
from paragon_tui.suites.computation import computation
from paragon_tui.suites.inference import SUITE, network_case
from tests.support.devices import Arrays
from tests.support.examples import batched
from tests.support.floats import assert_same_bits
from tests.support.graphs import prepared, run
from tests.support.host_forms import host_outputs
from tests.support.kernels import as_kind, edited, opened

pytestmark = pytest.mark.device

RAGGED = [((1, 1), 3), ((13, 7, 20, 3), 3), ((65, 66, 67), 70)]
CASES = {case.id: case for case in SUITE.cases}
QUICK = Sampling(warmup=1, iterations=4, rounds=2, cold=0, chained=1, examine=False)
BATCHES = (3, 70)


def candidates(case: Case, dtype: str, adapter: Adapter) -> tuple[Candidate, ...]:
    return computation(case, dtype).candidates(adapter, "default")


def samples(case: Case, dtype: str) -> np.ndarray:
    return computation(case, dtype).fed["x"]


def assert_right_bits(actual: Arrays, right: Arrays, what: object) -> None:
    assert set(actual) == {"logits", "output"}
    for name, values in actual.items():
        assert_same_bits(values, right[name], (name, what))


@pytest.mark.parametrize("kind", ["as it is", "as a GPU"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_sample_of_a_batch_has_the_references_bits(
    dtype: str, kind: str, device_adapter: Adapter, device: Any
) -> None:
    adapter = as_kind(kind, device_adapter)
    for widths, batch in RAGGED:
        case = batched(network_case("ragged", widths), batch)
        candidate = candidates(case, dtype, adapter)[0]  # tilings have tests of their own, and take long to compile
        actual = run(device, candidate, {"x": samples(case, dtype)}, runs=2)
        assert_right_bits(actual, host_outputs(case, dtype, "reference"), (candidate.plan.name, widths, batch))


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_samples_result_does_not_depend_on_its_batch(dtype: str, device_adapter: Adapter, device: Any) -> None:
    """Against what this device computes of each sample alone, in any batch, in any place of it."""
    case = network_case("ragged", (65, 66, 67))
    x = samples(batched(case, max(BATCHES)), dtype)
    with prepared(device, candidates(case, dtype, device_adapter)[0]) as compute:
        alone: list[Arrays] = [compute({"x": sample}) for sample in x]
    assert len({outputs["logits"].tobytes() for outputs in alone}) == len(x)
    for batch in BATCHES:
        candidate = candidates(batched(case, batch), dtype, device_adapter)[0]
        for order in (list(range(batch)), list(range(len(x) - 1, len(x) - 1 - batch, -1))):
            right = {name: np.stack([alone[index][name] for index in order]) for name in alone[0]}
            actual = run(device, candidate, {"x": np.ascontiguousarray(x[order])}, runs=2)
            assert_right_bits(actual, right, batch)


def test_integer_launches_that_share_a_batch_out_leave_nothing_out(
    device_adapter: Adapter, device: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = batched(network_case("ragged", (65, 66, 67)), 70)
    monkeypatch.setattr(dense, "MOST_OPERATIONS", 2**18)
    (candidate,) = candidates(case, "i8", device_adapter)
    assert len(candidate.plan.steps) > 6
    actual = run(device, candidate, {"x": samples(case, "i8")}, runs=2)
    assert_right_bits(actual, host_outputs(case, "i8", "reference"), "shared out")


def test_a_tile_that_leaves_its_last_sample_out_is_seen(
    device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = batched(network_case("ragged", (13, 7, 20, 3)), 7)
    right = host_outputs(case, "i8", "reference")["logits"]
    before, after = ("min(sample + 4, end)", "min(sample + 4, end - 1)")
    if device_adapter.api != "opencl":
        before, after = (
            "if (sample >= parameters.end) { return; }\n    let start",
            "if (sample + 1u >= parameters.end)",
        )
        after += " { return; }\n    let start"
    with edited(monkeypatch, before, after), opened(device_adapter) as device:
        candidate = candidates(case, "i8", device_adapter)[0]
        actual = run(device, candidate, {"x": samples(case, "i8")}, runs=2)["logits"]
    assert (actual[:6] == right[:6]).all()
    assert not (actual[6] == right[6]).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_batch_beyond_the_limits_is_refused_ahead_of_everything(dtype: str, device_adapter: Adapter) -> None:
    with pytest.raises(Unsupported, match="a batch of 1,000,000,000 needs buffers of"):
        candidates(batched(CASES["S1"], 10**9), dtype, device_adapter)


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
    own_network = Paragon.new_network([65, 66, 67])
    x = np.linspace(0, 1, 5 * 65, dtype=np.float32).reshape(5, 65)
    for some in (x, x[:2], x[3], x[:1], x):
        actual = own_network.forward_gpu(some, device_adapter.id)
        assert actual.shape == (*some.shape[:-1], 67)
        assert actual.tobytes() == own_network.forward_cpu(some).tobytes()
