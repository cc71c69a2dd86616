"""The rule that ends sampling: the median is known well enough, or the budget is spent. Pure Python, for the parent."""

from __future__ import annotations

import math
from dataclasses import dataclass

from paragon_tui.engine.analysis.margin import LEAST_VISITS, visits_margin
from paragon_tui.engine.messages.events import SampleBatch
from paragon_tui.engine.messages.job import Sampling
from paragon_tui.engine.runner.measurement import Measurement


@dataclass(slots=True)
class SamplingProgress:
    """The samples that one process has taken of one result."""

    sampling: Sampling
    measurement: Measurement
    taken: int = 0
    rounds: int = 0
    seconds: float = 0.0  # the sum of all samples, without the time between them
    half_width: float | None = None

    def add(self, batch: SampleBatch) -> None:
        """Count a visit's samples, which the measurement has."""
        self.taken += len(batch.latency_ns)
        self.rounds += 1
        self.seconds += sum(batch.latency_ns) / 1e9
        logs = [math.log(max(1.0, visit.median_ns)) for visit in self.measurement.visits]
        self.half_width = math.expm1(visits_margin(logs)) if len(logs) >= LEAST_VISITS else None

    @property
    def next_samples(self) -> int:
        """The most samples that the next visit takes."""
        if self.sampling.iterations is None:
            return self.sampling.visit_samples
        return min(self.sampling.visit_samples, self.sampling.iterations - self.taken)

    @property
    def precise(self) -> bool:
        """True if no more samples are needed: as many as were asked for, or enough for the wished precision."""
        sampling = self.sampling
        if sampling.iterations is not None:
            return self.taken >= sampling.iterations
        long_enough = self.seconds >= sampling.min_time_s or self.taken >= sampling.max_samples
        if self.rounds < sampling.rounds or not long_enough or self.measurement.choice == "disturbed":
            return False
        return self.half_width is not None and self.half_width <= sampling.precision

    @property
    def spent(self) -> bool:
        """True if no more samples may be taken."""
        sampling = self.sampling
        if sampling.iterations is not None:
            return self.taken >= sampling.iterations
        if self.seconds >= sampling.max_time_s or self.rounds >= sampling.most_rounds:
            return True
        return self.rounds >= sampling.rounds and self.seconds >= sampling.budget_s
