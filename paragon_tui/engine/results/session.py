"""A session folded from the event stream: the model that the console, the screen, the store and exports share."""

from __future__ import annotations

from dataclasses import replace

from paragon_tui.backends.adapter import REFERENCE
from paragon_tui.backends.fingerprint import Fingerprint
from paragon_tui.engine.analysis.crossover import Advice, Key, Point, advise
from paragon_tui.engine.analysis.roofline import roofline
from paragon_tui.engine.messages.events import CeilingFound, Compared, Event, Failed, Probed, RunFinished, RunStarted
from paragon_tui.engine.messages.figures import Ceiling, Roofline
from paragon_tui.engine.messages.job import BASELINE, JobId, Sampling
from paragon_tui.engine.results.result import Result, ResultEvent, apply_event, planned_result
from paragon_tui.suites.case import USUAL, VARIANTS


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
                self.results = {planned.id: planned_result(planned) for planned in event.planned}
                self._peers = {}
                for id_ in self.results:
                    self._peers.setdefault(_anywhere(id_), []).append(id_)
            case Probed() if event.fingerprint is not None:
                self.fingerprints[event.adapter] = event.fingerprint
            case CeilingFound():
                self.ceilings[event.adapter] = event.ceiling
            case RunFinished():
                self.finished, self.running, self.interrupted = True, None, event.interrupted
            case _ if isinstance(event, ResultEvent):
                self.results[event.id] = apply_event(self.results[event.id], event)
                if isinstance(event, Compared | Failed):
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
            if id_.adapter not in (BASELINE, REFERENCE):
                key = (id_.suite, result.case.operation, id_.dtype, id_.variant, id_.adapter)
                points.setdefault(key, []).append(Point(result.case.size, cost.operations, speedup))
        return advise(points)

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
