"""Drivers in a worker: load the backend that uses one, and describe its errors."""

from __future__ import annotations

from typing import Any

from paragon_tui.backends import registry
from paragon_tui.backends.device import BackendError
from paragon_tui.engine.worker.open_job import WrongResult

_isolated: set[str] = set()


def load_backend(module: str, api: str) -> Any:
    """Return a backend, kept from the drivers of all APIs but ``api`` where it can be."""
    backend: Any = registry.load(module)
    isolate = getattr(backend, "isolate", None)
    if isolate is not None and api not in _isolated:
        isolate(api)
        _isolated.add(api)
    return backend


def describe(error: Exception) -> str:
    """Return an error as text that JSON can carry: file names may hold lone surrogates."""
    text = str(error) if isinstance(error, BackendError | WrongResult) else f"{type(error).__name__}: {error}"
    return text.encode("utf-8", "replace").decode("utf-8")
