"""One result, folded from its events."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import median
from typing import Literal

from paragon_tui.arithmetic.comparison import Comparison, Difference
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.fingerprint import Standing
from paragon_tui.engine.messages.events import (
    CheckpointReached,
    Closed,
    Compared,
    Examined,
    Failed,
    Figures,
    Finished,
    JobStarted,
    NotMeasured,
    Output,
    Planned,
    Prepared,
    SampleBatch,
    Status,
)
from paragon_tui.engine.messages.figures import Flag, LaunchCost, Overhead, Ratio, Summary
from paragon_tui.engine.messages.job import JobId
from paragon_tui.operators.operator import Cost, Tier
from paragon_tui.suites.case import Case, Chain

Progress = Literal["waiting", "running"] | Status

ResultEvent = (
    JobStarted
    | Prepared
    | CheckpointReached
    | Output
    | Compared
    | SampleBatch
    | Examined
    | NotMeasured
    | Closed
    | Figures
    | Failed
    | Finished
)
"""The events that change a result."""


@dataclass(frozen=True, slots=True)
class Result:
    """The state of one case on one adapter. ``None`` marks what was not measured.

    ``interim_ms`` is the median of the last visit, to show while there are no figures yet. ``unlike`` are the adapters
    with another digest though they claim the same bits, where the reference is only a sample. ``checkpoints`` are
    those of a training.
    """

    id: JobId
    case: Case
    adapter: Adapter
    shape: str
    megabytes: float
    tier: Tier | None
    cost: Cost | None = None
    expected_s: float = 0.0
    progress: Progress = "waiting"
    error: str | None = None
    elapsed_s: float | None = None
    init_ms: float | None = None
    compile_ms: float | None = None
    upload_ms: float | None = None
    first_run_ms: float | None = None
    plan: str | None = None
    standing: Standing | None = None
    library: str | None = None
    threads: int | None = None
    samples: int = 0
    interim_ms: float | None = None
    processes: int = 0
    rounds: int = 0
    latency_ms: Summary | None = None
    device_ms: Summary | None = None
    cold_ms: Summary | None = None
    warm_ms: Summary | None = None
    speedup: Ratio | None = None
    variant_speedup: Ratio | None = None
    launch_cost: LaunchCost | None = None
    overhead: Overhead | None = None
    flags: tuple[Flag, ...] = ()
    not_measured: tuple[str, ...] = ()
    deterministic: bool | None = None
    device_bytes: int | None = None
    host_peak_bytes: int | None = None
    digest: str | None = None
    output_digest: str | None = None
    chain: Chain | None = None
    values: tuple[float, ...] | None = None
    output: tuple[float, ...] | None = None
    reference_output: tuple[float, ...] | None = None
    comparison: Comparison | None = None
    output_comparison: Comparison | None = None
    differences: tuple[Difference, ...] = ()
    unlike: tuple[str, ...] = ()
    checkpoints: tuple[CheckpointReached, ...] = ()

    @property
    def ended(self) -> bool:
        """True if no more events will come."""
        return self.progress not in ("waiting", "running")

    @property
    def claims_identity(self) -> bool:
        """True if it claims the reference's bits: its tier's condition holds on its adapter."""
        return self.standing in ("guaranteed", "observed")

    @property
    def differs(self) -> bool:
        """True if it was compared and differs from the reference, before softmax or after."""
        return any(
            comparison is not None and not comparison.bit_identical
            for comparison in (self.comparison, self.output_comparison)
        )

    @property
    def first_mismatch(self) -> CheckpointReached | None:
        """The first checkpoint of a training whose parameters differ from the reference's."""
        return next((checkpoint for checkpoint in self.checkpoints if checkpoint.digest != checkpoint.right), None)

    @property
    def broken_claim(self) -> bool:
        """True if it claims the reference's bits and does not have them every time."""
        wrong = self.differs or self.deterministic is False or bool(self.unlike) or self.first_mismatch is not None
        return self.claims_identity and wrong


def planned_result(planned: Planned) -> Result:
    """Return a result of which nothing is known yet."""
    return Result(
        planned.id,
        planned.case,
        planned.adapter,
        planned.shape,
        planned.megabytes,
        planned.tier,
        planned.cost,
        planned.expected_s,
    )


def apply_event(result: Result, event: ResultEvent) -> Result:
    """Return the result after an event."""
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
                library=event.library,
                threads=event.threads,
                device_bytes=event.device_bytes,
            )
        case CheckpointReached():
            restarted = bool(result.checkpoints) and event.step <= result.checkpoints[-1].step  # in another process
            if restarted and result.claims_identity and result.first_mismatch is not None:
                return result
            return replace(result, checkpoints=(*(() if restarted else result.checkpoints), event))
        case Output():
            previous, current = (result.digest, result.output_digest), (event.digest, event.output_digest)
            changed = result.digest is not None and previous != current  # from one process to the next
            deterministic = False if changed else result.deterministic
            if result.claims_identity and result.differs:  # right bits in another process do not undo it
                return replace(result, deterministic=deterministic)
            return replace(
                result,
                first_run_ms=result.first_run_ms or event.first_run_ms,
                deterministic=deterministic,
                digest=event.digest,
                output_digest=event.output_digest,
                values=event.values,
                output=event.output,
                reference_output=event.reference_output,
            )
        case Compared():
            if result.claims_identity and result.differs:
                return result
            return replace(
                result,
                comparison=event.values,
                output_comparison=event.output,
                differences=event.rows,
                chain=event.chain,
            )
        case SampleBatch():
            return replace(
                result,
                samples=result.samples + len(event.latency_ns),
                interim_ms=median(event.latency_ns) / 1e6 if event.latency_ns else result.interim_ms,
            )
        case Examined():
            return replace(result, overhead=event.overhead)
        case NotMeasured():
            text = f"{event.what}: {event.why}"
            earlier = result.not_measured  # another process may have sent the same
            return result if text in earlier else replace(result, not_measured=(*earlier, text))
        case Closed():
            peaks = [peak for peak in (result.host_peak_bytes, event.host_peak_bytes) if peak is not None]
            return replace(
                result,
                deterministic=event.deterministic and result.deterministic is not False,
                host_peak_bytes=max(peaks, default=None),
            )
        case Figures():
            return replace(
                result,
                processes=event.processes,
                rounds=event.rounds,
                latency_ms=event.latency_ms,
                device_ms=event.device_ms,
                cold_ms=event.cold_ms,
                warm_ms=event.warm_ms,
                speedup=event.speedup,
                variant_speedup=event.variant_speedup,
                launch_cost=event.launch_cost,
                flags=event.flags,
            )
        case Failed():
            # A result that failed after its comparison (say, its bits changed from run to run) keeps no bits, and one
            # that failed in a later process keeps no figures: its samples are in the store.
            return replace(
                result,
                progress=event.status,
                error=event.error,
                latency_ms=None,
                device_ms=None,
                cold_ms=None,
                warm_ms=None,
                speedup=None,
                variant_speedup=None,
                launch_cost=None,
                overhead=None,
                flags=(),
                comparison=None,
                output_comparison=None,
                differences=(),
                unlike=(),
                digest=None,
                output_digest=None,
                chain=None,
                values=None,
                output=None,
            )
        case Finished():
            return replace(
                result,
                progress=event.status,
                error=event.error,
                elapsed_s=event.elapsed_s,
            )
