"""Making one job ready on a device that lives in memory: what is told of it, and what is no result."""

from __future__ import annotations

import mmap
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from paragon_tui.arithmetic.digest import digest
from paragon_tui.backends.fingerprint import Fingerprint, Tiers
from paragon_tui.engine.messages.events import Compared, Doing, Event, Output, Prepared
from paragon_tui.engine.messages.job import Job
from paragon_tui.engine.worker.adapter_sensors import adapter_sensors
from paragon_tui.engine.worker.device_session import DeviceSession
from paragon_tui.engine.worker.libraries import library
from paragon_tui.engine.worker.memory import peak_bytes
from paragon_tui.engine.worker.open_job import OpenJob, WrongResult
from paragon_tui.engine.worker.prepare import prepare
from paragon_tui.engine.worker.sensors import NO_SENSORS
from paragon_tui.suites.computation import computation
from paragon_tui.suites.inference import network_case
from paragon_tui.suites.workloads.registry import workload
from tests.support.examples import ALL_GUARANTEED, NUMPY, REFERENCE, adapter
from tests.support.programs import CASE, GPU, MS, MemoryDevice, MemoryProgram, never, right

WIDE = network_case("3-1025", (3, 1025))
NOT_HERE = Fingerprint(0, (), Tiers("guaranteed", "observed", "not here"))


def made(
    device: MemoryDevice, cache: Path, case=CASE, seen: Fingerprint | None = ALL_GUARANTEED
) -> tuple[list[Event], OpenJob]:
    """The events that change the result, and the job that is ready then."""
    events, steps = [], prepare(Job(case, device.adapter), DeviceSession(device, seen), cache, never)
    while True:
        try:
            events.append(next(steps))
        except StopIteration as end:
            return [event for event in events if not isinstance(event, Doing)], end.value


def events_of(device: MemoryDevice, cache: Path, case=CASE) -> tuple[Prepared, Output, Compared]:
    prepared, output, verdict = made(device, cache, case)[0]
    assert isinstance(prepared, Prepared) and isinstance(output, Output) and isinstance(verdict, Compared)
    return prepared, output, verdict


# The stream of events


def test_a_job_gives_its_events_in_order_and_says_what_it_does(tmp_path):
    steps = prepare(Job(CASE, GPU), DeviceSession(MemoryDevice(), ALL_GUARANTEED), tmp_path, never)
    told = [event.what if isinstance(event, Doing) else type(event) for event in steps]
    assert told == ["operands", "reference", "compiling", Prepared, "reference", "comparing", Output, Compared]


def test_the_events_carry_what_the_device_did(tmp_path):
    prepared, output, verdict = events_of(MemoryDevice(), tmp_path)
    name = Job(CASE, GPU).id
    assert {event.id for event in (prepared, output, verdict)} == {name}
    (candidate, *_) = computation(CASE, "f32").candidates(GPU, "default")
    assert prepared == Prepared(
        name, 12.5, 3.5, 0.5, candidate.plan.name, "guaranteed", device_bytes=4096, output_standing="guaranteed"
    )
    assert output.first_run_ms == 1.0
    assert output.digest == digest(right())
    assert np.array(output.values, "f4").tobytes() == right().tobytes()
    assert output.output is not None and output.output == output.reference_output
    assert sum(output.output) == pytest.approx(1)
    assert verdict.values.bit_identical
    assert verdict.output.bit_identical
    assert [row.index for row in verdict.rows] == [0, 1, 2]
    assert verdict.chain is None


def test_the_job_that_is_ready_has_run_once_and_is_open(tmp_path):
    device = MemoryDevice()
    _, bench = made(device, tmp_path)
    assert (device.program.runs, device.program.closed, bench.deterministic) == (1, False, True)
    assert bench.job == Job(CASE, GPU)
    assert bench.program is device.program and bench.clock is device.clock
    assert bench.first["logits"].tobytes() == right().tobytes()


def test_the_job_has_the_sensors_of_its_adapter(tmp_path):
    on_cpu = replace(GPU, type="cpu")
    _, bench = made(MemoryDevice(where=on_cpu), tmp_path)
    assert bench.sensors is adapter_sensors(on_cpu)
    assert bench.sensors is not NO_SENSORS


@pytest.mark.parametrize(("device_ns", "clocked"), [(400_000, True), (0, True), (None, False)])
def test_the_first_run_tells_what_a_run_takes_and_whether_there_is_a_device_clock(device_ns, clocked, tmp_path):
    _, bench = made(MemoryDevice(device_ns=device_ns), tmp_path)
    assert (bench.typical_ns, bench.clocked) == (MS, clocked)


class Various(MemoryDevice):
    """Has a program for every plan, as there are several where groups of 128 are allowed."""

    def __init__(self) -> None:
        super().__init__(where=replace(GPU, max_group_items=128))
        self.programs: list[MemoryProgram] = []

    def prepare(self, plan):
        answer = right()
        self.programs.append(MemoryProgram(lambda run: answer, 400_000))
        return self.programs[-1]


