"""What happens, as data: the one stream that the console, the screen, the store and the tests read.

Times are in milliseconds, except raw samples, which are nanoseconds as the clock gave them.
"""

from dataclasses import dataclass
from typing import Literal

from paragon_tui.arithmetic.comparison import Comparison, Difference
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.fingerprint import Fingerprint, Standing
from paragon_tui.engine.messages.figures import Ceiling, Conditions, Flag, LaunchCost, Overhead, Ratio, Summary
from paragon_tui.engine.messages.job import JobId, Sampling
from paragon_tui.suites.case import Case, Chain, Cost, Tier

Status = Literal["ok", "unsupported", "failed", "timeout", "stopped"]
LogLevel = Literal["info", "warning", "error", "driver"]


@dataclass(frozen=True, slots=True)
class AdapterFound:
    """Discovery saw an adapter."""

    adapter: Adapter


@dataclass(frozen=True, slots=True)
class DiscoveryFinished:
    """One API has been looked at.

    ``error`` says why looking failed, ``None`` that it did not; ``remedy`` what to do where nothing was found.
    ``ms`` is what looking took, the loading of its libraries included.
    """

    api: str
    found: int
    ms: float | None = None
    error: str | None = None
    remedy: str | None = None


@dataclass(frozen=True, slots=True)
class Probed:
    """What an adapter's arithmetic was seen to do; ``error`` says why it could not be asked."""

    adapter: str
    fingerprint: Fingerprint | None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """One result that a run is going to produce, in order."""

    id: JobId
    case: Case
    adapter: Adapter
    shape: str
    megabytes: float
    tier: Tier | None
    cost: Cost | None = None
    expected_s: float = 0.0


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A session begins: ``started`` is ISO 8601 in UTC. ``listed`` are the adapters whose results are asked for.

    ``discovery_ms`` is what looking at each API took; ``sampling`` is ``None`` where nothing is timed; ``threads`` are
    those that were asked for.
    """

    session: str
    started: str
    host: dict[str, str]
    planned: tuple[Planned, ...]
    listed: tuple[str, ...]
    discovery_ms: dict[str, float]
    sampling: Sampling | None
    threads: int | None = None


@dataclass(frozen=True, slots=True)
class JobStarted:
    """A worker was given a job; once in each process that measures it."""

    id: JobId


@dataclass(frozen=True, slots=True)
class Prepared:
    """Ready to run. ``None`` where there is nothing to compile or upload.

    ``plan`` names the shape of the kernels that was chosen; ``standing`` is what the tier's identity rests on here,
    ``None`` where none is claimed. ``library`` and ``threads`` are what a host form computes with, ``device_bytes``
    what was allocated on a device.
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


@dataclass(frozen=True, slots=True)
class CheckpointReached:
    """A training has come to ``step`` of ``steps``, ``elapsed_s`` after it began.

    ``losses`` are those ahead of each step since it was last looked at; ``digest`` is that of all parameters, ``right``
    the one that the reference has at this step.
    """

    id: JobId
    step: int
    steps: int
    losses: tuple[float, ...]
    digest: str
    right: str
    elapsed_s: float


@dataclass(frozen=True, slots=True)
class Output:
    """What the first run computed; values are ``None`` beyond 1,024, digests are of all.

    ``output`` is a network's softmax of its ``values``, the logits; nothing else has one.

    ``first_run_ms`` is what it took; ``None`` where shapes were on trial before it, so that it was not the first.
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
    """How the values, and a network's softmax of them, compare with the reference's; ``rows`` are values side by side.

    ``chain`` is for the naive kernel alone: whose bits its values have.
    """

    id: JobId
    values: Comparison
    output: Comparison | None
    rows: tuple[Difference, ...]
    chain: Chain | None = None


@dataclass(frozen=True, slots=True)
class CeilingFound:
    """What an adapter can do at best."""

    adapter: str
    ceiling: Ceiling


@dataclass(frozen=True, slots=True)
class SampleBatch:
    """The samples of one visit, nanoseconds; ``device_ns`` is empty where there is no device clock."""

    id: JobId
    process: int
    round: int
    latency_ns: tuple[int, ...]
    device_ns: tuple[int, ...]
    conditions: Conditions


@dataclass(frozen=True, slots=True)
class ColdBatch:
    """Samples with flushed caches, nanoseconds: the device's own time where it has a clock, else end to end.

    Each of ``warm_ns`` came right behind the one of ``values_ns``, which had filled the caches.
    """

    id: JobId
    process: int
    values_ns: tuple[int, ...]
    warm_ns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ChainedBatch:
    """Series of (forwards in one submission, nanoseconds)."""

    id: JobId
    process: int
    series: tuple[tuple[tuple[int, int], ...], ...]


@dataclass(frozen=True, slots=True)
class Examined:
    """What a sample holds besides the work, nanoseconds (see ``overhead``)."""

    id: JobId
    overhead: Overhead


@dataclass(frozen=True, slots=True)
class NotMeasured:
    """Something beside a job's samples could not be had; its figures stand without it."""

    id: JobId
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Closed:
    """An open job has ended in its worker.

    ``deterministic``: every visit's last run gave the first run's bits. ``host_peak_bytes``: the most memory its worker
    has held since the job was prepared, where the system tells.
    """

    id: JobId
    deterministic: bool
    host_peak_bytes: int | None


@dataclass(frozen=True, slots=True)
class Figures:
    """What all samples so far say of a result; ``rounds`` counts visits over all ``processes``.

    ``cold_ms`` is with flushed caches, ``warm_ms`` what was measured right beside it, by the same clock.
    ``variant_speedup`` is the usual variant's time over this one's, on the same adapter.
    """

    id: JobId
    processes: int
    rounds: int
    latency_ms: Summary
    device_ms: Summary | None
    cold_ms: Summary | None
    warm_ms: Summary | None
    speedup: Ratio | None
    launch_cost: LaunchCost | None
    flags: tuple[Flag, ...]
    variant_speedup: Ratio | None = None


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
    """One thing verified: ``digest`` beside the ``expected`` one; ``first_difference`` is an index, where known."""

    name: str
    digest: str
    expected: str
    first_difference: int | None = None

    @property
    def holds(self) -> bool:
        """Whether the bits are the shipped ones."""
        return self.digest == self.expected


@dataclass(frozen=True, slots=True)
class Checked:
    """A verification ended: one check for each plan's logits and outputs, and one for the parameters."""

    id: JobId
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class Log:
    """A line for people: what a driver printed, or what the engine has to say."""

    source: str
    level: LogLevel
    text: str


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The session is over: every planned result has ended one way or another."""

    session: str
    interrupted: bool


Event = (
    AdapterFound
    | DiscoveryFinished
    | Probed
    | RunStarted
    | JobStarted
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
