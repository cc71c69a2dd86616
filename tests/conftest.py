"""What all tests share: folders of their own, and the real adapters of this machine, found once."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from backends import registry
from backends.adapter import Adapter
from paragon_tui.engine.discovery import discover
from paragon_tui.engine.events import AdapterFound, DiscoveryFinished

FAKES = Path(__file__).parent / "fakes"


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test reads or writes the user's own sessions, caches or choice of backend."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("WGPU_BACKEND", raising=False)
    return tmp_path


@pytest.fixture
def fake_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let worker processes import the backends of ``tests/fakes``."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(FAKES), os.environ.get("PYTHONPATH", "")])))
    monkeypatch.syspath_prepend(str(FAKES))


def expected_adapters() -> list[str]:
    """APIs or host ids that must be there: PARAGON_EXPECT_ADAPTERS, separated by commas."""
    return [name for name in os.environ.get("PARAGON_EXPECT_ADAPTERS", "").split(",") if name]


async def _find() -> tuple[list[Adapter], dict[str, str]]:
    found: list[Adapter] = []
    errors: dict[str, str] = {}
    async for event in discover(registry.native_apis()):
        if isinstance(event, AdapterFound):
            found.append(event.adapter)
        elif isinstance(event, DiscoveryFinished) and event.error:
            errors[event.api] = event.error
    order = list(registry.BACKENDS)
    return sorted(found, key=lambda adapter: order.index(adapter.api)), errors


@pytest.fixture(scope="session")
def real_adapters() -> list[Adapter]:
    """Every adapter of this machine, as the program itself finds them."""
    found, errors = asyncio.run(_find())
    assert not errors, errors
    return found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """``device_api``: one run of the test for each device API of this system."""
    if "device_api" in metafunc.fixturenames:
        metafunc.parametrize("device_api", [api for api in registry.native_apis() if api != "host"])


@pytest.fixture
def device_adapters(device_api: str, real_adapters: list[Adapter]) -> list[Adapter]:
    """The adapters of one API. None there: fails where it was expected, is skipped with the reason where not."""
    mine = [adapter for adapter in real_adapters if adapter.api == device_api]
    if not mine:
        assert device_api not in expected_adapters(), f"{device_api} was expected on this machine and has no adapter"
        pytest.skip(f"this machine has no {device_api} adapter")
    return mine
