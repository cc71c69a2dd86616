"""What a review comes to: how much is within 20 % of the baseline, the fastest adapter of each size, the slowest."""

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


@dataclass(frozen=True, slots=True)
class Share:
    """How many operations (each at each size is one) of an adapter in one dtype are within 20 % of the baseline.

    ``within`` counts medians, faster ones among them; ``surely`` those whose whole interval is within and ``possibly``
    those whose interval reaches there. Of ``counted``, what failed or broke its claim is not within; ``left_out`` are
    those that cannot be told: unsupported, stopped, or without a baseline. ``doubted`` counts ratios of results whose
    figures have a flag against them, ``bands`` Genesis's words.
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
        """Of what is counted; ``None`` where nothing is."""
        return 100 * self.within / self.counted if self.counted else None

    @property
    def success(self) -> Grade | None:
        """Whether that is 80 % or more, sure where it is so at both ends of the intervals."""
        if not self.counted:
            return None
        ends = [number >= SUCCESS * self.counted for number in (self.surely, self.within, self.possibly)]
        return Grade("success" if ends[1] else "no success", len(set(ends)) == 1)


@dataclass(frozen=True, slots=True)
class Best:
    """The adapter with the least median for an operation at one size, the baseline among those that count.

    ``clear`` where the intervals tell it from every other.
    """

    column: str
    ms: float
    clear: bool


def shares(review: Review) -> tuple[Share, ...]:
    """A share for every adapter and dtype, in the order in which they are shown."""
    groups: dict[tuple[str, str], list[Cell]] = {}
    for cell in review.cells:
        if cell.result.adapter != REFERENCE:
            groups.setdefault((cell.column, cell.result.dtype), []).append(cell)
    ordered = sorted(groups.items(), key=lambda group: shown_order(group[0][0]))  # dtypes stay in the session's order
    return tuple(_share(column, dtype, cells) for (column, dtype), cells in ordered)


def _share(column: str, dtype: str, cells: Sequence[Cell]) -> Share:
    ratios = [cell.ratio for cell in cells if cell.ratio]
    lows = [ratio.interval.low if ratio.interval else 0.0 for ratio in ratios]
    highs = [ratio.interval.high if ratio.interval else float("inf") for ratio in ratios]
    lost = sum(1 for cell in cells if cell.result.failed or cell.result.broken_claim)
    return Share(
        column,
        dtype,
        within=sum(1 for ratio in ratios if ratio.value >= WITHIN),
        surely=sum(1 for low in lows if low >= WITHIN),
        possibly=sum(1 for high in highs if high >= WITHIN),
        counted=len(ratios) + lost,
        left_out=len(cells) - len(ratios) - lost,
        doubted=sum(1 for cell in cells if cell.ratio and cell.result.doubts),
        bands=Counter(cell.band.word for cell in cells if cell.band),
    )


def best(row: Row, baseline: str) -> Best | None:
    """The fastest of a row; ``None`` where nothing was measured. Ties go to what is shown first."""
    runners = [cell for cell in row.cells if _may_win(cell)]
    times = [(cell.result.latency_ms.median, cell.column) for cell in runners if cell.result.latency_ms]
    times += [(row.baseline_ms, baseline)] if row.baseline_ms is not None else []
    if not times:
        return None
    ms, winner = min(times, key=lambda time: (time[0], shown_order(time[1])))
    fastest = next((cell for cell in runners if cell.column == winner), None)
    if fastest is None:
        return Best(winner, ms, all(cell.ratio is not None and cell.ratio.judgement == "slower" for cell in runners))
    beaten = [_tells_apart(fastest, cell) for cell in runners if cell is not fastest]
    if row.baseline_ms is not None:
        beaten.append(fastest.ratio is not None and fastest.ratio.judgement == "faster")
    return Best(winner, ms, all(beaten))


def _may_win(cell: Cell) -> bool:
    """The reference is there to be right: NumPy has a row of its own."""
    return cell.result.measured and not cell.result.broken_claim and cell.result.adapter != REFERENCE


def _tells_apart(fastest: Cell, other: Cell) -> bool:
    one, two = fastest.result.latency_ms, other.result.latency_ms
    return bool(one and two and one.median > 0 and ratio_of_medians(two, one).judgement == "faster")


def best_by_size(review: Review) -> dict[tuple[str, str, str], Counter[str]]:
    """For each suite, size and dtype, of how many operations each adapter is the fastest."""
    counts: dict[tuple[str, str, str], Counter[str]] = {}
    for table in review.tables:
        for row in table.rows:
            if (first := best(row, review.baseline)) is not None:
                counts.setdefault((table.suite, row.size, table.dtype), Counter())[first.column] += 1
    return counts


def slowest(review: Review, number: int = 10) -> tuple[Cell, ...]:
    """The results with the lowest ratios, the lowest first; ties in the session's order."""
    rated = [(cell.ratio.value, cell) for cell in review.cells if cell.ratio and cell.result.adapter != REFERENCE]
    return tuple(cell for _, cell in sorted(rated, key=lambda one: one[0])[:number])
