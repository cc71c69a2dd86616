"""A folder like ``/sys`` with the sensors of machines that nobody here has."""

from __future__ import annotations

from pathlib import Path


def written(path: Path, text: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{text}\n")
    return path


def unreadable(path: Path) -> None:
    """Make reading fail, for root too: a folder in place of the file."""
    path.unlink()
    path.mkdir()


def monitor(root: Path, number: int, name: str, **files: object) -> Path:
    """Add a hardware monitor; return its folder."""
    folder = root / f"class/hwmon/hwmon{number}"
    for file, text in {"name": name, **files}.items():
        written(folder / file, text)
    return folder


def package(root: Path, number: int, energy_uj: int, range_uj: int = 262_143_328_850, name: str = "package") -> Path:
    """Add a RAPL zone; return the file with its energy."""
    zone = root / f"class/powercap/intel-rapl:{number}"
    written(zone / "name", f"{name}-{number}")
    written(zone / "max_energy_range_uj", range_uj)
    return written(zone / "energy_uj", energy_uj)


def processor(root: Path, number: int, khz: object = 3_200_000, throttled: int = 0) -> Path:
    """Add a processor; return its folder."""
    folder = root / f"devices/system/cpu/cpu{number}"
    written(folder / "cpufreq/scaling_cur_freq", khz)
    for place in ("core", "package"):
        written(folder / f"thermal_throttle/{place}_throttle_count", throttled)
    return folder


def intel_machine(root: Path) -> None:
    """Two processors in one package at 61 °C, with a counter of energy."""
    processor(root, 0, 3_200_000)
    processor(root, 1, 4_700_000)
    monitor(root, 0, "acpitz", temp1_input=27_800)
    labels = {"temp1_label": "Package id 0", "temp2_label": "Core 0", "temp3_label": "Core 1"}
    monitor(root, 1, "coretemp", temp1_input=61_000, temp2_input=64_000, temp3_input=59_000, **labels)
    package(root, 0, 1_000_000)


def amd_board(root: Path, number: int, address: str, device: str = "0x73bf", **files: object) -> Path:
    """Add a graphics board with its hardware monitor; return the monitor's folder."""
    board = root / f"devices/pci0000:00/{address}"
    written(board / "vendor", "0x1002")
    written(board / "device", device)
    facts: dict[str, object] = {
        "temp1_label": "edge",
        "temp1_input": 52_000,
        "temp2_label": "junction",
        "temp2_input": 66_500,
        "temp3_label": "mem",
        "temp3_input": 80_000,
        "power1_average": 187_000_000,
        "freq1_input": 2_350_000_000,
    }
    folder = monitor(root, number, "amdgpu", **(facts | files))
    (folder / "device").symlink_to(board)
    return folder
