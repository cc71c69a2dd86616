"""Commands to a worker: plain data that crosses the pipe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from paragon_tui.backends.adapter import Adapter
from paragon_tui.engine.messages.figures import Measured
from paragon_tui.engine.messages.job import Job, JobId


@dataclass(frozen=True, slots=True)
class Discover:
    """Command: list the adapters of one API, served by ``module``."""

    api: str
    module: str


@dataclass(frozen=True, slots=True)
class Probe:
    """Command: probe anew how an adapter rounds; what is found is remembered in ``cache`` if one is given."""

    adapter: Adapter
    module: str
    cache: str | None = None


@dataclass(frozen=True, slots=True)
class Open:
    """Command: load the libraries, and open and probe ``adapter`` ahead of its first job, whose ``id`` this is.

    ``None`` for an adapter loads the numeric libraries alone. Where it cannot be opened, the job says why.
    """

    id: JobId
    adapter: Adapter | None
    module: str
    cache: str


@dataclass(frozen=True, slots=True)
class Prepare:
    """Command: prepare a job on the backend in ``module``, run it once and compare. It stays open until ``Close``.

    ``cache`` is the folder of reference results, autotuned plans, ceilings and fingerprints. With ``examine``, a
    ceiling that is missing there is measured.
    """

    job: Job
    module: str
    cache: str
    examine: bool


@dataclass(frozen=True, slots=True)
class Sample:
    """Command: one visit to an open job, up to ``samples`` samples or ``budget_s`` seconds, at least one sample."""

    id: JobId
    process: int
    round: int
    warmup: int
    samples: int
    budget_s: float


@dataclass(frozen=True, slots=True)
class SampleCold:
    """Command: ``samples`` samples of an open job, the adapter's caches flushed before each; at most ``budget_s``."""

    id: JobId
    process: int
    samples: int
    budget_s: float
    what: ClassVar[str] = "cold caches"


@dataclass(frozen=True, slots=True)
class SampleChained:
    """Command: ``series`` times 1, 2, 4, … forwards in one submission, for at most ``budget_s`` in total."""

    id: JobId
    process: int
    series: int
    budget_s: float
    what: ClassVar[str] = "chained runs"


@dataclass(frozen=True, slots=True)
class Examine:
    """Command: measure what the harness itself adds to a sample of an open job."""

    id: JobId
    what: ClassVar[str] = "the harness's overhead"


@dataclass(frozen=True, slots=True)
class Close:
    """Command: close an open job and report its memory and determinism.

    ``ms`` and ``cold_ms`` are its times, by which it may raise its adapter's ceiling; ``None`` where there are none, or
    where they were disturbed.
    """

    id: JobId
    ms: float | None = None
    cold_ms: float | None = None
    what: ClassVar[str] = "memory and determinism"


OptionalCommand = SampleCold | SampleChained | Examine | Close
"""Commands for extras, whose failure does not fail the result; ``what`` names the extra."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Command: compute a result's figures from what was ``measured`` of it, and its ratios to others.

    ``baseline`` is NumPy's result, ``usual`` that of the operation's usual variant on the same adapter, where ``id`` is
    of another; both without single samples, and ``None`` where there is nothing to compare with.
    """

    id: JobId
    measured: Measured
    baseline: Measured | None
    usual: Measured | None
    first_run_ms: float | None
    on_cpu: bool
    clipped: bool = False


@dataclass(frozen=True, slots=True)
class Verify:
    """Command: run a job with each of its plans, and compare with the shipped digests. Its adapter is probed anew."""

    job: Job
    module: str
    cache: str


@dataclass(frozen=True, slots=True)
class Stop:
    """Command: end the running visit after the current sample and report what was measured."""


Command = (
    Discover | Probe | Open | Prepare | Sample | SampleCold | SampleChained | Examine | Close | Estimate | Verify | Stop
)
