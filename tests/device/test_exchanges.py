"""Repeats in one submission, round trips, device bytes and host overhead of a program."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from paragon_tui.backends.device import Program
from paragon_tui.backends.huge_pages import HUGE_PAGE
from paragon_tui.backends.plan import Buffer, Plan, Step
from paragon_tui.operators.numerics.transfers import packed
from paragon_tui.suites.case import DTYPES
from paragon_tui.suites.computation import computation
from paragon_tui.suites.inference import network_case
from tests.support.kernels import opened

pytestmark = pytest.mark.device

CASES = [network_case("small", (784, 300, 10)), network_case("deep", (96, 33, 130, 7))]
SEVEN = np.full(4, 7, dtype=np.uint32)


def bits(program: Program) -> dict[str, bytes]:
    return {name: values.tobytes() for name, values in program.read(("logits", "output")).items()}


def relay() -> Plan:
    """Sevens move on by one buffer each time, the last first: the third time brings them into ``last``."""
    names = ("first", "second", "third", "last")
    buffers = (
        Buffer("first", (4,), "u32", "weight", lambda: SEVEN),
        Buffer("second", (4,), "u32", "scratch"),
        Buffer("third", (4,), "u32", "scratch"),
        Buffer("last", (4,), "u32", "output"),
    )
    pairs = reversed(list(pairwise(names)))
    steps = tuple(Step(("copy",), "copy", pair, 1, (("n", 1),), (), 1, 1) for pair in pairs)
    return Plan("relay", buffers, steps)


def prepared(device, guard):
    """Return the program of the first case's most promising candidate, and its inputs."""
    computed = computation(CASES[0], "f32")
    candidate = computed.candidates(device.adapter, "default")[0]
    return device.prepare(candidate.plan.with_constant("GUARD", guard)), packed(candidate.inputs, computed.fed)


@pytest.mark.parametrize(("times", "last"), [(1, 0), (2, 0), (3, 7), (4, 7)])
def test_all_steps_are_run_as_often_as_asked(device, times, last):
    program = device.prepare(relay())
    program.run({}, times)
    assert program.read(("last",))["last"].tolist() == [last] * 4
    program.close()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
@pytest.mark.parametrize("dtype", DTYPES)
def test_chained_runs_have_the_bits_of_one(device, guard, dtype, case):
    """Of every plan: ``forward`` keeps counters from run to run, and activations are written over again."""
    computed = computation(case, dtype)
    for variant in computed.workload.variants(dtype):
        for candidate in computed.candidates(device.adapter, variant):
            plan, inputs = candidate.plan, packed(candidate.inputs, computed.fed)
            other = {"x": np.zeros_like(inputs["x"])}
            program = device.prepare(plan.with_constant("GUARD", guard))
            program.run(inputs)
            expected = bits(program)
            for times in (7, 2, 1):
                program.run(other, times)
                assert bits(program) != expected, (plan.name, times)
                program.run(inputs, times)
                assert bits(program) == expected, (plan.name, times)
            program.close()


def test_a_run_without_clock_and_a_round_trip_leave_the_bits_as_they_are(device, guard):
    program, inputs = prepared(device, guard)
    program.run(inputs)
    expected = bits(program)
    program.run({"x": np.zeros_like(inputs["x"])})
    assert bits(program) != expected
    for _ in range(3):
        program.round_trip()
        program.run_unclocked(inputs)
        program.round_trip()
        assert bits(program) == expected
    program.close()


def test_more_repeats_take_the_device_longer(device, guard):
    program, inputs = prepared(device, guard)
    once = min(filter(None, (program.run(inputs) for _ in range(20))), default=None)
    if once is None:
        pytest.skip(f"{device.adapter.id} has no device clock")
    assert min(filter(None, (program.run(inputs, 50) for _ in range(5)))) > 5 * once
    program.close()


def test_the_bytes_on_the_device_are_at_least_those_of_the_plan(device_adapter):
    candidates = computation(CASES[0], "f32").candidates(device_adapter, "default")
    for plan in (relay(), *(candidate.plan for candidate in candidates)):
        with opened(device_adapter) as device:
            program = device.prepare(plan)
            whole = sum(buffer.bytes for buffer in plan.buffers)
            assert whole <= program.device_bytes <= whole + 4096
            program.close()


def test_opencl_tells_what_the_program_itself_takes(device):
    """Of a run, and less than a run: how much less is no question for a busy machine."""
    program = device.prepare(relay())
    program.run({})
    taken = [program.host_ns({}) for _ in range(20)]
    if device.adapter.api != "opencl":
        assert set(taken) == {None}
        return
    start = device.clock()
    program.run({})
    assert 0 < min(taken) < device.clock() - start
    assert program.read(("last",))["last"].tolist() == [7] * 4
    program.close()


def staying() -> Plan:
    """Nothing comes back in a run: what was computed stays there."""
    buffers = (
        Buffer("first", (4,), "u32", "weight", lambda: SEVEN),
        Buffer("last", (2, 2), "u32", "result"),
    )
    return Plan("staying", buffers, (Step(("copy",), "copy", ("first", "last"), 1, (("n", 1),), (), 1, 1),))


def test_a_result_stays_on_the_device_until_it_is_read(device):
    program = device.prepare(staying())
    assert program.read(("last",))["last"].tolist() == [[0, 0], [0, 0]]
    program.run_unclocked({})
    kept = program.read(("last",))["last"]
    assert (kept.dtype, kept.tolist()) == (np.dtype(np.uint32), [[7, 7], [7, 7]])
    program.round_trip()
    program.run({}, 3)
    assert program.read(("last",))["last"].tolist() == kept.tolist()
    program.close()


@pytest.mark.parametrize("items", [HUGE_PAGE // 4 - 4, HUGE_PAGE // 4, HUGE_PAGE])
def test_weights_arrive_whether_they_lie_in_huge_pages_or_not(device, items):
    """On a processor OpenCL takes them from a huge page's size on where they are."""
    numbers = np.arange(items, dtype=np.uint32)
    buffers = (
        Buffer("source", (items,), "u32", "weight", lambda: numbers),
        Buffer("target", (items,), "u32", "result"),
    )
    step = Step(("copy",), "copy", ("source", "target"), 1, (("n", items // 4),), (), -(-items // 256), 64)
    program = device.prepare(Plan("copy", buffers, (step,)))
    program.run({})
    assert np.array_equal(program.read(("target",))["target"], numbers)
    program.close()
