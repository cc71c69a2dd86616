"""All key bindings of the interface by their ids, and the keys that a user gives them instead of the usual ones."""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from importlib import import_module

from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import Keys, key_to_character
from textual.screen import ModalScreen, Screen

import paragon_tui.tui
from paragon_tui.tui.actions import MOVES, key_name

Keymap = Mapping[str, tuple[str, ...]]
"""Keys by the ids of bindings."""

_GIVE_WAY = frozenset(binding.id for binding in MOVES)
_MODIFIERS = frozenset({"ctrl", "shift", "alt", "super", "meta", "hyper"})
_NAMED = frozenset(key.value for key in Keys)


@dataclass(frozen=True, slots=True)
class Bound:
    """What has keys: the ``id`` of its bindings, their usual keys, what they do, and the classes that have them."""

    id: str
    keys: tuple[str, ...]
    label: str
    words: str
    owners: tuple[type[DOMNode], ...]

    def meets(self, other: Bound) -> bool:
        """Return whether there is a place where both hold, so that no key may be of both."""
        return any(_meet(one, two) for one in self.owners for two in other.owners)


@cache
def all_bound() -> Mapping[str, Bound]:
    """Return everything that has keys, by its id: actions first, then what screens and widgets have themselves."""
    found: dict[str, Bound] = {}
    for owner in _owners():
        for binding in Binding.make_bindings(owner.__dict__["BINDINGS"]):
            assert binding.id is not None, f"a binding of {owner.__name__} has no id: {binding.action}"
            words = binding.tooltip or binding.description
            known = found.setdefault(binding.id, Bound(binding.id, (), binding.description, words, ()))
            keys = dict.fromkeys((*known.keys, binding.key)) if set(known.owners) <= {owner} else known.keys
            owners = dict.fromkeys((*known.owners, owner))
            found[binding.id] = replace(known, keys=tuple(keys), owners=tuple(owners))
    return found


def _owners() -> Iterator[type[DOMNode]]:
    """Yield the classes of this program that have bindings: those of the app and its first screen first."""
    prefix = f"{paragon_tui.tui.__name__}."
    names = [module.name for module in pkgutil.walk_packages(paragon_tui.tui.__path__, prefix)]
    for name in sorted(names, key=lambda name: (name.removeprefix(prefix) not in ("app", "main_screen"), name)):
        for each in vars(import_module(name)).values():
            own = isinstance(each, type) and issubclass(each, DOMNode) and each.__module__ == name
            if own and "BINDINGS" in each.__dict__:
                yield each


def _meet(one: type[DOMNode], other: type[DOMNode]) -> bool:
    """Return whether bindings of two classes can hold at once."""
    if issubclass(one, other) or issubclass(other, one):
        return True
    for each, rival in ((one, other), (other, one)):
        if issubclass(each, App):
            return not issubclass(rival, ModalScreen)
        if issubclass(each, Screen):
            return not issubclass(rival, Screen)
    return False  # of two widgets, one has the focus


def sound_keys(wanted: Keymap) -> tuple[Keymap, dict[str, str]]:
    """Return the keys that can be as wanted, and of all others by their ids what is wrong: these keep the usual keys.

    Keys come back by their long names: ``question_mark``.
    """
    sound: dict[str, tuple[str, ...]] = {}
    problems: dict[str, str] = {}
    for id_, keys in wanted.items():
        problem = _misnamed(id_, keys)
        if problem is None:
            sound[id_] = tuple(map(long_name, keys))
        else:
            problems[id_] = problem
    while rivals := next(_clashes(sound), None):  # giving one its usual keys back can make another clash
        bound, key, rival = rivals
        usual = " ".join(map(key_name, bound.keys))
        problems[bound.id] = f"{key_name(key)!r} is {rival.label} ({rival.id}), so {bound.label} keeps {usual}"
        del sound[bound.id]
    return sound, problems


def _misnamed(id_: str, keys: Iterable[str]) -> str | None:
    if id_ not in all_bound():
        near = get_close_matches(id_, all_bound(), n=1)
        return "there is no such action" + (
            f"; did you mean {near[0]}?" if near else "; the page of settings lists them"
        )
    unknown = next((key for key in keys if not _is_key(long_name(key))), None)
    return None if unknown is None else f"there is no key {unknown!r}"


def _is_key(key: str) -> bool:
    *modifiers, name = key.split("+")
    named = name in _NAMED or len(name) == 1 or key_to_character(name) is not None
    return named and set(modifiers) <= _MODIFIERS


def _clashes(keys: Keymap) -> Iterator[tuple[Bound, str, Bound]]:
    """Yield what has a key of its user's that something else has in the same place, that key, and the other."""
    for id_ in reversed(tuple(keys)):  # of two wishes for one key, the first has it
        for key in keys[id_]:
            if (rival := holder(key, all_bound()[id_], keys)) is not None:
                yield all_bound()[id_], key, rival


def holder(key: str, bound: Bound, keys: Keymap) -> Bound | None:
    """Return what else has ``key`` where ``bound`` holds; ``None`` where it is free: keys of vim give way."""
    others = (each for each in all_bound().values() if each.id not in (bound.id, *_GIVE_WAY) and bound.meets(each))
    return next((each for each in others if key in keys.get(each.id, each.keys)), None)


def textual_keymap(keys: Keymap) -> dict[str, str]:
    """Return keys as Textual takes them."""
    return {id_: ",".join(map(long_name, each)) for id_, each in keys.items()}


def long_name(key: str) -> str:
    """Return a key as events have it: ``question_mark`` for ``?``, ``comma`` for ``,``."""
    (binding,) = Binding.make_bindings([Binding("comma" if key == "," else key, "")])
    return binding.key


def title(owner: type[DOMNode]) -> str:
    """Return what people call the place of some bindings: ``Results table``."""
    words = re.findall(r"[A-Z][a-z]*", getattr(owner, "PLACE", owner.__name__))
    return " ".join(words).capitalize()


def keys_in_words(keys: Sequence[str]) -> str:
    """Return keys as people write them: ``esc q``."""
    return " ".join(map(key_name, keys))
