"""A result to measure (a case at a dtype and variant on an adapter) and the settings of sampling; plain data."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, replace

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.threads import on_threads, threads_of, without_threads
from paragon_tui.suites.case import DTYPES, USUAL, VARIANTS, Case

BASELINE = "numpy"
"""The adapter that speed-ups are measured against: of one that is limited to some threads, NumPy on as many."""


def is_baseline_adapter(adapter: str) -> bool:
    """Return whether this is the id of a baseline: NumPy, or NumPy on a number of threads."""
    return without_threads(adapter) == BASELINE


_ROUNDS_FACTOR = 5  # of a device that is so slow beside its own times that its samples hardly come to anything
_VISIT_S = 0.25  # a longer time is of more visits, since those of one visit say little more than one sample
_VISIT_SAMPLES = 20_000  # with as many device times, up to a minute each, these fit a line of the protocol


@dataclass(frozen=True, slots=True, order=True)
class JobId:
    """The key of one result: a case at a dtype and variant on an adapter."""

    suite: str
    case: str
    dtype: str
    variant: str
    adapter: str

    @property
    def label(self) -> str:
        """The case with its dtype and variant, where these are not the usual ones: ``S1``, ``S1:f16``, ``S1:plain``."""
        parts = [self.case]
        if self.dtype != DTYPES[0]:
            parts.append(self.dtype)
        if self.variant not in USUAL:
            parts.append(self.variant)
        return ":".join(parts)

    @property
    def arithmetic(self) -> str:
        """The dtype, and the variant of the kernels where it is not the usual one: ``f16``, ``f32 plain``."""
        return self.dtype if self.variant in USUAL else f"{self.dtype} {self.variant}"

    @property
    def threads(self) -> int | None:
        """The number of threads that the adapter is limited to; ``None`` where it is not."""
        return threads_of(self.adapter)

    @property
    def baseline(self) -> JobId:
        """The result that a speed-up is measured against: NumPy's for the same case and dtype, on as many threads."""
        return replace(self, adapter=on_threads(BASELINE, self.threads), variant=VARIANTS[0])

    def __str__(self) -> str:
        return f"{self.label} on {self.adapter}"


@dataclass(frozen=True, slots=True)
class Sampling:
    """The settings of sampling: the adapters of a case take turns, a visit each in every round.

    Times are in seconds, and of samples alone. ``warmup`` runs precede each visit. ``iterations`` fixes the number of
    samples; otherwise sampling goes on for at least ``rounds`` rounds and ``min_time_s`` (or ``max_samples``), until
    half the interval of the median is within ``precision`` of it, or until ``most_rounds`` or ``budget_s``;
    ``max_time_s`` ends it before the least number of rounds too. ``repeat`` is the number of fresh processes, ``cold``
    that of samples with flushed caches, ``chained`` that of series of chained runs. ``examine``: measure the adapters'
    ceilings and the harness's overhead too. ``patience_s`` is how long to wait for other programs to come to rest, to
    measure again what they disturbed.
    """

    warmup: int = 3
    iterations: int | None = None
    min_time_s: float = 0.3
    budget_s: float = 5.0
    max_time_s: float = 30.0
    max_samples: int = 4000
    precision: float = 0.02
    rounds: int = 20
    most_rounds: int = 40
    repeat: int = 1
    cold: int = 10
    chained: int = 8
    examine: bool = True
    patience_s: float = 10.0

    @property
    def is_fast(self) -> bool:
        """True if it takes no more rounds than the least, whatever the precision."""
        return self.most_rounds <= self.rounds

    @property
    def visit_s(self) -> float:
        """The time limit of a visit, seconds."""
        return min(self.min_time_s / self.rounds, _VISIT_S)

    @property
    def visit_samples(self) -> int:
        """The most samples that a visit takes."""
        return min(_VISIT_SAMPLES, -(-(self.iterations or self.max_samples) // self.rounds))

    def for_at_least(self, seconds: float) -> Sampling:
        """Return the settings for ``seconds`` of samples at least, whatever their number."""
        longer = replace(self, min_time_s=seconds, max_samples=sys.maxsize)
        rounds = math.ceil(seconds / longer.visit_s)
        return replace(
            longer,
            most_rounds=max(self.most_rounds, _ROUNDS_FACTOR * rounds),
            budget_s=max(self.budget_s, seconds),
            max_time_s=max(self.max_time_s, seconds),
        )

    def to_precision(self, share: float) -> Sampling:
        """Return the settings for a median that is known to ``share`` of it, as far as the longest time allows."""
        longest = max(self.max_time_s, Sampling().max_time_s)
        rounds = max(self.most_rounds, math.ceil(longest / self.visit_s))
        return replace(self, precision=share, most_rounds=rounds, budget_s=longest, max_time_s=longest)


FAST = Sampling(
    warmup=1,
    min_time_s=0.05,
    budget_s=0.05,
    max_time_s=0.08,
    max_samples=1000,
    rounds=10,
    most_rounds=10,
    cold=0,
    chained=0,
    examine=False,
    patience_s=0.0,
)
"""At most 0.2 s a result, device times and warming up included: no cold caches, no chained runs, no ceilings."""


@dataclass(frozen=True, slots=True)
class Job:
    """One case to measure on one adapter."""

    case: Case
    adapter: Adapter
    dtype: str = "f32"
    variant: str = "default"

    @property
    def id(self) -> JobId:
        """The key of its result."""
        return JobId(self.case.suite, self.case.id, self.dtype, self.variant, self.adapter.id)
