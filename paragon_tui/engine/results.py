"""Results folded from the event stream: the model that the console, the screen, the store and exports share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import median
from typing import Literal

from backends.adapter import Adapter
from backends.fingerprint import Fingerprint, Standing
from paragon_tui.arithmetic.comparison import Comparison, Difference
from paragon_tui.engine.advice import Advice, Key, Point, advice
from paragon_tui.engine.events import (
    CeilingFound,
    Closed,
    Event,
    Examined,
    Failed,
    Figures,
    Finished,
    JobStarted,
    Looked,
    NotMeasured,
    Output,
    Planned,
    Prepared,
    Probed,
    RunFinished,
    RunStarted,
    SampleBatch,
    Status,
    Verdict,
)
from paragon_tui.engine.figures import Ceiling, Flag, Overhead, Ratio, Roofline, Summary, Throughput
from paragon_tui.engine.job import BASELINE, JobId, Sampling
from paragon_tui.engine.roofline import roofline
from paragon_tui.engine.selection import ORACLE
from paragon_tui.suites.case import USUAL, VARIANTS, Case, Chain, Cost, Tier

Progress = Literal["waiting", "running"] | Status

Change = (
    JobStarted
    | Prepared
    | Looked
    | Output
    | Verdict
    | SampleBatch
    | Examined
    | NotMeasured
    | Closed
    | Figures
    | Failed
    | Finished
)
"""What changes a result."""


@dataclass(frozen=True, slots=True)
class Result:
    """One case on one adapter, as far as it has got. ``None`` is what was not measured.

    ``interim_ms`` is the median of the last visit, to be looked at while there are no figures yet. ``unlike`` are
    adapters whose digest is another though they claim the same bits, where the reference knows a sample alone.
    ``looks`` are what a training came to on the way.
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
    throughput: Throughput | None = None
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
    looks: tuple[Looked, ...] = ()

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.progress not in ("waiting", "running")

    @property
    def claims_identity(self) -> bool:
        """Whether it claims the reference's bits: its tier's condition holds on its adapter."""
        return self.standing in ("guaranteed", "observed")

    @property
    def differs(self) -> bool:
        """Whether it was compared and found other than the reference, before softmax or after."""
        return any(
            comparison is not None and not comparison.bit_identical
            for comparison in (self.comparison, self.output_comparison)
        )

    @property
    def strayed(self) -> Looked | None:
        """Where a training first had other parameters than the reference's."""
        return next((look for look in self.looks if look.digest != look.right), None)

    @property
    def broken_claim(self) -> bool:
        """Whether it claims the reference's bits and does not have them every time."""
        wrong = self.differs or self.deterministic is False or bool(self.unlike) or self.strayed is not None
        return self.claims_identity and wrong


