"""The interface of one page: a process of its own, which ends with the page."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from aiohttp import web
from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

MOST_COLUMNS, MOST_LINES = 500, 200  # of large screens: each character costs memory and time
END_S = 30.0
"""The time that a process has to stop its run and to save it, before it is killed."""
_INTERFACE = ("-P", "-m", "paragon_tui.tui.browser")


class PageInterface(AppService):
    """The interface, shown by ``socket``: what it paints goes there, and what is typed comes from there."""

    def __init__(self, socket: web.WebSocketResponse, downloads: DownloadManager, arguments: Sequence[str]) -> None:
        super().__init__(
            "",  # a command for a shell, of which there is none here
            write_bytes=self._send_bytes,
            write_str=self._send_text,
            close=self._close,
            download_manager=downloads,
        )
        self._socket = socket
        self._arguments = arguments

    async def show(self, width: int, height: int) -> None:
        """Start it in ``width`` columns and ``height`` lines; return when it or the page has ended, and it is gone."""
        await self.start(*_limited(width, height))
        try:
            async for message in self._socket:
                if isinstance(message.data, str):
                    await self._heed(message.data)
        finally:
            await self._end()

    async def run(self) -> None:
        """Send what it paints until it ends, and close the page then, also where it crashed."""
        await super().run()
        await self._close()

    async def _open_app_process(self, width: int = 80, height: int = 24) -> asyncio.subprocess.Process:
        """Start it without a shell, and out of reach of the terminal's ctrl+c."""
        self._process = process = await asyncio.create_subprocess_exec(
            sys.executable,
            *_INTERFACE,
            *self._arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),  # Windows' way
            env={**self._build_environment(width, height), "TERM": "xterm-256color"},
        )
        self._stdin = process.stdin
        return process

    async def _heed(self, text: str) -> None:
        """Do what the page says; what is no message of its own does nothing."""
        try:
            message: Any = json.loads(text)
        except (ValueError, RecursionError):
            return
        match message:
            case ["stdin", str(typed)]:
                await self.send_bytes(typed.encode("utf-8", "replace"))
            case ["resize", {"width": int(width), "height": int(height)}]:
                await self.set_terminal_size(*_limited(width, height))
            case ["ping", str(sent)]:
                await self._send_text(json.dumps(["pong", sent]))
            case ["focus"]:
                await self.focus()
            case ["blur"]:
                await self.blur()

    async def _send_bytes(self, data: bytes) -> None:
        with suppress(ConnectionError):  # the page has gone; what it would have shown has to be read all the same
            await self._socket.send_bytes(data)

    async def _send_text(self, text: str) -> None:
        with suppress(ConnectionError):
            await self._socket.send_str(text)

    async def _close(self) -> None:
        await self._socket.close()

    async def _end(self) -> None:
        """Have the process quit, and wait until it has; kill it if it does not."""
        assert self._process is not None
        try:
            async with asyncio.timeout(END_S):
                await self.stop()
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


def _limited(width: int, height: int) -> tuple[int, int]:
    """Return the size of a screen that there is, whatever a page asks for."""
    return min(max(width, 1), MOST_COLUMNS), min(max(height, 1), MOST_LINES)
