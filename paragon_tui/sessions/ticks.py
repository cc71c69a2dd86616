"""What was ticked, remembered from one launch to the next. At the first launch: the usual suite, in f32, on all
adapters that do not wait for it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paragon_tui.atomic_write import write_atomically
from paragon_tui.suites.case import DTYPES
from paragon_tui.suites.catalogue import DEFAULT, SUITES
from paragon_tui.suites.overrides import Overrides, decimal, millionths, samples

USUAL = frozenset(case.id for suite in SUITES if suite.name == DEFAULT for case in suite.cases)
"""The cases that are ticked at the first launch: all there are would take half an hour."""

if TYPE_CHECKING:
    from paragon_tui.backends.adapter import Adapter


@dataclass(frozen=True, slots=True)
class Ticks:
    """Ids of cases that are in; of adapters, those that a person took out, since what is new is ticked.

    ``on_request`` are the adapters ticked of those that run on request alone, ``changes`` what is asked for instead of
    the usual batch and learning rate.
    """

    cases: frozenset[str] = USUAL
    adapters_out: frozenset[str] = frozenset()
    arithmetic: frozenset[str] = frozenset({DTYPES[0]})
    on_request: frozenset[str] = frozenset()
    changes: Overrides = field(default_factory=Overrides)

    def has(self, adapter: Adapter) -> bool:
        """Whether ``adapter`` is ticked when it is found."""
        return adapter.id in self.on_request if adapter.on_request else adapter.id not in self.adapters_out

    def after(
        self,
        shown: Sequence[Adapter],
        cases: Iterable[str],
        ticked_adapters: Collection[str],
        arithmetic: Iterable[str],
    ) -> Ticks:
        """With these ticks now; adapters that are not ``shown`` keep what they had."""
        ids = {adapter.id for adapter in shown}
        out = {adapter.id for adapter in shown if not adapter.on_request} - set(ticked_adapters)
        wanted = {adapter.id for adapter in shown if adapter.on_request} & set(ticked_adapters)
        return Ticks(
            frozenset(cases),
            (self.adapters_out - ids) | out,
            frozenset(arithmetic),
            (self.on_request - ids) | wanted,
            self.changes,
        )


def load(path: Path) -> Ticks:
    """What was saved; a file that is missing or damaged means the ticks of a first launch."""
    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
        return Ticks(
            _cases(saved),
            frozenset(map(str, saved["adapters"])),
            frozenset(map(str, saved.get("arithmetic", DTYPES[:1]))),
            frozenset(map(str, saved.get("on_request", ()))),
            _changes(saved),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Ticks()


def _cases(saved: dict[str, Any]) -> frozenset[str]:
    """Those that are in; files of earlier programs have those of the usual suite that are out."""
    if "cases_in" in saved:
        return frozenset(map(str, saved["cases_in"]))
    return USUAL - frozenset(map(str, saved["cases"]))


def _changes(saved: dict[str, Any]) -> Overrides:
    """As they were typed; files of earlier programs have none."""
    batch, rate = saved.get("batch"), saved.get("learning_rate")
    return Overrides(None if batch is None else samples(batch), None if rate is None else millionths(rate))


def save(path: Path, ticks: Ticks) -> None:
    """Remember. Raises ``OSError``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    values = {
        "cases_in": ticks.cases,
        "adapters": ticks.adapters_out,
        "arithmetic": ticks.arithmetic,
        "on_request": ticks.on_request,
    }
    batch, rate = ticks.changes.batch, ticks.changes.millionths
    changes = {
        "batch": None if batch is None else str(batch),
        "learning_rate": None if rate is None else decimal(rate),
    }
    text = json.dumps({name: sorted(ids) for name, ids in values.items()} | changes, indent=1)
    write_atomically(path, (text + "\n").encode("utf-8"))
