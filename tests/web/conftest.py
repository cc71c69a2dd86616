"""Servers as processes of their own, and the processes of their pages."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import psutil

from paragon_tui.web.interface import END_S

SERVE = [sys.executable, "-m", "paragon_tui", "serve", "--port", "0"]


@asynccontextmanager
async def served(*options: str, **environment: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """``paragon-tui serve`` as a process of its own, and the address that it printed."""
    process = await asyncio.create_subprocess_exec(
        *SERVE, *options, stdout=asyncio.subprocess.PIPE, env={**os.environ, **environment}
    )
    assert process.stdout is not None
    try:
        line = (await process.stdout.readline()).decode()
        address = re.search(r"http://\S+", line)
        assert address, line
        yield process, address[0]
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def interfaces(parent: int) -> list[psutil.Process]:
    """The processes of pages that ``parent`` has started, and all that these have started."""
    children = psutil.Process(parent).children()
    own = [child for child in children if "paragon_tui.tui.browser" in child.cmdline()]
    return own + [grandchild for child in own for grandchild in child.children(recursive=True)]


def gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


async def until(condition: Callable[[], object], what: str) -> None:
    """Wait until ``condition`` holds: for less time than what does not end in order has, before it is killed."""
    deadline = asyncio.get_running_loop().time() + 0.8 * END_S
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, f"waiting until {what}"
        await asyncio.sleep(0.02)  # between two looks
