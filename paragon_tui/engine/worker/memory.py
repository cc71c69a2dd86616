"""The peak memory of this process."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")


def reset_peak() -> None:
    """Restart the count of the peak where the system can: Linux."""
    with suppress(OSError):  # elsewhere the peak counts from the start of the process
        _CLEAR.write_text("5")  # proc(5): resets the peak resident set size


def peak_bytes() -> int | None:
    """Return the peak resident set size in bytes, since the last reset or since the start; ``None`` if unknown."""
    if sys.platform == "win32":
        import psutil

        return int(psutil.Process().memory_info().peak_wset)
    with suppress(OSError):  # not Linux: ``getrusage`` below has it
        for line in _STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
