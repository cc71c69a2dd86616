"""Open devices for a file's tests: each compiles a kernel once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.fingerprint import Fingerprint
from paragon_tui.backends.probes import probe
from paragon_tui.engine.worker.device_session import DeviceSession
from tests.support.kernels import open_device

GL_EVERYWHERE = ("bits", "real_probes", "states", "limits", "expected", "sorting", "integers")
"""Files, by a part of their names, whose tests run under OpenGL too in the usual run.

There the same WGSL goes through another compiler to the same software rasterizer, so its rounding and its limits are
looked at, and not every kernel again: compiling them all three times takes minutes.
"""
OPENCL_AS_A_GPU = ("reductions", "rows", "attention")
"""Files whose OpenCL C for GPUs, with a barrier at each level, takes PoCL long to compile."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What the usual run of the tests leaves out is under the marker ``exhaustive``."""
    for item in items:
        if item.path.parent.name != "device":
            continue
        file, name = item.path.stem, item.name
        repeated = "gl:0" in name and not any(part in file for part in GL_EVERYWHERE)
        slow = "opencl:0" in name and "GPU" in name and any(part in file for part in OPENCL_AS_A_GPU)
        if repeated or slow or file == "test_contractions":
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