def test_a_run_behind_a_trial_of_plans_was_not_the_first(tmp_path):
    (_, tried, _), bench = made(on_trial := Various(), tmp_path)
    assert len(on_trial.programs) > 1
    assert (tried.first_run_ms, bench.typical_ns) == (None, MS)
    (_, remembered, _), _ = made(alone := Various(), tmp_path)
    assert len(alone.programs) == 1
    assert remembered.first_run_ms == 1.0


def test_what_was_compiled_before_has_no_time_for_it(tmp_path):
    """The second case of a worker may need the same kernels: nothing is compiled then."""
    device = MemoryDevice()
    device.program.compile_ms = None
    prepared, *_ = events_of(device, tmp_path)
    assert (prepared.compile_ms, prepared.upload_ms) == (None, 0.5)


@pytest.mark.parametrize("seen", [ALL_GUARANTEED, NOT_HERE])
def test_what_has_a_tier_must_not_change_even_where_the_tier_does_not_hold(tmp_path, seen):
    assert made(MemoryDevice(), tmp_path, seen=seen)[1].steady is True


def test_a_host_library_may_change_its_bits(tmp_path):
    assert made(MemoryDevice(where=NUMPY), tmp_path, seen=None)[1].steady is False


def test_a_device_gets_its_plan_with_the_weights_already_computed(tmp_path):
    device = MemoryDevice()
    events_of(device, tmp_path)
    lazy = computation(CASE, "f32").candidates(GPU, "default")[0].plan
    assert device.plan.steps == lazy.with_constant("GUARD", 0).steps
    for given, computed in zip(device.plan.buffers, lazy.buffers, strict=True):
        assert (given.name, given.shape, given.role) == (computed.name, computed.shape, computed.role)
        assert (given.fill is None) == (computed.fill is None)
        if given.fill is not None and computed.fill is not None:
            assert given.fill() is given.fill()
            assert given.fill().tobytes() == computed.fill().tobytes()


def test_a_cpu_adapter_gets_the_plan_for_cpus(tmp_path):
    device = MemoryDevice(where=adapter("vulkan:0", type="cpu"))
    events_of(device, tmp_path)
    assert [step.entry for step in device.plan.steps] == ["rows", "rows", "softmax"]


def test_a_host_adapter_gets_the_operations_own_callable(tmp_path):
    device = MemoryDevice(where=REFERENCE)
    events = events_of(device, tmp_path)
    assert device.plan is None
    assert [type(event) for event in events] == [Prepared, Output, Compared]
    assert events[2].values.bit_identical


def test_a_host_library_names_itself_and_its_threads_and_the_reference_has_none(tmp_path):
    numpy, *_ = events_of(MemoryDevice(where=NUMPY), tmp_path)
    assert (numpy.library, numpy.threads) == library(NUMPY, workload("network"), "f32")
    reference, *_ = events_of(MemoryDevice(where=REFERENCE), tmp_path)
    device, *_ = events_of(MemoryDevice(), tmp_path)
    assert {value for prepared in (reference, device) for value in (prepared.library, prepared.threads)} == {None}


def test_different_bits_are_a_verdict_and_not_an_error(tmp_path):
    wrong = right()
    wrong[1] = np.nextafter(wrong[1], np.float32(np.inf))
    _, output, verdict = events_of(MemoryDevice(lambda run: wrong), tmp_path)
    assert output.digest == digest(wrong) != digest(right())
    assert (verdict.values.first_difference, verdict.values.ulp_max) == (1, 1)
    assert [(row.index, row.ulp) for row in verdict.rows] == [(0, 0), (1, 1), (2, 0)]


def test_more_than_1024_values_are_compared_but_not_shown(tmp_path):
    device = MemoryDevice(lambda run: right(WIDE))
    _, output, verdict, *_ = events_of(device, tmp_path, WIDE)
    assert (output.values, output.output, output.reference_output) == (None, None, None)
    assert output.digest == digest(right(WIDE))
    assert verdict.values.bit_identical
    assert len(verdict.rows) == 256


# Wrong results


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_logits_that_are_no_numbers_are_a_wrong_result_and_the_index_is_named(tmp_path, value):
    wrong = right()
    wrong[2] = value
    device = MemoryDevice(lambda run: wrong)
    with pytest.raises(WrongResult, match=rf"logits\[2\] is {float(value)}"):
        events_of(device, tmp_path)
    assert device.program.closed


@pytest.mark.parametrize("events", [4, 5, 7, 8])
def test_whoever_stops_listening_still_has_the_program_closed(tmp_path, events):
    device = MemoryDevice()
    listened = prepare(Job(CASE, GPU), DeviceSession(device, ALL_GUARANTEED), tmp_path, never)
    for _ in range(events):
        next(listened)
    assert not device.program.closed
    listened.close()
    assert device.program.closed


def test_the_peak_is_counted_from_here(tmp_path):
    """Memory that an earlier job held is not counted."""
    held = mmap.mmap(-1, 50 * 2**20)  # not of the heap, which may keep it
    for page in range(0, len(held), 4096):
        held[page] = 1
    before = peak_bytes()
    held.close()
    made(MemoryDevice(), tmp_path)
    after = peak_bytes()
    assert before is not None and after is not None
    assert sys.platform != "linux" or after < before - 40 * 2**20
