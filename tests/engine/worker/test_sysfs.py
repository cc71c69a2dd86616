"""Sensors of processors and of AMD's boards, in folders like ``/sys``: all there, none there, broken, and gone."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from paragon_tui.engine.messages.figures import Readings
from paragon_tui.engine.worker.adapter_sensors import adapter_sensors
from paragon_tui.engine.worker.sensors import Sensors, SensorWatch
from paragon_tui.engine.worker.sysfs import amdgpu_boards, processor_sensors, running_processors
from tests.support.child_python import run_python
from tests.support.examples import GPU, NUMPY
from tests.support.sysfs import amd_board, intel_machine, monitor, package, processor, unreadable, written

SYS = Path("/sys")


def here(root: Path, *numbers: int) -> Sensors:
    """The processor's sensors, for a process whose threads ran on the processors of these numbers."""
    return processor_sensors(root, lambda: numbers)


def read(sensors: Sensors, runs: int = 1) -> Readings | None:
    return SensorWatch(sensors).readings(runs)


# The processor


def test_everything_that_is_there_is_read(tmp_path):
    intel_machine(tmp_path)
    readings = read(here(tmp_path, 0))
    assert readings == Readings(3200.0, 61.0, None, (), readings.energy)
    assert (readings.energy.joules, readings.energy.runs, readings.energy.step_s) == (0.0, 1, 0.001)
    assert 0 < readings.energy.seconds < 10


def test_where_nothing_is_there_nothing_is_told(tmp_path):
    assert read(here(tmp_path, 0)) is None
    assert read(here(tmp_path / "missing", 0)) is None
    assert amdgpu_boards(tmp_path) == []


@pytest.mark.parametrize(
    ("numbers", "mhz"), [((0,), 3200), ((1, 0), 4700), ((0, 0, 1), 4700), ((7,), None), ((), None)]
)
def test_the_clock_rate_is_the_highest_of_the_processors_that_compute(tmp_path, numbers, mhz):
    intel_machine(tmp_path)
    assert here(tmp_path, *numbers).clock_mhz() == mhz


@pytest.mark.parametrize("text", ["<unknown>", "", "0", "-1", "3.2 GHz", "\x00\x01"])
def test_a_clock_rate_that_is_no_number_is_not_told(tmp_path, text):
    processor(tmp_path, 0, text)
    assert here(tmp_path, 0).clock_mhz() is None


def test_bytes_that_are_no_text_are_not_told(tmp_path):
    intel_machine(tmp_path)
    for path in (path for path in tmp_path.rglob("*") if path.is_file()):
        path.write_bytes(b"\xff\xfe\n")
    assert read(here(tmp_path, 0)) is None


def test_files_that_cannot_be_read_tell_nothing(tmp_path):
    intel_machine(tmp_path)
    sensors = here(tmp_path, 0)
    for path in [path for path in tmp_path.rglob("*") if path.is_file()]:
        unreadable(path)
    assert read(sensors) is None  # they were there when they were looked for …
    assert read(here(tmp_path, 0)) is None  # … and are no longer


def test_one_file_that_cannot_be_read_costs_no_other_figure(tmp_path):
    """Energy counters are for root alone on most machines."""
    intel_machine(tmp_path)
    unreadable(tmp_path / "class/powercap/intel-rapl:0/energy_uj")
    assert read(here(tmp_path, 0)) == Readings(3200.0, 61.0, None, (), None)


def test_the_temperature_is_the_hottest_packages(tmp_path):
    for number, degrees in ((0, 48_000), (1, 71_500)):
        labels = {"temp1_label": f"Package id {number}", "temp2_label": "Core 0"}
        monitor(tmp_path, number, "coretemp", temp1_input=degrees, temp2_input=90_000, **labels)
    assert here(tmp_path).temperature_c() == 71.5


@pytest.mark.parametrize("driver", ["k10temp", "zenpower"])
def test_amd_tells_the_dies_temperature_or_one_that_controls_fans(tmp_path, driver):
    folder = monitor(tmp_path, 0, driver, temp1_label="Tctl", temp1_input=80_000)
    assert here(tmp_path).temperature_c() == 80.0
    written(folder / "temp2_label", "Tdie")
    written(folder / "temp2_input", 60_000)
    assert here(tmp_path).temperature_c() == 60.0


