"""Measuring one job on a device that lives in memory and whose clock is counted, not looked at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from unit_devices import UnitProgram
from unit_examples import REFERENCE, adapter

from backends.adapter import Adapter
from backends.fingerprint import CANONICAL_HOST
from backends.plan import Plan
from paragon_tui.arithmetic.digest import digest
from paragon_tui.engine.events import Event, Finished, Output, Prepared, SampleBatch, Verdict
from paragon_tui.engine.job import Job, Sampling
from paragon_tui.engine.measure import Stopped, WrongResult, measure
from paragon_tui.engine.opened import Opened
from paragon_tui.engine.sampling import enough as is_enough
from paragon_tui.suites import network
from paragon_tui.suites.forward import output_of
from paragon_tui.suites.inference import network_case

GPU = adapter("vulkan:0", name="Example GPU", max_group_items=64)  # one candidate, so that nothing is chosen
CASE = network_case("13-7-3", (13, 7, 3))
WIDE = network_case("3-1025", (3, 1025))
MS = 1_000_000
TEN = Sampling(warmup=2, iterations=10)


def right(case=CASE) -> np.ndarray:
    return network.host_form(case, "f32", "reference")(**network.inputs(case, "f32"))["logits"]


class Clock:
    """A nanosecond clock that moves by ``step`` each time it is read."""

    def __init__(self, step: int = MS) -> None:
        self.now = 0
        self.step = step

    def __call__(self) -> int:
        self.now += self.step
        return self.now


class MemoryProgram(UnitProgram):
    """Answers what ``logits_of`` gives for the number of the run."""

    compile_ms: float | None = 3.5
    upload_ms: float | None = 0.5

    def __init__(self, logits_of: Callable[[int], np.ndarray], device_ns: int | None) -> None:
        self.logits_of = logits_of
        self.device_ns = device_ns
        self.runs = 0
        self.closed = False

    def run(self, inputs: dict[str, np.ndarray], times: int = 1) -> int | None:
        assert not self.closed
        self.runs += 1
        self.inputs = inputs
        return self.device_ns

    def read(self, names: tuple[str, ...]) -> dict[str, np.ndarray]:
        assert not self.closed
        logits = self.logits_of(self.runs)
        values = {"logits": logits, "output": output_of(logits)}
        return {name: values[name] for name in names}

    def close(self) -> None:
        self.closed = True


class MemoryDevice:
    """Takes plans and, where it plays the host, callables."""

    init_ms = 12.5

    def __init__(
        self,
        logits_of: Callable[[int], np.ndarray] | None = None,
        device_ns: int | None = 400_000,
        where: Adapter = GPU,
        clock: Clock | None = None,
    ) -> None:
        answer = right()
        self.adapter = where
        self.clock = clock or Clock()
        self.program = MemoryProgram(logits_of or (lambda run: answer), device_ns)
        self.plan: Plan | None = None

    def prepare(self, plan: Plan) -> MemoryProgram:
        self.plan = plan
        return self.program

    def prepare_host(self, function: Callable[..., dict[str, np.ndarray]]) -> MemoryProgram:
        self.program.logits_of = lambda run: function(**self.program.inputs)["logits"]
        return self.program


def never() -> bool:
    return False


def after(questions: int) -> Callable[[], bool]:
    """A stop flag that is set once it has been asked this often."""
    asked = iter(range(10**9))
    return lambda: next(asked) >= questions


def opened(device: MemoryDevice) -> Opened:
    return Opened(device, CANONICAL_HOST)


def events_of(
    device: MemoryDevice,
    cache: Path,
    sampling: Sampling = TEN,
    stopped: Callable[[], bool] = never,
    case=CASE,
) -> list[Event]:
    return list(measure(Job(case, device.adapter), opened(device), sampling, cache, stopped))


# The stream of events


def test_a_job_gives_its_events_in_order(tmp_path):
    kinds = [type(event) for event in events_of(MemoryDevice(), tmp_path)]
    assert kinds == [Prepared, Output, Verdict, SampleBatch, Finished]


def test_the_events_carry_what_the_device_did(tmp_path):
    prepared, output, verdict, batch, end = events_of(MemoryDevice(), tmp_path)
    name = Job(CASE, GPU).id
    assert {event.id for event in (prepared, output, verdict, batch, end)} == {name}
    (plan, *_) = network.plans(CASE, "f32", "default", GPU)
    assert prepared == Prepared(name, 12.5, 3.5, 0.5, plan.name, "guaranteed")
    assert output.digest == digest(right())
    assert np.array(output.logits, "f4").tobytes() == right().tobytes()
    assert output.output == output.reference_output
    assert sum(output.output) == pytest.approx(1)
    assert verdict.logits.bit_identical
    assert verdict.output.bit_identical
    assert [row.index for row in verdict.rows] == [0, 1, 2]
    assert (batch.latency_ns, batch.device_ns) == ((MS,) * 10, (400_000,) * 10)
    assert (end.status, end.error) == ("ok", None)
    assert (end.latency_ms.median, end.latency_ms.n, end.device_ms.median) == (1.0, 10, 0.4)


def test_a_device_without_a_clock_of_its_own_has_no_device_time(tmp_path):
    *_, batch, end = events_of(MemoryDevice(device_ns=None), tmp_path)
    assert (batch.device_ns, end.device_ms) == ((), None)


def test_a_device_gets_its_plan_with_the_weights_already_computed(tmp_path):
    device = MemoryDevice()
    events_of(device, tmp_path)
    lazy = network.plans(CASE, "f32", "default", GPU)[0]
    assert device.plan.steps == lazy.with_constant("GUARD", 0).steps
    for given, computed in zip(device.plan.buffers, lazy.buffers, strict=True):
        assert (given.name, given.shape, given.role) == (computed.name, computed.shape, computed.role)
        assert (given.fill is None) == (computed.fill is None)
        if given.fill is not None:
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
    assert [type(event) for event in events] == [Prepared, Output, Verdict, SampleBatch, Finished]
    assert events[2].logits.bit_identical


def test_different_bits_are_a_verdict_and_not_an_error(tmp_path):
    wrong = right()
    wrong[1] = np.nextafter(wrong[1], np.float32(np.inf))
    _, output, verdict, *_, end = events_of(MemoryDevice(lambda run: wrong), tmp_path)
    assert output.digest == digest(wrong) != digest(right())
    assert (verdict.logits.first_difference, verdict.logits.ulp_max) == (1, 1)
    assert [(row.index, row.ulp) for row in verdict.rows] == [(0, 0), (1, 1), (2, 0)]
    assert end.status == "ok"


def test_more_than_1024_values_are_compared_but_not_shown(tmp_path):
    device = MemoryDevice(lambda run: right(WIDE))
    _, output, verdict, *_ = events_of(device, tmp_path, Sampling(warmup=0, iterations=1), case=WIDE)
    assert (output.logits, output.output, output.reference_output) == (None, None, None)
    assert output.digest == digest(right(WIDE))
    assert verdict.logits.bit_identical
    assert len(verdict.rows) == 256


# How long is measured


@pytest.mark.parametrize("iterations", [1, 7, 60, 500])
def test_iterations_fix_the_number_of_samples(tmp_path, iterations):
    events = events_of(MemoryDevice(), tmp_path, Sampling(warmup=0, iterations=iterations))
    batches = [event for event in events if isinstance(event, SampleBatch)]
    assert sum(len(batch.latency_ns) for batch in batches) == iterations
    assert sum(len(batch.device_ns) for batch in batches) == iterations
    assert events[-1].latency_ms.n == iterations


def test_samples_come_in_batches_of_a_fifth_of_a_second(tmp_path):
    events = events_of(MemoryDevice(), tmp_path, Sampling(warmup=0, iterations=120))
    batches = [len(event.latency_ns) for event in events if isinstance(event, SampleBatch)]
    assert batches == [100, 20]  # this clock is read twice a sample and moves by a millisecond each time


def test_every_run_is_accounted_for(tmp_path):
    device = MemoryDevice()
    events_of(device, tmp_path, Sampling(warmup=5, iterations=120))
    assert device.program.runs == 1 + 5 + 2 + 120  # compared, warmed up, one untimed a batch, timed


def test_steady_samples_end_with_the_least_time(tmp_path):
    sampling = Sampling(warmup=0, min_samples=10, min_time_s=0.25, max_time_s=5)
    events = events_of(MemoryDevice(), tmp_path, sampling)
    assert events[-1].latency_ms.n == 200  # the second batch of a hundred ends beyond a quarter of a second


def test_samples_never_exceed_their_maximum(tmp_path):
    events = events_of(MemoryDevice(), tmp_path, Sampling(min_time_s=100, max_time_s=200, max_samples=75))
    assert events[-1].latency_ms.n == 75


ADAPTIVE = Sampling(min_samples=10, min_time_s=0.25, max_time_s=1.0, max_samples=4000, noise=0.005)
STEADY, SHAKY = [MS] * 10, [MS, 2 * MS] * 5


@pytest.mark.parametrize(
    ("samples", "elapsed_s", "enough"),
    [
        (STEADY, 0.25, True),
        (STEADY[:9], 0.25, False),
        (STEADY, 0.249, False),
        (STEADY[:9], 0.9, False),
        (SHAKY, 0.25, False),
        (SHAKY, 0.999, False),
        (SHAKY, 1.0, True),
        ([MS] * 3999, 0.1, False),
        ([MS] * 4000, 0.1, True),
        ([], 0.0, False),
    ],
)
def test_adaptive_sampling_ends_when_time_and_noise_allow(samples, elapsed_s, enough):
    assert is_enough(samples, int(elapsed_s * 1e9), ADAPTIVE) is enough


@pytest.mark.parametrize(("taken", "enough"), [(0, False), (4, False), (5, True), (6, True)])
def test_fixed_iterations_know_neither_time_nor_noise(taken, enough):
    sampling = Sampling(iterations=5, max_samples=3)
    assert is_enough(SHAKY[:taken], 10**12, sampling) is enough
    assert is_enough(STEADY[:taken], 0, sampling) is enough


# Stopping


def test_a_stop_ends_early_and_keeps_what_was_measured(tmp_path):
    device = MemoryDevice()
    events = events_of(device, tmp_path, Sampling(warmup=0, iterations=1000), after(2))
    assert [type(event) for event in events[-3:]] == [SampleBatch, SampleBatch, Finished]
    assert (events[-1].status, events[-1].latency_ms.n) == ("stopped", 200)
    assert events[-1].error == "stopped by the user after 200 samples"
    assert device.program.closed


def test_a_stop_before_the_first_sample_is_no_result(tmp_path):
    device = MemoryDevice()
    with pytest.raises(Stopped, match="before the first sample"):
        events_of(device, tmp_path, stopped=after(0))
    assert device.program.closed


# Wrong results


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_logits_that_are_no_numbers_are_a_wrong_result_and_the_index_is_named(tmp_path, value):
    wrong = right()
    wrong[2] = value
    device = MemoryDevice(lambda run: wrong)
    with pytest.raises(WrongResult, match=rf"logits\[2\] is {float(value)}"):
        events_of(device, tmp_path)
    assert device.program.closed


def test_bits_that_change_between_runs_are_a_wrong_result(tmp_path):
    first, last = right(), right()
    last[0] = np.nextafter(last[0], np.float32(np.inf))
    device = MemoryDevice(lambda run: first if run < 5 else last)
    with pytest.raises(WrongResult, match="logits changed between the first run and the last"):
        events_of(device, tmp_path)
    assert device.program.closed


def test_a_result_array_that_the_device_reuses_is_not_taken_for_a_constant_one(tmp_path):
    shared = right()

    def overwritten(run: int) -> np.ndarray:
        shared[0] = run
        return shared

    with pytest.raises(WrongResult, match="not deterministic"):
        events_of(MemoryDevice(overwritten), tmp_path)


def test_a_zero_whose_sign_changes_is_a_wrong_result(tmp_path):
    plus, minus = np.zeros(3, dtype=np.float32), -np.zeros(3, dtype=np.float32)
    with pytest.raises(WrongResult, match="not deterministic"):
        events_of(MemoryDevice(lambda run: plus if run == 1 else minus), tmp_path)


def test_whoever_stops_listening_still_has_the_program_closed(tmp_path):
    device = MemoryDevice()
    events = measure(Job(CASE, GPU), opened(device), TEN, tmp_path, never)
    next(events)
    assert not device.program.closed
    events.close()
    assert device.program.closed
