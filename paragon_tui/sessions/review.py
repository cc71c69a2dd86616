"""The review of a saved session against a baseline: for each operation its sizes, ratios, grades and bits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from paragon_tui.backends.registry import BACKENDS, HOST_ADAPTERS
from paragon_tui.backends.threads import on_threads, without_threads
from paragon_tui.engine.analysis.verdict import ratio_of_medians, verdict
from paragon_tui.engine.messages.figures import Ratio
from paragon_tui.engine.messages.job import is_baseline_adapter
from paragon_tui.sessions.grades import BANDS, SPEEDS, Grade, grade
from paragon_tui.suites.case import USUAL, VARIANTS

if TYPE_CHECKING:
    from paragon_tui.engine.messages.figures import Summary
    from paragon_tui.engine.results.result import Result
    from paragon_tui.sessions.saved_session import SavedSession

Bits = Literal["identical", "claim broken", "other bits, none claimed", "not compared"]

_DISPLAY_ORDER = (*HOST_ADAPTERS, *BACKENDS)


@dataclass(frozen=True, slots=True)
class Cell:
    """A result compared with the baseline's of the same case and dtype.

    ``ratio`` is the baseline's median end-to-end latency over this result's: above 1 this result is faster. Where
    there is no ratio, ``reason`` says why. A result that broke its claim of identity has none: a wrong result is not
    fast.
    """

    result: Result
    ratio: Ratio | None
    reason: str | None

    @property
    def column(self) -> str:
        """The adapter, and the variant of its kernels where that is not the usual one."""
        return column(self.result)

    @property
    def speed(self) -> Grade | None:
        """The grade in trueno's words."""
        return grade(self.ratio, SPEEDS) if self.ratio else None

    @property
    def band(self) -> Grade | None:
        """The grade in Genesis's words."""
        return grade(self.ratio, BANDS) if self.ratio else None

    @property
    def bits(self) -> Bits:
        """The comparison with the reference's bits, and with the claim to have them."""
        bits = self.result.bits
        if bits.broken_claim:
            return "claim broken"
        if bits.comparison is None:
            return "not compared"
        return "other bits, none claimed" if bits.differs else "identical"


@dataclass(frozen=True, slots=True)
class Row:
    """An operation at one size: the baseline, and every other result in the order of the columns.

    ``baseline_ms`` is the baseline's median in milliseconds, ``reason`` the reason for its absence. ``baseline`` is its
    result where it was measured; a file has that only where the baseline was listed.
    """

    case: str
    size: str
    baseline_ms: float | None
    baseline: Result | None
    reason: str | None
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class OperationTable:
    """An operation of a suite in one dtype, with its sizes in the session's order.

    Adapters that are limited to a number of ``threads`` have a table of their own for each, beside the baseline on as
    many: ``baseline`` is its id.
    """

    suite: str
    operation: str
    dtype: str
    rows: tuple[Row, ...]
    baseline: str
    threads: int | None = None

    def label(self, row: Row) -> str:
        """Return the size of a row, with its case where several have that size."""
        alone = sum(each.size == row.size for each in self.rows) == 1
        return row.size if alone else f"{row.size} ({row.case})"

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns for which some row has a result, in display order."""
        return tuple(sorted({cell.column: None for row in self.rows for cell in row.cells}, key=shown_order))


@dataclass(frozen=True, slots=True)
class Review:
    """A session compared with a baseline, table by table."""

    session: SavedSession
    baseline: str
    tables: tuple[OperationTable, ...]

    def baseline_beside(self, result: Result) -> str:
        """Return the id of the baseline that a result is compared with: that on as many threads."""
        return on_threads(self.baseline, result.id.threads)

    @property
    def cells(self) -> Iterator[Cell]:
        """The cells of all results but the baseline's, in order."""
        return (cell for table in self.tables for row in table.rows for cell in row.cells)