def test_a_sensor_of_something_else_is_not_the_processors(tmp_path):
    monitor(tmp_path, 0, "nvme", temp1_label="Package id 0", temp1_input=40_000)
    monitor(tmp_path, 1, "coretemp", temp2_label="Core 0", temp2_input=64_000)  # an old one, without its package
    assert here(tmp_path).temperature_c() is None


# Energy


def used(root: Path, *changes: tuple[Path, object], runs: int = 1) -> float | None:
    """The joules of a visit in which the files change."""
    watch = SensorWatch(here(root))
    for path, text in changes:
        written(path, text)
    readings = watch.readings(runs)
    return readings.energy.joules if readings is not None and readings.energy is not None else None


def test_energy_is_the_sum_over_packages(tmp_path):
    first, second = package(tmp_path, 0, 1_000_000), package(tmp_path, 1, 2_000_000)
    assert used(tmp_path, (first, 1_500_000), (second, 4_250_000)) == pytest.approx(2.75)


def test_a_package_that_tells_nothing_leaves_no_sum(tmp_path):
    first, second = package(tmp_path, 0, 1_000_000), package(tmp_path, 1, 2_000_000)
    unreadable(second)
    assert used(tmp_path, (first, 1_500_000)) is None


def test_the_whole_machine_and_parts_of_a_package_are_not_added(tmp_path):
    energy = package(tmp_path, 0, 0)
    others = [package(tmp_path, 1, 0, name="psys"), package(tmp_path, 2, 0, name="dram")]
    part = tmp_path / "class/powercap/intel-rapl:0:0"
    others += [written(part / "energy_uj", 0), written(tmp_path / "class/powercap/intel-rapl-mmio:0/energy_uj", 0)]
    written(part / "name", "package-0")
    written(tmp_path / "class/powercap/intel-rapl-mmio:0/name", "package-0")
    assert used(tmp_path, (energy, 5_000_000), *((other, 7_000_000) for other in others)) == pytest.approx(5.0)


def test_a_counter_that_comes_round_goes_on(tmp_path):
    energy = package(tmp_path, 0, 262_143_000_000)
    assert used(tmp_path, (energy, 250_000)) == pytest.approx(0.57885)


@pytest.mark.parametrize("range_uj", ["", "?", 100, 0, -5])
def test_a_counter_that_falls_without_a_range_it_can_come_round_tells_nothing(tmp_path, range_uj):
    """Of a driver that was loaded anew, say; or its range is too small to know how often it came round."""
    energy = package(tmp_path, 0, 5_000_000)
    written(tmp_path / "class/powercap/intel-rapl:0/max_energy_range_uj", range_uj)
    assert used(tmp_path, (energy, 250_000)) is None


@pytest.mark.parametrize("text", ["", "unknown", "1 2"])
def test_a_counter_that_shows_no_number_in_the_end_tells_nothing(tmp_path, text):
    assert used(tmp_path, (package(tmp_path, 0, 1_000_000), text)) is None


# Throttling


def throttled(root: Path, *changes: tuple[Path, object]) -> tuple[str, ...] | None:
    watch = SensorWatch(here(root))
    for path, text in changes:
        written(path, text)
    readings = watch.readings(1)
    return None if readings is None else readings.throttled


@pytest.mark.parametrize("place", ["core", "package"])
@pytest.mark.parametrize("number", [0, 3])
def test_a_counter_that_grows_on_any_processor_is_throttling(tmp_path, place, number):
    folders = [processor(tmp_path, each, throttled=each * 10) for each in range(4)]
    assert throttled(tmp_path) == ()
    assert throttled(tmp_path, (folders[number] / f"thermal_throttle/{place}_throttle_count", 31)) == ("heat",)


def test_counters_that_are_not_there_say_nothing_of_throttling(tmp_path):
    written(tmp_path / "devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", 3_200_000)
    assert read(here(tmp_path, 0)) == Readings(clock_mhz=3200.0)


# What is unplugged meanwhile


def test_a_processor_that_is_unplugged_takes_its_own_figures_alone(tmp_path):
    intel_machine(tmp_path)
    watch = SensorWatch(here(tmp_path, 0, 1))
    shutil.rmtree(tmp_path / "devices/system/cpu/cpu1")
    readings = watch.readings(1)
    assert (readings.clock_mhz, readings.throttled) == (3200.0, ())


