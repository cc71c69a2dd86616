"""One result, folded from its events or read back from a document."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from paragon_tui import arithmetic
from paragon_tui.backends.adapter import AdapterType
from paragon_tui.backends.identity import DeviceIdentity
from paragon_tui.engine.messages.events import NOT_RUN, Failed, Finished, JobStarted, Planned, Status
from paragon_tui.engine.messages.job import JobId
from paragon_tui.engine.results.parts import Bits, Conditions, Derived, Resources, ResultEvent, Timings, spread

State = Literal["waiting", "running"] | Status
"""The state of a result: before its end, or how it ended."""


@dataclass(frozen=True, slots=True)
class Result:
    """One case at one dtype and variant on one adapter: what was measured, how it ended, and its parts.

    It is kept as one flat object. ``size`` is the name of the case's size, ``shape`` the size in the operation's own
    terms, ``batch`` the number of samples in a network's run. ``driver`` is the driver's name and version as one text;
    documents that are older than this have none of ``adapter_vendor``, ``adapter_type`` and ``device``. ``measured_in``
    is the session that measured it, where it is kept in one that went on with that; ``None`` for its own.
    """

    id: JobId = field(
        metadata=spread(suite="suite", case="case", dtype="dtype", variant="variant", adapter="adapter"),
    )
    operation: str
    size: str
    adapter_name: str
    driver: str
    adapter_vendor: str | None = field(default=None, kw_only=True)
    adapter_type: AdapterType | None = field(default=None, kw_only=True)
    device: DeviceIdentity | None = field(
        default=None,
        kw_only=True,
        metadata=spread(device_name="name", driver_family="driver", uuid="uuid", pci_address="pci_address"),
    )
    shape: str
    batch: int
    status: State
    error: str | None = None
    elapsed_s: float | None = None
    timings: Timings = field(default_factory=Timings)
    bits: Bits = field(kw_only=True)
    resources: Resources = field(default_factory=Resources)
    conditions: Conditions = field(default_factory=Conditions)
    derived: Derived = field(default_factory=Derived)
    measured_in: str | None = field(default=None, kw_only=True)

    @property
    def ended(self) -> bool:
        """True if no more events will come."""
        return self.status not in ("waiting", "running")

    @property
    def measured(self) -> bool:
        """True if it ended well, with a time; a stopped result may have a time too, but of only some of its samples."""
        return self.status == "ok" and self.timings.latency_ms is not None

    @property
    def failed(self) -> bool:
        """True if it was supported but did not end well."""
        return self.status in ("failed", "timeout")

    @property
    def unmeasured(self) -> str:
        """The reason in words why a result that is not ``measured`` has no time."""
        if self.status == "ok":
            return "no time was measured"
        if self.status == "stopped" and self.error:  # the error itself says that it was stopped
            return self.error
        return f"{self.status}: {self.error}" if self.error else self.status

    def after(self, event: ResultEvent) -> Result:
        """Return the result after an event."""
        folded = replace(
            self,
            timings=self.timings.after(event),
            bits=self.bits.after(event),
            resources=self.resources.after(event),
            conditions=self.conditions.after(event),
        )
        match event:
            case JobStarted():
                return replace(folded, status="running")
            case Failed():
                return replace(folded, status=event.status, error=event.error)
            case Finished():
                return replace(folded, status=event.status, error=event.error, elapsed_s=event.elapsed_s)
            case _:
                return folded


def not_run(planned: Planned) -> Result:
    """Return the result of a run that was stopped before this result began."""
    return replace(planned_result(planned), status="stopped", error=NOT_RUN)


def planned_result(planned: Planned) -> Result:
    """Return a result of which nothing is known yet."""
    case, adapter = planned.case, planned.adapter
    return Result(
        planned.id,
        case.operation,
        case.size,
        adapter.name,
        f"{adapter.driver} {adapter.driver_version}",
        planned.shape,
        case.batch,
        "waiting",
        adapter_vendor=adapter.vendor,
        adapter_type=adapter.type,
        device=adapter.device,
        bits=Bits(arithmetic.VERSION, planned.tier, output_tier=planned.output_tier),
        resources=Resources(planned.megabytes, planned.cost),
    )
