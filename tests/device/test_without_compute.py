"""An OpenGL that cannot compute is unsupported, with the reason, and no failure."""

from __future__ import annotations

import json

import pytest

from paragon_tui.backends.adapter import Adapter
from paragon_tui.cli import main
from tests.conftest import expected_adapters

pytestmark = pytest.mark.device

DRIVERS = {
    "no compute shaders": {"MESA_GL_VERSION_OVERRIDE": "3.0", "MESA_GLES_VERSION_OVERRIDE": "3.0"},
    "no device that computes": {"GALLIUM_DRIVER": "softpipe", "MESA_GL_VERSION_OVERRIDE": "4.2"},
}
"""Mesa without compute: one that says so, and one that loses its device when wgpu compiles for it."""


@pytest.fixture(params=DRIVERS)
def reason(request: pytest.FixtureRequest, real_adapters: list[Adapter], monkeypatch: pytest.MonkeyPatch) -> str:
    """Take compute from OpenGL, let nothing but that be found of wgpu, and return what is said of it."""
    if not any(adapter.api == "gl" and adapter.vendor == "Mesa" for adapter in real_adapters):
        assert "gl" not in expected_adapters(), "OpenGL by Mesa was expected here"
        pytest.skip("this machine has no OpenGL by Mesa")
    monkeypatch.setenv("WGPU_BACKEND", "gl")
    for name, value in DRIVERS[request.param].items():
        monkeypatch.setenv(name, value)
    return str(request.param)


def test_its_results_are_unsupported(reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "S1", "--adapter", "gl:0", "--fast", "--iterations", "4"]) == 0
    captured = capsys.readouterr()
    assert f"unsupported: gl:0 has {reason} (" in captured.out
    assert "Traceback" not in captured.err + captured.out


def test_it_is_listed_and_is_no_failure(reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["adapters", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    (listed,) = (adapter for adapter in document["adapters"] if adapter["id"] == "gl:0")
    assert listed["unsupported"].startswith(f"gl:0 has {reason} (")
    assert document["failures"] == []
