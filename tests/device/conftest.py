"""Devices that stay open for all tests of a file, so that each compiles a kernel once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.fingerprint import Fingerprint
from paragon_tui.backends.probes import probe
from paragon_tui.engine.worker.device_session import DeviceSession
from tests.support.kernels import open_device

GL_EVERYWHERE = ("bits", "states", "limits", "expected", "integers", "library_threads")
"""Files (``test_*.py``) whose tests run under OpenGL too in the usual run.

Under OpenGL the same WGSL goes through another compiler to the same software rasterizer. The usual run tests its
rounding and its limits there, and not every kernel again: compiling all of them a third time takes minutes.
"""
HALVES_EVERYWHERE = ("bits", "real_probes", "states", "limits", "expected", "rounding", "integers", "planted_faults")
"""Files whose tests of f16 run under Vulkan too in the usual run: rounding, and what probes and limits say."""
OPENCL_AS_A_GPU = ("reductions", "rows", "attention")
"""Files whose OpenCL C for GPUs, with a barrier at each level, takes PoCL long to compile."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as ``exhaustive`` the tests that the usual run leaves out."""
    for item in items:
        if item.path.parent.name != "device":
            continue
        file, name = item.path.stem.removeprefix("test_"), item.name
        repeated = "gl:0" in name and file not in GL_EVERYWHERE
        slow = "opencl:0" in name and "GPU" in name and file in OPENCL_AS_A_GPU
        halves = "vulkan:0" in name and "f16" in name and file not in HALVES_EVERYWHERE
        if repeated or slow or halves or file == "contractions":
            item.add_marker("exhaustive")


@pytest.fixture(scope="module")
def devices() -> Iterator[dict[str, Any]]:
    """By adapter id."""
    opened: dict[str, Any] = {}
    yield opened
    for device in opened.values():
        device.close()


@pytest.fixture
def device(device_adapter: Adapter, devices: dict[str, Any]) -> Any:
    """The adapter, open since the first test of this file that asked for it."""
    if device_adapter.id not in devices:
        devices[device_adapter.id] = open_device(device_adapter)
    return devices[device_adapter.id]


@pytest.fixture(scope="module")
def fingerprints() -> dict[str, Fingerprint]:
    """By adapter id."""
    return {}


@pytest.fixture
def guarded(device: Any, fingerprints: dict[str, Fingerprint]) -> DeviceSession:
    """The device, with the guards that the program itself would find for it."""
    if device.adapter.id not in fingerprints:
        fingerprints[device.adapter.id] = probe(device)
    return DeviceSession(device, fingerprints[device.adapter.id])


@pytest.fixture
def guard(guarded: DeviceSession) -> int:
    """The guards that the program itself would find for the device."""
    assert guarded.fingerprint is not None
    return guarded.fingerprint.guard
