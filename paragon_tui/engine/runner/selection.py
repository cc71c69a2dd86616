"""Selection of cases and adapters by the names that people type, with near matches for unknown names."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from paragon_tui.backends import registry
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.identity import same_address
from paragon_tui.suites.case import DTYPES, Case
from paragon_tui.suites.catalogue import ALL, DEFAULT, SUITES
from paragon_tui.suites.checks import CHECKS, SHOWN_BY_CHECKS
from paragon_tui.suites.inference import network_case
from paragon_tui.suites.workloads import networks

_INSTALL_TORCH = "install PyTorch beside this program: python -m pip install torch"
_MOST_LISTED = 60  # names that a message lists
_PCI_ADDRESS = re.compile(r"(?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]")


class UnknownName(Exception):
    """A name that no case, suite or adapter has; the text gives near matches."""


class BadShape(Exception):
    """A ``--shape`` that describes no network."""


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """The names that select cases, as typed: names or globs of cases, suites, parts of operations' names, sizes.

    ``ALL`` among the suites names every one; what else is named narrows them as it narrows any suite.
    """

    cases: tuple[str, ...] = ()
    suites: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    fast: bool = False

    @property
    def leaves_out_sizes(self) -> bool:
        """True if it is fast, and names neither a case nor a size."""
        return self.fast and not (self.cases or self.sizes)


def all_cases() -> tuple[Case, ...]:
    """Return every case of every suite, in order."""
    return tuple(case for suite in SUITES for case in suite.cases)


def select_cases(case_filter: CaseFilter) -> tuple[Case, ...]:
    """Return the cases that ``case_filter`` selects, in suite order.

    An empty filter selects the suite ``DEFAULT``. A case's name alone selects from that suite if it matches there:
    ``S*`` are its small networks, not ``sub-1k`` too. A size is matched as typed where one is written so, since ``1k``
    of one suite is 1,000 and ``1K`` of another 1,024; else upper and lower case are alike. ``fast`` leaves out most
    sizes of the large suites where neither a case nor a size is named. Raises ``UnknownName``.
    """
    return _selected(case_filter, all_cases(), (DEFAULT,))


def select_verified(case_filter: CaseFilter) -> tuple[Case, ...]:
    """Return the cases to verify that ``case_filter`` selects, those of verifications alone among them.

    An empty filter selects all suites. ``fast`` leaves out sizes, but none of those that only a verification has, and
    instead of some cases that take seconds only these. Raises ``UnknownName``.
    """
    pool = [case for suite in SUITES for case in (*suite.cases, *(c for c in CHECKS if c.suite == suite.name))]
    cases = _selected(case_filter, pool, (ALL,))
    if not case_filter.leaves_out_sizes:
        return cases
    return tuple(case for case in cases if case.id not in SHOWN_BY_CHECKS)


def _selected(case_filter: CaseFilter, pool: Sequence[Case], default: Sequence[str]) -> tuple[Case, ...]:
    """Return what is selected of ``pool``: from the suites ``default`` where nothing is named."""
    names = [suite.name for suite in SUITES]
    for name in case_filter.suites:
        if name not in (*names, ALL):
            raise _unknown_name("suite", name, (*names, ALL))
    narrowed = bool(case_filter.suites or case_filter.operations or case_filter.sizes)
    suites = case_filter.suites or ((ALL,) if narrowed or case_filter.cases else default)
    suites = names if ALL in suites else suites
    cases: Sequence[Case] = [case for case in pool if case.suite in suites]
    cases = _matching(cases, case_filter.operations, "operation", lambda case: (case.operation,), _contains)
    exact = [case for case in cases if any(size in case_filter.sizes for size in case.sizes)]
    cases = _matching(cases, case_filter.sizes, "size", lambda case: case.sizes, _is_size, exact)
    preferred = [] if narrowed else [case for case in cases if case.suite == DEFAULT]
    cases = _matching(cases, case_filter.cases, "case", lambda case: (case.id,), fnmatchcase, preferred)
    return tuple(_fast_sizes(cases) if case_filter.leaves_out_sizes else cases)


def sizes_left_out(case_filter: CaseFilter) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return each suite of which a fast run leaves out sizes, with these sizes."""
    measured = select_cases(case_filter)
    unrestricted = select_cases(replace(case_filter, fast=False))
    left_out: dict[str, dict[str, None]] = {}
    for case in unrestricted:
        left_out.setdefault(case.suite, {})[case.size] = None
    for case in measured:
        left_out[case.suite].pop(case.size, None)
    return tuple((suite, tuple(sizes)) for suite, sizes in left_out.items() if sizes)


