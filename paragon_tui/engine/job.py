"""What is asked of a worker: plain data that crosses the pipe."""

from dataclasses import dataclass

from backends.adapter import Adapter
from paragon_tui.suites.case import Case


@dataclass(frozen=True, slots=True, order=True)
class JobId:
    """Names one result: a case at a dtype and variant on an adapter."""

    suite: str
    case: str
    dtype: str
    variant: str
    adapter: str

    @property
    def label(self) -> str:
        """The case with what was chosen beside it, where that is not the usual: ``S1``, ``S1:f16``, ``S1:plain``."""
        parts = [self.case]
        if self.dtype != "f32":
            parts.append(self.dtype)
        if self.variant != "default":
            parts.append(self.variant)
        return ":".join(parts)

    def __str__(self) -> str:
        return f"{self.label} on {self.adapter}"


@dataclass(frozen=True, slots=True)
class Sampling:
    """How long to measure. Times are in seconds, ``warmup`` and ``iterations`` in runs.

    ``iterations`` fixes the number of samples; otherwise sampling goes on for at least ``min_samples`` and
    ``min_time_s``, until the robust noise is small or ``max_time_s`` or ``max_samples`` are reached.
    """

    warmup: int = 3
    iterations: int | None = None
    min_samples: int = 10
    min_time_s: float = 0.25
    max_time_s: float = 1.0
    max_samples: int = 4000
    noise: float = 0.005


@dataclass(frozen=True, slots=True)
class Job:
    """One case to measure on one adapter."""

    case: Case
    adapter: Adapter
    dtype: str = "f32"
    variant: str = "default"

    @property
    def id(self) -> JobId:
        """The key of its result."""
        return JobId(self.case.suite, self.case.id, self.dtype, self.variant, self.adapter.id)


@dataclass(frozen=True, slots=True)
class Discover:
    """Command: list the adapters of one API, served by ``module``."""

    api: str
    module: str


@dataclass(frozen=True, slots=True)
class Probe:
    """Command: ask an adapter how it rounds."""

    adapter: Adapter
    module: str


@dataclass(frozen=True, slots=True)
class Measure:
    """Command: run a job on the backend in ``module``. ``cache`` is the folder of reference results and choices."""

    job: Job
    module: str
    sampling: Sampling
    cache: str


@dataclass(frozen=True, slots=True)
class Verify:
    """Command: run a job once in every plan there is for it, and compare with the shipped digests."""

    job: Job
    module: str
    cache: str


@dataclass(frozen=True, slots=True)
class Stop:
    """Command: end the running job after the sample at hand and report what was measured."""


Command = Discover | Probe | Measure | Verify | Stop
