"""From what people type to cases and adapters, with the near matches where there is none."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from paragon_tui.backends import registry
from paragon_tui.backends.adapter import Adapter
from paragon_tui.suites import network
from paragon_tui.suites.case import DTYPES, Case
from paragon_tui.suites.catalogue import DEFAULT, SUITES
from paragon_tui.suites.inference import network_case

_LISTED = 60  # names in a message


class UnknownName(Exception):
    """A case, suite or adapter that is not there; the text names the near matches."""


class BadShape(Exception):
    """A ``--shape`` that describes no network."""


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What people typed to name cases: names or globs of cases, suites, parts of operations' names, sizes."""

    cases: tuple[str, ...] = ()
    suites: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    fast: bool = False


def all_cases() -> tuple[Case, ...]:
    """Every case of every suite, in order."""
    return tuple(case for suite in SUITES for case in suite.cases)


def digested_cases() -> tuple[Case, ...]:
    """The cases whose right answers ship as digests."""
    return tuple(case for case in all_cases() if case.suite == DEFAULT)


def select_cases(named: CaseFilter) -> tuple[Case, ...]:
    """The cases that are meant, in suite order.

    Nothing named is the suite ``DEFAULT``; and a case's name alone means that suite's where it has it: ``S*`` are its
    small networks, not ``sub-1k`` too. A size is meant as it is typed where it is there: ``1k`` of one suite is 1,000,
    ``1K`` of another 1,024. ``fast`` leaves out most sizes of the large suites where neither a case nor a
    size is named. Raises ``UnknownName``.
    """
    names = [suite.name for suite in SUITES]
    for name in named.suites:
        if name not in names:
            raise _unknown("suite", name, names)
    elsewhere = bool(named.suites or named.operations or named.sizes)
    suites = named.suites or (names if elsewhere or named.cases else (DEFAULT,))
    cases: Sequence[Case] = [case for case in all_cases() if case.suite in suites]
    cases = _matching(cases, named.operations, "operation", lambda case: (case.operation,), _within)
    exactly = [case for case in cases if any(size in named.sizes for size in case.sizes)]
    cases = _matching(cases, named.sizes, "size", lambda case: case.sizes, _is_size, exactly)
    home = [] if elsewhere else [case for case in cases if case.suite == DEFAULT]
    cases = _matching(cases, named.cases, "case", lambda case: (case.id,), fnmatchcase, home)
    return tuple(_fast(cases) if named.fast and not (named.cases or named.sizes) else cases)


def sizes_left_out(named: CaseFilter) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Where a fast run measures some sizes alone: the suite, and the sizes that it does not."""
    measured = select_cases(named)
    all_of_them = select_cases(replace(named, fast=False))
    left_out: dict[str, dict[str, None]] = {}
    for case in all_of_them:
        left_out.setdefault(case.suite, {})[case.size] = None
    for case in measured:
        left_out[case.suite].pop(case.size, None)
    return tuple((suite, tuple(sizes)) for suite, sizes in left_out.items() if sizes)


def _within(name: str, part: str) -> bool:
    return part in name


def _is_size(name: str, word: str) -> bool:
    """As typed, or as shapes are shown: ``1,000,000``, ``1024 × 1024``."""
    return name == "".join(word.split()).replace("×", "x").replace(",", "")


def _fast(cases: Iterable[Case]) -> Iterator[Case]:
    """Those of the sizes that their suites measure in a fast run."""
    sizes = {suite.name: suite.fast for suite in SUITES}
    return (case for case in cases if not sizes[case.suite] or sizes[case.suite].intersection(case.sizes))


def _matching(
    cases: Sequence[Case],
    wanted: Sequence[str],
    kind: str,
    names: Callable[[Case], Sequence[str]],
    fits: Callable[[str, str], bool],
    home: Sequence[Case] = (),
) -> Sequence[Case]:
    """Those of ``cases`` one of whose ``names`` fits one of ``wanted``, upper and lower case alike; none wanted: all.

    What fits a case of ``home`` is looked for nowhere else.
    """
    if not wanted:
        return cases

    def fitting(word: str, pool: Iterable[Case]) -> set[Case]:
        return {case for case in pool if any(fits(name.lower(), word.lower()) for name in names(case))}

    chosen: set[Case] = set()
    for word in wanted:
        matching = fitting(word, home) or fitting(word, cases)
        if not matching:
            known = dict.fromkeys(name for case in cases for name in names(case))
            raise (_elsewhere if fitting(word, all_cases()) else _unknown)(kind, word, known)
        chosen |= matching
    return [case for case in cases if case in chosen]


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
    """The adapters that ``ids`` (names or globs) or ``backends`` name, in display order.

    Nothing named selects all but those that run ``on_request``, and so does an API of those that it has. Raises
    ``UnknownName`` for an id or backend that matches nothing.
    """
    if not ids and not backends:
        return tuple(adapter for adapter in found if not adapter.on_request)
    chosen: set[str] = set()
    for name in ids:
        matching = {adapter.id for adapter in found if fnmatchcase(adapter.id.lower(), name.lower())}
        if not matching and any(fnmatchcase(level, name.lower()) for level in registry.NUMPY_LEVELS):
            raise UnknownName(
                f"there is no {name} here: it takes x86-64, a processor and a NumPy that have this level, and an "
                "OpenBLAS that chooses its kernels at run time"
            )
        if not matching:
            raise _unknown("adapter", name, [adapter.id for adapter in found])
        chosen |= matching
    for backend in backends:
        matching = {
            adapter.id
            for adapter in found
            if backend == adapter.id or (backend == adapter.api and not adapter.on_request)
        }
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


def _elsewhere(kind: str, name: str, known: Iterable[str]) -> UnknownName:
    """What there is, but not among what else is named."""
    names = list(known)
    there = f": {', '.join(names)}" if len(names) <= _LISTED else ""
    return UnknownName(f"the {kind} {name!r} is none of those that are meant here{there}")


def _unknown(kind: str, name: str, known: Iterable[str]) -> UnknownName:
    names = list(known)
    if near := near_matches(name, names):
        return UnknownName(f"there is no {kind} {name!r}; did you mean {' or '.join(near)}?")
    if len(names) > _LISTED:
        return UnknownName(f"there is no {kind} {name!r}; `paragon-tui cases` lists all")
    return UnknownName(f"there is no {kind} {name!r}; there are: {', '.join(names)}")
