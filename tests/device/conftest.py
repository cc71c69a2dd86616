"""Open devices for a file's tests: each compiles a kernel once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from backends import registry
from backends.adapter import Adapter


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
        backend: Any = registry.load(registry.BACKENDS[device_adapter.api])
        devices[device_adapter.id] = backend.open(device_adapter)
    return devices[device_adapter.id]
