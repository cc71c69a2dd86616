"""One thing that was looked at, and what was found."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

State = Literal["fine", "note", "problem"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of a ``subject`` in an ``area``; a problem has a ``remedy``, a command or a sentence.

    A ``note`` is worth knowing and no fault: a driver that is not there, a variable that is set.
    """

    area: str
    subject: str
    state: State
    words: str
    remedy: str | None = None


def without_home(text: str) -> str:
    """Return a text without the user's home folder, which has a name in it."""
    try:
        home = str(Path.home())
    except RuntimeError:
        return text
    return text if home == "/" else text.replace(home, "~")
