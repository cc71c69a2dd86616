"""Fingerprints of adapters, remembered: to probe one is to compile kernels, which takes longest when a worker starts.

A fingerprint decides which guards kernels get and what is claimed of their results. So it is taken from the cache only
where a fresh probe could give nothing else, as far as can be known (``_facts``), for 30 days at most, and only where
every tier holds: what fails is probed anew each time. No result rests on it: all are compared with the reference.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.device import PlanDevice
from paragon_tui.backends.fingerprint import Fingerprint, ProbeResult
from paragon_tui.backends.host_probes import probe_host
from paragon_tui.backends.probes import known_fingerprint, probe, probes_digest
from paragon_tui.engine.worker.cache import adapter_key, entry_path, expiry, is_valid, load_entry, store_entry
from paragon_tui.engine.worker.compiler_state import compiler_state
from paragon_tui.engine.worker.sources import sources_digest

_PROBING = ("paragon_tui.backends", "paragon_tui.shaders")
"""The packages that probe, and that hand kernels to drivers."""


def fingerprint_of(device: PlanDevice, cache: Path | None = None, anew: bool = False) -> Fingerprint:
    """Return the fingerprint of an open device: the one remembered in ``cache``, or probed now and remembered there.

    ``anew``: probed whatever is remembered. Raises ``BackendError``.
    """
    if cache is None:
        return probe(device)
    path, facts = _path(cache, device.adapter), _facts(device)
    entry = {} if anew else load_entry(path)
    if is_valid(entry) and entry.get("facts") == facts and (known := _known(device, entry)) is not None:
        return known
    seen = probe(device)
    if known_fingerprint(device, seen.guard, seen.probes) == seen:
        probes = msgspec.to_builtins(seen.probes)
        entry = {"facts": facts, "guard": seen.guard, "probes": probes, "until": expiry()}
        store_entry(path, entry, f"the fingerprint of {device.adapter.id}")
    else:
        _forget(path)
    return seen


def _forget(path: Path) -> None:
    """Delete an entry that a probe has contradicted."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        print(f"{path.name} was not deleted: {error}")  # stdout of a worker is its log


def _path(cache: Path, adapter: Adapter) -> Path:
    """Return the file of an adapter's fingerprint: one each, so that whatever else changes leaves none behind."""
    return entry_path(cache, "fingerprint", adapter_key(adapter))


def _facts(device: PlanDevice) -> str:
    """Return SHA-256 (hex) of what a probe depends on.

    They are the adapter with its promises, the sources, how the driver compiles, and how this process rounds: threads
    of a driver that computes on the processor have its modes.
    """
    adapter = repr(replace(device.adapter, id=""))  # its number may change
    facts = (adapter, probes_digest(device), sources_digest(_PROBING), compiler_state(), repr(probe_host()))
    return hashlib.sha256(chr(0).join(facts).encode()).hexdigest()


def _known(device: PlanDevice, entry: dict[str, Any]) -> Fingerprint | None:
    """Return the fingerprint that an entry makes, if it can be one of this device."""
    try:
        results = msgspec.convert(entry.get("probes"), tuple[ProbeResult, ...])
        guard = msgspec.convert(entry.get("guard"), int)
    except msgspec.ValidationError:
        return None
    return known_fingerprint(device, guard, results)
