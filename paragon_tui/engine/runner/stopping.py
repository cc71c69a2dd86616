"""The rule that ends sampling: noise is low, or no longer falls. Plain Python, since the parent applies it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from paragon_tui.engine.messages.events import SampleBatch
from paragon_tui.engine.messages.figures import MAD_TO_SIGMA
from paragon_tui.engine.messages.job import Sampling

_STEADY_ROUNDS = 4
_STEADY = 0.1
_MOST_ROUNDS_FACTOR = 10  # times the least number of rounds: noise that is not steady by then never will be


def noise(values: Sequence[float]) -> float:
    """Return 1.4826·MAD/median, the robust relative standard deviation; 0 where the clock did not move."""
    middle = median(values)
    return MAD_TO_SIGMA * median(abs(value - middle) for value in values) / middle if middle > 0 else 0.0


@dataclass(slots=True)
class SamplingProgress:
    """The samples that one process has taken of one result."""

    sampling: Sampling
    values_ns: list[int] = field(default_factory=list)
    rounds: int = 0
    noises: list[float] = field(default_factory=list)

    def add(self, batch: SampleBatch) -> None:
        """Add a visit's samples."""
        self.values_ns += batch.latency_ns
        self.rounds += 1
        if self.values_ns:
            self.noises.append(noise(self.values_ns))

    @property
    def seconds(self) -> float:
        """The sum of all samples, seconds, without the time between them."""
        return sum(self.values_ns) / 1e9

    @property
    def next_samples(self) -> int:
        """The most samples that the next visit takes."""
        if self.sampling.iterations is None:
            return self.sampling.visit_samples
        return min(self.sampling.visit_samples, self.sampling.iterations - len(self.values_ns))

    @property
    def enough(self) -> bool:
        """True if no more samples are needed.

        That is as many as were asked for; otherwise enough time, and low or steady noise: the noise of all samples so
        far has hardly changed over the last rounds, so that more samples would not reduce it (after NVBench).
        """
        sampling, taken = self.sampling, len(self.values_ns)
        if sampling.iterations is not None:
            return taken >= sampling.iterations
        if self.seconds >= sampling.max_time_s or self.rounds >= _MOST_ROUNDS_FACTOR * sampling.rounds:
            return True
        long_enough = self.seconds >= sampling.min_time_s or taken >= sampling.max_samples
        if self.rounds < sampling.rounds or taken < sampling.min_samples or not long_enough:
            return False
        recent = self.noises[-_STEADY_ROUNDS:]
        steady = len(recent) == _STEADY_ROUNDS and max(recent) - min(recent) <= _STEADY * max(recent)
        return steady or recent[-1] < sampling.noise
