"""Foreign text made harmless: names and messages from drivers and files reach terminals, and may hold anything."""

from __future__ import annotations

from typing import Any


def printable(text: str) -> str:
    """Return a text as one line without control characters, which are shown as Python writes them: ``\\x1b``.

    An escape sequence in a driver's message could set a terminal's title, or clear its screen; marks that turn the
    direction of writing could make a name look like another. Any white space is a space.
    """
    if text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    return " " if character.isspace() and character not in "\x1c\x1d\x1e\x1f" else ascii(character)[1:-1]


def all_printable(value: Any) -> Any:
    """Return a decoded JSON value with all its texts, keys included, made printable."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, list):
        return [all_printable(item) for item in value]
    if isinstance(value, dict):
        return {all_printable(key): all_printable(item) for key, item in value.items()}
    return value
