"""Events of a session, as data: the one stream that the console, the screen, the store and the tests read.

Times are in milliseconds, except raw samples, which are nanoseconds as read from the clock.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec

from paragon_tui.arithmetic.comparison import Comparison, Difference
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.fingerprint import Fingerprint, Standing
from paragon_tui.engine.messages.figures import (
    Ceiling,
    Conditions,
    Count,
    Flag,
    LaunchCost,
    Nanoseconds,
    Overhead,
    Ratio,
    SensorSummary,
    Summary,
)
from paragon_tui.engine.messages.job import JobId, Sampling
from paragon_tui.operators.operator import Cost, Tier
from paragon_tui.suites.case import Case, Chain
from paragon_tui.suites.score import Score

Status = Literal["ok", "unsupported", "failed", "timeout", "stopped"]
LogLevel = Literal["info", "warning", "error", "driver"]
Activity = Literal["opening", "peaks", "operands", "reference", "compiling", "comparing"]
"""What comes before the samples: opening the driver, measuring its peaks, making operands, …, comparing bits."""

NOT_RUN = "not run: the session was stopped first"
"""The error of a result that had not begun when its run was stopped."""


@dataclass(frozen=True, slots=True)
class AdapterFound:
    """An adapter that discovery found."""

    adapter: Adapter


@dataclass(frozen=True, slots=True)
class DiscoveryFinished:
    """The end of discovery for one API, which found ``found`` adapters.

    ``error`` says why it failed, ``None`` if it did not; else ``remedy`` what to do where nothing was found. ``ms`` is
    the time it took, including the loading of its libraries.
    """

    api: str
    found: int
    ms: float | None = None
    error: str | None = None
    remedy: str | None = None


@dataclass(frozen=True, slots=True)
class Probed:
    """The result of probing an adapter's arithmetic; ``error`` says why it could not be probed.

    ``unsupported``: that is because the adapter cannot compute, which is no failure.
    """

    adapter: str
    fingerprint: Fingerprint | None
    error: str | None = None
    unsupported: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """A worker has tried to open its adapter ahead of a job."""

    id: JobId


@dataclass(frozen=True, slots=True)
class Planned:
    """A result that a run is going to produce. ``output_tier`` is that of a network's softmax of its values."""

    id: JobId
    case: Case
    adapter: Adapter
    shape: str
    megabytes: float
    tier: Tier | None
    cost: Cost | None = None
    expected_s: float = 0.0
    output_tier: Tier | None = None


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The start of a session: ``started`` is ISO 8601 in UTC, ``planned`` in the order of the run.

    ``listed`` are the adapters whose results were asked for. ``discovery_ms`` is the time of discovery by API;
    ``sampling`` is ``None`` where nothing is timed; ``threads`` is the number that was asked for. ``continues`` names
    the session whose results this one has, but those that are measured ``again``; ``None`` for one of its own.
    """

    session: str
    started: str
    host: dict[str, str]
    planned: tuple[Planned, ...]
    listed: tuple[str, ...]
    discovery_ms: dict[str, float]
    sampling: Sampling | None
    threads: int | None = None
    continues: str | None = None
    again: tuple[JobId, ...] = ()


@dataclass(frozen=True, slots=True)
class JobStarted:
    """The start of a job; once in each process that measures it."""

    id: JobId


@dataclass(frozen=True, slots=True)
class Doing:
    """What a worker does for a job from now on, until it says something else."""

    id: JobId
    what: Activity


@dataclass(frozen=True, slots=True)
class Prepared:
    """A job is ready to run. Times are ``None`` where there is nothing to compile or upload.

    ``plan`` names the plan that was selected. ``standing`` is the ground for the tier's claim of identity on this
    adapter, ``None`` where none is claimed, and ``output_standing`` that of a network's softmax. ``library`` and
    ``threads`` are what a host form computes with, ``device_bytes`` what was allocated on a device. ``wrong_plans`` had
    other bits when all plans were tried.
    """

    id: JobId
    init_ms: float
    compile_ms: float | None
    upload_ms: float | None
    plan: str | None
    standing: Standing | None
    library: str | None = None
    threads: int | None = None
    device_bytes: int | None = None
    wrong_plans: tuple[str, ...] = ()
    output_standing: Standing | None = None


@dataclass(frozen=True, slots=True)
class CheckpointReached:
    """A training has reached ``step`` of ``steps``, ``elapsed_s`` after it began.

    ``losses`` are those before each step since the last checkpoint; ``digest`` is that of all parameters, ``right``
    the reference's at this step. ``score`` says how many samples these parameters answer right, ``None`` where that
    means nothing.
    """

    id: JobId
    step: Count
    steps: Count
    losses: Annotated[tuple[float, ...], msgspec.Meta(min_length=1)]
    digest: str
    right: str
    elapsed_s: float
    score: Score | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """The result of the first run; values are ``None`` if there are more than 1,024, digests are of all values.

    ``output`` is a network's softmax of its ``values``, the logits; other operations have none.

    ``first_run_ms`` is the time of the run; ``None`` where autotuning ran before it, so that it was not the first.
    """

    id: JobId
    first_run_ms: float | None
    digest: str
    output_digest: str | None
    values: tuple[float, ...] | None
    output: tuple[float, ...] | None
    reference_output: tuple[float, ...] | None


@dataclass(frozen=True, slots=True)
class Compared:
    """The values, and a network's softmax of them, compared with the reference; ``rows`` are values side by side.

    ``chain`` is set for the naive kernel only: the arithmetic whose bits its values have.
    """

    id: JobId
    values: Comparison
    output: Comparison | None
    rows: tuple[Difference, ...]
    chain: Chain | None = None


@dataclass(frozen=True, slots=True)
class CeilingFound:
    """The ceiling of an adapter, from the cache or newly measured."""

    adapter: str
    ceiling: Ceiling


@dataclass(frozen=True, slots=True)
class SampleBatch:
    """The samples of one visit, nanoseconds; ``device_ns`` is empty where there is no device clock."""

    id: JobId
    process: Count
    round: Count
    latency_ns: tuple[Nanoseconds, ...]
    device_ns: tuple[Nanoseconds, ...]
    conditions: Conditions


@dataclass(frozen=True, slots=True)
class ColdBatch:
    """Samples with flushed caches, nanoseconds: the device's own time where it has a clock, else end to end.

    Each of ``warm_ns`` was taken right after the one of ``values_ns``, which had filled the caches.
    """

    id: JobId
    process: Count
    values_ns: tuple[Nanoseconds, ...]
    warm_ns: tuple[Nanoseconds, ...]


@dataclass(frozen=True, slots=True)
class ChainedBatch:
    """Series of (forwards in one submission, nanoseconds)."""

    id: JobId
    process: Count
    series: tuple[tuple[tuple[Count, Nanoseconds], ...], ...]


@dataclass(frozen=True, slots=True)
class Examined:
    """The harness's overhead in a sample of a job."""

    id: JobId
    overhead: Overhead


