"""The size of the processor's last-level cache, as the system states it."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from functools import cache
from pathlib import Path

_UNITS = {"K": 2**10, "M": 2**20, "G": 2**30}
_APPLE_NAMES = ("hw.l3cachesize", "hw.perflevel0.l2cachesize", "hw.l2cachesize")


@cache
def last_level_cache_bytes() -> int | None:
    """Return the size of all last-level caches of the machine together, bytes; ``None`` where the system is silent."""
    if sys.platform == "darwin":
        return _apple_cache_bytes()
    return linux_cache_bytes(Path("/sys/devices/system/cpu"))


def linux_cache_bytes(cpus: Path) -> int | None:
    """Return the sum of the caches of the highest level under ``cpus``, each that cores share counted once."""
    caches: dict[tuple[int, str], int] = {}
    for index in cpus.glob("cpu[0-9]*/cache/index[0-9]*"):
        with contextlib.suppress(OSError, ValueError):
            level, kind = int(_text(index / "level")), _text(index / "type")
            if kind != "Instruction":
                caches[level, _text(index / "shared_cpu_list")] = _bytes(_text(index / "size"))
    highest = max((level for level, _ in caches), default=0)
    return sum(size for (level, _), size in caches.items() if level == highest) or None


def _text(path: Path) -> str:
    return path.read_text(encoding="ascii").strip()


def _bytes(text: str) -> int:
    """Parse ``307200K``. Raises ``ValueError``."""
    return int(text[:-1]) * _UNITS[text[-1]] if text[-1:] in _UNITS else int(text)


def _apple_cache_bytes() -> int | None:
    for name in _APPLE_NAMES:
        with contextlib.suppress(OSError, ValueError, subprocess.SubprocessError):
            asked = subprocess.run(["sysctl", "-n", name], capture_output=True, text=True, timeout=5, check=True)
            if size := int(asked.stdout):
                return size
    return None
