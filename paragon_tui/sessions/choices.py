"""Saved choices: selections with names, ``nightly`` or ``gpu only``, in a file of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from paragon_tui.atomic_write import write_atomically
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.identity import DeviceIdentity
from paragon_tui.backends.threads import threads_of
from paragon_tui.engine.runner.selection import UnknownName, near_matches
from paragon_tui.sessions.adapter_pairs import is_device, is_one_unit
from paragon_tui.suites.case import Arithmetic
from paragon_tui.suites.overrides import Overrides


@dataclass(frozen=True, slots=True)
class KeptAdapter:
    """An adapter as it is found again: its id, which may be another then, and its device."""

    id: str
    device: DeviceIdentity

    @property
    def words(self) -> str:
        """What tells it apart for people: ``vulkan:0 NVIDIA H200``."""
        return f"{self.id} {self.device.name}" if is_device(self.id) else self.id


@dataclass(frozen=True, slots=True)
class Choice:
    """The ids of cases, the adapters, the arithmetic, and what replaces the usual batch and learning rate."""

    cases: tuple[str, ...]
    adapters: tuple[KeptAdapter, ...]
    arithmetic: tuple[Arithmetic, ...]
    overrides: Overrides = field(default_factory=Overrides)

    def among(self, found: Iterable[Adapter]) -> tuple[list[Adapter], list[KeptAdapter]]:
        """Return the adapters of the choice among those found, and the kept ones that are not there.

        A device is known by its UUID or address, else by its name and driver; where several fit, its id decides.
        """
        left, there, missing = list(found), [], []
        for kept in self.adapters:
            fits = sorted((each for each in left if _is(kept, each)), key=lambda each: _distance(kept, each))
            if fits:
                left.remove(fits[0])
                there.append(fits[0])
            else:
                missing.append(kept)
        return there, missing


Choices = Mapping[str, Choice]


class DamagedChoices(ValueError):
    """A file that is none of choices; the text names it."""


def kept(adapter: Adapter) -> KeptAdapter:
    """Return an adapter as a choice keeps it."""
    return KeptAdapter(adapter.id, adapter.device)


def _is(kept: KeptAdapter, adapter: Adapter) -> bool:
    """Return whether nothing that is known tells the two apart."""
    if not (is_device(kept.id) and is_device(adapter.id)):
        return kept.id == adapter.id
    one, other = kept.device, adapter.device
    same_api = kept.id.partition(":")[0] == adapter.api and threads_of(kept.id) == threads_of(adapter.id)
    return same_api and (one.name, one.driver) == (other.name, other.driver) and is_one_unit(one, other) is not False


def _distance(kept: KeptAdapter, adapter: Adapter) -> tuple[bool, bool]:
    return not is_one_unit(kept.device, adapter.device), kept.id != adapter.id


def load(path: Path) -> dict[str, Choice]:
    """Return the choices of a file, none if there is no file. Raises ``DamagedChoices``, ``OSError``."""
    try:
        saved = msgspec.json.decode(path.read_bytes(), type=dict[str, dict[str, Any]])
        return msgspec.convert({name: _of_several_batches(choice) for name, choice in saved.items()}, dict[str, Choice])
    except FileNotFoundError:
        return {}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DamagedChoices(f"{path} holds no choices: {error}; mend it or move it away") from error


def _of_several_batches(choice: dict[str, Any]) -> dict[str, Any]:
    """Return a saved choice as it is now; files of earlier versions have one batch, or null."""
    overrides = choice.get("overrides")
    if not isinstance(overrides, dict) or "batch" not in overrides:
        return choice
    batch = overrides["batch"]
    return choice | {"overrides": overrides | {"batches": [] if batch is None else [batch]}}


def save(path: Path, choices: Choices) -> None:
    """Write all choices. Raises ``OSError``."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_atomically(path, msgspec.json.format(msgspec.json.encode(dict(choices)), indent=1) + b"\n")


def named(path: Path, name: str) -> Choice:
    """Return a choice. Raises ``UnknownName``, which names those there are; ``DamagedChoices``, ``OSError``."""
    choices = load(path)
    if name in choices:
        return choices[name]
    raise UnknownName(f"there is no choice {name!r}{_others(name, tuple(choices))}")


def _others(name: str, names: Sequence[str]) -> str:
    if near := near_matches(name, names):
        return f"; did you mean {' or '.join(map(repr, near))}?"
    return f"; there are {', '.join(map(repr, names))}" if names else "; C in the interface saves one"
