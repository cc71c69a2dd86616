"""Import every module, paint the interface and start a worker on a platform that this interpreter only pretends to be.

    python -m tests.support.pretend_platform win32

Libraries are loaded before the pretence begins, since they are real and stay what they are; the program's own modules
are loaded behind it. What the other platform lacks is taken away: signals, functions of ``os``, modules.
"""

from __future__ import annotations

import asyncio
import ctypes
import importlib
import json
import logging.config
import multiprocessing
import os
import pkgutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, cast

import msgspec
import numpy
import psutil
import rich.console
import rich.table
import textual.app
import textual.command
import textual.drivers.linux_driver
import textual.drivers.web_driver
import textual.pilot
import textual.widgets
import textual.widgets._tabbed_content
import textual_serve.server
import threadpoolctl

# Real libraries, among them those that the program imports late.
LOADED = (
    ctypes,
    logging.config,
    multiprocessing,
    sqlite3,
    msgspec,
    numpy,
    psutil,
    rich,
    textual,
    textual_serve,
    threadpoolctl,
)

UNIX_MODULES = ("fcntl", "grp", "pty", "pwd", "resource", "termios", "tty")
UNIX_FUNCTIONS = ("fork", "getpgid", "getuid", "geteuid", "killpg", "mkfifo", "openpty", "setpgid", "setsid", "uname")
LINUX_FUNCTIONS = ("sched_getaffinity", "sched_setaffinity", "memfd_create", "pidfd_open", "posix_fadvise")
WINDOWS_SIGNALS = {"SIGABRT", "SIGFPE", "SIGILL", "SIGINT", "SIGSEGV", "SIGTERM"}
NEW_GROUP = 0x200


def pretend(platform: str, home: Path) -> None:
    """Make this interpreter look like ``platform`` (win32 or darwin), with the user's folders below ``home``."""
    lacking: tuple[str, ...] = LINUX_FUNCTIONS
    if platform == "win32":
        lacking += UNIX_FUNCTIONS
        for name in dir(signal):
            if name.startswith("SIG") and not name.startswith("SIG_") and name not in WINDOWS_SIGNALS:
                delattr(signal, name)
        for name in UNIX_MODULES:
            sys.modules[name] = None  # type: ignore[assignment]  # makes importing it an ImportError
        subprocess.CREATE_NEW_PROCESS_GROUP = NEW_GROUP  # type: ignore[attr-defined]  # Windows has it
        os.environ["LOCALAPPDATA"] = str(home / "AppData" / "Local")
    for name in lacking:
        if hasattr(os, name):
            delattr(os, name)
    os.environ["HOME"] = os.environ["USERPROFILE"] = str(home)
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME"):
        os.environ.pop(name, None)
    sys.platform = platform
    for name in [name for name in sys.modules if name.partition(".")[0] == "platformdirs"]:
        del sys.modules[name]  # it chooses its folders by platform when it is imported
    if platform == "win32":
        windows: Any = importlib.import_module("platformdirs.windows")
        windows.get_win_folder = windows.get_win_folder_from_env_vars  # its own way where Windows' libraries lack


def import_every_module() -> list[str]:
    """Import the program's modules; return their names."""
    names: set[str] = set()
    for package in ("paragon_tui", "paragon_tui.backends", "paragon_tui.shaders"):  # a checkout may lack the links
        path = importlib.import_module(package).__path__
        names |= {module.name for module in pkgutil.walk_packages(path, f"{package}.")}
    for name in sorted(names):
        importlib.import_module(name)
    return sorted(names)


async def paint(home: Path) -> str:
    """Return the text of the screen once the adapters of a scripted source are on it."""
    from paragon_tui.sessions import paths
    from paragon_tui.tui.app import ParagonApp
    from tests.support.screen_sources import ScriptedSource

    app = ParagonApp(ScriptedSource(), paths.database(), paths.exports_dir(), paths.settings_file())
    async with app.run_test(size=(120, 36)) as pilot:
        while app.model.searching or not app.main.paintable:
            await pilot.pause()
        app.main.paint()
        await pilot.press("question_mark", "escape")
        await pilot.pause()
        strips = app.screen._compositor.render_strips(app.size)
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


async def start_worker() -> dict[str, Any]:
    """Return the arguments with which a worker would be started: no other platform's process can be, here."""
    from paragon_tui.engine.runner.worker_process import WorkerProcess

    arguments: dict[str, Any] = {}

    async def record(*_: str, **keywords: Any) -> None:
        arguments.update(keywords)
        raise OSError("only recorded")

    real, asyncio.create_subprocess_exec = asyncio.create_subprocess_exec, record  # type: ignore[assignment]
    try:
        await WorkerProcess("pretended", lambda source, text: None).start()
    except OSError:
        return {name: arguments[name] for name in ("creationflags", "start_new_session")}
    finally:
        asyncio.create_subprocess_exec = real
    raise AssertionError("the start was not recorded")


class Stoppable:
    """What of a run ctrl+c needs."""

    def __init__(self) -> None:
        self.stopped = asyncio.Event()
        self.stop = self.stopped.set


async def interrupt() -> bool:
    """Return whether ctrl+c asks a run for its end."""
    from paragon_tui.console.interrupts import heeding_signals

    run = cast(Any, Stoppable())
    with heeding_signals(run):
        signal.raise_signal(signal.SIGINT)
        await asyncio.wait_for(run.stopped.wait(), 10)
    return True


def main() -> None:
    """Pretend, and print all that was seen as one JSON document."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        pretend(sys.argv[1], home)
        modules = import_every_module()
        from paragon_tui.backends import registry
        from paragon_tui.engine.worker.memory import peak_bytes
        from paragon_tui.sessions import paths

        report = {
            "platform": sys.platform,
            "modules": modules,
            "apis": registry.native_apis(),
            "data": paths.data_dir().relative_to(home).parts,
            "screen": asyncio.run(paint(home)),
            "worker": asyncio.run(start_worker()),
            "interrupted": asyncio.run(interrupt()),
            "peak_bytes": peak_bytes() if sys.platform == "darwin" else None,  # Windows' counter is not there
        }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
