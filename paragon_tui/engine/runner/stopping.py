"""When enough has been sampled: quiet, or as quiet as it gets. Plain Python, since the parent decides it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from paragon_tui.engine.analysis.statistics import MAD_TO_SIGMA
from paragon_tui.engine.messages.events import SampleBatch
from paragon_tui.engine.messages.job import Sampling

_STEADY_ROUNDS = 4
_STEADY = 0.1
_MOST = 10  # times the least number of rounds: what is not steady by then will not be


def noise(values: Sequence[float]) -> float:
    """1.4826·MAD/median, the robust relative standard deviation; 0 where the clock did not move."""
    middle = median(values)
    return MAD_TO_SIGMA * median(abs(value - middle) for value in values) / middle if middle > 0 else 0.0


@dataclass(slots=True)
class SamplingProgress:
    """What one process has sampled of one result."""

    sampling: Sampling
    values_ns: list[int] = field(default_factory=list)
    rounds: int = 0
    noises: list[float] = field(default_factory=list)

    def add(self, batch: SampleBatch) -> None:
        """Take a visit in."""
        self.values_ns += batch.latency_ns
        self.rounds += 1
        if self.values_ns:
            self.noises.append(noise(self.values_ns))

    @property
    def seconds(self) -> float:
        """What was sampled, without what goes around it."""
        return sum(self.values_ns) / 1e9

    @property
    def wanted(self) -> int:
        """How many samples the next visit takes at most."""
        if self.sampling.iterations is None:
            return self.sampling.visit_samples
        return min(self.sampling.visit_samples, self.sampling.iterations - len(self.values_ns))

    @property
    def enough(self) -> bool:
        """Whether this will do.

        As many samples as were asked for; otherwise long enough, and quiet or steady: the noise of all samples so far
        has hardly changed over the last rounds, so that more of them would not make it smaller (after NVBench).
        """
        sampling, taken = self.sampling, len(self.values_ns)
        if sampling.iterations is not None:
            return taken >= sampling.iterations
        if self.seconds >= sampling.max_time_s or self.rounds >= _MOST * sampling.rounds:
            return True
        long = self.seconds >= sampling.min_time_s or taken >= sampling.max_samples
        if self.rounds < sampling.rounds or taken < sampling.min_samples or not long:
            return False
        last = self.noises[-_STEADY_ROUNDS:]
        steady = len(last) == _STEADY_ROUNDS and max(last) - min(last) <= _STEADY * max(last)
        return steady or last[-1] < sampling.noise
