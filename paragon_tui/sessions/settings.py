"""The settings of the interface: a TOML file in the platform's folder for them, which people may edit as well."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from paragon_tui.atomic_write import write_atomically


@dataclass(frozen=True, slots=True)
class Settings:
    """``theme`` is a name that the palette lists; ``bell``: ring at the end of a run of more than half a minute.

    A run that is expected to take more than ``ask_above_minutes`` is asked for.
    """

    theme: str = "paragon"
    bell: bool = True
    ask_above_minutes: float = 5.0


_KINDS: dict[str, tuple[type, ...]] = {"theme": (str,), "bell": (bool,), "ask_above_minutes": (int, float)}
_WORDS = {"theme": "a text", "bell": "true or false", "ask_above_minutes": "a number of minutes, 0 or more"}


def load(path: Path) -> tuple[Settings, list[str]]:
    """Return the settings in a file, and what is wrong with it: a line each. What is wrong has its default."""
    try:
        text = path.read_text(encoding="utf-8")
        given = tomllib.loads(text)
    except FileNotFoundError:
        return Settings(), []
    except OSError as error:
        return Settings(), [f"{path} cannot be read: {error.strerror}"]
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        return Settings(), [f"{path} is no TOML: {error}; until that is mended, the settings are the usual ones"]
    problems = {name: words for name, value in given.items() if (words := _problem(name, value))}
    sound = {name: value for name, value in given.items() if name not in problems}
    lines = [f"{path}, line {_line(text, name)}: {words}" for name, words in problems.items()]
    return replace(Settings(), **sound), lines


def _problem(name: str, value: Any) -> str | None:
    """Return what is wrong with a setting; ``None`` for a sound one."""
    if name not in _KINDS:
        near = get_close_matches(name, [field.name for field in fields(Settings)], n=1)
        return f"there is no setting {name!r}" + (f"; did you mean {near[0]}?" if near else "")
    wrong = not isinstance(value, _KINDS[name]) or (isinstance(value, bool) and bool not in _KINDS[name])
    if wrong or (isinstance(value, int | float) and not 0 <= value < 1e9):
        return f"{name} is {value!r}, and should be {_WORDS[name]}"
    return None


def _line(text: str, name: str) -> int:
    """Return the number of the line that sets ``name``."""
    begins = (line.split("=")[0].strip(" \t\"'[]") for line in text.splitlines())
    return next((number for number, begin in enumerate(begins, start=1) if begin == name), 1)


def save(path: Path, settings: Settings) -> None:
    """Write what differs from the file's own into it; comments and everything else stay. Raises ``OSError``."""
    import tomlkit  # late: a program that changes no setting does without

    known, problems = load(path)
    if known == settings:
        return
    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomlkit.exceptions.ParseError):
        if problems:
            raise OSError(0, "the file is damaged; mend it or move it away", str(path)) from None
        document = tomlkit.document()
    for field in fields(Settings):
        value = getattr(settings, field.name)
        if value != getattr(known, field.name):
            document[field.name] = value
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_atomically(path, tomlkit.dumps(document).encode())
