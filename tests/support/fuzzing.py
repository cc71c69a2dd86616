"""Damage at random: other values in the places of a document, other bytes in a file."""

from __future__ import annotations

import copy
import random
from collections.abc import Sequence
from typing import Any

ODD: tuple[Any, ...] = (
    *(None, True, 0, 1, -1, 2, 1e-320, -1e308, 1e308, 2**63, 2**70, 0.5, 5e-324),
    *("", "S1", "ok", "=1+1", "\x1b[2J", "[/]", "[bold]x", "\u202e", "a" * 5000, "2026-01-02T03:04:05Z"),
    *([], [0], [[]], [None], {}, {"a": 1}, {"low": -1, "high": 1}, {"low": 2, "high": 1}),
)

Place = tuple[Any, ...]
"""The keys and numbers that lead to something inside a document."""


def places(value: Any, path: Place = ()) -> list[Place]:
    """Return the places of everything inside a value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, item in inside for found in ((*path, key), *places(item, (*path, key)))]


def changed(chance: random.Random, value: Any, where: Sequence[Place]) -> Any:
    """Return a copy of a document with something else, or nothing, in one to three of these places."""
    spoilt = copy.deepcopy(value)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        *path, last = chance.choice(where)
        owner = spoilt
        try:
            for key in path:
                owner = owner[key]
            if chance.random() < 0.2:
                del owner[last]
            else:
                owner[last] = copy.deepcopy(chance.choice(ODD))
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took the place away
    return spoilt


def damaged(chance: random.Random, content: bytes) -> bytes:
    """Return bytes of which some were replaced, a part was lost, doubled or zeroed, or the end is missing."""
    spoilt = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 8))):
        if not spoilt:
            break
        begin = chance.randrange(len(spoilt))
        end = min(len(spoilt), begin + chance.choice((1, 4, 64, 4096)))
        match chance.randrange(6):
            case 0:
                del spoilt[begin:end]
            case 1:
                spoilt[begin:begin] = spoilt[begin:end]
            case 2:
                spoilt[begin:end] = bytes(end - begin)
            case 3:
                del spoilt[begin:]
            case _:
                spoilt[begin] = chance.randrange(256)
    return bytes(spoilt)