class Session:
    """A run as it is known so far: apply events in order, read ``results``."""

    def __init__(self) -> None:
        self.id = ""
        self.started = ""
        self.host: dict[str, str] = {}
        self.results: dict[JobId, Result] = {}
        self.discovery_ms: dict[str, float] = {}
        self.sampling: Sampling | None = None
        self.threads: int | None = None
        self.fingerprints: dict[str, Fingerprint] = {}
        self.ceilings: dict[str, Ceiling] = {}
        self.running: JobId | None = None
        self.finished = False
        self.interrupted = False
        self._listed: frozenset[str] = frozenset()
        self._peers: dict[JobId, list[JobId]] = {}

    def apply(self, event: Event) -> None:
        """Fold one event in. Events of discovery and the log change nothing here."""
        match event:
            case RunStarted():
                self.id, self.started, self.host = event.session, event.started, dict(event.host)
                self.discovery_ms = dict(event.discovery_ms)
                self.sampling, self.threads = event.sampling, event.threads
                self._listed = frozenset(event.listed)
                self.results = {planned.id: _planned(planned) for planned in event.planned}
                self._peers = {}
                for id_ in self.results:
                    self._peers.setdefault(_anywhere(id_), []).append(id_)
            case Probed() if event.fingerprint is not None:
                self.fingerprints[event.adapter] = event.fingerprint
            case CeilingFound():
                self.ceilings[event.adapter] = event.ceiling
            case RunFinished():
                self.finished, self.running, self.interrupted = True, None, event.interrupted
            case _ if isinstance(event, Change):
                self.results[event.id] = _changed(self.results[event.id], event)
                if isinstance(event, Verdict | Failed):
                    self._compare_peers(event.id)
                self.running = event.id if not self.results[event.id].ended else None

    def _compare_peers(self, id_: JobId) -> None:
        """Adapters that claim the same bits must have one digest, also where the reference knows a sample alone."""
        peers = [peer for peer in map(self.results.__getitem__, self._peers[_anywhere(id_)]) if peer.claims_identity]
        known = [peer for peer in peers if peer.comparison is not None and peer.comparison.sample is not None]
        for one in known:
            unlike = tuple(peer.id.adapter for peer in known if peer.digest != one.digest)
            self.results[one.id] = replace(one, unlike=unlike)

    @property
    def listed(self) -> list[Result]:
        """The results that were asked for, in order; the baseline runs unlisted where it was not."""
        return [result for result in self.results.values() if result.adapter.id in self._listed]

    def baseline(self, result: Result) -> Result | None:
        """NumPy's result for the same case and dtype, the one that a speed-up is measured against."""
        return self.results.get(result.id.baseline)

    def variants(self, result: Result) -> list[Result]:
        """The results of its case and dtype on its adapter, the usual variant's first; itself alone where no other."""
        usual_first = sorted(VARIANTS, key=lambda variant: variant not in USUAL)
        ids = (replace(result.id, variant=variant) for variant in usual_first)
        return [self.results[id_] for id_ in ids if id_ in self.results]

    def cpu_ms(self, result: Result) -> float | None:
        """NumPy's median latency for the same case."""
        baseline = self.baseline(result)
        return baseline.latency_ms.median if baseline and baseline.latency_ms else None

    def roofline(self, result: Result) -> Roofline | None:
        """The result beside its adapter's ceiling, by device time, or end to end where there is none."""
        timed = result.device_ms or result.latency_ms
        if timed is None or result.cost is None or timed.median <= 0:
            return None
        cold_ms = result.cold_ms.median if result.cold_ms else None
        ceiling = self.ceilings.get(result.adapter.id)
        return roofline(result.cost, timed.median, ceiling, integer=result.id.dtype == "i8", cold_ms=cold_ms)

    @property
    def share_done(self) -> float:
        """How much of the planned time is behind, by what each result was expected to take."""
        repeat = self.sampling.repeat if self.sampling else 1
        planned = sum(result.expected_s for result in self.results.values())
        done = sum(
            result.expected_s * (1.0 if result.ended else result.processes / repeat) for result in self.results.values()
        )
        return done / planned if planned > 0 else 0.0

    def seconds_left(self, elapsed_s: float) -> float:
        """What the rest will take: as expected at first, and ever more as it went so far."""
        planned = sum(result.expected_s for result in self.results.values())
        done = self.share_done
        as_so_far = elapsed_s / done if done > 0 else planned
        return max(0.0, (1 - done) * ((1 - done) * planned + done * as_so_far))

    @property
    def advice(self) -> tuple[Advice, ...]:
        """When to use which adapter: of listed results that were measured to their end and broke no claim."""
        points: dict[Key, list[Point]] = {}
        for result in self.listed:
            id_, cost, speedup = result.id, result.cost, result.speedup
            if result.progress != "ok" or result.broken_claim or cost is None or speedup is None:
                continue
            if id_.adapter not in (BASELINE, ORACLE):
                key = (id_.suite, result.case.operation, id_.dtype, id_.variant, id_.adapter)
                points.setdefault(key, []).append(Point(result.case.size, cost.operations, speedup))
        return advice(points)

    @property
    def claims(self) -> tuple[int, int]:
        """How many listed results have the reference's bits, of how many that claim them and were compared."""
        claimed = [r for r in self.listed if r.claims_identity and r.comparison is not None]
        return sum(1 for r in claimed if not r.broken_claim), len(claimed)

    @property
    def failures(self) -> list[Result]:
        """Results that failed, timed out, or broke a claim of identity."""
        return [r for r in self.results.values() if r.progress in ("failed", "timeout") or r.broken_claim]


def _anywhere(id_: JobId) -> JobId:
    """What it shares with the same case and dtype on other adapters and by other kernels."""
    return replace(id_, adapter="", variant="")


def _planned(planned: Planned) -> Result:
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


def _changed(result: Result, event: Change) -> Result:
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
        case Looked():
            anew = bool(result.looks) and event.step <= result.looks[-1].step  # in another process
            keep = result.claims_identity and result.strayed is not None
            return result if anew and keep else replace(result, looks=(*(() if anew else result.looks), event))
        case Output():
            before, now = (result.digest, result.output_digest), (event.digest, event.output_digest)
            changed = result.digest is not None and before != now  # from one process to the next
            deterministic = False if changed else result.deterministic
            if result.claims_identity and result.differs:  # which another process's right bits do not make good
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
        case Verdict():
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
            words = f"{event.what}: {event.why}"
            said = result.not_measured  # in an earlier process
            return result if words in said else replace(result, not_measured=(*said, words))
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
                throughput=event.throughput,
                flags=event.flags,
            )
        case Failed():
            # A result that failed after it was compared (it changed from run to run, say) has no bits to speak of, and
            # one that failed in a later process no figures: what was sampled is in the store.
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
                throughput=None,
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
