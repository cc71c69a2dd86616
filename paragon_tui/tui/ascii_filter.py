"""The interface in ASCII, for terminals that show nothing else: every character by one as wide."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_MARKS = dict(
    zip(
        "✓≠✗★◌●○■□▲△◆◇☐☑◪▸▾▶▼↑↓←→×·•…–—−±²µΔ≤≥≫‹›«»“”‘’‖⏎⌫™®°",
        "Y#X*o@o#=^A&%.x/>v>v^v<>x.-.---~2ud<>><><>\"\"''|<<TRo",
        strict=True,
    )
)
"""What has a meaning: Y for the same bits, # for others, X for what failed, x and / for ticks, ^ and v for verdicts."""

_BRAILLE, _BLOCKS = range(0x2800, 0x2900), "▁▂▃▄▅▆▇█"
_LEVELS = "__..--##"
_UPPER, _LOWER = 0x1B, 0xE4  # the dots of a braille character, in its upper half and in its lower


def is_unicode(environment: Mapping[str, str]) -> bool:
    """Return whether the locale's characters are UTF-8, as far as its variables tell; without any they are taken to be.

    Python itself sets ``LC_CTYPE`` to UTF-8 where the locale is C, so that does not count beside ``LANG=C``.
    """
    everything, types, language = (environment.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    coerced = types.upper() in ("C.UTF-8", "C.UTF8", "UTF-8") and language in ("C", "POSIX")
    locale = everything or ("" if coerced else types) or language
    return not locale or "utf8" in locale.lower().replace("-", "")


class AsciiFilter(LineFilter):
    """Replaces characters of whatever is painted, and nothing of its style."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments in ASCII."""
        return [Segment(in_ascii(text), style, control) for text, style, control in segments]


@lru_cache(4096)
def in_ascii(text: str) -> str:
    """Return a text in ASCII that takes as many columns."""
    return text if text.isascii() else "".join(map(_one, text))


@lru_cache(1024)
def _one(character: str) -> str:
    if character.isascii():
        return character
    if character in _MARKS:
        return _MARKS[character]
    if character in _BLOCKS:
        return _LEVELS[_BLOCKS.index(character)]
    if ord(character) in _BRAILLE:
        dots = ord(character) - _BRAILLE.start
        return " '.:"[bool(dots & _UPPER) + 2 * bool(dots & _LOWER)]
    name = unicodedata.name(character, "")
    if name.startswith("BOX DRAWINGS"):
        return "-" if name.endswith("HORIZONTAL") else "|" if name.endswith("VERTICAL") else "+"
    if name.endswith("BLOCK") or "QUADRANT" in name or "EIGHTH" in name:
        return "#" if "LOWER" not in name and "UPPER" not in name else "-"
    plain = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    width = cell_len(character)
    return plain if len(plain) == width else "?" * width
