"""The UUID and the PCI address of an OpenCL device, where one of its driver's extensions states them.

pyopencl has no names for most of these properties, so the driver is asked by their numbers, which are those of the
extensions' specifications in the Khronos registry.
"""

from __future__ import annotations

import struct
from ctypes import CDLL, byref, c_size_t, c_uint, c_void_p, create_string_buffer
from typing import Any
from uuid import UUID

_UUID = 0x106A
_PCI_BUS_INFO = 0x410F
_PCI_BUS_NV, _PCI_SLOT_NV, _PCI_DOMAIN_NV = 0x4008, 0x4009, 0x400A
_TOPOLOGY_AMD = 0x4037
_PCIE = 1  # the kind of AMD's topology that has an address


def device_uuid(device: Any) -> str | None:
    """Return the UUID of a device in lower case, such as ``6fb07f4c-…``; ``None`` if its driver states none."""
    if not _extended(device, "cl_khr_device_uuid"):
        return None
    answer = ask(device, _UUID, 16)
    return str(UUID(bytes=answer)) if answer and any(answer) else None


def device_pci_address(device: Any) -> str | None:
    """Return the PCI address of a device, ``0000:65:00.0``; ``None`` if its driver states none.

    AMD's extension states no domain, so its addresses have none: ``65:00.0``.
    """
    if _extended(device, "cl_khr_pci_bus_info") and (answer := ask(device, _PCI_BUS_INFO, 16)):
        return _address(*struct.unpack("=4I", answer))
    if _extended(device, "cl_nv_device_attribute_query"):
        answer = b"".join(ask(device, name, 4) or b"" for name in (_PCI_DOMAIN_NV, _PCI_BUS_NV, _PCI_SLOT_NV))
        if len(answer) == 12:
            domain, bus, slot = struct.unpack("=3I", answer)
            return _address(domain, bus, slot >> 3, slot & 7)
    if _extended(device, "cl_amd_device_attribute_query") and (answer := ask(device, _TOPOLOGY_AMD, 24)):
        kind, bus, slot, function = struct.unpack("=I17x3B", answer)
        return _address(None, bus, slot, function) if kind == _PCIE else None
    return None


def ask(device: Any, name: int, size: int) -> bytes | None:
    """Return a property of a device by its number, ``size`` bytes; ``None`` if the driver does not state it so."""
    library = _loader()
    if library is None:
        return None
    answer, length = create_string_buffer(size), c_size_t()
    status = library.clGetDeviceInfo(c_void_p(device.int_ptr), c_uint(name), c_size_t(size), answer, byref(length))
    return answer.raw if status == 0 and length.value == size else None


def _loader() -> CDLL | None:
    """Return a library that calls OpenCL's drivers: the one that pyopencl has loaded, or on Windows the system's."""
    import pyopencl as cl

    for path in (cl._cl.__file__, "OpenCL"):
        try:
            library = CDLL(path)
        except OSError:
            continue
        if hasattr(library, "clGetDeviceInfo"):
            return library
    return None


def _extended(device: Any, extension: str) -> bool:
    return extension in device.extensions.split()


def _address(domain: int | None, bus: int, slot: int, function: int) -> str:
    return ("" if domain is None else f"{domain:04x}:") + f"{bus:02x}:{slot:02x}.{function:x}"
