"""The web server on loopback: its page, its token, what it refuses, and the processes of its pages."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import WSMsgType

from paragon_tui.cli import main
from paragon_tui.web import interface, server
from paragon_tui.web.access import Access
from paragon_tui.web.server import BrowserServer
from tests.console.conftest import refused
from tests.web.conftest import gone, interfaces, served, until

TOKEN = "a-token-of-a-test"
PAGE = Path(server.__file__).parent / "page"


@asynccontextmanager
async def serving(access: Access, places: int = 2) -> AsyncIterator[aiohttp.ClientSession]:
    """A server, and a client that keeps its cookies, as a browser would."""
    running = BrowserServer(access, places)
    port = await running.start("127.0.0.1", 0)
    jar = aiohttp.CookieJar(unsafe=True)  # it keeps no cookies of addresses otherwise
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", cookie_jar=jar) as client:
            yield client
    finally:
        await running.end()


async def painted(socket: aiohttp.ClientWebSocketResponse, text: bytes) -> None:
    """Read what the interface paints until ``text`` is in it."""
    seen = b""
    while text not in seen:
        message = await socket.receive(timeout=20)
        assert message.type in (WSMsgType.BINARY, WSMsgType.TEXT), (message, seen[-500:])
        seen += message.data if message.type is WSMsgType.BINARY else b""


async def test_the_page_and_all_that_it_needs_come_from_this_server() -> None:
    async with serving(Access()) as client, client.get("/") as page:
        text = await page.text()
        assert page.status == 200 and "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
        assert page.headers["Cache-Control"] == "no-store" and not page.cookies
        links = re.findall(r'(?:href|src)="(/[^"]+)"', text) + re.findall(
            r'url\("([^"]+)"', (PAGE / "page.css").read_text()
        )
        assert {"/static/js/textual.js", "/static/css/xterm.css", "/page/page.js"} < set(links) and len(links) == 6
        for link in links:
            assert (await client.get(link)).status == 200, link
    for file in PAGE.iterdir():
        assert not re.search(r"""https?:|["'(]//""", file.read_text()), f"{file.name} leads elsewhere"


@pytest.mark.parametrize("path", ["/", "/ws", "/static/js/textual.js", "/page/page.js", "/download/any", "/nowhere"])
@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Host": "evil.example"}, 403), ({"Origin": "http://evil.example"}, 403), ({}, 401), ({"Cookie": "x=y"}, 401)],
)
async def test_whoever_may_not_come_in_gets_one_sentence(path: str, headers: dict[str, str], status: int) -> None:
    async with serving(Access(token=TOKEN)) as client, client.get(path, headers=headers) as answer:
        text = await answer.text()
        assert answer.status == status and answer.content_type == "text/plain" and not answer.cookies
        assert len(text.splitlines()) == 1 and TOKEN not in text


async def test_the_token_is_kept_in_a_cookie_that_scripts_and_other_sites_do_not_get() -> None:
    async with serving(Access(token=TOKEN)) as client:
        assert (await client.get("/?token=wrong")).status == 401
        first = await client.get(f"/?token={TOKEN}")
        assert first.status == 200
        (cookie,) = first.headers.getall("Set-Cookie")
        assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Path=/" in cookie
        assert (await client.get("/page/page.js")).status == 200
        assert (await client.get("/download/any")).status == 404
        assert (await client.get("/static/")).status == 403  # which lists nothing
        assert (await client.get("/static/../server.py")).status == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Origin": "http://evil.example"}, 403), ({"Origin": "null"}, 403), ({"Host": "evil.example"}, 403)],
)
async def test_websockets_of_other_sites_are_refused_on_loopback_too(headers: dict[str, str], status: int) -> None:
    async with serving(Access()) as client:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
            await client.ws_connect("/ws", headers=headers)
        assert refusal.value.status == status
    assert not interfaces(os.getpid())


async def test_a_page_has_all_characters_and_colours_whatever_the_servers_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in (("LC_ALL", "C"), ("TERM", "dumb"), ("COLORTERM", "")):
        monkeypatch.setenv(name, value)
    async with serving(Access()) as client, client.ws_connect("/ws") as socket:
        await painted(socket, "☑".encode())
        await painted(socket, b"38;2;")


async def test_a_websocket_without_the_token_starts_nothing() -> None:
    async with serving(Access(token=TOKEN)) as client:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
            await client.ws_connect("/ws")
        assert refusal.value.status == 401


