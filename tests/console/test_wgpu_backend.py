"""What ``WGPU_BACKEND`` names in vain is told, by the real wgpu in processes of its own."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from paragon_tui.backends.registry import WGPU_APIS, native_apis
from paragon_tui.cli import main
from paragon_tui.engine.messages.events import Log
from paragon_tui.engine.runner.discovery import DiscoveryEvent, discover
from paragon_tui.engine.runner.selection import apis_to_search
from paragon_tui.tui.model import Model
from tests.console.conftest import QUICK

ABSENT = next(api for api in WGPU_APIS if api not in native_apis())
NATIVE = [api for api in WGPU_APIS if api in native_apis()]
USELESS = (
    f"{ABSENT}: no adapter (this system does not have it; WGPU_BACKEND={ABSENT} keeps {' and '.join(NATIVE)} from "
    "being searched)"
)
UNKNOWN = "WGPU_BACKEND=foo: there is no backend foo (vulkan, metal, dx12, gl); the variable is ignored"


def stderr_of(capsys: pytest.CaptureFixture[str], *argv: str, status: int = 0) -> list[str]:
    assert main([*argv]) == status
    return capsys.readouterr().err.splitlines()


RUN = ("run", "S1", *QUICK, "--quiet")
VERIFY = ("verify", "S1", "--dtype", "f32")


@pytest.mark.parametrize("argv", [("adapters",), RUN, VERIFY], ids=str)
def test_a_backend_of_another_system_is_told_to_be_the_reason(
    argv: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WGPU_BACKEND", ABSENT)
    assert stderr_of(capsys, *argv) == [f"paragon-tui: {USELESS}"]


def test_an_unknown_name_is_told_to_be_ignored(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WGPU_BACKEND", "foo")
    assert f"paragon-tui: {UNKNOWN}" in stderr_of(capsys, "adapters")


def test_what_is_typed_has_nothing_to_do_with_the_variable(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WGPU_BACKEND", ABSENT)
    assert stderr_of(capsys, *RUN, "--adapter", "numpy") == []
    assert stderr_of(capsys, *RUN, "--backend", "dx12" if ABSENT != "dx12" else "metal", status=3) != [USELESS]


@pytest.mark.parametrize(("value", "line"), [(ABSENT, USELESS), ("foo", UNKNOWN)])
def test_the_log_of_the_interface_has_it(
    value: str, line: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WGPU_BACKEND", value)

    async def found() -> list[DiscoveryEvent]:
        return [event async for event in discover(apis_to_search((), ()))]

    model = Model(apis_to_search((), ()), tmp_path / "sessions.sqlite3")
    for event in asyncio.run(found()):
        if not isinstance(event, Log) or event.level == "warning":
            model.apply(event)
    assert any(entry.text.endswith(line) for entry in model.log)
