"""Adapters on the processor, limited to a number of threads: each such number is an adapter of its own, ``numpy@2``.

Sources: the libraries' own variables (``blas.THREAD_VARIABLES``); PoCL's manual, "Tuning PoCL behavior with ENV
variables" (``POCL_CPU_MAX_CU_COUNT``, in older versions ``POCL_MAX_PTHREAD_COUNT``); Mesa's "Environment Variables"
(``LP_NUM_THREADS``). All are read once, when the library or driver is loaded.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from paragon_tui.backends.adapter import LLVMPIPE, POCL, Adapter
from paragon_tui.backends.blas import THREAD_VARIABLES
from paragon_tui.backends.device import BackendError

_MARK = "@"
_POCL_VARIABLES = ("POCL_CPU_MAX_CU_COUNT", "POCL_MAX_PTHREAD_COUNT")
_LLVMPIPE_VARIABLES = ("LP_NUM_THREADS",)
_TASKS = Path("/proc/self/task")


def threads_of(adapter: str) -> int | None:
    """Return the number of threads that an adapter's id names; ``None`` for one that is not limited."""
    _, mark, number = adapter.partition(_MARK)
    return int(number) if mark and number.isdecimal() else None


def without_threads(adapter: str) -> str:
    """Return the id of the same adapter without a limit: ``numpy`` for ``numpy@2``."""
    return adapter if threads_of(adapter) is None else adapter.partition(_MARK)[0]


def on_threads(adapter: str, threads: int | None) -> str:
    """Return the id of the same adapter limited to ``threads``, ``numpy@2``; its own for ``None``."""
    return adapter if threads is None else f"{adapter}{_MARK}{threads}"


def limited(adapter: Adapter, threads: int) -> Adapter | None:
    """Return the adapter limited to ``threads``; ``None`` where nothing limits it, or it computes on one anyway."""
    variables = _variables(adapter)
    if not variables:
        return None
    return replace(
        adapter,
        id=on_threads(adapter.id, threads),
        compute_units=threads if variables == _POCL_VARIABLES else adapter.compute_units,
        environment=(*adapter.environment, *((name, str(threads)) for name in variables)),
    )


def check_limited(adapter: Adapter, device: Any) -> None:
    """Raise ``BackendError`` if the driver of an adapter, as loaded in this process, has another number of threads.

    Host libraries say their number with each result; what llvmpipe does shows only on Linux.
    """
    wanted = threads_of(adapter.id)
    if wanted is None or adapter.is_host:
        return
    found = _llvmpipe_threads() if _is_llvmpipe(adapter) else int(device.device.max_compute_units)
    if found is not None and found != wanted:
        raise BackendError(
            f"{adapter.name} was not limited to {wanted} thread{'s' if wanted > 1 else ''}: it has {found}"
        )


def _variables(adapter: Adapter) -> tuple[str, ...]:
    """Return the environment variables that limit the threads of an adapter; none where there are none."""
    if adapter.type != "cpu":
        return ()
    if adapter.is_host:
        return () if adapter.is_canonical else THREAD_VARIABLES
    if _is_llvmpipe(adapter):
        return _LLVMPIPE_VARIABLES
    return _POCL_VARIABLES if adapter.driver == POCL else ()


def _is_llvmpipe(adapter: Adapter) -> bool:
    return adapter.name.startswith(LLVMPIPE)


def _llvmpipe_threads() -> int | None:
    """Return how many threads llvmpipe has for each of its contexts; ``None`` where the system does not tell."""
    try:
        names = {(task / "comm").read_text(encoding="ascii").strip() for task in _TASKS.iterdir()}
    except (OSError, UnicodeDecodeError):  # another system, or a thread that has ended
        return None
    return len([name for name in names if name.startswith(f"{LLVMPIPE}-")]) or None