def review(session: SavedSession, baseline: str) -> Review:
    """Compare every result with that of ``baseline``, an adapter's id. Depends on nothing but the session."""
    groups: dict[tuple[str, str, str, int | None], dict[str, list[Result]]] = {}
    for result in session.results:
        threads = result.id.threads
        cases = groups.setdefault((result.id.suite, result.operation, result.id.dtype, threads), {})
        cases.setdefault(result.id.case, []).append(result)
    tables = []
    for (suite, operation, dtype, threads), cases in groups.items():
        own = on_threads(baseline, threads)
        rows = tuple(_row(results, own) for results in cases.values())
        tables.append(OperationTable(suite, operation, dtype, rows, own, threads))
    limited = any(table.threads is not None for table in tables)
    # Without a limit there may be nothing but the baseline, which a run has beside what nothing limits.
    return Review(session, baseline, tuple(table for table in tables if table.columns or not limited))


def adapters(session: SavedSession) -> tuple[Result, ...]:
    """Return a result of every adapter in display order, preferably one that states its library.

    NumPy is included only where it was listed, or where the session comes from the store.
    """
    representatives: dict[str, Result] = {}
    for result in session.results:
        known = representatives.get(result.id.adapter)
        if known is None or (known.resources.library is None and result.resources.library is not None):
            representatives[result.id.adapter] = result
    return tuple(representatives[name] for name in sorted(representatives, key=shown_order))


def column(result: Result) -> str:
    """Return the adapter of a result, and the variant of its kernels where that is not the usual one."""
    return result.id.adapter if result.id.variant in USUAL else f"{result.id.adapter} {result.id.variant}"


def shown_order(name: str) -> tuple[int, str]:
    """Return the key that sorts columns in display order, whatever the order in which adapters ended."""
    adapter = name.partition(" ")[0]
    api = without_threads(adapter).partition(":")[0]
    return _DISPLAY_ORDER.index(api) if api in _DISPLAY_ORDER else len(_DISPLAY_ORDER), name


def is_baseline(result: Result, baseline: str) -> bool:
    """Return whether other results are compared with this one, that of the adapter ``baseline``."""
    return (result.id.adapter, result.id.variant) == (baseline, VARIANTS[0])


def _row(results: list[Result], baseline: str) -> Row:
    first = results[0]
    measured, median, reason = _baseline(results, baseline)
    others = sorted(
        (result for result in results if not is_baseline(result, baseline)),
        key=lambda result: shown_order(column(result)),
    )
    figures = measured.timings.latency_ms if measured else None
    cells = (_cell(result, baseline, median, figures, reason) for result in others)
    return Row(first.id.case, first.size, median, measured, reason, tuple(cells))


def _baseline(results: Iterable[Result], baseline: str) -> tuple[Result | None, float | None, str | None]:
    """Return the baseline's result where it was measured, its median, and the reason where there is no median."""
    numpy_ms = None
    for result in results:
        if is_baseline(result, baseline):
            if result.measured and (latency := result.timings.latency_ms) is not None:
                return result, latency.median, None
            return None, None, f"{baseline}: {result.unmeasured}"
        numpy_ms = numpy_ms or result.derived.cpu_ms
    if is_baseline_adapter(baseline) and numpy_ms is not None:
        return None, numpy_ms, None
    return None, None, f"{baseline} was not measured"


def _cell(result: Result, baseline: str, median: float | None, figures: Summary | None, missing: str | None) -> Cell:
    latency, speedup = result.timings.latency_ms, result.timings.speedup
    if not result.measured or latency is None:
        return Cell(result, None, result.unmeasured)
    if result.bits.broken_claim:
        return Cell(result, None, "it claimed the reference's bits but differs")
    if median is None:
        return Cell(result, None, missing)
    if not (median > 0 and latency.median > 0):
        return Cell(result, None, "too short for the clock")
    if is_baseline_adapter(baseline) and speedup is not None:
        return Cell(result, speedup, None)
    if figures is not None:
        return Cell(result, ratio_of_medians(figures, latency), None)
    return Cell(result, Ratio(median / latency.median, None, verdict(None)), None)
