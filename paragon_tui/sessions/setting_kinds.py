"""The kinds of settings: what each takes, in the file and as typed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol


class Kind(Protocol):
    """What a setting takes. ``expects`` says it in words that follow "should be"."""

    @property
    def expects(self) -> str:
        """What it takes, in words."""

    def takes(self, value: Any) -> bool:
        """Return whether a value of the file is one."""

    def parse(self, text: str) -> Any:
        """Return the value that a text stands for, whether it takes it or not."""


@dataclass(frozen=True, slots=True)
class Switch:
    """True or false."""

    expects: str = "true or false"

    def takes(self, value: Any) -> bool:
        """Return whether it is either."""
        return isinstance(value, bool)

    def parse(self, text: str) -> Any:
        """Return what ``true`` and ``false`` stand for."""
        return {"true": True, "false": False}.get(text.strip().lower(), text)


@dataclass(frozen=True, slots=True)
class Number:
    """A number of ``unit`` from ``least`` to ``most``; with ``above``, more than the least."""

    unit: str
    least: float
    most: float
    above: bool = False

    @property
    def expects(self) -> str:
        """The range, in words."""
        begin = f"above {self.least:g}" if self.above else f"{self.least:g} or more"
        return f"a number of {self.unit}, {begin}" + (f", up to {self.most:g}" if self.most < 1e9 else "")

    def takes(self, value: Any) -> bool:
        """Return whether it lies in the range."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return (self.least < value if self.above else self.least <= value) and value < 1e9 and value <= self.most

    def parse(self, text: str) -> Any:
        """Return the number; a text that is none comes back as it is."""
        try:
            number = float(text)
        except ValueError:
            return text
        return int(number) if number.is_integer() else number


@dataclass(frozen=True, slots=True)
class Words:
    """A text."""

    expects: str

    def takes(self, value: Any) -> bool:
        """Return whether it is a text."""
        return isinstance(value, str)

    def parse(self, text: str) -> Any:
        """Return the text."""
        return text.strip()


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some texts."""

    values: tuple[str, ...]

    @property
    def expects(self) -> str:
        """The texts."""
        *others, last = map(repr, self.values)
        return f"{', '.join(others)} or {last}"

    def takes(self, value: Any) -> bool:
        """Return whether it is one of them."""
        return value in self.values

    def parse(self, text: str) -> Any:
        """Return the text."""
        return text.strip()


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder, whether it exists or not."""

    expects: str = "the whole path of a folder, from / or ~ on"

    def takes(self, value: Any) -> bool:
        """Return whether it is an absolute path, or one in a home folder."""
        try:
            return isinstance(value, str) and "\0" not in value and Path(value).expanduser().is_absolute()
        except RuntimeError:  # nobody has such a home folder
            return False

    def parse(self, text: str) -> Any:
        """Return the path as typed."""
        return text.strip()
