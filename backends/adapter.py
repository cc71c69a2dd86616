"""What an adapter is: plain data about one compute device as one API shows it."""

import re
from dataclasses import dataclass
from typing import Literal

AdapterType = Literal["cpu", "integrated-gpu", "discrete-gpu", "virtual-gpu", "accelerator", "unknown"]

REFERENCE = "reference"
"""The id of the adapter that computes the canonical answer in NumPy, which all others are compared with."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """One device as one API shows it. Sizes are in bytes; ``None`` is what the API does not tell.

    ``id`` is what people type (``vulkan:0``) and counts within an API; ``identity`` is what the device is
    opened by, so that a device plugged in between discovery and opening cannot take another's place.
    ``environment`` is set in its worker before anything is loaded there; one ``on_request`` runs only where it is named
    or ticked.
    ``promises_rounding``: its API guarantees f32 sums and products rounded to nearest, and no fusing of them;
    ``promises_division``: quotients and square roots correctly rounded, where a program is built for it.
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

    @property
    def is_host(self) -> bool:
        """Whether it computes with host libraries on host arrays, not by kernels."""
        return self.api == "host"

    @property
    def is_canonical(self) -> bool:
        """Whether it computes in canonical arithmetic: the reference, and all that run the project's kernels."""
        return not self.is_host or self.id == REFERENCE

    @property
    def implementation(self) -> str:
        """Of a host adapter, the library that it computes with, whatever limits that: ``numpy`` of ``numpy-avx2``."""
        return self.identity.partition("-")[0]

    @property
    def physical(self) -> str:
        """A key shared by the views of one physical device, for grouping on a screen only."""
        if self.type == "cpu":
            return "cpu"  # every CPU adapter, llvmpipe and PoCL included, computes on this machine's cores
        return f"{self.short_name.lower()}#{self.identity.rpartition('#')[2]}"

    @property
    def short_name(self) -> str:
        """The name without what drivers append: ``(RADV NAVI22)``, or ``/PCIe/SSE2`` under OpenGL."""
        return re.sub(r"\s*\([^()]*\)$", "", " ".join(self.name.split("/PCIe")[0].split()))

    @property
    def buffer_limit_bytes(self) -> int | None:
        """The largest buffer that can be made and bound."""
        limits = (self.max_buffer_bytes, self.max_binding_bytes)
        return min((limit for limit in limits if limit is not None), default=None)


def numbered(api: str, identities: list[str]) -> list[tuple[str, str]]:
    """``(id, identity)`` for what an API lists, in its order; equal identities get an ordinal each."""
    seen: dict[str, int] = {}
    pairs = []
    for index, identity in enumerate(identities):
        ordinal = seen.get(identity, 0)
        seen[identity] = ordinal + 1
        pairs.append((f"{api}:{index}", f"{identity}#{ordinal}"))
    return pairs
