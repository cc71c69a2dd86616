"""Timings with known distributions, as visits: what the statistics are held against. Seeded, around one millisecond."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist, median
from typing import Any

import numpy as np

from paragon_tui.engine.analysis.collector import Collector
from paragon_tui.engine.messages.figures import Interval, Measured, Samples, Visit

MEDIAN_NS = 1_000_000


@dataclass(frozen=True)
class Distribution:
    """Logarithms of samples over ``MEDIAN_NS``: a mixture of normals, (share, mean, standard deviation) each.

    ``visit`` and ``process`` are the standard deviations of what a visit or a process adds to all its samples;
    ``drift`` is the rise from the first round to the last, around the middle one.
    """

    modes: tuple[tuple[float, float, float], ...]
    visit: float = 0.0
    process: float = 0.0
    drift: float = 0.0


DISTRIBUTIONS = {
    "constant": Distribution(((1, 0, 0),)),
    "quiet": Distribution(((1, 0, 0.01),), visit=0.003),
    "uniform ±10 %": Distribution(tuple((1 / 40, (i - 19.5) / 200, 0.0025) for i in range(40))),
    "noisy 10 %": Distribution(((1, 0, 0.1),)),
    "lognormal 50 %": Distribution(((1, 0, 0.5),)),
    "bimodal 70/30": Distribution(((0.7, 0, 0.01), (0.3, math.log(1.2), 0.01))),
    "outliers 5 %": Distribution(((0.95, 0, 0.01), (0.05, 0.7, 0.3))),
    "drift 20 %": Distribution(((1, 0, 0.01),), drift=math.log(1.2)),
    "between visits 2 %": Distribution(((1, 0, 0.005),), visit=0.02),
    "between processes 2 %": Distribution(((1, 0, 0.005),), process=0.02),
}


def visits(
    distribution: Distribution,
    seed: int | tuple[int, ...],
    processes: int = 1,
    rounds: int = 20,
    samples: int = 50,
    slowdown: float = 0.0,
) -> tuple[Visit, ...]:
    """Visits of ``samples`` each; everything takes longer by the share ``slowdown``."""
    generator = np.random.default_rng(seed)
    shares, means, deviations = np.array(distribution.modes).T
    mode = generator.choice(len(shares), (processes, rounds, samples), p=shares)
    logs = generator.normal(means[mode], deviations[mode])
    logs += generator.normal(0, distribution.process, (processes, 1, 1))
    logs += generator.normal(0, distribution.visit, (processes, rounds, 1))
    logs += distribution.drift * np.linspace(-0.5, 0.5, rounds)[None, :, None]
    values = np.rint(MEDIAN_NS * (1 + slowdown) * np.exp(logs)).astype(int)
    return tuple(visit(p, r, values[p, r].tolist()) for p in range(processes) for r in range(rounds))


def visit(process: int, round_: int, values_ns: Sequence[int]) -> Visit:
    """A visit of these samples, all of them kept; one of none has a median of 0."""
    return Visit(process, round_, float(median(values_ns)) if values_ns else 0.0, tuple(values_ns))


def samples_of(taken: Iterable[Visit]) -> Samples:
    """The samples of visits, as a run collects them. Raises ``ValueError`` for none."""
    collector = Collector()
    for each in taken:
        collector.add(each.process, each.round, each.values_ns)
    if collector.samples is None:
        raise ValueError("no samples")
    return collector.samples


def measured(taken: Iterable[Visit], **changes: Any) -> Measured:
    """What was measured in visits, undisturbed unless ``changes`` say otherwise."""
    return Measured(samples_of(taken), **changes)


def true_median_ms(distribution: Distribution, rounds: int = 20) -> float:
    """The median of what ``visits`` draws from, over all visits and processes there could be."""
    drifts = distribution.drift * np.linspace(-0.5, 0.5, rounds)
    further = math.hypot(distribution.visit, distribution.process)
    parts = [
        (share / rounds, NormalDist(mean + drift, math.hypot(deviation, further, 1e-12)))
        for share, mean, deviation in distribution.modes
        for drift in drifts
    ]
    low, high = -1.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        below = sum(share * part.cdf(middle) for share, part in parts)
        low, high = (middle, high) if below < 0.5 else (low, middle)
    return MEDIAN_NS * math.exp(high) / 1e6


def width(interval: Interval | None) -> float:
    """The width of an interval that there is."""
    assert interval is not None
    return interval.high - interval.low
