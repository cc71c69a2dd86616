"""What was left unticked, remembered from one launch to the next. At the first launch everything is ticked."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from paragon_tui.engine.atomic import write_atomically


@dataclass(frozen=True, slots=True)
class Unticked:
    """Ids of cases and adapters that a person took out; what is new is ticked."""

    cases: frozenset[str] = frozenset()
    adapters: frozenset[str] = frozenset()

    def after(self, shown_adapters: Iterable[str], cases: Iterable[str], adapters: Iterable[str]) -> Unticked:
        """With these cases and adapters unticked now; adapters that are not ``shown`` keep what they had."""
        absent = self.adapters - frozenset(shown_adapters)
        return Unticked(frozenset(cases), absent | frozenset(adapters))


def load(path: Path) -> Unticked:
    """What was saved; a file that is missing or damaged means that nothing was unticked."""
    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
        return Unticked(frozenset(map(str, saved["cases"])), frozenset(map(str, saved["adapters"])))
    except (OSError, ValueError, KeyError, TypeError):
        return Unticked()


def save(path: Path, unticked: Unticked) -> None:
    """Remember. Raises ``OSError``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"cases": sorted(unticked.cases), "adapters": sorted(unticked.adapters)}, indent=1)
    write_atomically(path, (text + "\n").encode("utf-8"))
