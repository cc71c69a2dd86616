"""What a device is recognised by: its name without versions, and what OpenCL's extensions state of it."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import pytest

from paragon_tui.backends import opencl_identity
from paragon_tui.backends.identity import DeviceIdentity, same_address, unversioned
from paragon_tui.backends.opencl_identity import device_pci_address, device_uuid
from tests.support.examples import adapter


@pytest.mark.parametrize(
    ("names", "name"),
    [
        (("llvmpipe (LLVM 15.0.6, 256 bits)", "llvmpipe (LLVM 19.1.7, 256 bits)", "llvmpipe"), "llvmpipe"),
        (("AMD Radeon Graphics (radeonsi, renoir, LLVM 15.0.7, DRM 3.49, 6.1.0)",), "AMD Radeon Graphics"),
        (
            ("pthread-Intel(R) Xeon(R) Processor", "pthread-skylake-avx512-Intel(R) Xeon(R) Processor"),
            "Intel(R) Xeon(R) Processor",
        ),
        (("cpu-znver3-AMD EPYC 7763 64-Core Processor",), "AMD EPYC 7763 64-Core Processor"),
        (("pthread-12th Gen Intel(R) Core(TM) i7-12700",), "12th Gen Intel(R) Core(TM) i7-12700"),
    ],
)
def test_a_name_is_the_same_whatever_the_version_of_the_driver(names, name):
    assert {unversioned(versioned) for versioned in names} == {name}


@pytest.mark.parametrize(
    "name",
    [
        "NVIDIA H200",
        "AMD Radeon RX 6700 XT (RADV NAVI22)",
        "Intel(R) Graphics (BMG G21)",
        "gfx1031",
        "NVIDIA H200/PCIe/SSE2",
    ],
)
def test_what_tells_devices_apart_stays_in_a_name(name):
    assert unversioned(name) == name


def test_an_adapter_tells_its_device_apart_from_its_number():
    gpu = adapter("opencl:1", name="NVIDIA H200", driver="NVIDIA CUDA", uuid="ab", pci_address="0000:65:00.0")
    assert gpu.device == DeviceIdentity("NVIDIA H200", "NVIDIA CUDA", "ab", "0000:65:00.0")
    assert adapter("opencl:1", driver_version="2").device == adapter("opencl:1", driver_version="3").device


@pytest.mark.parametrize("other", ["0000:43:00.0", "00000000:43:00.0", "00:43:00.0", "43:00.0"])
def test_an_address_is_the_same_whatever_is_written_of_its_domain(other):
    assert same_address("0000:43:00.0", other)
    assert same_address(other, "0000:43:00.0")


@pytest.mark.parametrize("other", ["0001:43:00.0", "0000:03:00.0", "3:00.0", "00.0", "0000:43:00.1", "", "x"])
def test_an_address_is_another_where_anything_that_is_told_differs(other):
    assert not same_address("0000:43:00.0", other)
    assert not same_address(other, "0000:43:00.0")


# What drivers state. No driver here states any of it, so their answers are made up; that they are asked rightly is
# tested on a real one (tests/device/test_opencl_identity.py).

KHR_UUID, KHR_PCI = "cl_khr_device_uuid", "cl_khr_pci_bus_info"
NVIDIA, AMD = "cl_nv_device_attribute_query", "cl_amd_device_attribute_query"
ANSWERS = {
    0x106A: bytes.fromhex("6fb07f4c11b84d07a2b4a63f4ab34ab0"),
    0x410F: struct.pack("=4I", 1, 0x65, 0, 2),
    0x400A: struct.pack("=I", 2),
    0x4008: struct.pack("=I", 0x41),
    0x4009: struct.pack("=I", 3 << 3 | 1),
    0x4037: struct.pack("=I17x3B", 1, 0x2D, 0, 0),
}


@dataclass(frozen=True)
class Device:
    """A device by the extensions that it lists, as pyopencl gives them."""

    extensions: str


@pytest.fixture
def answers(monkeypatch):
    """The answers of the driver, by the number of the property."""
    given = dict(ANSWERS)

    def ask(device: Device, name: int, size: int) -> bytes | None:
        answer = given.get(name)
        assert answer is None or len(answer) == size
        return answer

    monkeypatch.setattr(opencl_identity, "ask", ask)
    return given


@pytest.mark.usefixtures("answers")
def test_a_uuid_is_written_as_others_write_it():
    assert device_uuid(Device(f"cl_khr_fp16 {KHR_UUID}")) == "6fb07f4c-11b8-4d07-a2b4-a63f4ab34ab0"


@pytest.mark.usefixtures("answers")
@pytest.mark.parametrize(
    ("extensions", "address"),
    [
        (KHR_PCI, "0001:65:00.2"),
        (f"{NVIDIA} {KHR_PCI}", "0001:65:00.2"),
        (NVIDIA, "0002:41:03.1"),
        (AMD, "2d:00.0"),
    ],
)
def test_an_address_comes_from_the_extension_that_there_is(extensions, address):
    assert device_pci_address(Device(extensions)) == address


@pytest.mark.usefixtures("answers")
@pytest.mark.parametrize("extensions", ["", "cl_khr_fp16", f"{KHR_UUID}_2 {KHR_PCI}_2"])
def test_a_driver_is_not_asked_for_an_extension_that_it_does_not_list(extensions):
    assert device_uuid(Device(extensions)) is device_pci_address(Device(extensions)) is None


def test_what_a_driver_lists_and_does_not_answer_is_not_known(answers):
    everything = Device(" ".join((KHR_UUID, KHR_PCI, NVIDIA, AMD)))
    del answers[0x410F]
    assert device_pci_address(everything) == "0002:41:03.1"
    del answers[0x4009]
    assert device_pci_address(everything) == "2d:00.0"
    answers[0x4037] = struct.pack("=I17x3B", 0, 0x2D, 0, 0)  # no PCI Express
    assert device_pci_address(everything) is None
    answers[0x106A] = bytes(16)  # older drivers fill it with zeros
    assert device_uuid(everything) is None
    answers.clear()
    assert device_uuid(everything) is device_pci_address(everything) is None
