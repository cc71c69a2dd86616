"""The parts of a result, declared once: events fold into them, and documents, exports and comparisons follow them.

A field is kept in documents under its own name unless its metadata says otherwise: a ``LIVE`` field is not kept, and a
``spread`` field is kept as several entries. A new field with a default needs nothing else to be kept and read back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Any, ClassVar

from paragon_tui.arithmetic.comparison import Comparison, Difference
from paragon_tui.backends.fingerprint import CLAIMED, Standing
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
    Prepared,
    SampleBatch,
)
from paragon_tui.engine.messages.figures import (
    Dropped,
    Flag,
    LaunchCost,
    Mark,
    Overhead,
    Rate,
    Ratio,
    Roofline,
    SensorSummary,
    Summary,
)
from paragon_tui.operators.operator import Cost, Tier
from paragon_tui.suites.case import Chain
from paragon_tui.suites.score import Score

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

LIVE: Mapping[str, Any] = {"live": True}
"""The metadata of a field that is shown while a run goes on, and not kept."""


def spread(**entries: str) -> Mapping[str, Any]:
    """Return the metadata of a field that is kept as ``entries``: the attribute of its value that each of them holds.

    The value is missing where the first entry is null.
    """
    return {"entries": entries}


def _compared(prefix: str = "") -> Mapping[str, Any]:
    """Return the metadata of a comparison, whose entries begin with ``prefix``."""
    attributes = {"sampled_indices": "sample"} | {
        name: name for name in ("first_difference", "ulp_max", "mae", "max", "nmse")
    }
    identical = f"{prefix or 'values_'}bit_identical"
    return spread(**{identical: "bit_identical"} | {prefix + name: attribute for name, attribute in attributes.items()})


@dataclass(frozen=True, slots=True)
class Timings:
    """The times of a result in milliseconds, and what follows from them; ``None`` marks what was not measured.

    ``speedup`` is over NumPy, whose time in the same rounds is kept as ``speedup_baseline_ms``; ``variant_speedup`` is
    over the usual variant on the same adapter. ``preempted`` samples were left out, since the system took a core from
    the worker in them. ``samples`` counts those so far, and ``interim_ms`` is the median of the last visit, to show
    while there are no figures yet.
    """

    init_ms: float | None = None
    compile_ms: float | None = None
    upload_ms: float | None = None
    first_run_ms: float | None = None
    latency_ms: Summary | None = None
    device_ms: Summary | None = None
    cold_ms: Summary | None = None
    warm_ms: Summary | None = None
    processes: int = 0
    rounds: int = 0
    preempted: int = 0
    speedup: Ratio | None = field(
        default=None,
        metadata=spread(
            speedup="value",
            speedup_interval="interval",
            judgement="judgement",
            speedup_baseline_ms="baseline_ms",
            machine_busy="busy",
        ),
    )
    variant_speedup: Ratio | None = None
    launch_cost: LaunchCost | None = None
    samples: int = field(default=0, metadata=LIVE)
    interim_ms: float | None = field(default=None, metadata=LIVE)

    def after(self, event: ResultEvent) -> Timings:
        """Return the times after an event.

        A result that failed in a later process keeps no figures: its samples are in the store.
        """
        match event:
            case Prepared():
                return replace(self, init_ms=event.init_ms, compile_ms=event.compile_ms, upload_ms=event.upload_ms)
            case Output():
                return replace(self, first_run_ms=self.first_run_ms or event.first_run_ms)
            case SampleBatch():
                latest_ms = median(event.latency_ns) / 1e6 if event.latency_ns else self.interim_ms
                return replace(self, samples=self.samples + len(event.latency_ns), interim_ms=latest_ms)
            case Figures():
                return replace(
                    self,
                    latency_ms=event.latency_ms,
                    device_ms=event.device_ms,
                    cold_ms=event.cold_ms,
                    warm_ms=event.warm_ms,
                    processes=event.processes,
                    rounds=event.rounds,
                    preempted=event.preempted,
                    speedup=event.speedup,
                    variant_speedup=event.variant_speedup,
                    launch_cost=event.launch_cost,
                )
            case Failed():
                return replace(
                    self,
                    latency_ms=None,
                    device_ms=None,
                    cold_ms=None,
                    warm_ms=None,
                    speedup=None,
                    variant_speedup=None,
                    launch_cost=None,
                )
            case _:
                return self


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The loss of a training at a step, the digest of its parameters, and how many samples they answer right.

    ``expected`` is the reference's digest, ``identical`` whether the two agree; documents of schema 2 say only that.
    ``score`` is unknown in older documents.
    """

    step: int
    loss: float
    digest: str
    identical: bool
    expected: str | None = None
    score: Score | None = None


@dataclass(frozen=True, slots=True)
class Training:
    """A training up to ``step`` of ``steps``, ``elapsed_s`` after it began: all its losses, and its checkpoints.

    ``accuracy`` is the share of its samples that it answers right after ``step``, ``None`` where that is not known.
    """

    steps: int
    step: int
    loss: float
    losses: tuple[float, ...]
    checkpoints: tuple[Checkpoint, ...]
    elapsed_s: float | None = None
    accuracy: float | None = None

    @property
    def score(self) -> Score | None:
        """The score at the latest checkpoint."""
        return self.checkpoints[-1].score if self.checkpoints else None

    @property
    def first_mismatch(self) -> Checkpoint | None:
        """The first checkpoint whose parameters differ from the reference's."""
        return next((checkpoint for checkpoint in self.checkpoints if not checkpoint.identical), None)


