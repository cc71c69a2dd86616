"""OpenCL drivers that crash or hang whoever loads them, made here: they are named, and hide no other's adapters."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from paragon_tui import trial
from paragon_tui.backends.opencl_drivers import leave_out_broken_drivers, registered_drivers
from paragon_tui.engine.messages.events import AdapterFound, DiscoveryFinished
from paragon_tui.engine.runner.discovery import discover
from tests.conftest import expected_adapters

pytestmark = [
    pytest.mark.skipif(
        sys.platform != "linux" or platform.machine() != "x86_64", reason="the drivers are made for x86-64 Linux"
    ),
    pytest.mark.skipif(not (shutil.which("as") and shutil.which("ld")), reason="binutils are not installed"),
]

AT_LOADING = """
.section .init_array,"aw"
.quad broken
.text
broken: {}
.section .note.GNU-stack,"",@progbits
"""
CRASHES, HANGS = "ud2", "jmp broken"


def driver(folder: Path, name: str, instruction: str) -> Path:
    """Make a library that does this while it is loaded, and a file that names it as a driver."""
    source, compiled, library = (folder / f"lib{name}.{ending}" for ending in ("s", "o", "so"))
    source.write_text(AT_LOADING.format(instruction))
    subprocess.run(["as", str(source), "-o", str(compiled)], check=True)
    subprocess.run(["ld", "-shared", str(compiled), "-o", str(library)], check=True)
    vendors = folder / "vendors"
    vendors.mkdir(exist_ok=True)
    (vendors / f"{name}.icd").write_text(f"{library}\n")
    return vendors


async def test_a_driver_that_crashes_is_named_and_the_others_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = {file.name: file.read_bytes() for file in registered_drivers()}
    vendors = driver(tmp_path, "bad", CRASHES)
    for name, named in sound.items():
        (vendors / name).write_bytes(named)
    monkeypatch.setenv("OCL_ICD_VENDORS", str(vendors))
    events = [event async for event in discover(("opencl",))]
    (finished,) = [event for event in events if isinstance(event, DiscoveryFinished)]
    assert finished.error == "bad.icd (libbad.so) crashes (SIGILL), and was left out"
    assert finished.found == sum(isinstance(event, AdapterFound) for event in events)
    if "opencl" in expected_adapters():
        assert finished.found > 0


def test_a_driver_that_hangs_is_named_and_the_rest_stays_registered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "LIMIT_S", 3.0)
    vendors = driver(tmp_path, "slow", HANGS)
    (vendors / "missing.icd").write_text("libnothing-at-all.so\n")  # the loader passes over it
    monkeypatch.setenv("OCL_ICD_VENDORS", str(vendors))
    assert [str(broken) for broken in leave_out_broken_drivers()] == [
        "slow.icd (libslow.so) hangs: no answer within 3 s"
    ]
    assert [file.name for file in registered_drivers()] == ["missing.icd"]
    assert leave_out_broken_drivers() == []
