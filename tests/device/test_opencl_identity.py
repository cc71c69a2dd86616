"""OpenCL's driver asked for properties by their numbers, as pyopencl itself asks for those that it has names for."""

from __future__ import annotations

from typing import Any

import pytest

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.opencl_identity import ask

pytestmark = pytest.mark.device

_VENDOR_ID, _MAX_COMPUTE_UNITS, _UNKNOWN = 0x1001, 0x1002, 0x1FFF


@pytest.fixture
def opencl(device_adapter: Adapter, device: Any) -> Any:
    if device_adapter.api != "opencl":
        pytest.skip("has no properties of OpenCL's")
    return device.device


def test_a_property_is_read_by_its_number(opencl: Any) -> None:
    asked = [ask(opencl, name, 4) for name in (_VENDOR_ID, _MAX_COMPUTE_UNITS)]
    assert asked == [value.to_bytes(4, "little") for value in (opencl.vendor_id, opencl.max_compute_units)]


def test_a_property_of_another_size_or_none_at_all_is_not_known(opencl: Any) -> None:
    assert ask(opencl, _VENDOR_ID, 8) is None
    assert ask(opencl, _VENDOR_ID, 2) is None
    assert ask(opencl, _UNKNOWN, 16) is None


def test_a_processor_has_neither_uuid_nor_address(device_adapter: Adapter) -> None:
    if device_adapter.type != "cpu":
        pytest.skip("is no processor")
    assert device_adapter.uuid is device_adapter.pci_address is None