def differ_where_both(digests: tuple[str | None, ...], others: tuple[str | None, ...]) -> bool:
    """Return whether two digests in the same place are there and differ."""
    return any(None not in pair and pair[0] != pair[1] for pair in zip(digests, others, strict=True))


@dataclass(frozen=True, slots=True)
class Bits:
    """The bits of a result beside the reference's, and what it claims of them.

    A network has values, its logits, and an output, their softmax. Each has a tier and a standing of its own, since a
    softmax is of floats even where the values are integers; the output's needs what the values' needs too.

    ``arithmetic`` is the version of the arithmetic that defines the right bits; bits of different versions are not
    compared. ``unlike`` are the adapters with another digest though they claim the same bits, where the reference is
    only a sample; ``wrong_plans`` those plans that had other bits when all were tried on its adapter. ``output`` are
    the values, of a network their softmax, and ``logits`` a network's values before it; they are ``None`` where there
    are more than 1,024.
    """

    arithmetic: int
    tier: Tier | None = None
    standing: Standing | None = None
    output_tier: Tier | None = None
    output_standing: Standing | None = None
    comparison: Comparison | None = field(default=None, metadata=_compared())
    output_comparison: Comparison | None = field(default=None, metadata=_compared("output_"))
    unlike: tuple[str, ...] = ()
    wrong_plans: tuple[str, ...] = ()
    training: Training | None = None
    deterministic: bool | None = None
    chain: Chain | None = None
    digest: str | None = None
    output_digest: str | None = None
    logits: tuple[float, ...] | None = None
    output: tuple[float, ...] | None = None
    reference_output: tuple[float, ...] | None = field(default=None, metadata=LIVE)
    differences: tuple[Difference, ...] = field(default=(), metadata=LIVE)

    DERIVED: ClassVar[Mapping[str, Any]] = {"bit_identical": bool | None, "broken_claim": bool}
    """Properties that are entries of documents too, for those who read them; this program derives them anew."""

    @property
    def values(self) -> tuple[float, ...] | None:
        """The computed values, a network's logits; ``None`` where there are too many to keep."""
        return self.output if self.output_digest is None else self.logits

    @property
    def softmax(self) -> tuple[float, ...] | None:
        """The softmax of a network's values; ``None`` for other operations."""
        return None if self.output_digest is None else self.output

    @property
    def claims_identity(self) -> bool:
        """True if its values claim the reference's bits: their tier's condition holds on its adapter."""
        return self.standing in CLAIMED

    @property
    def output_claims_identity(self) -> bool:
        """True if its output claims them too. Documents that are older than this have one standing for both."""
        return (self.output_standing or self.standing) in CLAIMED

    @property
    def bit_identical(self) -> bool | None:
        """True if the values and any output have the reference's bits; ``None`` if not all was compared."""
        compared = (self.comparison, self.output_comparison)[: 1 if self.output_digest is None else 2]
        return None if None in compared else not self.differs

    @property
    def differs(self) -> bool:
        """True if it was compared and differs from the reference, before softmax or after."""
        return any(
            comparison is not None and not comparison.bit_identical
            for comparison in (self.comparison, self.output_comparison)
        )

    @property
    def differs_where_claimed(self) -> bool:
        """True if values that claim the reference's bits were compared and differ, or an output that claims them."""
        values, output = self.comparison, self.output_comparison
        return (self.claims_identity and values is not None and not values.bit_identical) or (
            self.output_claims_identity and output is not None and not output.bit_identical
        )

    @property
    def claimed_digests(self) -> tuple[str | None, str | None]:
        """The digests of the values and of the output, each ``None`` where it claims nothing or there is none."""
        values = self.digest if self.claims_identity else None
        return values, self.output_digest if self.output_claims_identity else None

    def contradicts(self, other: Bits) -> bool:
        """Return whether both claim the same bits and have other digests: of the values, or of the output."""
        return differ_where_both(self.claimed_digests, other.claimed_digests)

    @property
    def first_mismatch(self) -> Checkpoint | None:
        """The first checkpoint of a training whose parameters differ from the reference's."""
        return None if self.training is None else self.training.first_mismatch

    @property
    def broken_claim(self) -> bool:
        """True if it claims the reference's bits and does not have them every time, in every plan of its kernels."""
        elsewhere = bool(self.unlike or self.wrong_plans) or self.first_mismatch is not None
        return self.differs_where_claimed or (self.claims_identity and (self.deterministic is False or elsewhere))

    def after(self, event: ResultEvent) -> Bits:
        """Return the bits after an event.

        Wrong bits where the reference's are claimed stay: right bits in another process do not undo them. A result that
        failed after its comparison (say, its bits changed from run to run) keeps none.
        """
        match event:
            case Prepared():
                return replace(
                    self,
                    standing=event.standing,
                    output_standing=event.output_standing,
                    wrong_plans=event.wrong_plans,
                )
            case CheckpointReached():
                return self._after_checkpoint(event)
            case Output():
                return self._after_output(event)
            case Compared() if not self.differs_where_claimed:
                return replace(
                    self,
                    comparison=event.values,
                    output_comparison=event.output,
                    differences=event.rows,
                    chain=event.chain,
                )
            case Closed():
                return replace(self, deterministic=event.deterministic and self.deterministic is not False)
            case Failed():
                return Bits(
                    self.arithmetic,
                    self.tier,
                    self.standing,
                    self.output_tier,
                    self.output_standing,
                    training=self.training,
                    deterministic=self.deterministic,
                )
            case _:
                return self

    def _after_checkpoint(self, event: CheckpointReached) -> Bits:
        earlier = self.training
        if earlier is not None and event.step <= earlier.step:  # it began again, in another process
            if self.claims_identity and earlier.first_mismatch is not None:
                return self
            earlier = None
        identical = event.digest == event.right
        training = Training(
            event.steps,
            event.step,
            event.losses[-1],
            (*(earlier.losses if earlier else ()), *event.losses),
            (
                *(earlier.checkpoints if earlier else ()),
                Checkpoint(event.step, event.losses[-1], event.digest, identical, event.right, event.score),
            ),
            event.elapsed_s,
            None if event.score is None else event.score.accuracy,
        )
        return replace(self, training=training)

    def _after_output(self, event: Output) -> Bits:
        changed = (event.digest, event.output_digest) != (self.digest, self.output_digest)
        deterministic = False if self.digest is not None and changed else self.deterministic  # between processes
        if self.differs_where_claimed:
            return replace(self, deterministic=deterministic)
        has_softmax = event.output_digest is not None
        return replace(
            self,
            deterministic=deterministic,
            digest=event.digest,
            output_digest=event.output_digest,
            logits=event.values if has_softmax else None,
            output=event.output if has_softmax else event.values,
            reference_output=event.reference_output,
        )


