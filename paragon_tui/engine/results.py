"""Results folded from the event stream: the model that the console, the screen, the store and exports share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from backends.adapter import Adapter
from backends.fingerprint import Fingerprint, Standing
from paragon_tui.arithmetic.comparison import Comparison, Difference
from paragon_tui.engine.events import (
    Event,
    Failed,
    Finished,
    JobStarted,
    Output,
    Planned,
    Prepared,
    Probed,
    RunFinished,
    RunStarted,
    SampleBatch,
    Status,
    Summary,
    Verdict,
)
from paragon_tui.engine.job import JobId
from paragon_tui.engine.selection import BASELINE
from paragon_tui.suites.case import Case, Chain, Tier

Progress = Literal["waiting", "running"] | Status


@dataclass(frozen=True, slots=True)
class Result:
    """One case on one adapter, as far as it has got. ``None`` is what was not measured."""

    id: JobId
    case: Case
    adapter: Adapter
    shape: str
    megabytes: float
    tier: Tier | None
    progress: Progress = "waiting"
    error: str | None = None
    init_ms: float | None = None
    compile_ms: float | None = None
    upload_ms: float | None = None
    plan: str | None = None
    standing: Standing | None = None
    latency_ms: Summary | None = None
    device_ms: Summary | None = None
    samples: int = 0
    digest: str | None = None
    output_digest: str | None = None
    chain: Chain | None = None
    logits: tuple[float, ...] | None = None
    output: tuple[float, ...] | None = None
    reference_output: tuple[float, ...] | None = None
    comparison: Comparison | None = None
    output_comparison: Comparison | None = None
    differences: tuple[Difference, ...] = ()

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.progress not in ("waiting", "running")

    @property
    def claims_identity(self) -> bool:
        """Whether it claims the reference's bits: its tier's condition holds on its adapter."""
        return self.standing in ("guaranteed", "observed")

    @property
    def broken_claim(self) -> bool:
        """Whether this result claims the reference's bits and does not have them, before softmax or after."""
        return self.claims_identity and any(
            comparison is not None and not comparison.bit_identical
            for comparison in (self.comparison, self.output_comparison)
        )


class Session:
    """A run as it is known so far: apply events in order, read ``results``."""

    def __init__(self) -> None:
        self.id = ""
        self.started = ""
        self.host: dict[str, str] = {}
        self.results: dict[JobId, Result] = {}
        self.fingerprints: dict[str, Fingerprint] = {}
        self.running: JobId | None = None
        self.finished = False
        self.interrupted = False
        self._listed: frozenset[str] = frozenset()

    def apply(self, event: Event) -> None:
        """Fold one event in. Events of discovery and the log change nothing here."""
        match event:
            case RunStarted():
                self.id, self.started, self.host = event.session, event.started, dict(event.host)
                self._listed = frozenset(event.listed)
                self.results = {planned.id: _planned(planned) for planned in event.planned}
            case Probed() if event.fingerprint is not None:
                self.fingerprints[event.adapter] = event.fingerprint
            case RunFinished():
                self.finished, self.running, self.interrupted = True, None, event.interrupted
            case JobStarted() | Prepared() | Output() | Verdict() | SampleBatch() | Failed() | Finished():
                self.results[event.id] = _changed(self.results[event.id], event)
                self.running = event.id if not self.results[event.id].ended else None

    @property
    def listed(self) -> list[Result]:
        """The results that were asked for, in order; the baseline runs unlisted where it was not."""
        return [result for result in self.results.values() if result.adapter.id in self._listed]

    def cpu_ms(self, result: Result) -> float | None:
        """NumPy's median latency for the same case, the time that a speed-up is measured against."""
        baseline = self.results.get(replace(result.id, adapter=BASELINE, variant="default"))
        return baseline.latency_ms.median if baseline and baseline.latency_ms else None

    def speedup(self, result: Result) -> float | None:
        """NumPy's median over this result's median, end to end; ``None`` where either was not measured."""
        cpu_ms = self.cpu_ms(result)
        if cpu_ms is None or result.latency_ms is None or result.latency_ms.median <= 0:
            return None
        return cpu_ms / result.latency_ms.median

    @property
    def claims(self) -> tuple[int, int]:
        """How many listed results have the reference's bits, of how many that claim them and were compared."""
        claimed = [r for r in self.listed if r.claims_identity and r.comparison is not None]
        return sum(1 for r in claimed if not r.broken_claim), len(claimed)

    @property
    def failures(self) -> list[Result]:
        """Results that failed, timed out, or broke a claim of identity."""
        return [r for r in self.results.values() if r.progress in ("failed", "timeout") or r.broken_claim]


def _planned(planned: Planned) -> Result:
    return Result(planned.id, planned.case, planned.adapter, planned.shape, planned.megabytes, planned.tier)


def _changed(
    result: Result, event: JobStarted | Prepared | Output | Verdict | SampleBatch | Failed | Finished
) -> Result:
    match event:
        case JobStarted():
            return replace(result, progress="running")
        case Prepared():
            return replace(
                result,
                init_ms=event.init_ms,
                compile_ms=event.compile_ms,
                upload_ms=event.upload_ms,
                plan=event.plan,
                standing=event.standing,
            )
        case Output():
            return replace(
                result,
                digest=event.digest,
                output_digest=event.output_digest,
                logits=event.logits,
                output=event.output,
                reference_output=event.reference_output,
            )
        case Verdict():
            return replace(
                result,
                comparison=event.logits,
                output_comparison=event.output,
                differences=event.rows,
                chain=event.chain,
            )
        case SampleBatch():
            return replace(result, samples=result.samples + len(event.latency_ns))
        case Failed():
            # A result that failed after it was compared (it changed from run to run, say) has no bits to speak of.
            return replace(
                result,
                progress=event.status,
                error=event.error,
                comparison=None,
                output_comparison=None,
                differences=(),
                digest=None,
                output_digest=None,
                chain=None,
                logits=None,
                output=None,
            )
        case Finished():
            return replace(
                result,
                progress=event.status,
                error=event.error,
                latency_ms=event.latency_ms,
                device_ms=event.device_ms,
            )
