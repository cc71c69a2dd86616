"""What was ticked, remembered from one launch to the next. At the first launch: everything, in f32."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from paragon_tui.engine.atomic import write_atomically
from paragon_tui.suites.case import DTYPES


@dataclass(frozen=True, slots=True)
class Ticks:
    """Ids of cases and adapters that a person took out, since what is new is ticked; of arithmetic, what is in."""

    cases_out: frozenset[str] = frozenset()
    adapters_out: frozenset[str] = frozenset()
    arithmetic: frozenset[str] = frozenset({DTYPES[0]})

    def after(
        self,
        shown_adapters: Iterable[str],
        cases_out: Iterable[str],
        adapters_out: Iterable[str],
        arithmetic: Iterable[str],
    ) -> Ticks:
        """With these ticks now; adapters that are not ``shown`` keep what they had."""
        absent = self.adapters_out - frozenset(shown_adapters)
        return Ticks(frozenset(cases_out), absent | frozenset(adapters_out), frozenset(arithmetic))


def load(path: Path) -> Ticks:
    """What was saved; a file that is missing or damaged means the ticks of a first launch."""
    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
        return Ticks(
            frozenset(map(str, saved["cases"])),
            frozenset(map(str, saved["adapters"])),
            frozenset(map(str, saved.get("arithmetic", DTYPES[:1]))),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Ticks()


def save(path: Path, ticks: Ticks) -> None:
    """Remember. Raises ``OSError``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    values = {"cases": ticks.cases_out, "adapters": ticks.adapters_out, "arithmetic": ticks.arithmetic}
    text = json.dumps({name: sorted(ids) for name, ids in values.items()}, indent=1)
    write_atomically(path, (text + "\n").encode("utf-8"))
