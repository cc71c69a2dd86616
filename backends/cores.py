"""The processor cores that this program may use, and how busy they are."""

from __future__ import annotations

import os


def usable_cores() -> int:
    """Return the number of cores that this process may run on, as far as the system tells."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def busy_seconds() -> float | None:
    """Return the busy seconds of all cores, with those that a hypervisor gave to others; ``None`` if unknown."""
    import psutil

    try:
        times = psutil.cpu_times()
    except (OSError, RuntimeError, NotImplementedError):
        return None
    # ``guest`` is part of ``user`` already.
    return sum(getattr(times, name, 0.0) for name in ("user", "nice", "system", "irq", "softirq", "steal"))
