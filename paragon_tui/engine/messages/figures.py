"""The figures of a result, as plain data: milliseconds, and intervals that cover the true value in 95 of 100 runs."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["faster", "slower", "same", "unclear"]
"""The conclusion that a ratio's interval allows; ``same`` is a claim too, which needs a narrow interval."""

FlagName = Literal[
    "noisy",
    "bimodal",
    "drifting",
    "first run slow",
    "too short",
    "throttled",
    "other load",
    "processes differ",
]


MAD_TO_SIGMA = 1.4826
"""The factor from a normal distribution's median absolute deviation to its standard deviation."""


@dataclass(frozen=True, slots=True)
class Interval:
    """The range that holds the true value, with 95 % confidence."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures of a set of samples, milliseconds: ``mad`` is the median absolute deviation, ``n`` the number of samples.

    ``interval`` is the median's; ``None`` where the samples are of too few visits for one. The deviations of a single
    sample are unknown, not 0.
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
    """A baseline's median over another's: above 1 the other is faster."""

    value: float
    interval: Interval | None
    judgement: Verdict


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
    def makes_doubtful(self) -> bool:
        """True if it makes the median doubtful; a slow first run concerns only the start."""
        return self.name != "first run slow"


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The best measured rates of an adapter: a plain copy (bytes read and written), and f32 multiply-adds.

    In 1e9 bytes and 1e9 operations a second; a multiply-add is two operations.
    """

    copy_gb_s: float
    multiply_add_gflop_s: float


@dataclass(frozen=True, slots=True)
class Roofline:
    """A result's rates, and its share of its adapter's ceiling.

    ``share`` is the least possible time over the measured one, ``by`` the ceiling that sets this least time; ``None``
    where no ceiling is known. ``cold_share`` is the least time for memory alone over the time with cold caches, where
    that was measured. A share above 1 means data from a cache or a ceiling measured too low; it cannot tell which.
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
    rate. ``tick_ns``: the smallest step of the host clock.
    """

    other_cores: float | None
    spin_ns: int
    tick_ns: int


@dataclass(frozen=True, slots=True)
class Visit:
    """The samples of one round in one process, in order, nanoseconds; close in time, they are correlated."""

    process: int
    round: int
    values_ns: tuple[int, ...]


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
