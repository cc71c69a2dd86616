"""The identity of a device: what it is recognised by in another session, on another day, under another number."""

from __future__ import annotations

import re
from dataclasses import dataclass

_VERSIONS = re.compile(r"\s*\([^()]*\d\.\d[^()]*\)$")  # what Mesa appends: (LLVM 15.0.6, 256 bits)
_POCL_PREFIX = re.compile(r"^(?:pthread|basic|cpu)-(?:[a-z0-9_.]+-)*")  # its driver, and from 3.1 on LLVM's processor


@dataclass(frozen=True, slots=True)
class DeviceIdentity:
    """The device of an adapter: its name and its driver's, both without versions, and its UUID and PCI address.

    ``None`` stands for what is not known.
    """

    name: str
    driver: str | None
    uuid: str | None = None
    pci_address: str | None = None


def same_address(one: str, other: str) -> bool:
    """Return whether two PCI addresses in lower case are one: some lack the domain, or have more zeros before it."""
    parts = [address.rsplit(":", 2) for address in (one, other)]
    domains = {domain.lstrip("0") for domain, *rest in parts if len(rest) == 2}
    return parts[0][-2:] == parts[1][-2:] and len(domains) < 2


def unversioned(name: str) -> str:
    """Return a device's name without what another version of its driver would write in it."""
    return _POCL_PREFIX.sub("", _VERSIONS.sub("", " ".join(name.split())))
