"""Rankings from a review: the share within 20 % of the baseline, the fastest adapter by size, the slowest results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from paragon_tui.backends.adapter import REFERENCE
from paragon_tui.engine.analysis.verdict import ratio_of_medians
from paragon_tui.sessions.grades import SUCCESS, WITHIN, Grade
from paragon_tui.sessions.review import shown_order

if TYPE_CHECKING:
    from paragon_tui.sessions.review import Cell, Review, Row

_SUCCESS = "success"


@dataclass(frozen=True, slots=True)
class Share:
    """The share of operations of an adapter in one dtype within 20 % of the baseline; each size counts separately.

    ``within`` counts medians, including faster ones; ``surely`` counts intervals that lie within entirely, ``possibly``
    those that do so at least in part. ``counted`` includes failed results and broken claims, which are not within;
    ``left_out`` are results that cannot be rated: unsupported, stopped, or without a baseline. ``doubted`` counts
    ratios of results with quality flags, ``bands`` Genesis's words.
    """

    column: str
    dtype: str
    within: int
    surely: int
    possibly: int
    counted: int
    left_out: int
    doubted: int
    bands: Counter[str]

    @property
    def percent(self) -> float | None:
        """The percentage within 20 % of those counted; ``None`` if none is counted."""
        return 100 * self.within / self.counted if self.counted else None

    @property
    def success(self) -> Grade | None:
        """The grade of the share: a success from 80 % on, sure if both ends of the intervals give the same."""
        if not self.counted:
            return None
        ends = [number >= SUCCESS * self.counted for number in (self.surely, self.within, self.possibly)]
        return Grade(_SUCCESS if ends[1] else "no success", len(set(ends)) == 1)


@dataclass(frozen=True, slots=True)
class Gate:
    """The criterion of success for a whole review: every adapter's share in every dtype is one.

    ``missed`` are the shares that are none. Where nothing is counted, nothing has been shown, and it is not met.
    """

    missed: tuple[Share, ...]
    counted: bool

    @property
    def met(self) -> bool:
        """True if at least one share was counted and all that were are successes."""
        return self.counted and not self.missed


@dataclass(frozen=True, slots=True)
class Best:
    """The adapter with the least median for an operation at one size; the baseline takes part.

    ``clear`` if the intervals separate it from every other.
    """

    column: str
    ms: float
    clear: bool


def shares(review: Review) -> tuple[Share, ...]:
    """Return a share for every adapter and dtype, in display order."""
    groups: dict[tuple[str, str], list[Cell]] = {}
    for cell in review.cells:
        if cell.result.id.adapter != REFERENCE:
            groups.setdefault((cell.column, cell.result.id.dtype), []).append(cell)
    ordered = sorted(groups.items(), key=lambda group: shown_order(group[0][0]))  # dtypes stay in the session's order
    return tuple(_share(column, dtype, cells) for (column, dtype), cells in ordered)


def _share(column: str, dtype: str, cells: Sequence[Cell]) -> Share:
    ratios = [cell.ratio for cell in cells if cell.ratio]
    lows = [ratio.interval.low if ratio.interval else 0.0 for ratio in ratios]
    highs = [ratio.interval.high if ratio.interval else float("inf") for ratio in ratios]
    lost = sum(1 for cell in cells if cell.result.failed or cell.result.bits.broken_claim)
    return Share(
        column,
        dtype,
        within=sum(1 for ratio in ratios if ratio.value >= WITHIN),
        surely=sum(1 for low in lows if low >= WITHIN),
        possibly=sum(1 for high in highs if high >= WITHIN),
        counted=len(ratios) + lost,
        left_out=len(cells) - len(ratios) - lost,
        doubted=sum(1 for cell in cells if cell.ratio and cell.result.conditions.mark == "!"),
        bands=Counter(cell.band.word for cell in cells if cell.band),
    )


def gate(review: Review) -> Gate:
    """Return whether a review meets the criterion of success."""
    graded = [(share, share.success) for share in shares(review) if share.success]
    return Gate(tuple(share for share, success in graded if success.word != _SUCCESS), bool(graded))


def best(row: Row, baseline: str) -> Best | None:
    """Return the fastest of a row; ``None`` where nothing was measured. A tie goes to the first in display order."""
    candidates = [cell for cell in row.cells if _may_win(cell)]
    times = [(latency.median, cell.column) for cell in candidates if (latency := cell.result.timings.latency_ms)]
    times += [(row.baseline_ms, baseline)] if row.baseline_ms is not None else []
    if not times:
        return None
    ms, winner = min(times, key=lambda time: (time[0], shown_order(time[1])))
    fastest = next((cell for cell in candidates if cell.column == winner), None)
    if fastest is None:
        return Best(winner, ms, all(cell.ratio is not None and cell.ratio.judgement == "slower" for cell in candidates))
    separated = [_clearly_faster(fastest, cell) for cell in candidates if cell is not fastest]
    if row.baseline_ms is not None:
        separated.append(fastest.ratio is not None and fastest.ratio.judgement == "faster")
    return Best(winner, ms, all(separated))


def _may_win(cell: Cell) -> bool:
    """Return whether a cell can be the fastest: the reference cannot, since it exists to be right, not fast."""
    return cell.result.measured and not cell.result.bits.broken_claim and cell.result.id.adapter != REFERENCE


def _clearly_faster(fastest: Cell, other: Cell) -> bool:
    least, latency = fastest.result.timings.latency_ms, other.result.timings.latency_ms
    return bool(least and latency and least.median > 0 and ratio_of_medians(latency, least).judgement == "faster")


def best_by_size(review: Review) -> dict[tuple[str, str, str], Counter[str]]:
    """Return, by suite, size and dtype, the number of operations for which each adapter is the fastest."""
    counts: dict[tuple[str, str, str], Counter[str]] = {}
    for table in review.tables:
        for row in table.rows:
            if (first := best(row, table.baseline)) is not None:
                counts.setdefault((table.suite, row.size, table.dtype), Counter())[first.column] += 1
    return counts


def slowest(review: Review, number: int = 10) -> tuple[Cell, ...]:
    """Return the results with the lowest ratios, the lowest first; ties stay in the session's order."""
    rated = [(cell.ratio.value, cell) for cell in review.cells if cell.ratio and cell.result.id.adapter != REFERENCE]
    return tuple(cell for _, cell in sorted(rated, key=lambda pair: pair[0])[:number])
