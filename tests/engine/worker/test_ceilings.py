"""An adapter's ceiling on a device whose times are scripted: measured once, kept, and never trusted when damaged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.blas import THREAD_VARIABLES
from paragon_tui.backends.device import BackendError
from paragon_tui.backends.plan import Plan
from paragon_tui.engine.messages.figures import Ceiling
from paragon_tui.engine.worker import ceilings
from paragon_tui.engine.worker.cache import load_entry
from paragon_tui.engine.worker.ceilings import cache_evictor, cached_ceiling, measure_ceiling, raise_ceiling
from paragon_tui.engine.worker.conditions import LoadMonitor
from paragon_tui.engine.worker.device_session import DeviceSession
from paragon_tui.operators.operator import Cost
from tests.support.devices import Inputs, MemoryProgramBase
from tests.support.examples import GPU, NUMPY, REFERENCE, adapter
from tests.support.folders import only_file

MIB = 2**20
MS = 1_000_000
CPU = adapter("opencl:0", type="cpu", compute_units=2)
CACHES = 32 * MIB


@pytest.fixture(autouse=True)
def known_caches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ceilings, "last_level_cache_bytes", lambda: CACHES)


INTEGRATED = replace(GPU, type="integrated-gpu")


class CeilingProgram(MemoryProgramBase):
    """Takes ``ms``, on the device's own clock too where it has one; the first run takes ten times as long."""

    def __init__(self, device: CeilingDevice, ms: float) -> None:
        self.device, self.ms, self.runs, self.closed = device, ms, 0, False
        self.chained: list[int] = []

    def run(self, inputs: Inputs, times: int = 1) -> int | None:
        assert not self.closed and not inputs
        self.runs += 1
        self.chained.append(times)
        taken = round(self.ms * MS * times * (10 if self.runs == 1 else 1))
        self.device.now += taken + round(self.device.launch_ms * MS)
        return taken if self.device.clocked else None

    def close(self) -> None:
        self.closed = True


class CeilingDevice:
    def __init__(
        self,
        where: Adapter = CPU,
        copy_ms: float = 10.0,
        multiply_add_ms: float = 4.0,
        clocked: bool = True,
        launch_ms: float = 0.0,
        refuses: str = "",
    ) -> None:
        self.adapter, self.language = where, "cl"
        self.ms = {"copy": copy_ms, "multiply-add": multiply_add_ms}
        self.clocked, self.launch_ms, self.refuses, self.now = clocked, launch_ms, refuses, 0
        self.plans: list[Plan] = []
        self.programs: list[CeilingProgram] = []

    def clock(self) -> int:
        return self.now

    def prepare(self, plan: Plan) -> CeilingProgram:
        if plan.name == self.refuses:
            raise BackendError(f"no {plan.name} here")
        self.plans.append(plan)
        self.programs.append(CeilingProgram(self, self.ms[plan.name]))
        return self.programs[-1]

    def prepare_host(self, function: Callable[..., Any]) -> CeilingProgram:
        self.programs.append(CeilingProgram(self, list(self.ms.values())[len(self.programs) % 2]))
        return self.programs[-1]


def measure(device: CeilingDevice, cache: Path) -> Ceiling:
    result = measure_ceiling(DeviceSession(device, None), cache)
    assert all(program.closed for program in device.programs)
    assert result is not None
    return result


# What is measured


def test_bytes_read_and_written_and_two_operations_a_multiply_add(tmp_path):
    result = measure(CeilingDevice(CPU, copy_ms=10.0, multiply_add_ms=4.0), tmp_path)
    # 64 groups of 64 items, 1024 rounds, 96 multiply-adds in each.
    assert result == Ceiling(256 * MIB / 10e6, 64 * 64 * 1024 * 192 / 4e6, CACHES)


def test_the_devices_clock_is_believed_and_not_the_latency(tmp_path):
    result = measure(CeilingDevice(CPU, copy_ms=10.0, multiply_add_ms=4.0, launch_ms=5.0), tmp_path)
    assert result == Ceiling(256 * MIB / 10e6, 64 * 64 * 1024 * 192 / 4e6, CACHES)


@pytest.mark.parametrize("where", [NUMPY, REFERENCE], ids=["numpy", "reference"])
def test_host_libraries_copy_as_much_and_multiply_matrices(where, tmp_path):
    result = measure(CeilingDevice(where, copy_ms=10.0, multiply_add_ms=4.0, clocked=False), tmp_path)
    assert result == Ceiling(256 * MIB / 10e6, 2 * 768**3 / 4e6, CACHES)