def _contains(name: str, part: str) -> bool:
    return bool(part) and part in name


def _is_size(name: str, text: str) -> bool:
    """Return whether ``text`` is this size, as typed or as shapes are shown: ``1,000,000``, ``1024 × 1024``."""
    return name == "".join(text.split()).replace("×", "x").replace(",", "")


def _fast_sizes(cases: Iterable[Case]) -> Iterator[Case]:
    """Return the cases of the sizes that their suites measure in a fast run."""
    sizes = {suite.name: suite.fast for suite in SUITES}
    kept = frozenset(CHECKS)
    return (
        case for case in cases if case in kept or not sizes[case.suite] or sizes[case.suite].intersection(case.sizes)
    )


def _matching(
    cases: Sequence[Case],
    patterns: Sequence[str],
    kind: str,
    names: Callable[[Case], Sequence[str]],
    fits: Callable[[str, str], bool],
    preferred: Sequence[Case] = (),
) -> Sequence[Case]:
    """Return the ``cases`` with a name that ``fits`` one of ``patterns``, ignoring case; all if there are no patterns.

    A pattern that fits a case of ``preferred`` selects only among these.
    """
    if not patterns:
        return cases

    def fitting(pattern: str, pool: Iterable[Case]) -> set[Case]:
        return {case for case in pool if any(fits(name.lower(), pattern.lower()) for name in names(case))}

    selected: set[Case] = set()
    for pattern in patterns:
        matching = fitting(pattern, preferred) or fitting(pattern, cases)
        if not matching:
            known = dict.fromkeys(name for case in cases for name in names(case))
            raise (_excluded_name if fitting(pattern, all_cases()) else _unknown_name)(kind, pattern, known)
        selected |= matching
    return [case for case in cases if case in selected]


def shape_case(text: str, dtypes: Sequence[str] = ()) -> Case:
    """Return ``784,300,10`` as a user's own network, run at ``dtypes`` (f32 if none is named). Raises ``BadShape``."""
    try:
        widths = tuple(int(word) for word in text.replace("→", ",").split(","))
    except ValueError as error:
        raise BadShape(f"--shape takes layer widths such as 784,300,10, not {text!r}") from error
    try:
        for dtype in dtypes or DTYPES[:1]:
            networks.check_widths(widths, dtype)
    except ValueError as error:
        raise BadShape(f"--shape {text}: {error}") from error
    return network_case("-".join(map(str, widths)), widths)


def apis_to_search(adapters: Sequence[str], backends: Sequence[str]) -> tuple[str, ...]:
    """Return the APIs to search: those of the named adapters and backends, or all possible ones if none is named.

    A name that begins with no API's and is no host library's may be that of a device under any of them.
    ``WGPU_BACKEND`` names wgpu's APIs if nothing else is named, those of other systems too: that they have no adapter
    is then said. The host is always searched, since it has the baseline.
    """
    named = {text.lower().partition(":")[0] for text in adapters} | set(backends)
    if not named:
        narrowed = registry.narrowed_by_environment()
        if narrowed is None:
            return registry.native_apis()
        others = [api for api in registry.native_apis() if api not in registry.WGPU_APIS]
        return tuple(api for api in registry.BACKENDS if api in narrowed or api in others)
    if not named <= {*registry.BACKENDS, *registry.HOST_ADAPTERS}:
        return registry.native_apis()
    return tuple(api for api in registry.BACKENDS if api == "host" or api in named)


def named_by_environment(api: str) -> bool:
    """Return whether ``WGPU_BACKEND`` names the API."""
    return api in (registry.narrowed_by_environment() or ())


