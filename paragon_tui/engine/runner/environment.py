"""The environment variables that a worker is started with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paragon_tui.backends.blas import THREAD_VARIABLES

if TYPE_CHECKING:
    from paragon_tui.backends.adapter import Adapter


def worker_environment(adapter: Adapter, threads: int | None) -> dict[str, str]:
    """Return the variables for ``adapter``: its own, and on a host adapter the number of ``threads`` if one is set."""
    counts = dict.fromkeys(THREAD_VARIABLES, str(threads)) if adapter.is_host and threads is not None else {}
    return counts | dict(adapter.environment)
