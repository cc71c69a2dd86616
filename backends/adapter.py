"""Adapters: plain data about a compute device as an API presents it."""

import re
from dataclasses import dataclass
from typing import Literal

from paragon_tui.backends.identity import DeviceIdentity, unversioned
from paragon_tui.shaders import Language

AdapterType = Literal["cpu", "integrated-gpu", "discrete-gpu", "virtual-gpu", "accelerator", "unknown"]

_KEPT_BYTES = 1024  # of work-group memory: by OpenCL drivers, for arguments or for a scheduler

POCL = "Portable Computing Language"
"""PoCL's name as a driver."""

LLVMPIPE = "llvmpipe"
"""The beginning of the name of Mesa's rasterizer on the processor, under every API."""

REFERENCE = "reference"
"""The id of the adapter that computes the canonical answer in NumPy; all others are compared with it."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """A device as an API presents it. Sizes are in bytes; ``None`` where the API does not state them.

    ``id`` is for people to type (``vulkan:0``) and counts within an API. ``identity`` is for opening the device, so
    that a device plugged in between discovery and opening is not taken for another; ``device`` is what it is recognised
    by later. ``uuid``, ``pci_address`` (``0000:65:00.0``; some drivers tell no domain) and ``pci_id`` (``1002:73bf``,
    vendor and device) are those of hardware other than the host's processor, in lower case; no WebGPU adapter states
    the first two. ``environment`` is set in the adapter's worker before anything is loaded there. An adapter
    ``on_request`` runs only where it is named or ticked.
    ``vector_width`` is the number of f32 that its vector instructions take, where the driver tells.
    ``promises_rounding``: the API guarantees f32 sums and products rounded to nearest and not fused.
    ``promises_division``: it guarantees correctly rounded quotients and square roots in programs built for that.
    """

    id: str
    identity: str
    api: str
    name: str
    vendor: str
    driver: str
    driver_version: str
    type: AdapterType
    compute_units: int | None = None
    memory_bytes: int | None = None
    max_buffer_bytes: int | None = None
    max_binding_bytes: int | None = None
    max_group_items: int | None = None
    max_groups_per_dimension: int | None = None
    local_memory_bytes: int | None = None
    features: tuple[str, ...] = ()
    promises_rounding: bool = False
    environment: tuple[tuple[str, str], ...] = ()
    on_request: bool = False
    promises_division: bool = False
    uuid: str | None = None
    pci_address: str | None = None
    pci_id: str | None = None
    vector_width: int | None = None

    @property
    def device(self) -> DeviceIdentity:
        """The identity of the device, which no version of its driver changes."""
        return DeviceIdentity(unversioned(self.name), self.driver, self.uuid, self.pci_address)

    @property
    def is_host(self) -> bool:
        """True if it computes with host libraries on host arrays, not with kernels."""
        return self.api == "host"

    @property
    def is_canonical(self) -> bool:
        """True if it computes in canonical arithmetic: the reference, and all that run the project's kernels."""
        return not self.is_host or self.id == REFERENCE

    @property
    def implementation(self) -> str:
        """The library of a host adapter, without a limit to an instruction level: ``numpy`` for ``numpy-avx2``."""
        return self.identity.partition("-")[0]

    @property
    def physical(self) -> str:
        """A key that all adapters of a physical device share, only for grouping on a screen."""
        if self.type == "cpu":
            return "cpu"  # every CPU adapter, llvmpipe and PoCL included, computes on this machine's cores
        return f"{self.short_name.lower()}#{self.identity.rpartition('#')[2]}"

    @property
    def short_name(self) -> str:
        """The name without the suffixes of drivers: ``(RADV NAVI22)``, or ``/PCIe/SSE2`` under OpenGL."""
        return re.sub(r"\s*\([^()]*\)$", "", " ".join(self.name.split("/PCIe")[0].split()))

    @property
    def language(self) -> Language:
        """The language of the kernels that it runs."""
        return "cl" if self.api == "opencl" else "wgsl"

    @property
    def has_simd_items(self) -> bool:
        """True for a processor whose driver makes a SIMD lane of a work-item, as Mesa's llvmpipe does under any API.

        Other OpenCL drivers of processors make a work-item a stream of instructions, which may be vector ones.
        """
        return self.type == "cpu" and (self.api != "opencl" or self.name.startswith(LLVMPIPE))

    @property
    def group_limit_bytes(self) -> int | None:
        """The work-group memory that a kernel may declare: some OpenCL drivers keep a part of what they state."""
        if self.local_memory_bytes is None or self.language == "wgsl":
            return self.local_memory_bytes
        return max(0, self.local_memory_bytes - _KEPT_BYTES)

    @property
    def buffer_limit_bytes(self) -> int | None:
        """The size of the largest buffer that can be allocated and bound."""
        limits = (self.max_buffer_bytes, self.max_binding_bytes)
        return min((limit for limit in limits if limit is not None), default=None)


def numbered(api: str, identities: list[str]) -> list[tuple[str, str]]:
    """Return ``(id, identity)`` for an API's devices, in its order; ordinals make equal identities different."""
    counts: dict[str, int] = {}
    pairs = []
    for index, identity in enumerate(identities):
        ordinal = counts.get(identity, 0)
        counts[identity] = ordinal + 1
        pairs.append((f"{api}:{index}", f"{identity}#{ordinal}"))
    return pairs
