"""The program on systems that nobody here has: every module imports, the interface paints, a worker would start."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = {"darwin": ["Library", "Application Support", "paragon-tui"], "win32": ["AppData", "Local", "paragon-tui"]}
APIS = {"darwin": ["host", "opencl", "vulkan", "metal"], "win32": ["host", "opencl", "vulkan", "dx12", "gl"]}

pytestmark = pytest.mark.parametrize("platform", FOLDERS)


@cache
def report_of(platform: str) -> dict[str, Any]:
    """Return the report of ``tests/support/pretend_platform.py``, made once: the script takes its interpreter apart."""
    command = [sys.executable, "-m", "tests.support.pretend_platform", platform]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_every_module_imports(platform: str) -> None:
    sources = [path for folder in ("paragon_tui", "backends", "shaders") for path in (ROOT / folder).rglob("*.py")]
    modules = {name.rpartition(".")[2] for name in report_of(platform)["modules"]}
    assert {path.stem for path in sources if path.stem != "__init__"} <= modules


def test_the_interface_paints(platform: str) -> None:
    screen = report_of(platform)["screen"]
    assert "5 adapters" in screen
    assert "vulkan:0" in screen and "Example GPU 9000" in screen


def test_adapters_are_looked_for_where_the_platform_can_have_them(platform: str) -> None:
    assert report_of(platform)["apis"] == APIS[platform]


def test_sessions_are_kept_by_the_platforms_customs(platform: str) -> None:
    assert report_of(platform)["data"] == FOLDERS[platform]


def test_a_worker_is_out_of_reach_of_the_terminals_ctrl_c(platform: str) -> None:
    """In a process group of its own, which Windows and Unix ask for in different ways."""
    report = report_of(platform)
    assert report["worker"]["creationflags"] == (0x200 if platform == "win32" else 0)
    assert report["worker"]["start_new_session"]  # ignored on Windows
    assert report["interrupted"]
