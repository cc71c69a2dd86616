"""``paragon-tui serve``: the interface in a browser, such as that of a laptop, on the devices of this machine."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import secrets
import signal
import socket
import stat
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from paragon_tui.exit_status import OK, UsageError
from paragon_tui.web.access import Access, address_of, is_loopback

if TYPE_CHECKING:
    from paragon_tui.web.server import BrowserServer

TOKEN_VARIABLE = "PARAGON_TOKEN"
_LEAST_TOKEN = 16
_ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
_NOT_ENCRYPTED = """\
Nothing is encrypted: on a network that others can listen to, let SSH carry it instead (`ssh -L`, without --host), or a
reverse proxy with TLS; docs/browser.md says how."""
_FOR_ALL_USERS = "Whoever has an account on this machine can open it, too; --token asks for a token."


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """The options as typed. ``names`` are further names of the server; ``token`` asks for one on loopback, too."""

    host: str
    port: int
    token: bool
    token_file: str | None
    names: tuple[str, ...]
    pages: int
    threads: tuple[int, ...]


def serve_command(options: ServeOptions) -> int:
    """Serve until somebody ends it. Raises ``UsageError``, also where it cannot listen."""
    if find_spec("textual_serve") is None:
        raise UsageError(
            "this needs textual-serve, of the extra web, which is not installed: `pip install textual-serve` beside "
            "paragon-tui, or `pipx inject paragon-tui textual-serve`"
        )
    from paragon_tui.web.server import BrowserServer

    token = _given_token(options.token_file)
    beyond = not is_loopback(options.host)
    if token is None and (options.token or beyond or options.names):  # a proxy, which others reach, has a further name
        token = _Token(secrets.token_urlsafe(32), None)
    access = Access(_names(options, beyond), beyond, token.text if token is not None else None)
    arguments = (",".join(map(str, options.threads)),) if options.threads else ()
    return asyncio.run(_serve(BrowserServer(access, options.pages, arguments), options, token))


@dataclass(frozen=True, slots=True)
class _Token:
    """The secret, and the file or the variable it is from; ``None`` if it was made here."""

    text: str
    source: str | None


def _given_token(path: str | None) -> _Token | None:
    """Return the token of the file or of the variable, which the processes that this one starts do not inherit."""
    text, source = os.environ.pop(TOKEN_VARIABLE, None), TOKEN_VARIABLE
    if path is not None:
        text, source = _content(Path(path)), path
    if text is None:
        return None
    if not re.fullmatch(rf"[A-Za-z0-9._~-]{{{_LEAST_TOKEN},}}", text):
        raise UsageError(
            f"{source}: a token has at least {_LEAST_TOKEN} characters, which are letters, digits or . _ ~ -; "
            "`openssl rand -hex 32` makes one"
        )
    return _Token(text, source)


def _content(path: Path) -> str:
    try:
        if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise UsageError(f"{path}: other users may read it, and have the token then; `chmod 600` forbids it")
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"{path} is no text in UTF-8") from error


def _names(options: ServeOptions, beyond: bool) -> frozenset[str]:
    """Return the names that the server answers to: of others for this machine those that it knows."""
    for name in options.names:
        if address_of(name) is None and not re.fullmatch(r"[A-Za-z0-9_.-]+", name):
            raise UsageError(f"--name {name}: it takes the name of a host alone, such as gpu.example.org")
    own = socket.gethostname()
    names = (*options.names, options.host, own, own.partition(".")[0]) if beyond else options.names
    return frozenset(map(str.lower, names))


async def _serve(server: BrowserServer, options: ServeOptions, token: _Token | None) -> int:
    try:
        port = await server.start(options.host, options.port)
        print(f"paragon-tui is at {_url(options.host, port)}{_query(token)}")
        if not is_loopback(options.host):
            print(_NOT_ENCRYPTED)
        elif token is None:
            print(_FOR_ALL_USERS)
        print("ctrl+c ends it, with all its pages and what they measure.", flush=True)
        await _until_ended()
    except OSError as error:
        raise UsageError(_why_not(error, options)) from error
    finally:
        await server.end()
    return OK


def _url(host: str, port: int) -> str:
    """Return the address to open on this machine's network."""
    address = address_of(host)
    if not host or (address is not None and address.is_unspecified):
        host = socket.gethostname()
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def _query(token: _Token | None) -> str:
    """Return what the address ends with: a token that somebody gave is known, and not printed."""
    if token is None:
        return ""
    return f"?token={token.text}" if token.source is None else f"?token=… and the token of {token.source}"


def _why_not(error: OSError, options: ServeOptions) -> str:
    """Return in words why it cannot listen, and what to do."""
    where = f"port {options.port} of {options.host}"
    match error.errno:
        case errno.EADDRINUSE:
            return f"{where} is in use; choose another with --port, or any free one with --port 0"
        case errno.EACCES:
            return f"{where} needs rights that you do not have; choose one from 1024 with --port"
        case errno.EADDRNOTAVAIL:
            return f"this machine has no address {options.host}; --host 0.0.0.0 is all that it has"
    if isinstance(error, socket.gaierror):
        return f"no address is known for the name {options.host}; give --host an address of this machine"
    return f"{where}: {error.strerror}"


async def _until_ended() -> None:
    """Wait for ctrl+c, SIGTERM or SIGHUP; the next ends it at once. What it was started to ignore stays ignored."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    heeded = [number for number in _ENDING if signal.getsignal(number) is not signal.SIG_IGN]

    def end() -> None:
        for number in heeded:
            loop.remove_signal_handler(number)
        ended.set()

    with suppress(NotImplementedError):  # on Windows, where ctrl+c raises KeyboardInterrupt
        for number in heeded:
            loop.add_signal_handler(number, end)
    await ended.wait()
