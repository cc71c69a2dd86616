"""Which board an adapter is, as drivers of two vendors tell it; no machine of the tests has one of their boards."""

from __future__ import annotations

import pytest

from paragon_tui.backends import webgpu


@pytest.mark.parametrize(
    ("vendor", "device", "pci_id"),
    [
        (0x10DE, 0x2335, "10de:2335"),
        (0x1002, 0x73BF, "1002:73bf"),
        (0x10DE, 0, None),  # under OpenGL
        (0, 0, None),  # under Metal
        (0x10005, 0, None),  # Mesa's own, beyond PCI's
        (0x10005, 7, None),
    ],
)
def test_wgpu_tells_pci_ids_under_some_apis(vendor, device, pci_id):
    assert webgpu._pci_id({"vendor_id": vendor, "device_id": device}) == pci_id
