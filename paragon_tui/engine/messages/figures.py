"""The figures of a result, as plain data: milliseconds, and intervals that cover the true value in 95 of 100 runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Literal

import msgspec

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
    "slow clock",
    "processes differ",
    "noisy",  # of older documents, like the next
    "other load",
]

Count = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
"""A number of things; messages with another are refused, as those with other times and rates are."""

Nanoseconds = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
"""A time as two readings of a clock give it: that of a device may step back."""

Cores = Annotated[float, msgspec.Meta(ge=-(2**20), le=2**20)]
"""A number of processor cores, which rough clocks may make negative."""

Positive = Annotated[float, msgspec.Meta(gt=0)]
"""A figure by which others are divided."""

Mark = Literal["", "~", "!"]
"""What a table shows beside a figure: ``~`` it is rough, ``!`` it should not be used."""

_MARKS: dict[FlagName, Mark] = {
    "imprecise": "~",
    "first run slow": "",
    "slow clock": "",
    "processes differ": "",
    "other load": "",
}

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
    disturbed. The deviations of a single sample are unknown, not 0. ``total`` is the sum of all samples. It and ``max``
    are unknown in sessions that were saved before there was one.
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
    max: float | None = None
    total: float | None = None


@dataclass(frozen=True, slots=True)
class Ratio:
    """A baseline's median over another's: above 1 the other is faster.

    ``baseline_ms`` is the baseline's median in the rounds that both have, by which ``value`` is computed; ``None`` in
    older documents. ``busy``: one side was disturbed, so nothing can be concluded.
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

    copy_gb_s: Positive
    multiply_add_gflop_s: Positive
    cache_bytes: Count | None = None


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
class Dropped:
    """The numbers of samples that were dropped: the machine ``slept`` in them, or their process was ``stopped``."""

    slept: Count = 0
    stopped: Count = 0

    def __add__(self, other: Dropped) -> Dropped:
        return Dropped(self.slept + other.slept, self.stopped + other.stopped)

    @property
    def total(self) -> int:
        """The number of all of them."""
        return self.slept + self.stopped

    @property
    def words(self) -> str:
        """How many there are, and why: ``1 sample in which the machine slept``."""
        parts = ((self.slept, "the machine slept"), (self.stopped, "the process was stopped"))
        return ", ".join(f"{n} {'sample' if n == 1 else 'samples'} in which {what}" for n, what in parts if n)


@dataclass(frozen=True, slots=True)
class Energy:
    """The energy that a device used over a visit, as its own counter tells it: all of it, whatever used it.

    That is of a whole processor package or graphics board, with everything else that ran there and what it takes at
    rest. ``joules`` were used in ``seconds``, from before the first warm-up run to after the last sample, the time
    between runs included; ``runs`` are all runs in that time, those to warm up and those for device times too. The
    counter advances every ``step_s``.
    """

    joules: float
    seconds: float
    runs: int
    step_s: float


@dataclass(frozen=True, slots=True)
class Readings:
    """What the sensors of a device told of a visit; ``None`` where the system does not tell.

    Clock rate, temperature and power are those right after the last sample. ``throttled`` are the reasons for which
    the device says it was throttled, empty if it says that it was not.
    """

    clock_mhz: float | None = None
    temperature_c: float | None = None
    power_w: float | None = None
    throttled: tuple[str, ...] | None = None
    energy: Energy | None = None


@dataclass(frozen=True, slots=True)
class SensorSummary:
    """What the sensors of a device told of all visits of a result; ``None`` where the system does not tell.

    The median clock rate, the highest temperature, the mean power, and the energy of a run: that of all visits over
    the number of all runs in them (see ``Energy``), where the counter is fine enough.
    """

    clock_mhz: float | None = None
    temperature_c: float | None = None
    power_w: float | None = None
    joules_per_run: float | None = None


@dataclass(frozen=True, slots=True)
class Conditions:
    """The conditions under which a visit's samples were taken.

    ``other_cores``: processor cores that other processes kept busy, on average; ``None`` where the system does not
    report it. ``spin_ns``: the time of a fixed piece of work, the best of a few, which shows the processor's clock
    rate. ``tick_ns``: the smallest step of the host clock. ``preempted``: the indices of the samples during which the
    system took a core away from a thread of the worker, and ``device_preempted`` of the device's times; ``None`` where
    the system does not count that. ``dropped`` are the samples that were interrupted, ``None`` if none was;
    ``readings`` what sensors told, ``None`` if nothing.
    """

    other_cores: Cores | None
    spin_ns: Count
    tick_ns: Count
    preempted: tuple[Count, ...] | None = None
    device_preempted: tuple[Count, ...] | None = None
    dropped: Dropped | None = None
    readings: Readings | None = None


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
    """What a result's figures are computed from: those of its samples that count.

    ``preempted`` samples were left out. ``disturbed``: the machine was so busy that no figures of an undisturbed run
    can be had. ``other_cores`` is the mean over the visits, ``load`` their share of all cores where that may have
    changed the times of an adapter on the processor; ``spin_ns`` and ``best_spin_ns``, the session's best, show
    the processor's clock rate. ``readings`` are those of sensors in the visits.
    """

    latency: Samples
    device: Samples | None = None
    cold: Samples | None = None
    warm: Samples | None = None
    chained: tuple[tuple[tuple[int, int], ...], ...] = ()
    preempted: int = 0
    disturbed: bool = False
    other_cores: float | None = None
    spin_ns: float | None = None
    best_spin_ns: int | None = None
    tick_ns: int = 1
    readings: tuple[Readings, ...] = ()
    load: float = 0.0

    @property
    def for_ratio(self) -> Measured:
        """The visits' medians, and how much they were disturbed: all that a ratio needs."""
        return Measured(self.latency.without_values, disturbed=self.disturbed, load=self.load)


@dataclass(frozen=True, slots=True)
class Overhead:
    """The parts of a sample that are not the driver's work, nanoseconds, medians.

    ``loop_ns``: the sampling loop around a run that does nothing. ``host_ns``: our own code around the driver's calls,
    ``None`` where it cannot be separated. ``round_trip_ns``: the shortest exchange with the device, ``None`` on the
    host.
    """

    loop_ns: Nanoseconds
    host_ns: Nanoseconds | None
    round_trip_ns: Nanoseconds | None
