"""From what people type to cases and adapters, with the near matches where there is none."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from backends import registry
from backends.adapter import Adapter
from paragon_tui.suites import network
from paragon_tui.suites.case import DTYPES, Case
from paragon_tui.suites.catalogue import SUITES
from paragon_tui.suites.inference import network_case

ORACLE = "reference"


def runs_canonically(adapter: Adapter) -> bool:
    """Whether an adapter computes in canonical arithmetic: the oracle and all that run the project's kernels."""
    return not adapter.is_host or adapter.id == ORACLE


class UnknownName(Exception):
    """A case, suite or adapter that is not there; the text names the near matches."""


class BadShape(Exception):
    """A ``--shape`` that describes no network."""


def all_cases() -> tuple[Case, ...]:
    """Every case of every suite, in order."""
    return tuple(case for suite in SUITES for case in suite.cases)


def select_cases(patterns: Sequence[str], suites: Sequence[str]) -> tuple[Case, ...]:
    """Cases matching any of ``patterns`` (names or globs, case-insensitive) in ``suites``, in suite order.

    Nothing named selects everything. Raises ``UnknownName``.
    """
    names = [suite.name for suite in SUITES]
    for suite in suites:
        if suite not in names:
            raise _unknown("suite", suite, names)
    cases = [case for case in all_cases() if not suites or case.suite in suites]
    if not patterns:
        return tuple(cases)
    chosen: set[Case] = set()
    for pattern in patterns:
        matching = [case for case in cases if fnmatchcase(case.id.lower(), pattern.lower())]
        if not matching:
            raise _unknown("case", pattern, [case.id for case in cases])
        chosen.update(matching)
    return tuple(case for case in cases if case in chosen)


def shape_case(text: str, dtypes: Sequence[str] = ()) -> Case:
    """``784,300,10`` as a network of one's own, run at ``dtypes`` (f32 where none is named). Raises ``BadShape``."""
    try:
        widths = tuple(int(word) for word in text.replace("→", ",").split(","))
    except ValueError as error:
        raise BadShape(f"--shape takes widths such as 784,300,10; {text!r} is none") from error
    try:
        for dtype in dtypes or DTYPES[:1]:
            network.check_widths(widths, dtype)
    except ValueError as error:
        raise BadShape(f"--shape {text}: {error}") from error
    return network_case("-".join(map(str, widths)), widths)


def apis_to_search(adapters: Sequence[str], backends: Sequence[str]) -> tuple[str, ...]:
    """The APIs to look at for what was named: those of the ids and backends; nothing named means all there may be.

    ``WGPU_BACKEND`` narrows only where nothing was named; the host is always looked at, every row needs it.
    """
    prefixes = {id_.lower().partition(":")[0] for id_ in adapters}
    if any(character in prefix for prefix in prefixes for character in "*?["):
        return registry.native_apis()
    named = {name for name in prefixes | set(backends) if name in registry.BACKENDS}
    hosted = [name for name in prefixes | set(backends) if name in registry.HOST_ADAPTERS]
    if named or hosted:
        return tuple(api for api in registry.BACKENDS if api == "host" or api in named)
    narrowed = registry.narrowed_by_environment()
    return tuple(
        api for api in registry.native_apis() if narrowed is None or api not in registry.WGPU_APIS or api in narrowed
    )


def select_adapters(found: Sequence[Adapter], ids: Sequence[str], backends: Sequence[str]) -> tuple[Adapter, ...]:
    """The adapters that ``ids`` (names or globs) or ``backends`` name, in display order; nothing named selects all.

    Raises ``UnknownName`` for an id or backend that matches nothing.
    """
    if not ids and not backends:
        return tuple(found)
    chosen: set[str] = set()
    for name in ids:
        matching = {adapter.id for adapter in found if fnmatchcase(adapter.id.lower(), name.lower())}
        if not matching:
            raise _unknown("adapter", name, [adapter.id for adapter in found])
        chosen |= matching
    for backend in backends:
        matching = {adapter.id for adapter in found if backend in (adapter.api, adapter.id)}
        if not matching:
            hint = (
                "install the extra: pip install 'paragon-tui[torch]'"
                if backend == "torch"
                else "`paragon-tui adapters` says why"
            )
            raise UnknownName(f"no adapter under {backend}; {hint}")
        chosen |= matching
    return tuple(adapter for adapter in found if adapter.id in chosen)


def near_matches(name: str, known: Iterable[str]) -> list[str]:
    """Up to three of ``known`` that somebody may have meant, the nearest first."""
    folded = {candidate.lower(): candidate for candidate in known}
    return [folded[match] for match in difflib.get_close_matches(name.lower(), folded, n=3, cutoff=0.4)]


def _unknown(kind: str, name: str, known: Iterable[str]) -> UnknownName:
    names = list(known)
    if near := near_matches(name, names):
        return UnknownName(f"there is no {kind} {name!r}; did you mean {' or '.join(near)}?")
    return UnknownName(f"there is no {kind} {name!r}; there are: {', '.join(names)}")
