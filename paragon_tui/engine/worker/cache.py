"""What was measured once on an adapter and its driver: kept in the cache folder, under a key of what it depends on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from paragon_tui.atomic_write import write_atomically
from paragon_tui.backends.adapter import Adapter


def adapter_key(adapter: Adapter) -> list[str]:
    """What a measurement on ``adapter`` depends on: which one it is, and its driver."""
    return [adapter.identity, adapter.api, adapter.driver, adapter.driver_version, str(adapter.compute_units)]


def entry_path(cache: Path, kind: str, facts: Iterable[str]) -> Path:
    """The file of one measurement: all ``facts`` must be the same for it to be found again."""
    return cache / f"{kind}-{hashlib.sha256(chr(0).join(facts).encode()).hexdigest()[:24]}.json"


def load_entry(path: Path) -> dict[str, Any]:
    """What is remembered; a file that is missing or damaged means nothing is."""
    try:
        whole = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return whole if isinstance(whole, dict) else {}


def store_entry(path: Path, what: dict[str, Any], words: str) -> None:
    """Keep ``what``, which ``words`` name to a reader of the log.

    A cache that cannot be written costs time, nothing else.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps(what).encode())
    except OSError as error:
        print(f"{words} was not remembered: {error}")  # stdout of a worker is its log
