"""The estimator: it keeps a session's samples and computes their figures. It needs numpy, so it has its own worker."""

from __future__ import annotations

from paragon_tui.engine.analysis.quality_flags import quality_flags
from paragon_tui.engine.analysis.statistics import fit_launch_cost, ratio, summarise
from paragon_tui.engine.messages.commands import Estimate
from paragon_tui.engine.messages.events import ChainedBatch, ColdBatch, Figures, SampleBatch
from paragon_tui.engine.messages.figures import Conditions, Ratio, Summary, Visit
from paragon_tui.engine.messages.job import JobId


class Estimator:
    """All batches of a session, by result."""

    def __init__(self) -> None:
        self._latency: dict[JobId, list[Visit]] = {}
        self._device: dict[JobId, list[Visit]] = {}
        self._cold: dict[JobId, list[Visit]] = {}
        self._warm: dict[JobId, list[Visit]] = {}
        self._chained: dict[JobId, list[tuple[tuple[int, int], ...]]] = {}
        self._conditions: dict[JobId, list[Conditions]] = {}
        self._best_spin_ns: int | None = None

    def keep(self, batch: SampleBatch | ColdBatch | ChainedBatch) -> None:
        """Keep the samples of a batch."""
        match batch:
            case SampleBatch():
                self._keep_visit(batch)
            case ColdBatch(values_ns=(_, *_)):
                # The caches are flushed between two cold samples, so each is a visit of its own.
                for visits_by_id, values in ((self._cold, batch.values_ns), (self._warm, batch.warm_ns)):
                    visits = (Visit(batch.process, round_, (value,)) for round_, value in enumerate(values))
                    visits_by_id.setdefault(batch.id, []).extend(visits)
            case ChainedBatch():
                self._chained.setdefault(batch.id, []).extend(batch.series)

    def _keep_visit(self, batch: SampleBatch) -> None:
        for visits_by_id, values in ((self._latency, batch.latency_ns), (self._device, batch.device_ns)):
            if values:
                visits_by_id.setdefault(batch.id, []).append(Visit(batch.process, batch.round, values))
        self._conditions.setdefault(batch.id, []).append(batch.conditions)
        spin_ns = batch.conditions.spin_ns
        self._best_spin_ns = spin_ns if self._best_spin_ns is None else min(spin_ns, self._best_spin_ns)

    def figures(self, command: Estimate) -> Figures:
        """Return the figures of one result. Raises ``ValueError`` where there are no samples of it."""
        latency = self._latency.get(command.id, [])
        series = self._chained.get(command.id)
        first_run_ns = round(command.first_run_ms * 1e6) if command.first_run_ms is not None else None
        return Figures(
            command.id,
            processes=len({visit.process for visit in latency}),
            rounds=len(latency),
            latency_ms=summarise(latency),
            device_ms=self._summary(self._device.get(command.id)),
            cold_ms=self._summary(self._cold.get(command.id)),
            warm_ms=self._summary(self._warm.get(command.id)),
            speedup=self._ratio(command.baseline, latency),
            launch_cost=fit_launch_cost(_cut_to_shortest(series)) if series else None,
            flags=quality_flags(
                latency, self._conditions[command.id], first_run_ns, self._best_spin_ns, on_cpu=command.on_cpu
            ),
            variant_speedup=self._ratio(command.usual, latency),
        )

    @staticmethod
    def _summary(visits: list[Visit] | None) -> Summary | None:
        return summarise(visits) if visits else None

    def _ratio(self, other: JobId | None, latency: list[Visit]) -> Ratio | None:
        """Return the time of ``other`` over ``latency``, if ``other`` has been measured."""
        other_latency = self._latency.get(other) if other else None
        if not other_latency:
            return None
        try:
            return ratio(other_latency, latency)
        except ValueError:  # a clock that did not move
            return None


def _cut_to_shortest(series: list[tuple[tuple[int, int], ...]]) -> list[tuple[tuple[int, int], ...]]:
    """Cut all series to the shortest: one process may have fitted fewer forwards in a submission than another."""
    shortest = min(map(len, series))
    return [times[:shortest] for times in series]