def test_what_is_gone_entirely_tells_nothing_any_more(tmp_path):
    intel_machine(tmp_path)
    watch = SensorWatch(here(tmp_path, 0))
    shutil.rmtree(tmp_path)
    assert watch.readings(1) is None


def test_a_board_that_is_unplugged_tells_nothing_any_more(tmp_path):
    folder = amd_board(tmp_path, 0, "0000:03:00.0")
    watch = SensorWatch(adapter_sensors(replace(GPU, pci_id="1002:73bf"), tmp_path))
    shutil.rmtree(folder)
    assert watch.readings(1) is None


# AMD's boards


def board_of(root: Path, **facts: Any) -> Readings | None:
    return read(adapter_sensors(replace(GPU, vendor="AMD", **facts), root))


def test_a_board_tells_its_clock_its_hottest_place_and_its_power(tmp_path):
    amd_board(tmp_path, 0, "0000:03:00.0")
    assert board_of(tmp_path, pci_id="1002:73bf") == Readings(2350.0, 66.5, 187.0)


def test_a_board_may_have_less(tmp_path):
    """As the graphics of a processor: no junction, and the power of now in place of an average."""
    folder = amd_board(tmp_path, 0, "0000:03:00.0", power1_input=15_000_000)
    for name in ("temp2_label", "temp2_input", "power1_average"):
        (folder / name).unlink()
    assert board_of(tmp_path, pci_id="1002:73bf") == Readings(2350.0, 52.0, 15.0)
    (folder / "freq1_input").unlink()
    assert board_of(tmp_path, pci_id="1002:73bf") == Readings(None, 52.0, 15.0)


def test_of_two_boards_alike_the_address_tells_which_it_is(tmp_path):
    amd_board(tmp_path, 0, "0000:03:00.0", power1_average=1_000_000)
    amd_board(tmp_path, 1, "0000:43:00.0", power1_average=2_000_000)
    for address, watts in (("0000:03:00.0", 1.0), ("0000:43:00.0", 2.0), ("43:00.0", 2.0)):
        assert board_of(tmp_path, pci_address=address).power_w == watts


@pytest.mark.parametrize(
    "facts",
    [
        {"pci_id": "1002:73bf"},  # there are two
        {"pci_id": "1002:744c"},
        {"pci_address": "0000:05:00.0", "pci_id": "1002:73bf"},
        {"pci_address": "0001:43:00.0"},
        {"pci_address": "3:00.0"},  # the end of both
        {"name": "AMD Radeon RX 6900 XT"},
        {},
    ],
)
def test_a_board_that_is_not_known_for_certain_tells_nothing(tmp_path, facts):
    amd_board(tmp_path, 0, "0000:03:00.0")
    amd_board(tmp_path, 1, "0000:43:00.0")
    assert board_of(tmp_path, **facts) is None


def test_what_computes_on_the_processor_has_its_sensors_and_no_boards(tmp_path):
    intel_machine(tmp_path)
    amd_board(tmp_path, 5, "0000:03:00.0")
    readings = read(adapter_sensors(replace(NUMPY, pci_id="1002:73bf"), tmp_path))
    assert (readings.temperature_c, readings.power_w) == (61.0, None)


# This machine


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells where a thread ran")
def test_the_processors_of_this_process_are_those_that_it_may_use():
    code = "\n".join(
        (
            "import os, threading",
            "from paragon_tui.engine.worker.sysfs import running_processors",
            "only = max(os.sched_getaffinity(0))",
            "os.sched_setaffinity(0, {only})",
            "waiting = threading.Event()",
            "thread = threading.Thread(target=waiting.wait)",
            "thread.start()",
            "seen = list(running_processors())",
            "waiting.set()",
            "print(len(seen), set(seen) == {only})",
        )
    )
    assert run_python(code).split() == ["2", "True"]
    assert set(running_processors())


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/sys is Linux's")
def test_the_sensors_of_this_machine_are_plausible_where_it_has_any():
    readings = read(processor_sensors(SYS))
    if readings is None:
        return  # a virtual machine has none
    assert readings.clock_mhz is None or 100 < readings.clock_mhz < 10_000
    assert readings.temperature_c is None or 0 < readings.temperature_c < 120
