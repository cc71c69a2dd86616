"""Fixtures of all tests: folders of their own, and the real adapters of this machine, found once."""

from __future__ import annotations

import asyncio
import os
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

from paragon_tui.backends import registry
from paragon_tui.backends.adapter import Adapter
from paragon_tui.engine.analysis import disturbance
from paragon_tui.engine.messages.events import AdapterFound, DiscoveryFinished
from paragon_tui.engine.runner.discovery import discover

OF_THE_USER = (
    "WGPU_BACKEND",
    "COLUMNS",
    "LINES",
    "NO_COLOR",
    "FORCE_COLOR",
    "LC_ALL",
    "LC_CTYPE",
    "LANG",
    "TTY_COMPATIBLE",
    "TTY_INTERACTIVE",
)
FAKES = Path(__file__).parent / "support" / "fakes"
LONG_FIRST = ("device", "packaging", "terminal", "tui", "console", "engine")
"""Folders whose files take long: they begin first, so that the many short ones of the others end together."""

# A busy machine is no failure, and examples of one run are not kept for the next.
settings.register_profile("paragon", deadline=None, database=None)
settings.load_profile("paragon")


def pytest_configure(config: pytest.Config) -> None:
    """Drivers compile a source once for all processes of the tests, here and in the workers, not once a test."""
    assert config.cache is not None
    for variable, name in (("POCL_CACHE_DIR", "pocl"), ("MESA_SHADER_CACHE_DIR", "mesa")):
        os.environ[variable] = str(config.cache.mkdir(f"compiled-{name}"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the folders of ``LONG_FIRST``; everything else stays in the order of the folders."""
    here = Path(__file__).parent
    ranks = {folder: rank for rank, folder in enumerate(LONG_FIRST)}
    items.sort(key=lambda item: ranks.get(item.path.relative_to(here).parts[0], len(ranks)))


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test reads or writes the user's own sessions, settings and caches, or choice of backend and of terminal."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("COLORTERM", "truecolor")
    for name in OF_THE_USER:
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture(autouse=True)
def quiet_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take this machine for a quiet one: the tests themselves, several at a time, are the other programs on it.

    What happens beside others is tested with loads that are told.
    """
    monkeypatch.setattr(disturbance, "QUIET_CORES", 1000.0)
    monkeypatch.setenv("PARAGON_QUIET_CORES", "1000")  # for workers, and for programs that a test starts


@pytest.fixture
def fake_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let worker processes import the backends of ``tests/support/fakes``."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(FAKES), os.environ.get("PYTHONPATH", "")])))
    monkeypatch.syspath_prepend(str(FAKES))


def expected_adapters() -> list[str]:
    """APIs or host ids that must be there: PARAGON_EXPECT_ADAPTERS, separated by commas."""
    return [name for name in os.environ.get("PARAGON_EXPECT_ADAPTERS", "").split(",") if name]


async def _find() -> tuple[list[Adapter], dict[str, str]]:
    adapters: list[Adapter] = []
    errors: dict[str, str] = {}
    async for event in discover(registry.native_apis()):
        if isinstance(event, AdapterFound):
            adapters.append(event.adapter)
        elif isinstance(event, DiscoveryFinished) and event.error:
            errors[event.api] = event.error
    order = list(registry.BACKENDS)
    return sorted(adapters, key=lambda adapter: order.index(adapter.api)), errors


@cache
def discovered() -> tuple[list[Adapter], dict[str, str]]:
    """Return the adapters that the program finds here, and the errors of APIs whose discovery failed."""
    return asyncio.run(_find())


@pytest.fixture(scope="session")
def real_adapters() -> list[Adapter]:
    """Every adapter of this machine, as the program itself finds them."""
    adapters, errors = discovered()
    assert not errors, errors
    return adapters


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """``device_adapter``: one run of the test for each real device adapter, and one for each API that has none."""
    if "device_adapter" not in metafunc.fixturenames:
        return
    adapters, _ = discovered()
    devices = [adapter for adapter in adapters if not adapter.is_host]
    without = [api for api in registry.native_apis() if api not in {adapter.api for adapter in adapters}]
    metafunc.parametrize(
        "device_adapter", [*devices, *without], ids=lambda a: a if isinstance(a, str) else a.id, indirect=True
    )


@pytest.fixture
def device_adapter(request: pytest.FixtureRequest) -> Adapter:
    """A real adapter. An API without any fails where it was expected, and is skipped with the reason where not."""
    if isinstance(request.param, str):
        assert request.param not in expected_adapters(), f"{request.param} was expected here and has no adapter"
        pytest.skip(f"this machine has no {request.param} adapter")
    assert isinstance(request.param, Adapter)
    return request.param
