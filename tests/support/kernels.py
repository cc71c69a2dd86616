"""Devices of a test's own, and kernels that are edited on their way to the compiler."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from paragon_tui import shaders
from paragon_tui.backends import registry
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.probes import probe

PRAGMA = "#pragma OPENCL FP_CONTRACT OFF"


@contextmanager
def opened(adapter: Adapter) -> Iterator[Any]:
    """A device that has compiled nothing yet."""
    backend: Any = registry.load(registry.BACKENDS[adapter.api])
    device = backend.open(adapter)
    try:
        yield device
    finally:
        device.close()


@contextmanager
def edited(monkeypatch: pytest.MonkeyPatch, before: str, after: str, ahead: str = "") -> Iterator[None]:
    """Every source that has ``before`` gets ``after`` instead, and ``ahead`` in front. One of them must have it."""
    original = shaders.source
    fitted = []

    def source(parts: Any, language: shaders.Language, constants: Any) -> str:
        text = original(parts, language, constants)
        fitted.append(before in text)
        return ahead + text.replace(before, after) if before in text else text

    monkeypatch.setattr(shaders, "source", source)
    yield
    monkeypatch.setattr(shaders, "source", original)
    assert any(fitted), "the edit no longer fits a kernel"


def contracts(adapter: Adapter) -> bool:
    """Whether OpenCL contracts here where it may: a bare a*b+c, with the pragma turned around."""
    with (
        pytest.MonkeyPatch.context() as patch,
        edited(patch, PRAGMA, "#pragma OPENCL FP_CONTRACT ON"),
        opened(adapter) as device,
    ):
        return not {r.name: r.holds for r in probe(device).probes}["a bare a*b+c stays unfused"]
