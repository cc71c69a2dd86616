"""A page in headless Chromium, driven through the DevTools protocol: real keys, downloads, pictures."""

from __future__ import annotations

import asyncio
import base64
import itertools
import os
import re
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

NAMES = ("chromium", "chromium-browser", "google-chrome")
KEYS = {"Enter": ("\r", 13), "Escape": ("", 27), "ArrowDown": ("", 40), " ": (" ", 32)}
"""The text and the virtual code of keys that are no letters."""
_ESCAPES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07|.)")

Event = dict[str, Any]


def executable() -> str | None:
    """Return the path of this machine's Chromium."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Page:
    """A page of the browser.

    ``requested`` are the addresses that it loaded; ``painted`` is what its terminal was sent as text, without escape
    sequences; ``asks`` is true while the browser asks whether the page may be left.
    """

    def __init__(self, connection: aiohttp.ClientWebSocketResponse) -> None:
        self._connection = connection
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Event]] = {}
        self._session: str | None = None
        self.requested: list[str] = []
        self.painted = ""
        self.asks = False
        self._reading = asyncio.create_task(self._read())

    async def attach(self) -> None:
        target = await self.call("Target.createTarget", url="about:blank")
        session = await self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = session["sessionId"]
        for domain in ("Page", "Network", "Runtime"):
            await self.call(f"{domain}.enable")

    async def call(self, method: str, **parameters: Any) -> Event:
        """Call a method of the protocol and return its result; an error of the browser's is one here."""
        number = next(self._numbers)
        self._answers[number] = asyncio.get_running_loop().create_future()
        message: Event = {"id": number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        await self._connection.send_json(message)
        answer = await asyncio.wait_for(self._answers[number], 60)
        assert "error" not in answer, (method, answer)
        result: Event = answer["result"]
        return result

    async def _read(self) -> None:
        async for message in self._connection:
            event = message.json()
            if "id" in event and event["id"] in self._answers:
                self._answers.pop(event["id"]).set_result(event)
            elif event.get("method") == "Network.requestWillBeSent":
                self.requested.append(event["params"]["request"]["url"])
            elif event.get("method") == "Page.javascriptDialogOpening":
                self.asks = True
            elif event.get("method") == "Network.webSocketFrameReceived":
                frame = event["params"]["response"]
                if frame["opcode"] == 2:
                    self.painted += _ESCAPES.sub(b"", base64.b64decode(frame["payloadData"])).decode("utf-8", "replace")

    async def open(self, url: str, size: tuple[int, int]) -> None:
        """Open an address in a window of ``size`` pixels."""
        width, height = size
        await self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )
        await self.call("Page.navigate", url=url)

    async def leave(self) -> None:
        """Leave the page, which has to ask first."""
        leaving = asyncio.create_task(self.call("Page.navigate", url="about:blank"))
        await self.until(lambda: self.asks, "the browser asks")
        await self.call("Page.handleJavaScriptDialog", accept=True)
        await leaving

    async def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression on the page."""
        answer = await self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True, userGesture=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    async def press(self, *keys: str) -> None:
        """Press keys as a person does: letters, and those of ``KEYS``."""
        for key in keys:
            text, code = KEYS.get(key, (key, ord(key.upper()[0])))
            pressed = {"key": key, "windowsVirtualKeyCode": code}
            typed = {"text": text} if text else {}
            await self.call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **pressed, **typed)
            await self.call("Input.dispatchKeyEvent", type="keyUp", **pressed)

    async def picture(self, path: Path) -> None:
        """Write what the page shows as PNG."""
        shot = await self.call("Page.captureScreenshot", format="png")
        path.write_bytes(base64.b64decode(shot["data"]))

    async def until(self, condition: Callable[[], object], what: str, seconds: float = 60.0) -> None:
        """Wait until ``condition`` holds."""
        deadline = asyncio.get_running_loop().time() + seconds
        while not condition():
            assert asyncio.get_running_loop().time() < deadline, f"waiting until {what}; {self.painted[-2000:]}"
            await asyncio.sleep(0.05)  # between two looks


@asynccontextmanager
async def chromium(folder: Path) -> AsyncIterator[Page]:
    """Start the browser with a profile in ``folder``, and downloads in ``folder/downloads``; end it afterwards."""
    command = executable()
    assert command is not None
    process = await asyncio.create_subprocess_exec(
        command,
        *("--headless=new", "--remote-debugging-port=0", "--no-first-run", "--disable-gpu"),
        *(("--no-sandbox",) if os.geteuid() == 0 else ()),
        f"--user-data-dir={folder / 'profile'}",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    try:
        async for line in process.stderr:
            if found := re.search(rb"DevTools listening on (\S+)", line):
                break
        else:
            raise AssertionError("Chromium did not start")
        draining = asyncio.create_task(process.stderr.read())
        async with (
            aiohttp.ClientSession() as client,
            client.ws_connect(found[1].decode(), max_msg_size=0) as connection,
        ):
            page = Page(connection)
            downloads = {"behavior": "allow", "downloadPath": str(folder / "downloads")}
            await page.call("Browser.setDownloadBehavior", **downloads)
            await page.attach()
            yield page
        draining.cancel()
    finally:
        process.terminate()
        await process.wait()
