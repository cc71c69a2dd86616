"""Commands and events as lines of JSON: ``{"v": 1, "type": "Prepared", "data": {…}}``, at most 1 MiB each."""

from typing import get_args

import msgspec

from paragon_tui.engine.messages.commands import Command
from paragon_tui.engine.messages.events import Event
from paragon_tui.printable import all_printable

VERSION = 1
LINE_LIMIT = 1 << 20

_TYPES: dict[str, type] = {kind.__name__: kind for kind in (*get_args(Event), *get_args(Command))}


class ProtocolError(Exception):
    """A line that is no message of this protocol."""


class _Envelope(msgspec.Struct):
    v: int
    type: str
    data: msgspec.Raw


def encode(message: Event | Command) -> bytes:
    """Return the message as a line with its newline. Raises ``ProtocolError`` beyond 1 MiB, or for lone surrogates."""
    try:
        line = msgspec.json.encode({"v": VERSION, "type": type(message).__name__, "data": message}) + b"\n"
    except UnicodeEncodeError as error:
        raise ProtocolError(f"a {type(message).__name__} contains text that is not Unicode: {error}") from error
    if len(line) > LINE_LIMIT:
        raise ProtocolError(f"a {type(message).__name__} of {len(line)} bytes exceeds the line limit")
    return line


def decode(line: bytes) -> Event | Command:
    """Return the message in a line, its texts printable. Raises ``ProtocolError``, whose text says what is wrong."""
    try:
        envelope = msgspec.json.decode(line, type=_Envelope)
        if envelope.v != VERSION:
            raise ProtocolError(f"protocol version {envelope.v}, this program speaks {VERSION}")
        return _message(_TYPES[envelope.type], envelope.data)
    except (msgspec.MsgspecError, KeyError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"not a message: {line[:80]!r} ({error})") from error


def _message(kind: type, data: msgspec.Raw) -> Event | Command:
    text = bytes(data)
    if any(byte in text for byte in (b"\\", b"\x7f")) or not text.isascii():  # it may hold what is not printable
        text = msgspec.json.encode(all_printable(msgspec.json.decode(text)))
    message: Event | Command = msgspec.json.decode(text, type=kind)
    return message
