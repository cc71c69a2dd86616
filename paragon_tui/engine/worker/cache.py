"""The cache of measurements made once on an adapter and its driver: files named by a hash of what they depend on."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from paragon_tui.atomic_write import write_atomically
from paragon_tui.backends.adapter import Adapter

VALID_S = 30 * 24 * 3600.0
"""How long an entry holds whose facts may not be all that it depends on."""


def adapter_key(adapter: Adapter) -> list[str]:
    """Return what a measurement on ``adapter`` depends on: its identity and compute units, and its driver."""
    return [adapter.identity, adapter.api, adapter.driver, adapter.driver_version, str(adapter.compute_units)]


def entry_path(cache: Path, kind: str, facts: Iterable[str]) -> Path:
    """Return the file of a measurement: it is found again only if all ``facts`` are the same."""
    return cache / f"{kind}-{hashlib.sha256(chr(0).join(facts).encode()).hexdigest()[:24]}.json"


def load_entry(path: Path) -> dict[str, Any]:
    """Return the stored entry; an empty one for a file that is missing or damaged, were it by one bit."""
    try:
        entry = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return entry if isinstance(entry, dict) and entry.pop("check", None) == _checksum(entry) else {}


def store_entry(path: Path, entry: dict[str, Any], label: str) -> None:
    """Store ``entry``, which ``label`` names in the log.

    A cache that cannot be written costs only time.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps(entry | {"check": _checksum(entry)}).encode())
    except OSError as error:
        print(f"{label} was not cached: {error}")  # stdout of a worker is its log


def expiry() -> float:
    """Return when an entry that is stored now expires, in seconds since the epoch."""
    return time.time() + VALID_S


def is_valid(entry: dict[str, Any]) -> bool:
    """Return whether an entry has not expired: its ``until`` lies ahead, no further than ``VALID_S``."""
    until = entry.get("until")
    return isinstance(until, float) and time.time() < until <= expiry()


def _checksum(entry: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(entry).encode()).hexdigest()
