"""Drivers that come as wheels are registered without anybody setting a variable."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import pytest

from paragon_tui.backends import opencl_drivers
from paragon_tui.backends.opencl_drivers import driver_library, register_wheels, registered_drivers, wheel_drivers

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no folder of drivers")


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed wheel of Intel's runtime, as its records name its files, and one driver of the system."""
    site = tmp_path / "lib" / "python" / "site-packages"
    info = site / "intel_opencl_rt-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: intel-opencl-rt\nVersion: 1.0\n")
    (info / "RECORD").write_text("../../libintelocl.so,,\n../../cl.cfg,,\nintel_opencl_rt-1.0.dist-info/METADATA,,\n")
    library = tmp_path / "lib" / "libintelocl.so"
    library.touch()
    vendors = tmp_path / "vendors"
    vendors.mkdir()
    (vendors / "other.icd").write_text("libother.so\n")
    monkeypatch.setenv("OCL_ICD_VENDORS", str(vendors))
    monkeypatch.syspath_prepend(site)
    importlib.invalidate_caches()
    return library


def registered() -> dict[str, str | None]:
    return {file.name: driver_library(file) for file in registered_drivers()}


def test_a_wheels_driver_is_read_beside_those_of_the_system(library: Path) -> None:
    assert list(wheel_drivers()) == [library]
    register_wheels()
    assert registered() == {"other.icd": "libother.so", "libintelocl.icd": str(library)}


def test_it_is_registered_once(library: Path) -> None:
    register_wheels()
    folder = os.environ["OCL_ICD_VENDORS"]
    register_wheels()
    assert os.environ["OCL_ICD_VENDORS"] == folder


def test_without_such_a_wheel_nothing_changes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(opencl_drivers, "_WHEELS", {"no-such-wheel": ("libnothing.so",)})
    monkeypatch.setenv("OCL_ICD_VENDORS", str(tmp_path))
    register_wheels()
    assert os.environ["OCL_ICD_VENDORS"] == str(tmp_path)
