"""The ticked cases, adapters and dtypes, saved from one launch to the next. The first launch ticks the default suite,
in f32, on all adapters that do not run on request only."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paragon_tui.atomic_write import write_atomically
from paragon_tui.suites.case import DTYPES
from paragon_tui.suites.catalogue import DEFAULT, SUITES
from paragon_tui.suites.overrides import Overrides, batches, decimal, millionths

USUAL = frozenset(case.id for suite in SUITES if suite.name == DEFAULT for case in suite.cases)
"""The cases that are ticked at the first launch; all cases together would take half an hour."""

if TYPE_CHECKING:
    from paragon_tui.backends.adapter import Adapter


@dataclass(frozen=True, slots=True)
class Ticks:
    """The ids of ticked cases, and of adapters that a person unticked, since a new adapter starts ticked.

    ``on_request`` are the ticked adapters among those that run on request only, ``overrides`` the values that replace
    the usual batches and learning rate.
    """

    cases: frozenset[str] = USUAL
    adapters_out: frozenset[str] = frozenset()
    arithmetic: frozenset[str] = frozenset({DTYPES[0]})
    on_request: frozenset[str] = frozenset()
    overrides: Overrides = field(default_factory=Overrides)

    def has(self, adapter: Adapter) -> bool:
        """Return whether ``adapter`` is ticked when it is discovered."""
        return adapter.id in self.on_request if adapter.on_request else adapter.id not in self.adapters_out

    def after(
        self,
        shown: Sequence[Adapter],
        cases: Iterable[str],
        ticked_adapters: Collection[str],
        arithmetic: Iterable[str],
    ) -> Ticks:
        """Return these ticks updated; adapters that are not ``shown`` keep their ticks."""
        ids = {adapter.id for adapter in shown}
        unticked = {adapter.id for adapter in shown if not adapter.on_request} - set(ticked_adapters)
        requested = {adapter.id for adapter in shown if adapter.on_request} & set(ticked_adapters)
        return Ticks(
            frozenset(cases),
            (self.adapters_out - ids) | unticked,
            frozenset(arithmetic),
            (self.on_request - ids) | requested,
            self.overrides,
        )


def load(path: Path) -> Ticks:
    """Return the saved ticks; those of a first launch if the file is missing or damaged."""
    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
        return Ticks(
            _cases(saved),
            frozenset(map(str, saved["adapters"])),
            frozenset(map(str, saved.get("arithmetic", DTYPES[:1]))),
            frozenset(map(str, saved.get("on_request", ()))),
            _overrides(saved),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Ticks()


def _cases(saved: dict[str, Any]) -> frozenset[str]:
    """Return the ticked cases; files of earlier versions list the unticked cases of the default suite instead."""
    if "cases_in" in saved:
        return frozenset(map(str, saved["cases_in"]))
    return USUAL - frozenset(map(str, saved["cases"]))


def _overrides(saved: dict[str, Any]) -> Overrides:
    """Return the replaced batches and learning rate, saved as typed; files of earlier versions have none."""
    typed, rate = saved.get("batch"), saved.get("learning_rate")
    return Overrides(() if typed is None else batches(typed), None if rate is None else millionths(rate))


def save(path: Path, ticks: Ticks) -> None:
    """Save ``ticks``. Raises ``OSError``."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    values = {
        "cases_in": ticks.cases,
        "adapters": ticks.adapters_out,
        "arithmetic": ticks.arithmetic,
        "on_request": ticks.on_request,
    }
    rate = ticks.overrides.millionths
    overrides = {
        "batch": ",".join(map(str, ticks.overrides.batches)) or None,
        "learning_rate": None if rate is None else decimal(rate),
    }
    text = json.dumps({name: sorted(ids) for name, ids in values.items()} | overrides, indent=1)
    write_atomically(path, (text + "\n").encode("utf-8"))
