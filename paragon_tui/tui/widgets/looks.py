"""How adapters look in plots: a colour and a mark, the same in all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_MARKS = "●■▲◆○□△◇"  # so that curves differ without their colours
_ON_DARK = ("#56B4E9", "#E69F00", "#2FD5A0", "#F0E442", "#E58FC2", "#FF7F50")
_ON_LIGHT = ("#0072B2", "#A65A00", "#00795A", "#756800", "#A0447A", "#B3261E")


@dataclass(frozen=True, slots=True)
class Look:
    """A Rich style, and a character."""

    style: str
    mark: str


def looks(adapters: Sequence[str], dark: bool) -> dict[str, Look]:
    """Return the looks of a session's adapters; ``dark`` is the theme's."""
    styles = _ON_DARK if dark else _ON_LIGHT
    return {
        adapter: Look(styles[place % len(styles)], _MARKS[place % len(_MARKS)])
        for place, adapter in enumerate(adapters)
    }