async def test_an_interface_ends_with_its_page_or_by_q_and_a_page_too_many_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server, "_PLACE_S", 0.1)
    async with serving(Access(), places=1) as client:
        first = await client.ws_connect("/ws?width=100&height=99999999")
        await painted(first, b"paragon")
        (process, *_) = started = interfaces(os.getpid())
        assert process.environ()["COLUMNS"] == "100" and process.environ()["ROWS"] == "24"
        second = await client.ws_connect("/ws")
        assert (await second.receive(timeout=10)).data == 1013
        for nonsense in (
            "{",
            "[" * 10_000,
            "[]",
            '["resize"]',
            '["resize", {"width": "x", "height": []}]',
            '["\\ud800"]',
        ):
            await first.send_str(nonsense)
        await first.send_str(json.dumps(["ping", "7"]))
        while (message := await first.receive(timeout=60)).type is not WSMsgType.TEXT:
            pass
        assert message.data == '["pong", "7"]'
        await first.close()
        await until(lambda: all(map(gone, started)), "all processes of the page are gone")
        monkeypatch.setattr(server, "_PLACE_S", 10.0)
        third = await client.ws_connect("/ws")
        await painted(third, b"paragon")
        await third.send_str(json.dumps(["stdin", "q"]))
        while (message := await third.receive(timeout=60)).type is WSMsgType.BINARY:
            pass
        assert message.type is WSMsgType.CLOSE


async def test_a_message_beyond_all_measure_closes_the_page() -> None:
    async with serving(Access()) as client:
        socket = await client.ws_connect("/ws")
        await socket.send_str(json.dumps(["stdin", "x" * 300_000]))
        while (message := await socket.receive(timeout=60)).type is WSMsgType.BINARY:
            pass
        assert message.data == 1009


def test_sizes_are_those_of_screens() -> None:
    assert interface._limited(120, 36) == (120, 36)
    assert interface._limited(10**9, -5) == (interface.MOST_COLUMNS, 1)


@pytest.mark.parametrize("way", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL], ids=lambda number: number.name)
async def test_the_end_of_the_server_is_that_of_all_its_pages(way: signal.Signals) -> None:
    async with served("--token") as (process, address), aiohttp.ClientSession() as client:
        jar = (await client.get(address)).cookies
        socket = await client.ws_connect(
            f"{address.partition('?')[0]}ws", headers={"Cookie": jar.output(attrs=[], header="")}
        )
        await painted(socket, b"paragon")
        started = interfaces(process.pid)
        assert started
        process.send_signal(way)
        assert await process.wait() == (-way if way is signal.SIGKILL else 0)
        await until(lambda: all(map(gone, started)), "all processes of the page are gone")


async def test_a_given_token_is_taken_and_neither_printed_nor_inherited(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    file.chmod(0o600)
    for options, variable in (("--token-file", str(file)), {}), ((), {"PARAGON_TOKEN": TOKEN}):
        async with served(*options, **variable) as (process, address), aiohttp.ClientSession() as client:
            assert TOKEN not in address
            base = address.partition("?")[0]
            assert (await client.get(base)).status == 401
            socket = await client.ws_connect(f"{base}ws?token={TOKEN}")
            await until(lambda: interfaces(process.pid), "the interface starts")
            assert TOKEN not in str(interfaces(process.pid)[0].environ())
            await socket.close()


async def test_beyond_loopback_a_token_is_made() -> None:
    async with served("--host", "0.0.0.0") as (_, address), aiohttp.ClientSession() as client:
        url, token = address.split("?token=")
        assert len(token) >= 32
        base = f"http://127.0.0.1:{url.rstrip('/').rpartition(':')[2]}"
        assert (await client.get(base)).status == 401
        assert (await client.get(f"{base}/?token={token}")).status == 200


def test_a_port_in_use_is_told_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    async def twice() -> tuple[int, str]:
        running = BrowserServer(Access(), 1)
        port = await running.start("127.0.0.1", 0)
        try:
            return await asyncio.to_thread(refused, capsys, "serve", "--port", str(port))
        finally:
            await running.end()

    status, text = asyncio.run(twice())
    assert status == 2 and len(text.splitlines()) == 1 and "is in use; choose another with --port" in text


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--host", "192.0.2.1"], "no address 192.0.2.1"),
        (["--name", "https://gpu.example.org/"], "the name of a host"),
        (["--token-file", "nowhere"], "nowhere: No such file"),
        (["--token-file", "short"], "at least 16 characters"),
        (["--token-file", "open"], "chmod 600"),
    ],
)
def test_what_cannot_be_served_is_told_in_a_line(
    argv: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, mode in (("short", 0o600), ("open", 0o644)):
        (tmp_path / name).write_text("short")
        (tmp_path / name).chmod(mode)
    status, text = refused(capsys, "serve", "--port", "0", *argv)
    assert status == 2 and len(text.splitlines()) == 1 and words in text


def test_without_the_extra_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from paragon_tui.console import serve_command

    monkeypatch.setattr(serve_command, "find_spec", lambda name: None)
    status, text = refused(capsys, "serve")
    assert status == 2 and len(text.splitlines()) == 1 and "pip install textual-serve" in text


@pytest.mark.parametrize("port", ["-1", "65536", "x"])
def test_what_is_no_port_is_refused(port: str) -> None:
    with pytest.raises(SystemExit) as refusal:
        main(["serve", "--port", port])
    assert refusal.value.code == 2
