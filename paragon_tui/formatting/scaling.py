"""Tables of how times change with batch and threads, for the console, reports and the screen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from paragon_tui.backends.threads import without_threads
from paragon_tui.engine.results.scaling import batch_scaling, thread_scaling
from paragon_tui.formatting.columns import time_parts
from paragon_tui.formatting.quantities import multiple

if TYPE_CHECKING:
    from paragon_tui.engine.results.result import Result
    from paragon_tui.engine.results.scaling import BatchPoint, ThreadPoint


@dataclass(frozen=True, slots=True)
class ScalingTable:
    """A table with its ``title``, and what its figures are in ``words``."""

    title: str
    words: str
    heading: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def scaling_tables(results: Sequence[Result]) -> Iterator[ScalingTable]:
    """Yield the tables of what was measured along an axis; ``results`` are saved ones, as of ``batch_scaling``."""
    if batches := batch_scaling(results):
        yield ScalingTable(
            "Scaling with the batch",
            "gain is the number of samples per second over that at the smallest batch of the same case and adapter: "
            "2× is twice as many.",
            ("case", "adapter", "batch", "time", "per sample", "samples/s", "gain"),
            tuple(_batch_rows(batches)),
        )

    if threads := thread_scaling(results):
        yield ScalingTable(
            "Scaling with threads",
            "speed-up is the time on the fewest threads of the same case and adapter over the time on these; "
            "efficiency is the speed-up over how many times as many they are: 100 % where twice the threads take half "
            "the time.",
            ("case", "adapter", "threads", "time", "speed-up", "efficiency"),
            tuple(_thread_rows(threads)),
        )


def _thread_rows(rows: Iterable[Iterable[ThreadPoint]]) -> Iterator[tuple[str, ...]]:
    for row in rows:
        for point in row:
            yield (
                point.result.id.label,
                without_threads(point.result.id.adapter),
                f"{point.threads:,}",
                _time(point.result),
                multiple(point.speedup),
                f"{100 * point.efficiency:.0f} %",
            )


def _batch_rows(batches: Iterable[Iterable[BatchPoint]]) -> Iterator[tuple[str, ...]]:
    for row in batches:
        for point in row:
            yield (
                point.result.id.label,
                point.result.id.adapter,
                f"{point.result.batch:,}",
                _time(point.result),
                _short(point.per_sample_ms),
                f"{point.per_second:,.0f}" if point.per_second >= 100 else f"{point.per_second:.3g}",
                multiple(point.gain),
            )


def _time(result: Result) -> str:
    """Return the median with the mark of its doubts: ``12.4 µs~``."""
    assert result.timings.latency_ms is not None
    return _short(result.timings.latency_ms.median) + result.conditions.mark


def _short(ms: float) -> str:
    whole, rest, unit = time_parts(ms)
    return f"{whole}{rest} {unit.strip()}"