@dataclass(frozen=True, slots=True)
class Resources:
    """The work and memory of a result, and what computed it: a plan of kernels, or a host library with its threads."""

    megabytes: float = 0.0
    cost: Cost | None = field(default=None, metadata=spread(operations="operations", bytes="bytes"))
    plan: str | None = None
    library: str | None = None
    threads: int | None = None
    overhead: Overhead | None = None
    device_bytes: int | None = None
    host_peak_bytes: int | None = None

    def after(self, event: ResultEvent) -> Resources:
        """Return the resources after an event."""
        match event:
            case Prepared():
                return replace(
                    self,
                    plan=event.plan,
                    library=event.library,
                    threads=event.threads,
                    device_bytes=event.device_bytes,
                )
            case Examined():
                return replace(self, overhead=event.overhead)
            case Closed():
                peaks = [peak for peak in (self.host_peak_bytes, event.host_peak_bytes) if peak is not None]
                return replace(self, host_peak_bytes=max(peaks, default=None))
            case Failed():
                return replace(self, overhead=None)
            case _:
                return self


@dataclass(frozen=True, slots=True)
class Conditions:
    """The conditions of a measurement: its quality flags, and the extras that could not be measured, with reasons.

    ``dropped`` are the samples that were interrupted, ``None`` if none was; ``sensors`` is what those of the device
    told, ``None`` if nothing.
    """

    flags: tuple[Flag, ...] = ()
    not_measured: tuple[str, ...] = ()
    dropped: Dropped | None = None
    sensors: SensorSummary | None = None

    @property
    def doubts(self) -> tuple[Flag, ...]:
        """The quality flags that set a mark: they concern the median."""
        return tuple(flag for flag in self.flags if flag.mark)

    @property
    def mark(self) -> Mark:
        """The gravest mark that a flag sets: ``!`` before ``~``."""
        return min((flag.mark for flag in self.doubts), default="")  # "!" sorts before "~"

    def after(self, event: ResultEvent) -> Conditions:
        """Return the conditions after an event."""
        match event:
            case SampleBatch() if event.conditions.dropped is not None:
                return replace(self, dropped=(self.dropped or Dropped()) + event.conditions.dropped)
            case NotMeasured():
                text = f"{event.what}: {event.why}"
                earlier = self.not_measured  # another process may have sent the same
                return self if text in earlier else replace(self, not_measured=(*earlier, text))
            case Figures():
                return replace(self, flags=event.flags, sensors=event.sensors)
            case Failed():
                return replace(self, flags=(), sensors=None)
            case _:
                return self


@dataclass(frozen=True, slots=True)
class Derived:
    """Figures that follow from a result and the rest of its session; a session gives them to a result that it saves.

    ``cpu_*`` are NumPy's for the same case and dtype, there even where NumPy was not listed.
    """

    cpu_ms: float | None = None
    cpu_library: str | None = None
    cpu_threads: int | None = None
    rate: Rate | None = None
    roofline: Roofline | None = None


PARTS = (Timings, Bits, Resources, Conditions, Derived)
"""The classes of all parts."""
