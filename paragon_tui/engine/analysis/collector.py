"""Collect a result's samples visit by visit, in bounded memory. Pure Python, for the parent."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from paragon_tui.engine.messages.figures import Samples, Visit

_KEPT = 4000


class Collector:
    """The visits of one result so far. Their medians are all kept, of very many samples only an evenly spaced part."""

    def __init__(self) -> None:
        self.visits: list[Visit] = []
        self._n = self._sum = self._squares = 0
        self._least: int | None = None
        self._most = 0
        self._step = 1  # every so many samples one is kept
        self._kept = 0

    def add(self, process: int, round_: int, values_ns: Sequence[int]) -> None:
        """Add the samples of a visit; one without samples is none."""
        if not values_ns:
            return
        kept = tuple(values_ns[:: self._step])
        self.visits.append(Visit(process, round_, float(median(values_ns)), kept))
        self._kept += len(kept)
        while self._kept > max(_KEPT, 2 * len(self.visits)):  # each visit keeps one at least
            self._step *= 2
            self.visits = [replace(visit, values_ns=visit.values_ns[::2]) for visit in self.visits]
            self._kept = sum(len(visit.values_ns) for visit in self.visits)
        self._n += len(values_ns)
        self._sum += sum(values_ns)
        self._squares += sum(value * value for value in values_ns)  # whole numbers, so nothing cancels
        least, most = min(values_ns), max(values_ns)
        self._least = least if self._least is None else min(self._least, least)
        self._most = max(self._most, most)

    @property
    def samples(self) -> Samples | None:
        """The samples so far, ``None`` where there are none."""
        if self._least is None:
            return None
        n = self._n
        deviation = math.sqrt((self._squares * n - self._sum**2) / (n * (n - 1))) if n > 1 else None
        return Samples(tuple(self.visits), n, self._least, self._sum / n, deviation, self._most)


def merged(parts: Sequence[Samples]) -> Samples | None:
    """Return the samples of all ``parts``, whose visits are of different processes; ``None`` for none."""
    if not parts:
        return None
    n = sum(part.n for part in parts)
    mean = sum(part.mean_ns * part.n for part in parts) / n
    squares = sum((part.stdev_ns or 0.0) ** 2 * (part.n - 1) + (part.mean_ns - mean) ** 2 * part.n for part in parts)
    visits = [visit for part in parts for visit in part.visits]
    step = -(-sum(len(visit.values_ns) for visit in visits) // _KEPT)
    if step > 1:
        visits = [replace(visit, values_ns=visit.values_ns[::step]) for visit in visits]
    return Samples(
        tuple(visits),
        n,
        min(part.min_ns for part in parts),
        mean,
        math.sqrt(squares / (n - 1)) if n > 1 else None,
        max(part.max_ns for part in parts),
    )
