"""Work that an adapter cannot hold is unsupported, with the reason, before anything is computed or allocated."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.device import Unsupported
from paragon_tui.engine.messages.events import Compared, Prepared
from paragon_tui.engine.messages.job import Job
from paragon_tui.engine.worker.device_session import DeviceSession
from paragon_tui.engine.worker.limits import check_host_limits, within_limits
from paragon_tui.engine.worker.prepare import prepare
from paragon_tui.operators.planning import Candidate
from paragon_tui.suites.case import Case
from paragon_tui.suites.catalogue import SUITES
from paragon_tui.suites.computation import computation
from paragon_tui.suites.data import streams
from paragon_tui.suites.layers import SUITE
from tests.support.examples import ALL_GUARANTEED
from tests.support.kernels import as_gpu
from tests.support.programs import never

LARGE = {case.operation: case for case in SUITE.cases if "large" in case.sizes}
SMALL = {case.operation: case for case in SUITE.cases if "small" in case.sizes}
OPERATIONS = ["dropout", "transpose", "concat", "broadcast"]
MIB = 2**20


def refusal(job: Job, device: Any, cache: Path) -> str:
    """The words with which ``prepare`` refuses the job."""
    with pytest.raises(Unsupported) as refused:
        list(prepare(job, DeviceSession(device, ALL_GUARANTEED), cache, never))
    return str(refused.value)


def candidates(case: Case, adapter: Adapter) -> tuple[Candidate, ...]:
    return computation(case, "f32").candidates(adapter, "default")


def check(job: Job) -> None:
    check_host_limits(job, computation(job.case, job.dtype))


@pytest.mark.device
@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"max_buffer_bytes": 63 * MIB}, "needs 64.0 MiB, {id} allows 63.0 MiB per buffer"),
        ({"max_binding_bytes": MIB}, "needs 64.0 MiB, {id} allows 1.0 MiB per buffer"),
        ({"memory_bytes": 63 * MIB}, "MiB are needed, {id} has 63.0 MiB"),
        ({"max_group_items": 0}, "are needed, {id} allows 0"),
    ],
    ids=["buffer", "binding", "memory", "work-group"],
)
def test_nothing_is_made_of_what_is_beyond_a_limit(
    name: str,
    limits: dict[str, Any],
    words: str,
    device_adapter: Adapter,
    device: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(streams, "_made", {})
    compiled = device.compilations
    said = refusal(Job(LARGE[name], replace(device_adapter, **limits)), device, tmp_path)
    assert words.format(id=device_adapter.id) in said
    assert streams._made == {} and device.compilations == compiled


@pytest.mark.device
def test_a_kernel_has_the_work_group_memory_that_its_step_tells(device_adapter: Adapter, device: Any) -> None:
    """OpenCL says how much memory a kernel has; the same kernel in WGSL has as much."""
    if device_adapter.api != "opencl":
        pytest.skip("only OpenCL says what a kernel has")
    from pyopencl import kernel_work_group_info

    names = ("S1", "softmax-1k", "argsort-64K", "attention-small", "transpose-small", "convolve2d-small")
    kinds = (device_adapter, as_gpu(device_adapter))
    cases = [case for suite in SUITES for case in suite.cases if case.id in names]
    steps = {
        (step.parts, step.entry): step
        for case in cases
        for kind in kinds
        for candidate in computation(case, "f32").candidates(kind, "default")
        for step in candidate.plan.steps
    }
    assert sum(step.group_bytes("cl") > 0 for step in steps.values()) >= 5
    for step in steps.values():
        kernel = getattr(device.build(step.parts, step.all_constants), step.entry)
        stated = kernel.get_work_group_info(kernel_work_group_info.LOCAL_MEM_SIZE, device.device)
        assert stated == step.group_bytes("cl"), step.entry


@pytest.mark.device
def test_plans_that_need_more_work_group_memory_are_left_out(device_adapter: Adapter) -> None:
    gpu = as_gpu(device_adapter)
    (case,) = (case for suite in SUITES for case in suite.cases if case.id == "S1")
    every = candidates(case, gpu)
    language = gpu.language
    needs = {each.plan.name: max(step.group_bytes(language) for step in each.plan.steps) for each in every}
    least = min(needs.values())
    kept = 1024 if language == "cl" else 0
    small = replace(gpu, local_memory_bytes=least + kept)
    assert small.group_limit_bytes == least < max(needs.values())
    fitting = within_limits(candidates(case, small), Job(case, small))
    assert {each.plan.name for each in fitting} == {name for name, need in needs.items() if need == least}
    smaller = replace(gpu, local_memory_bytes=least + kept - 1)
    with pytest.raises(Unsupported, match=f"KiB of work-group memory are needed, {gpu.id} has"):
        within_limits(candidates(case, smaller), Job(case, smaller))


@pytest.mark.device
def test_a_limit_that_is_just_met_is_no_reason(device_adapter: Adapter) -> None:
    for name in OPERATIONS:
        case = LARGE[name]
        met = replace(device_adapter, max_buffer_bytes=64 * MIB, max_binding_bytes=None)
        assert len(within_limits(candidates(case, met), Job(case, met))) == 1
        missed = replace(met, max_buffer_bytes=64 * MIB - 1)
        with pytest.raises(Unsupported):
            within_limits(candidates(case, missed), Job(case, missed))


@pytest.mark.device
def test_a_plan_that_fits_is_taken_where_another_does_not(
    device_adapter: Adapter, capsys: pytest.CaptureFixture[str]
) -> None:
    small = replace(device_adapter, max_buffer_bytes=8 * MIB)
    beyond, within = (candidates(cases["transpose"], small)[0] for cases in (LARGE, SMALL))
    job = Job(SMALL["transpose"], small)
    assert within_limits([beyond, within], job) == [within]
    assert "a plan was skipped: buffer x needs 64.0 MiB" in capsys.readouterr().out


@pytest.mark.device
def test_a_small_adapter_still_runs_what_it_can_hold(device_adapter: Adapter, device: Any, tmp_path: Path) -> None:
    small = replace(device_adapter, max_buffer_bytes=4 * MIB, memory_bytes=8 * MIB)
    events = prepare(Job(SMALL["transpose"], small), DeviceSession(device, ALL_GUARANTEED), tmp_path, never)
    told: dict[type, Any] = {}
    with pytest.raises(StopIteration) as end:
        while True:
            event = next(events)
            told[type(event)] = event
    end.value.value.program.close()
    prepared, verdict = told[Prepared], told[Compared]
    assert verdict.values.bit_identical and prepared.device_bytes <= 8 * MIB + 4096  # staging and parameters beside


def host(real_adapters: list[Adapter], name: str, memory_bytes: int | None) -> Adapter:
    (adapter,) = (adapter for adapter in real_adapters if adapter.id == name)
    return replace(adapter, memory_bytes=memory_bytes)


@pytest.mark.parametrize("name", ["numpy", "reference"])
def test_a_library_is_not_given_arrays_beyond_the_memory(
    name: str, real_adapters: list[Adapter], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "_made", {})
    job = Job(LARGE["transpose"], host(real_adapters, name, 100 * MIB))
    with pytest.raises(Unsupported, match="its arrays need 128 MiB, this machine has 100 MiB"):
        list(prepare(job, DeviceSession(None, ALL_GUARANTEED), tmp_path, never))
    assert streams._made == {}
    for enough in (128 * MIB, None):
        check(replace(job, adapter=host(real_adapters, name, enough)))
    check(replace(job, dtype="f16"))


def test_the_reference_refuses_a_costly_product_and_libraries_do_not(
    real_adapters: list[Adapter], tmp_path: Path
) -> None:
    (costly,) = (case for case in SUITE.cases if case.id == "matmul-4096")
    (usual,) = (case for case in SUITE.cases if case.id == "matmul-1024")
    job = Job(costly, host(real_adapters, "reference", None))
    with pytest.raises(Unsupported, match=r"137 billion operations .* computes only a sample"):
        list(prepare(job, DeviceSession(None, ALL_GUARANTEED), tmp_path, never))
    check(replace(job, adapter=host(real_adapters, "numpy", None)))
    check(replace(job, case=usual))
