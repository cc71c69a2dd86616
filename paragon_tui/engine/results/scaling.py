"""How times change with the batch and with the threads, where a case was measured at several numbers of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from paragon_tui.backends.threads import without_threads
from paragon_tui.engine.messages.job import JobId
from paragon_tui.engine.results.result import Result
from paragon_tui.suites.overrides import without_batch

_STEPS = "steps/s"  # the rate of a training, each of whose steps takes a batch


@dataclass(frozen=True, slots=True)
class BatchPoint:
    """A result at one batch, of ``samples`` in a run. ``gain`` is its throughput over that at the least batch."""

    result: Result
    samples: float
    gain: float

    @property
    def per_sample_ms(self) -> float:
        """The time of a sample, milliseconds."""
        return _median_ms(self.result) / self.samples

    @property
    def per_second(self) -> float:
        """The samples that are computed in a second."""
        return 1e3 / self.per_sample_ms


@dataclass(frozen=True, slots=True)
class ThreadPoint:
    """A result on a number of ``threads``. ``speedup`` is the time on the least of the row over its own.

    ``efficiency`` is the speed-up over how many times as many threads they are: 1 where twice the threads halve it.
    """

    result: Result
    threads: int
    speedup: float
    efficiency: float


def thread_scaling(results: Iterable[Result]) -> tuple[tuple[ThreadPoint, ...], ...]:
    """Return the points of each case and adapter measured on several numbers of threads, the least first.

    A result is left out that broke a claim, and one of a library that says it used another number: it does not use
    more than one for everything.
    """
    limited = (
        result for result in results if result.id.threads is not None and result.resources.threads == result.id.threads
    )
    rows = []
    for row in _rows(
        limited, lambda id_: replace(id_, adapter=without_threads(id_.adapter)), lambda result: result.id.threads or 0
    ):
        least, first_ms = row[0].id.threads or 1, _median_ms(row[0])
        points = [(each, each.id.threads or 1, first_ms / _median_ms(each)) for each in row]
        rows.append(
            tuple(ThreadPoint(each, threads, speedup, speedup * least / threads) for each, threads, speedup in points)
        )
    return tuple(rows)


def batch_scaling(results: Iterable[Result]) -> tuple[tuple[BatchPoint, ...], ...]:
    """Return the points of each case and adapter measured at several batches, the least batch first.

    The results are saved ones, with what follows from their session (``Derived``). Those that broke a claim are left
    out: a wrong result is not fast.
    """
    rows = []
    for row in _rows(results, lambda id_: replace(id_, case=without_batch(id_.case)), lambda result: result.batch):
        first = _median_ms(row[0]) / _samples(row[0])
        rows.append(tuple(BatchPoint(each, _samples(each), first * _samples(each) / _median_ms(each)) for each in row))
    return tuple(rows)


def _rows(
    results: Iterable[Result], alike: Callable[[JobId], JobId], place: Callable[[Result], int]
) -> list[list[Result]]:
    """Return the sound results that share a key, where they have several places, in the order of these."""
    rows: dict[JobId, dict[int, Result]] = {}
    for result in results:
        if result.measured and not result.bits.broken_claim and _median_ms(result) > 0:
            rows.setdefault(alike(result.id), {})[place(result)] = result
    return [[row[each] for each in sorted(row)] for row in rows.values() if len(row) > 1]


def _samples(result: Result) -> float:
    """Return the samples of a run: a batch, or of a training as many batches as it does steps."""
    rate = result.derived.rate
    return result.batch * (rate.count if rate is not None and rate.unit == _STEPS else 1)


def _median_ms(result: Result) -> float:
    latency = result.timings.latency_ms
    return latency.median if latency is not None else 0.0
