"""The figures of a result, as plain data: milliseconds, and intervals that cover the true value in 95 of 100 runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Verdict = Literal["faster", "slower", "same", "unclear"]
"""The conclusion that a ratio's interval allows; ``same`` is a claim too, which needs a narrow interval."""

FlagName = Literal[
    "imprecise",
    "disturbed",
    "bimodal",
    "drifting",
    "clipped",
    "first run slow",
    "too short",
    "throttled",
    "processes differ",
    "noisy",  # of documents before schema 4, like the next
    "other load",
]

Mark = Literal["", "~", "!"]
"""What a table shows beside a figure: ``~`` it is rough, ``!`` it should not be used."""

_MARKS: dict[FlagName, Mark] = {"imprecise": "~", "first run slow": "", "processes differ": "", "other load": ""}

MAD_TO_SIGMA = 1.4826
"""The factor from a normal distribution's median absolute deviation to its standard deviation."""


@dataclass(frozen=True, slots=True)
class Interval:
    """The range that holds the true value, with 95 % confidence."""

    low: float
    high: float

    def half_width(self, value: float) -> float:
        """Return the distance of the further end from ``value`` (above 0), as a share of it: the ± of that figure."""
        return max(value - self.low, self.high - value) / value


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures of a set of samples, milliseconds: ``mad`` is the median absolute deviation, ``n`` the number of samples.

    ``median`` is that of the visits' medians, so that each visit weighs alike; the quartiles, ``p95`` and ``mad`` are
    of single samples. ``interval`` is the median's; ``None`` where there are too few visits for one, or where they were
    disturbed. The deviations of a single sample are unknown, not 0.
    """

    median: float
    interval: Interval | None
    min: float
    q1: float
    q3: float
    p95: float
    mad: float | None
    mean: float
    stdev: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Ratio:
    """A baseline's median over another's: above 1 the other is faster.

    ``baseline_ms`` is the baseline's median in the rounds that both have, by which ``value`` is reckoned; ``None`` in
    documents before schema 4. ``busy``: one side was disturbed, so nothing can be concluded.
    """

    value: float
    interval: Interval | None
    judgement: Verdict
    baseline_ms: float | None = None
    busy: bool = False


@dataclass(frozen=True, slots=True)
class Rate:
    """The work done in a second: ``value`` in ``unit``, such as ``samples/s``; a run does ``count`` of it."""

    value: float
    interval: Interval | None
    unit: str
    count: float


@dataclass(frozen=True, slots=True)
class LaunchCost:
    """``T(n) = synchronisation + forward·n`` over n forwards chained in one submission, n from 1 to ``longest``."""

    synchronisation_ms: float
    synchronisation_interval: Interval | None
    forward_ms: float
    forward_interval: Interval | None
    longest: int


@dataclass(frozen=True, slots=True)
class Flag:
    """A reason to doubt a figure; ``words`` say what was observed."""

    name: FlagName
    words: str

    @property
    def mark(self) -> Mark:
        """The mark that it sets; none where it does not concern the median, or where the interval says it too."""
        return _MARKS.get(self.name, "!")


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The best rates ever measured on an adapter: of a copy (bytes read and written), and of f32 multiply-adds.

    In 1e9 bytes and 1e9 operations a second; a multiply-add is two operations. ``cache_bytes`` is the size of the
    last-level caches, ``None`` where nothing tells it.
    """

    copy_gb_s: float
    multiply_add_gflop_s: float
    cache_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Roofline:
    """A result's rates, and its share of its adapter's ceiling.

    ``share`` is the least possible time over the measured one, ``by`` the ceiling that sets this least time; ``None``
    where no ceiling is known, and where memory sets it while the data may come from a cache. ``cold_share`` is the
    least time for memory alone over the time with flushed caches, where that was measured.
    """

    gflop_s: float
    gb_s: float
    by: Literal["memory", "arithmetic"] | None
    share: float | None
    cold_share: float | None


@dataclass(frozen=True, slots=True)
class Conditions:
    """The conditions under which a visit's samples were taken.

    ``other_cores``: processor cores that other processes kept busy, on average; ``None`` where the system does not
    report it. ``spin_ns``: the time of a fixed piece of work, the best of a few, which shows the processor's clock
    rate. ``tick_ns``: the smallest step of the host clock. ``interrupted``: the indices of the samples during which the
    system took a core away from a thread of the worker, and ``device_interrupted`` of the device's times; ``None``
    where the system does not count that.
    """

    other_cores: float | None
    spin_ns: int
    tick_ns: int
    interrupted: tuple[int, ...] | None = None
    device_interrupted: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """The samples of one round in one process, nanoseconds; close in time, they are correlated.

    ``median_ns`` is of all of them, ``values_ns`` are those kept, in order.
    """

    process: int
    round: int
    median_ns: float
    values_ns: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Samples:
    """The samples of a result, visit by visit, in order; the figures are of all ``n``, nanoseconds.

    Where there are very many, each visit keeps an evenly spaced part of its values.
    """

    visits: tuple[Visit, ...]
    n: int
    min_ns: int
    mean_ns: float
    stdev_ns: float | None
    max_ns: int

    @property
    def without_values(self) -> Samples:
        """The same with the visits' medians alone: all that a ratio needs."""
        return replace(self, visits=tuple(replace(visit, values_ns=()) for visit in self.visits))


@dataclass(frozen=True, slots=True)
class Measured:
    """What a result's figures are reckoned from: those of its samples that count.

    ``interrupted`` samples were left out. ``disturbed``: the machine was so busy that no figures of an undisturbed run
    can be had. ``other_cores`` is the mean over the visits; ``spin_ns`` and ``best_spin_ns``, the session's best, show
    the processor's clock rate.
    """

    latency: Samples
    device: Samples | None = None
    cold: Samples | None = None
    warm: Samples | None = None
    chained: tuple[tuple[tuple[int, int], ...], ...] = ()
    interrupted: int = 0
    disturbed: bool = False
    other_cores: float | None = None
    spin_ns: float | None = None
    best_spin_ns: int | None = None
    tick_ns: int = 1

    @property
    def for_ratio(self) -> Measured:
        """The visits' medians, and whether they were disturbed: all that a ratio needs."""
        return Measured(self.latency.without_values, disturbed=self.disturbed)


@dataclass(frozen=True, slots=True)
class Overhead:
    """The parts of a sample that are not the driver's work, nanoseconds, medians.

    ``loop_ns``: the sampling loop around a run that does nothing. ``host_ns``: our own code around the driver's calls,
    ``None`` where it cannot be separated. ``round_trip_ns``: the shortest exchange with the device, ``None`` on the
    host.
    """

    loop_ns: int
    host_ns: int | None
    round_trip_ns: int | None