@dataclass(frozen=True, slots=True)
class NotMeasured:
    """An extra beside a job's samples could not be measured; the job's figures stand without it."""

    id: JobId
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Closed:
    """An open job was closed in its worker.

    ``deterministic``: every visit's last run gave the first run's bits. ``host_peak_bytes``: the peak memory of its
    worker since the job was prepared, where the system reports it.
    """

    id: JobId
    deterministic: bool
    host_peak_bytes: Count | None


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a result from all samples so far; ``rounds`` counts visits over all ``processes``.

    ``cold_ms`` is with flushed caches, ``warm_ms`` is of the runs right after those, by the same clock.
    ``variant_speedup`` is the usual variant's time over this one's, on the same adapter. ``preempted`` samples were
    left out (``Measured``).
    """

    id: JobId
    processes: Count
    rounds: Count
    latency_ms: Summary
    device_ms: Summary | None
    cold_ms: Summary | None
    warm_ms: Summary | None
    speedup: Ratio | None
    launch_cost: LaunchCost | None
    flags: tuple[Flag, ...]
    variant_speedup: Ratio | None = None
    sensors: SensorSummary | None = None
    preempted: Count = 0


@dataclass(frozen=True, slots=True)
class Failed:
    """A job ended without a result."""

    id: JobId
    status: Status
    error: str


@dataclass(frozen=True, slots=True)
class Finished:
    """A job ended with figures; ``status`` is ``stopped`` where the user ended it early. It took ``elapsed_s``."""

    id: JobId
    status: Status
    elapsed_s: float
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """A ``digest`` that ``runs`` runs gave, and the ``expected`` one.

    ``name`` says what was computed, by which plan, and in which run where earlier ones gave other bits.
    ``first_difference`` is an index, where known.
    """

    name: str
    digest: str
    expected: str
    first_difference: int | None = None
    runs: int = 1

    @property
    def holds(self) -> bool:
        """True if the bits are the shipped ones."""
        return self.digest == self.expected


@dataclass(frozen=True, slots=True)
class Checked:
    """A verification ended: a check for all that each plan gives, with every other digest that a later run gave."""

    id: JobId
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class Log:
    """A line for people, printed by a driver or written by the engine."""

    source: str
    level: LogLevel
    text: str


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The session is over: every planned result has ended."""

    session: str
    interrupted: bool


Event = (
    AdapterFound
    | DiscoveryFinished
    | Probed
    | Opened
    | RunStarted
    | JobStarted
    | Doing
    | Prepared
    | CheckpointReached
    | Output
    | Compared
    | CeilingFound
    | SampleBatch
    | ColdBatch
    | ChainedBatch
    | Examined
    | NotMeasured
    | Closed
    | Figures
    | Failed
    | Finished
    | Checked
    | Log
    | RunFinished
)