@pytest.mark.parametrize(
    ("where", "mebibytes"),
    [
        (CPU, 128),
        (INTEGRATED, 128),
        (GPU, 512),
        (replace(GPU, memory_bytes=1024 * MIB), 128),
        (replace(GPU, max_buffer_bytes=256 * MIB, max_binding_bytes=96 * MIB), 96),
        (replace(CPU, memory_bytes=512 * MIB), 64),
    ],
)
def test_a_copy_is_larger_than_caches_and_within_limits(where, mebibytes, tmp_path):
    device = CeilingDevice(where)
    measure(device, tmp_path)
    sizes = {buffer.name: buffer.bytes for buffer in device.plans[0].buffers}
    assert (sizes["x"], sizes["y"]) == (mebibytes * MIB, mebibytes * MIB)


def test_a_copy_is_larger_than_large_caches(tmp_path, monkeypatch):
    monkeypatch.setattr(ceilings, "last_level_cache_bytes", lambda: 300 * MIB)
    device = CeilingDevice(CPU)
    measure(device, tmp_path)
    assert device.plans[0].buffers[0].bytes == 300 * MIB


def test_caches_larger_than_a_binding_are_flushed_by_several_copies(monkeypatch):
    monkeypatch.setattr(ceilings, "last_level_cache_bytes", lambda: 300 * MIB)
    device = CeilingDevice(replace(CPU, max_buffer_bytes=128 * MIB, max_binding_bytes=128 * MIB))
    evict = cache_evictor(DeviceSession(device, None))
    evict()
    assert [program.runs for program in device.programs] == [1, 1, 1]
    evict.close()
    assert all(program.closed for program in device.programs)


def test_caches_that_the_memory_cannot_replace_are_not_flushed(monkeypatch):
    monkeypatch.setattr(ceilings, "last_level_cache_bytes", lambda: 300 * MIB)
    with pytest.raises(BackendError, match="the caches hold 300 MiB"):
        cache_evictor(DeviceSession(CeilingDevice(replace(CPU, memory_bytes=1024 * MIB)), None))


def test_where_there_is_no_device_clock_latency_is_taken_and_chained_until_it_hardly_counts(tmp_path):
    device = CeilingDevice(CPU, copy_ms=10.0, multiply_add_ms=0.5, clocked=False, launch_ms=0.5)
    result = measure(device, tmp_path)
    copying, computing = device.programs
    assert copying.chained[:2] == [1, 1] and set(copying.chained[2:]) == {1}
    assert computing.chained[:2] == [1, 1] and set(computing.chained[2:]) == {10}
    assert result.multiply_add_gflop_s == pytest.approx(64 * 64 * 1024 * 192 / 0.55e6)


@pytest.mark.parametrize(("ms", "runs"), [(1000.0, 5), (10.0, 20), (0.01, 50)])
def test_five_runs_at_least_fifty_at_most_and_a_fifth_of_a_second(ms, runs, tmp_path):
    device = CeilingDevice(CPU, copy_ms=ms)
    measure(device, tmp_path)
    assert len(device.programs[0].chained) == 2 + runs


@pytest.mark.parametrize("refused", ["copy", "multiply-add"])
def test_an_adapter_that_cannot_says_so_and_nothing_is_kept(refused, tmp_path):
    device = CeilingDevice(refuses=refused)
    with pytest.raises(BackendError, match=f"no {refused} here"):
        measure(device, tmp_path)
    assert not list(tmp_path.iterdir())


# What is kept


def test_a_ceiling_is_measured_once(tmp_path):
    cache = tmp_path / "new"
    first = measure(CeilingDevice(copy_ms=10.0), cache)
    second = CeilingDevice(copy_ms=20.0)
    assert measure(second, cache) == first
    assert not second.programs


def test_what_is_remembered_can_be_asked_for_without_measuring(tmp_path):
    asked = CeilingDevice(CPU)
    assert cached_ceiling(DeviceSession(asked, None), tmp_path) is None
    ceiling = measure(CeilingDevice(CPU, copy_ms=10.0), tmp_path)
    assert cached_ceiling(DeviceSession(asked, None), tmp_path) == ceiling
    assert cached_ceiling(DeviceSession(CeilingDevice(GPU), None), tmp_path) is None
    only_file(tmp_path).write_text("{")
    assert cached_ceiling(DeviceSession(asked, None), tmp_path) is None
    assert not asked.programs


