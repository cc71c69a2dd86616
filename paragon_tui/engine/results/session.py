"""A session folded from the event stream: the model shared by the console, the screen, the store and exports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from copy import copy
from dataclasses import replace

from paragon_tui.backends.adapter import REFERENCE, Adapter
from paragon_tui.backends.fingerprint import Fingerprint
from paragon_tui.engine.analysis.crossover import Advice, Key, Point, advise
from paragon_tui.engine.analysis.disturbance import CARRIED_SHARE
from paragon_tui.engine.analysis.roofline import roofline
from paragon_tui.engine.messages.events import (
    CeilingFound,
    Compared,
    Event,
    Failed,
    Planned,
    Probed,
    RunFinished,
    RunStarted,
    SampleBatch,
)
from paragon_tui.engine.messages.figures import Ceiling, Rate, Roofline
from paragon_tui.engine.messages.job import JobId, Sampling, is_baseline_adapter
from paragon_tui.engine.results.parts import Derived, ResultEvent
from paragon_tui.engine.results.rates import rate
from paragon_tui.engine.results.result import Result, planned_result
from paragon_tui.suites.case import USUAL, VARIANTS


class Session:
    """The state of a run so far: apply events in order, read ``results``."""

    def __init__(self) -> None:
        self.id = ""
        self.started = ""
        self.host: dict[str, str] = {}
        self.planned: dict[JobId, Planned] = {}
        self.results: dict[JobId, Result] = {}
        self.discovery_ms: dict[str, float] = {}
        self.sampling: Sampling | None = None
        self.threads: int | None = None
        self.fingerprints: dict[str, Fingerprint] = {}
        self.ceilings: dict[str, Ceiling] = {}
        self.running: JobId | None = None
        self.finished = False
        self.interrupted = False
        self.listed_adapters: tuple[str, ...] = ()
        self._peers: dict[JobId, list[JobId]] = {}
        self._loads, self._load_sum = 0, 0.0
        self._expected_s = 0.0
        self._share_done: float | None = None  # until it is asked for: painting asks often, of hundreds of results

    def apply(self, event: Event) -> None:
        """Fold in one event. Events of discovery and the log change nothing here."""
        match event:
            case RunStarted():
                before = self.results if event.continues == self.id else {}
                self.id, self.started, self.host = event.session, event.started, dict(event.host)
                self.discovery_ms = dict(event.discovery_ms) or (self.discovery_ms if before else {})
                self.finished = self.interrupted = False
                self.sampling, self.threads = event.sampling, event.threads
                self.listed_adapters = event.listed
                self.planned = {planned.id: planned for planned in event.planned}
                kept = before.keys() - set(event.again)
                self.results = {
                    id_: _kept(before[id_], event.continues) if id_ in kept else planned_result(planned)
                    for id_, planned in self.planned.items()
                }
                self._expected_s = sum(each.expected_s for id_, each in self.planned.items() if id_ not in kept)
                self._share_done = None
                self._peers = {}
                self._loads, self._load_sum = 0, 0.0
                for id_ in self.results:
                    self._peers.setdefault(_peer_key(id_), []).append(id_)
            case Probed() if event.fingerprint is not None:
                self.fingerprints[event.adapter] = event.fingerprint
            case CeilingFound():
                self.ceilings[event.adapter] = event.ceiling
            case RunFinished():
                self.finished, self.running = True, None
                # What the session before did not reach is still to be gone on with.
                self.interrupted = event.interrupted or any(each.status == "stopped" for each in self.kept)
            case _ if isinstance(event, ResultEvent):
                if isinstance(event, SampleBatch):
                    self._observe_load(event)
                else:
                    self._share_done = None
                self.results[event.id] = self.results[event.id].after(event)
                if isinstance(event, Compared | Failed):
                    self._compare_peers(event.id)
                self.running = event.id if not self.results[event.id].ended else None

    @property
    def kept(self) -> list[Result]:
        """The results of the session that this one goes on with."""
        return [result for result in self.results.values() if result.measured_in is not None]

    def copy(self) -> Session:
        """Return the same session, which further events leave as it is; it may be gone on with."""
        twin = copy(self)
        twin.results, twin.fingerprints, twin.ceilings = (
            dict(self.results),
            dict(self.fingerprints),
            dict(self.ceilings),
        )
        return twin

    def _observe_load(self, batch: SampleBatch) -> None:
        """Count the load of a visit to an adapter that computes on the processor: it hardly matters to others."""
        others = batch.conditions.other_cores
        if others is not None and self.planned[batch.id].adapter.type == "cpu":
            self._loads += 1
            self._load_sum += others

    @property
    def load(self) -> float | None:
        """The share of the cores that other programs kept busy, over all visits on the processor; ``None`` if unknown.

        Systems count in ticks, so that a visit's own figure is rough.
        """
        cores = self.host.get("cores", "")
        if not self._loads or not cores.isdecimal() or not int(cores):
            return None
        return min(1.0, max(0.0, self._load_sum / self._loads / int(cores)))

    @property
    def load_that_matters(self) -> float:
        """The same share, 0 for one that the scatter of the visits shows well enough, or that is unknown."""
        return self.load if self.load is not None and self.load > CARRIED_SHARE else 0.0

    def _compare_peers(self, id_: JobId) -> None:
        """Compare digests where the reference is only a sample: adapters that claim the same bits must have one."""
        peers = [self.results[peer] for peer in self._peers[_peer_key(id_)]]
        sampled = [
            peer
            for peer in peers
            if peer.bits.claims_identity
            and peer.bits.comparison is not None
            and peer.bits.comparison.sample is not None
        ]
        for result in sampled:
            unlike = tuple(peer.id.adapter for peer in sampled if peer.bits.contradicts(result.bits))
            self.results[result.id] = replace(result, bits=replace(result.bits, unlike=unlike))

    @property
    def listed(self) -> list[Result]:
        """The results that were asked for, in order; a baseline that was not asked for runs too, but is not listed."""
        return [result for result in self.results.values() if result.id.adapter in self.listed_adapters]

    def baseline(self, result: Result) -> Result | None:
        """Return NumPy's result for the same case and dtype, the baseline of the speed-up."""
        return self.results.get(result.id.baseline)

    def variants(self, result: Result) -> list[Result]:
        """Return all results of its case and dtype on its adapter, the usual variant's first."""
        usual_first = sorted(VARIANTS, key=lambda variant: variant not in USUAL)
        ids = (replace(result.id, variant=variant) for variant in usual_first)
        return [self.results[id_] for id_ in ids if id_ in self.results]

    def adapter(self, result: Result) -> Adapter:
        """Return the adapter of a result."""
        return self.planned[result.id].adapter

    def cpu_ms(self, result: Result) -> float | None:
        """Return NumPy's median latency for the same case, milliseconds: that in the rounds of a speedup, if any."""
        speedup = result.timings.speedup
        if speedup is not None and speedup.baseline_ms is not None:
            return speedup.baseline_ms
        baseline = self.baseline(result)
        return baseline.timings.latency_ms.median if baseline and baseline.timings.latency_ms else None

    def rate(self, result: Result) -> Rate | None:
        """Return the work that a result does in a second; ``None`` where there is no unit for it, or no time."""
        return rate(self.planned[result.id].case, result.resources.cost, result.timings.latency_ms)

    def roofline(self, result: Result) -> Roofline | None:
        """Return the result's rates beside its adapter's ceiling, by device time, or end to end where there is none."""
        timings, cost = result.timings, result.resources.cost
        timed = timings.device_ms or timings.latency_ms
        if timed is None or cost is None or timed.median <= 0:
            return None
        cold_ms = timings.cold_ms.median if timings.cold_ms else None
        ceiling = self.ceilings.get(result.id.adapter)
        return roofline(cost, timed.median, ceiling, integer=result.id.dtype == "i8", cold_ms=cold_ms)

    def derived(self, result: Result) -> Derived:
        """Return the figures that follow from a result and the rest of the session."""
        resources = baseline.resources if (baseline := self.baseline(result)) else None
        return Derived(
            self.cpu_ms(result),
            resources.library if resources else None,
            resources.threads if resources else None,
            self.rate(result),
            self.roofline(result),
        )

    @property
    def expected_s(self) -> float:
        """The time that all results to be measured were expected to take, seconds."""
        return self._expected_s

    @property
    def share_done(self) -> float:
        """The share of the planned time that is done, each result weighted by its expected time."""
        if self._share_done is None:
            self._share_done = self._computed_share()
        return self._share_done

    def _computed_share(self) -> float:
        repeat = self.sampling.repeat if self.sampling else 1
        planned = self.expected_s
        done = sum(
            self.planned[result.id].expected_s * (1.0 if result.ended else result.timings.processes / repeat)
            for result in self.results.values()
            if result.measured_in is None
        )
        return done / planned if planned > 0 else 0.0

    def seconds_left(self, elapsed_s: float) -> float:
        """Return the estimated time left: from expected times at first, more and more from the pace so far."""
        planned = self.expected_s
        done = self.share_done
        total_at_pace = elapsed_s / done if done > 0 else planned
        return max(0.0, (1 - done) * ((1 - done) * planned + done * total_at_pace))

    @property
    def advice(self) -> tuple[Advice, ...]:
        """Advice on which adapter to use when, from listed results that ended well and broke no claim."""
        return self.advice_on(self.listed)

    def advice_on(self, results: Iterable[Result]) -> tuple[Advice, ...]:
        """Return advice from those of these results that ended well and broke no claim."""
        rows: dict[Key, list[Result]] = {}
        for result in results:
            id_, sound = result.id, result.status == "ok" and not result.bits.broken_claim
            if sound and id_.adapter != REFERENCE and not is_baseline_adapter(id_.adapter):
                key = (id_.suite, result.operation, id_.dtype, id_.variant, id_.adapter)
                rows.setdefault(key, []).append(result)
        return advise({key: _points(row) for key, row in rows.items()})

    @property
    def claims(self) -> tuple[int, int]:
        """The number of listed results with the reference's bits, and of those that claim them and were compared."""
        right, claiming = zip((0, 0), *self.claims_by_adapter.values(), strict=True)
        return sum(right), sum(claiming)

    @property
    def claims_by_adapter(self) -> dict[str, tuple[int, int]]:
        """For each adapter with compared results, the same numbers as ``claims``."""
        counts: dict[str, tuple[int, int]] = {}
        for result in self.listed:
            if (bits := result.bits).comparison is not None:
                right, claiming = counts.get(result.id.adapter, (0, 0))
                claims = bits.claims_identity
                counts[result.id.adapter] = right + (claims and not bits.broken_claim), claiming + claims
        return counts

    @property
    def failures(self) -> list[Result]:
        """The results that failed, timed out, or broke a claim of identity."""
        return [result for result in self.results.values() if result.failed or result.bits.broken_claim]


def _points(row: Iterable[Result]) -> list[Point]:
    """Return the speed-ups of a row, each under the name of its size; of its case where several have that size."""
    known = [
        (result, cost.operations, speedup)
        for result in row
        if (cost := result.resources.cost) is not None and (speedup := result.timings.speedup) is not None
    ]
    sizes = Counter(result.size for result, *_ in known)
    return [
        Point(result.size if sizes[result.size] == 1 else result.id.case, operations, speedup)
        for result, operations, speedup in known
    ]


def _kept(result: Result, session: str | None) -> Result:
    return replace(result, measured_in=result.measured_in or session)


def _peer_key(id_: JobId) -> JobId:
    """Return the key shared by all adapters and variants of a case and dtype."""
    return replace(id_, adapter="", variant="")
