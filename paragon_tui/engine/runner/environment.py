"""The environment variables that a worker is started with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paragon_tui.backends.blas import ONE_THREAD, THREAD_VARIABLES

if TYPE_CHECKING:
    from paragon_tui.backends.adapter import Adapter


def worker_environment(adapter: Adapter, threads: int | None) -> dict[str, str]:
    """Return the variables for ``adapter``: its own, and on a host library the number of ``threads`` if one is set.

    What computes canonically never asks a BLAS.
    """
    if adapter.is_canonical:
        return ONE_THREAD | dict(adapter.environment)
    counts = dict.fromkeys(THREAD_VARIABLES, str(threads)) if threads is not None else {}
    return counts | dict(adapter.environment)