@pytest.mark.parametrize(
    "change",
    [
        {"driver_version": "1.2.4"},
        {"driver": "another"},
        {"identity": "other#0"},
        {"compute_units": 1},
        {"api": "vulkan"},
        {"memory_bytes": 512 * MIB},
    ],
    ids=lambda change: next(iter(change)),
)
def test_another_driver_adapter_or_plan_is_measured_anew(change, tmp_path):
    measure(CeilingDevice(CPU, copy_ms=10.0), tmp_path)
    other = CeilingDevice(replace(CPU, **change), copy_ms=20.0)
    measure(other, tmp_path)
    assert other.programs
    assert len(list(tmp_path.iterdir())) == 2


def test_what_a_busy_machine_gave_is_neither_told_nor_kept(tmp_path, monkeypatch):
    with monkeypatch.context() as busy:
        busy.setattr(LoadMonitor, "undisturbed", lambda _: False)
        assert measure_ceiling(DeviceSession(CeilingDevice(copy_ms=20.0), None), tmp_path) is None
    assert not list(tmp_path.iterdir())
    assert measure(CeilingDevice(copy_ms=10.0), tmp_path).copy_gb_s == 256 * MIB / 10e6


def test_an_undisturbed_result_beyond_the_ceiling_raises_it_for_good(tmp_path):
    device = CeilingDevice()
    known = measure(device, tmp_path)
    session = DeviceSession(device, None)
    slower = Cost(operations=1, bytes=64 * MIB)
    assert raise_ceiling(session, tmp_path, slower, 100.0, False, None) is None
    faster = Cost(operations=10**9, bytes=64 * MIB)
    higher = raise_ceiling(session, tmp_path, faster, 1.0, False, None)
    assert higher == cached_ceiling(session, tmp_path)
    assert higher == Ceiling(64 * MIB / 1e6, 1000.0, CACHES) and higher != known


def test_without_a_ceiling_nothing_is_raised(tmp_path):
    session = DeviceSession(CeilingDevice(), None)
    assert raise_ceiling(session, tmp_path, Cost(10**9, 10**9), 1.0, False, None) is None
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("variable", [*THREAD_VARIABLES, "LP_NUM_THREADS"])
def test_another_number_of_threads_is_measured_anew(variable, tmp_path, monkeypatch):
    monkeypatch.setenv(variable, "1")
    measure(CeilingDevice(NUMPY, clocked=False), tmp_path)
    monkeypatch.setenv(variable, "2")
    measure(CeilingDevice(NUMPY, clocked=False), tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "{",
        "[1, 2]",
        '{"copy_gb_s": 1.5}',
        '{"copy_gb_s": "1.5", "multiply_add_gflop_s": 2.0}',
        '{"copy_gb_s": 0.0, "multiply_add_gflop_s": 2.0}',
        '{"copy_gb_s": 1.5, "multiply_add_gflop_s": -2.0}',
        '{"copy_gb_s": Infinity, "multiply_add_gflop_s": 2.0}',
        '{"copy_gb_s": 1.5, "multiply_add_gflop_s": NaN}',
    ],
)
def test_a_damaged_memory_is_measured_anew_and_replaced(damage, tmp_path):
    first = measure(CeilingDevice(), tmp_path)
    only_file(tmp_path).write_text(damage)
    assert measure(CeilingDevice(), tmp_path) == first
    assert load_entry(only_file(tmp_path)) == {
        "copy_gb_s": first.copy_gb_s,
        "multiply_add_gflop_s": first.multiply_add_gflop_s,
    }


def test_a_cache_that_cannot_be_written_costs_time_and_says_so(tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    measure(CeilingDevice(), tmp_path / "file" / "cache")
    assert "the ceiling of opencl:0 was not cached" in capsys.readouterr().out


# Emptying caches


@pytest.mark.parametrize(("where", "mebibytes"), [(CPU, 32), (GPU, 256), (INTEGRATED, 256)])
def test_an_eviction_copies_twice_the_last_level_caches(where, mebibytes):
    """Those that nothing tells are taken for larger than any there are."""
    device = CeilingDevice(where)
    evict = cache_evictor(DeviceSession(device, None))
    (program,) = device.programs
    assert program.runs == 0
    evict()
    evict()
    assert program.runs == 2
    assert {buffer.name: buffer.bytes for buffer in device.plans[0].buffers}["x"] == mebibytes * MIB
    evict.close()
    assert program.closed


def test_a_host_library_is_evicted_by_a_copy_of_its_own():
    device = CeilingDevice(REFERENCE, clocked=False)
    evict = cache_evictor(DeviceSession(device, None))
    evict()
    evict.close()
    assert [program.runs for program in device.programs] == [1]
