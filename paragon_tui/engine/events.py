"""What happens, as data: the one stream that the console, the screen, the store and the tests read.

Times are in milliseconds, except raw samples, which are nanoseconds as the clock gave them.
"""

from dataclasses import dataclass
from typing import Literal

from backends.adapter import Adapter
from backends.fingerprint import Fingerprint, Standing
from paragon_tui.arithmetic.comparison import Comparison, Difference
from paragon_tui.engine.job import JobId
from paragon_tui.suites.case import Case, Chain, Tier

Status = Literal["ok", "unsupported", "failed", "timeout", "stopped"]
LogLevel = Literal["info", "warning", "error", "driver"]


@dataclass(frozen=True, slots=True)
class Summary:
    """Robust figures of a sample, milliseconds: ``mad`` is the median absolute deviation, ``n`` the sample size."""

    median: float
    min: float
    q1: float
    q3: float
    mad: float
    n: int


@dataclass(frozen=True, slots=True)
class AdapterFound:
    """Discovery saw an adapter."""

    adapter: Adapter


@dataclass(frozen=True, slots=True)
class DiscoveryFinished:
    """One API has been looked at.

    ``error`` says why looking failed, ``None`` that it did not; ``remedy`` what to do where nothing was found.
    """

    api: str
    found: int
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


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A session begins: ``started`` is ISO 8601 in UTC. ``listed`` are the adapters whose results are asked for."""

    session: str
    started: str
    host: dict[str, str]
    planned: tuple[Planned, ...]
    listed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JobStarted:
    """A worker was given a job."""

    id: JobId


@dataclass(frozen=True, slots=True)
class Prepared:
    """Ready to run. ``None`` where there is nothing to compile or upload.

    ``plan`` names the shape of the kernels that was chosen; ``standing`` is what the tier's identity rests on here,
    ``None`` where none is claimed.
    """

    id: JobId
    init_ms: float
    compile_ms: float | None
    upload_ms: float | None
    plan: str | None
    standing: Standing | None


@dataclass(frozen=True, slots=True)
class Output:
    """What the first run computed; values are ``None`` beyond 1,024 of them, digests are of all."""

    id: JobId
    digest: str
    output_digest: str
    logits: tuple[float, ...] | None
    output: tuple[float, ...] | None
    reference_output: tuple[float, ...] | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the logits, and the softmax of them, compare with the reference's; ``rows`` are logits side by side.

    ``chain`` is for the naive kernel alone: whose bits its logits have.
    """

    id: JobId
    logits: Comparison
    output: Comparison
    rows: tuple[Difference, ...]
    chain: Chain | None = None


@dataclass(frozen=True, slots=True)
class SampleBatch:
    """Samples since the last batch, nanoseconds; ``device_ns`` is empty where there is no device clock."""

    id: JobId
    latency_ns: tuple[int, ...]
    device_ns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """A job ended without a result."""

    id: JobId
    status: Status
    error: str


@dataclass(frozen=True, slots=True)
class Finished:
    """A job ended with figures; ``status`` is ``stopped`` where the user ended it early."""

    id: JobId
    status: Status
    latency_ms: Summary
    device_ms: Summary | None
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
    | Output
    | Verdict
    | SampleBatch
    | Failed
    | Finished
    | Checked
    | Log
    | RunFinished
)
