"""How results are shown: which figure of each, beside which baseline, and which rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from paragon_tui.engine.analysis.verdict import ratio_of_medians
from paragon_tui.engine.messages.job import BASELINE, is_baseline_adapter
from paragon_tui.formatting.cells import Figure, latency
from paragon_tui.formatting.columns import number_parts, time_parts

if TYPE_CHECKING:
    from paragon_tui.engine.messages.figures import Ratio
    from paragon_tui.engine.results.result import Result
    from paragon_tui.engine.results.session import Session


@dataclass(frozen=True, slots=True)
class Unit:
    """A figure that cells can show: its ``title``, its value for a result (``None`` where it has none), its digits.

    ``high_is_good``: of two results the one with more is the better one.
    """

    title: str
    value: Callable[[Session, Result], float | None]
    parts: Callable[[float], tuple[str, str, str]] = number_parts
    high_is_good: bool = True


def _latency_ms(_: Session, result: Result) -> float | None:
    return latency(result).value


def _device_ms(_: Session, result: Result) -> float | None:
    device = result.timings.device_ms
    return device.median if device else None


def _flop_s(session: Session, result: Result) -> float | None:
    line = session.roofline(result)
    return line.gflop_s * 1e9 if line and line.gflop_s > 0 else None


def _byte_s(session: Session, result: Result) -> float | None:
    line = session.roofline(result)
    return line.gb_s * 1e9 if line and line.gb_s > 0 else None


def _runs_s(session: Session, result: Result) -> float | None:
    rate = session.rate(result)
    return rate.value if rate else None


def _speedup(session: Session, result: Result) -> float | None:
    if is_baseline_adapter(result.id.adapter):
        return 1.0 if result.timings.latency_ms else None
    return result.timings.speedup.value if result.timings.speedup else None


NOISY = "noisy"
"""The word by which rows are found that have a mark of either grade."""

UNITS = (
    Unit("latency", _latency_ms, time_parts, high_is_good=False),
    Unit("device time", _device_ms, time_parts, high_is_good=False),
    Unit("FLOP/s", _flop_s),
    Unit("B/s", _byte_s),
    Unit("per second", _runs_s),
    Unit("times NumPy", _speedup),
)
"""The figures, in the order in which a key goes through them. Rates count device time where there is one."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the table shows: a ``unit``, ratios to ``baseline`` (an adapter's id), rows that have all ``words``.

    ``sorted_by`` is the adapter by whose figures the rows are sorted, ``None`` for their own order.
    """

    unit: Unit = UNITS[0]
    baseline: str = BASELINE
    words: tuple[str, ...] = ()
    sorted_by: str | None = None

    @property
    def with_next_unit(self) -> Shown:
        """The same with the next unit, after the last the first."""
        return replace(self, unit=UNITS[(UNITS.index(self.unit) + 1) % len(UNITS)])

    def figure(self, session: Session, result: Result) -> Figure:
        """Return what is shown of a result."""
        return Figure(self.unit.value(session, result), self.unit.parts, self.ratio(session, result))

    def ratio(self, session: Session, result: Result) -> Ratio | None:
        """Return how many times as fast as the baseline a result is; ``None`` where that is not known.

        Beside NumPy it is the measured speedup. The adapters of a case share their rounds, so that beside another one
        it is the quotient of both medians, with an interval from both (``verdict.ratio_of_medians``).
        """
        if result.id.adapter == self.baseline or result.bits.broken_claim:
            return None
        if self.baseline == BASELINE:
            return result.timings.speedup
        same = replace(result.id, adapter=self.baseline)
        other = session.results.get(same) or session.results.get(replace(same, variant=result.id.baseline.variant))
        if other is None or not (own := result.timings.latency_ms) or not (beside := other.timings.latency_ms):
            return None
        limits = [each.interval.low for each in (own, beside) if each.interval is not None]
        if min(own.median, beside.median, *limits) <= 0:
            return None
        return ratio_of_medians(beside, own, session.load_that_matters)

    def has_row(self, session: Session, results: list[Result]) -> bool:
        """Return whether a row of these results has all words."""
        if not self.words:
            return True
        text = " ".join(word for result in results for word in _words(self, session, result)).lower()
        return all(word.lower() in text for word in self.words)


def _words(shown: Shown, session: Session, result: Result) -> list[str]:
    """Return the words by which a result is found: its names, how it ended, its verdict, bits and doubts."""
    id_, ratio = result.id, shown.ratio(session, result)
    words = [id_.label, id_.suite, result.operation, result.size, result.status, *_grades(result)]
    words += [flag.name for flag in result.conditions.doubts]
    if ratio is not None:
        words.append(ratio.judgement)
    return words


def _grades(result: Result) -> list[str]:
    bits = ["wrong bits"] if result.bits.broken_claim else []
    return bits + {"~": ["rough", NOISY], "!": ["doubtful", NOISY]}.get(result.conditions.mark or "", [])
