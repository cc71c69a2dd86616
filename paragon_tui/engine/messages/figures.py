"""The figures of a result, as plain data: milliseconds, and intervals that cover the true value in 95 of 100 runs."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["faster", "slower", "same", "unclear"]
"""What a ratio's interval allows to be said; ``same`` is a claim too, which needs a narrow interval."""

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


@dataclass(frozen=True, slots=True)
class Interval:
    """Where the true value lies, with 95 % confidence."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures of a sample, milliseconds: ``mad`` is the median absolute deviation, ``n`` the sample size.

    ``interval`` is the median's; ``None`` where the samples do not carry one, being of too few visits. A single
    sample has no deviations, which is not to say that they are 0.
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
    """What gets done in a second: ``value`` of ``unit``, such as ``samples/s``; a run does ``count`` of it."""

    value: float
    interval: Interval | None
    unit: str
    count: float


@dataclass(frozen=True, slots=True)
class LaunchCost:
    """``T(n) = synchronisation + forward·n`` over n forwards chained in one submission, n from 1 to ``longest``."""

    synchronisation_ms: float
    forward_ms: float
    synchronisation_interval: Interval | None
    forward_interval: Interval | None
    longest: int


@dataclass(frozen=True, slots=True)
class Flag:
    """Something that keeps a figure from being taken at its word; ``words`` say what was seen."""

    name: FlagName
    words: str

    @property
    def is_doubt(self) -> bool:
        """Whether it keeps the median from being taken at its word; a slow first run tells of the start alone."""
        return self.name != "first run slow"


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What an adapter can do at best, as measured: a plain copy (bytes read and written), and f32 multiply-adds.

    In 1e9 bytes and 1e9 operations a second; a multiply-add is two operations.
    """

    copy_gb_s: float
    multiply_add_gflop_s: float


@dataclass(frozen=True, slots=True)
class Roofline:
    """A result's rates, and how near they come to its adapter's ceiling.

    ``share`` is the least possible time over the measured one, ``by`` the ceiling that makes it the least; ``None``
    where no ceiling is known. ``cold_share`` is that of memory over the time with cold caches, where there is one. A
    share above 1 came from a cache, or the ceiling was measured low: it cannot tell which.
    """

    gflop_s: float
    gb_s: float
    by: Literal["memory", "arithmetic"] | None
    share: float | None
    cold_share: float | None


@dataclass(frozen=True, slots=True)
class Conditions:
    """What else a visit's samples were taken under.

    ``other_cores``: processor cores that others kept busy, on average, ``None`` where the system does not tell.
    ``spin_ns``: what a fixed piece of work took, the best of a few, which tells the processor's clock.
    ``tick_ns``: the smallest step of the host clock.
    """

    other_cores: float | None
    spin_ns: int
    tick_ns: int


@dataclass(frozen=True, slots=True)
class Visit:
    """The samples of one round in one process, in order, nanoseconds: what hangs together through time."""

    process: int
    round: int
    values_ns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Overhead:
    """What a sample holds besides the driver's work, nanoseconds, medians.

    ``loop_ns``: the sampling loop around a run that does nothing. ``host_ns``: our own code around the driver's calls,
    ``None`` where it cannot be told apart. ``round_trip_ns``: the least exchange with the device, ``None`` on the host.
    """

    loop_ns: int
    host_ns: int | None
    round_trip_ns: int | None