def adapters_named(text: str, adapters: Iterable[Adapter]) -> tuple[Adapter, ...]:
    """Return those of ``adapters`` that ``text`` names, in the first of three ways that fits any; case is ignored.

    It is an id, or a glob over ids; or words that stand together in a name, a vendor or a driver as `paragon-tui
    adapters` shows them, with ``*`` and ``?`` for any characters; or a UUID or a PCI address. What runs on request is
    named by its id alone.
    """
    wanted = " ".join(text.lower().split())
    known = tuple(adapters)
    usual = [adapter for adapter in known if not adapter.on_request]
    by_id = tuple(adapter for adapter in known if fnmatchcase(adapter.id.lower(), wanted))
    by_words = (adapter for adapter in usual if wanted and _has_words(adapter, wanted))
    return by_id or tuple(by_words) or tuple(adapter for adapter in usual if _is_at(adapter, wanted))


def _has_words(adapter: Adapter, wanted: str) -> bool:
    pattern = "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in wanted)
    shown = (adapter.name, adapter.vendor, f"{adapter.driver} {adapter.driver_version}")
    return any(re.search(rf"(?<!\w)(?:{pattern})(?!\w)", " ".join(text.lower().split())) for text in shown)


def _is_at(adapter: Adapter, wanted: str) -> bool:
    """Return whether ``wanted`` is the adapter's UUID, as nvidia-smi writes it too, or its PCI address."""
    if adapter.uuid is not None and wanted.removeprefix("gpu-") == adapter.uuid:
        return True
    address = adapter.pci_address
    return address is not None and bool(_PCI_ADDRESS.fullmatch(wanted)) and same_address(address, wanted)


def select_adapters(adapters: Sequence[Adapter], names: Sequence[str], backends: Sequence[str]) -> tuple[Adapter, ...]:
    """Return the adapters that ``names`` (see ``adapters_named``) or ``backends`` name, in display order.

    Without names all are selected but those that run ``on_request``; a named API selects all of its own but those.
    Raises ``UnknownName`` for a name or backend that matches nothing.
    """
    if not names and not backends:
        return tuple(adapter for adapter in adapters if not adapter.on_request)
    selected: set[str] = set()
    for name in names:
        matching = {adapter.id for adapter in adapters_named(name, adapters)}
        if not matching:
            raise _unknown_adapter(name, adapters)
        selected |= matching
    for backend in backends:
        matching = {
            adapter.id
            for adapter in adapters
            if backend == adapter.id or (backend == adapter.api and not adapter.on_request)
        }
        if not matching:
            hint = _INSTALL_TORCH if backend == "torch" else "`paragon-tui adapters` shows why"
            raise UnknownName(f"no adapter found for {backend}; {hint}")
        selected |= matching
    return tuple(adapter for adapter in adapters if adapter.id in selected)


def _unknown_adapter(name: str, adapters: Iterable[Adapter]) -> UnknownName:
    """Return the error for a name that no adapter has: what there is, or what a known one would take."""
    if any(fnmatchcase(level, name.lower()) for level in registry.NUMPY_LEVELS):
        return UnknownName(
            f"there is no {name} here: it needs x86-64, a processor and a NumPy that support this level, and an "
            "OpenBLAS that selects its kernels at run time"
        )
    if name.lower() == "torch":
        return UnknownName(f"there is no torch here; {_INSTALL_TORCH}")
    available = (adapter.id if adapter.is_host else f"{adapter.id} ({adapter.short_name})" for adapter in adapters)
    return UnknownName(f"there is no adapter {name!r}; available: {', '.join(available)}")


def near_matches(name: str, known: Iterable[str]) -> list[str]:
    """Return up to three of ``known`` that may have been meant, the nearest first."""
    folded = {candidate.lower(): candidate for candidate in known}
    return [folded[match] for match in difflib.get_close_matches(name.lower(), folded, n=3, cutoff=0.4)]


def _excluded_name(kind: str, name: str, known: Iterable[str]) -> UnknownName:
    """Return the error for a name that exists, but not within the rest of the selection."""
    names = list(known)
    listing = f": {', '.join(names)}" if len(names) <= _MOST_LISTED else ""
    return UnknownName(f"the {kind} {name!r} is not in this selection{listing}")


def _unknown_name(kind: str, name: str, known: Iterable[str]) -> UnknownName:
    names = list(known)
    if near := near_matches(name, names):
        return UnknownName(f"there is no {kind} {name!r}; did you mean {' or '.join(near)}?")
    if len(names) > _MOST_LISTED:
        return UnknownName(f"there is no {kind} {name!r}; `paragon-tui cases` lists all")
    return UnknownName(f"there is no {kind} {name!r}; available: {', '.join(names)}")
