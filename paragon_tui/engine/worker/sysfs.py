"""The sensors that Linux shows to everybody in files: of the processor, and of AMD's graphics boards.

``root`` is the folder ``/sys`` everywhere. Files that are missing, unreadable or hold no number tell nothing.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

from paragon_tui.engine.worker.boards import Board
from paragon_tui.engine.worker.sensors import EnergyCounter, Sensors

_PACKAGE_SENSORS = {"coretemp": ("Package id",), "k10temp": ("Tdie", "Tctl"), "zenpower": ("Tdie", "Tctl")}
_BOARD_SENSORS = ("junction", "edge")  # the hottest place of the chip comes first
_RAPL_STEP_S = 0.001  # Intel's manual and AMD's say about a millisecond
_CLOCKS_NS = 2_000_000  # some kernels take 10 ms to tell the clock rate of one processor
_MOST_BYTES = 64
_PROCESSOR_FIELD = 36  # of /proc/<pid>/stat (proc(5)), counted from behind the name


def running_processors() -> Iterator[int]:
    """Yield the number of the processor on which each thread of this process ran last, the main thread's first."""
    with suppress(OSError):
        for thread in sorted(Path("/proc/self/task").iterdir(), key=lambda path: int(path.name)):
            with suppress(OSError):  # the thread has ended
                fields = (thread / "stat").read_text().rpartition(")")[2].split()
                yield int(fields[_PROCESSOR_FIELD])


def processor_sensors(root: Path, processors: Callable[[], Iterable[int]] = running_processors) -> Sensors:
    """Return the sensors of the processor, of all its packages: the hottest one's temperature, and all energy.

    The clock rate is the highest of those ``processors`` that compute for this process.
    """
    folder = root / "devices/system/cpu"
    return Sensors(
        clock_mhz=partial(_clock_mhz, folder, processors),
        temperature_c=partial(_highest, _package_inputs(root), 1e-3),
        energy=tuple(_package_energy(root)),
        throttle_counts=partial(_counts, sorted(map(str, folder.glob("cpu[0-9]*/thermal_throttle/*_throttle_count")))),
    )


def amdgpu_boards(root: Path) -> list[Board]:
    """Return the graphics boards of AMD, and of its processors, with their sensors."""
    boards = []
    for folder in _monitors(root, ("amdgpu",)):
        device = (folder / "device").resolve()
        ids = [_text(device / name).removeprefix("0x") for name in ("vendor", "device")]
        power = next((path for name in ("average", "input") if (path := folder / f"power1_{name}").exists()), None)
        sensors = Sensors(
            clock_mhz=partial(_highest, [folder / "freq1_input"], 1e-6),
            temperature_c=partial(_highest, _labelled(folder, _BOARD_SENSORS), 1e-3),
            power_w=partial(_highest, [power] if power else [], 1e-6),
        )
        boards.append(Board(device.name, ":".join(ids), None, sensors))
    return boards


def _package_inputs(root: Path) -> list[Path]:
    """Return the files with the temperature of each package."""
    return [
        path
        for folder in _monitors(root, _PACKAGE_SENSORS)
        for path in _labelled(folder, _PACKAGE_SENSORS[_text(folder / "name")])
    ]


def _package_energy(root: Path) -> Iterator[EnergyCounter]:
    """Yield the energy counter of each package; a zone in another, or of the whole machine, is none."""
    for zone in sorted(root.glob("class/powercap/intel-rapl:[0-9]*")):
        if zone.name.count(":") == 1 and _text(zone / "name").startswith("package-"):
            range_uj = _number(str(zone / "max_energy_range_uj"))
            yield EnergyCounter(partial(_number, str(zone / "energy_uj")), _RAPL_STEP_S, range_uj)


def _clock_mhz(folder: Path, processors: Callable[[], Iterable[int]]) -> float | None:
    """Return the highest clock rate of the processors, or of as many of them as there is time for."""
    end = time.perf_counter_ns() + _CLOCKS_NS
    rates: dict[int, float | None] = {}
    for processor in processors():
        if processor not in rates:
            rates[processor] = _highest([folder / f"cpu{processor}/cpufreq/scaling_cur_freq"], 1e-3)
        if time.perf_counter_ns() >= end:
            break
    return max((rate for rate in rates.values() if rate is not None), default=None)


def _monitors(root: Path, names: Iterable[str]) -> list[Path]:
    """Return the folders of the hardware monitors with these names."""
    return [folder for folder in sorted(root.glob("class/hwmon/hwmon*")) if _text(folder / "name") in names]


def _labelled(folder: Path, labels: Iterable[str]) -> list[Path]:
    """Return the temperatures whose label begins with the first of ``labels`` that any has."""
    known = [
        (_text(path), path.with_name(path.name.replace("_label", "_input"))) for path in folder.glob("temp*_label")
    ]
    found = ([path for text, path in known if text.startswith(label)] for label in labels)
    return next((paths for paths in found if paths), [])


def _highest(paths: Iterable[Path], unit: float) -> float | None:
    """Return the highest number of the files, times ``unit``; a sensor that shows 0 or less does not work."""
    numbers = (_number(str(path)) for path in paths)
    return max((number * unit for number in numbers if number is not None and number > 0), default=None)


def _counts(paths: Iterable[str]) -> Mapping[str, int]:
    numbers = ((path, _number(path)) for path in paths)
    return {path: number for path, number in numbers if number is not None}


def _number(path: str) -> int | None:
    """Return the whole number in a file. Not by way of ``Path``: there are two counters for each processor."""
    try:
        file = os.open(path, os.O_RDONLY)
        try:
            return int(os.read(file, _MOST_BYTES))
        finally:
            os.close(file)
    except (OSError, ValueError):
        return None


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""
