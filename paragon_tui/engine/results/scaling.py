"""How times grow with the batch: of each case and adapter that was measured at several of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

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
