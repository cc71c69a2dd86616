"""The samples of one result in one process, and which of them count. Pure Python, for the parent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean, median

from paragon_tui.backends.cores import usable_cores
from paragon_tui.engine.analysis.collector import Collector, merged
from paragon_tui.engine.analysis.disturbance import Choice, Load, counting_samples
from paragon_tui.engine.messages.events import ChainedBatch, ColdBatch, SampleBatch
from paragon_tui.engine.messages.figures import Measured, Readings, Samples, Visit


class Measurement:
    """Collects a result's batches in bounded memory. ``on_cpu``: its adapter computes on the processor."""

    def __init__(self, on_cpu: bool) -> None:
        self._on_cpu = on_cpu
        self._latency, self._device = _Pair(), _Pair()
        self._cold, self._warm = Collector(), Collector()
        self._chained: list[tuple[tuple[int, int], ...]] = []
        self._other_cores: list[float] = []
        self._spins_ns: list[int] = []
        self._tick_ns = 1
        self._readings: list[Readings] = []
        self.visits_made = 0

    def add(self, batch: SampleBatch | ColdBatch | ChainedBatch) -> None:
        """Add the samples of a batch."""
        match batch:
            case SampleBatch():
                self._add_visit(batch)
            case ColdBatch():
                # The caches are flushed between two cold samples, so each is a visit of its own.
                for collector, values in ((self._cold, batch.values_ns), (self._warm, batch.warm_ns)):
                    for round_, value in enumerate(values):
                        collector.add(batch.process, round_, (value,))
            case ChainedBatch():
                self._chained.extend(batch.series)

    def _add_visit(self, batch: SampleBatch) -> None:
        conditions = batch.conditions
        self._latency.add(batch, batch.latency_ns, conditions.preempted)
        self._device.add(batch, batch.device_ns, conditions.device_preempted)
        if conditions.other_cores is not None:
            self._other_cores.append(conditions.other_cores)
        self._spins_ns.append(conditions.spin_ns)
        self.visits_made += 1
        if conditions.readings is not None:
            self._readings.append(conditions.readings)
        self._tick_ns = max(self._tick_ns, conditions.tick_ns)

    @property
    def samples(self) -> int:
        """The number of samples so far."""
        return self._latency.all.samples.n if self._latency.all.samples else 0

    @property
    def load(self) -> Load:
        """The load of the visits so far."""
        others = max(0.0, fmean(self._other_cores)) if self._other_cores else None
        return Load(others, usable_cores(), self._on_cpu)

    @property
    def choice(self) -> Choice:
        """Which samples count, as far as is known."""
        return counting_samples(self.load, self._latency.uninterrupted.samples)

    @property
    def visits(self) -> Sequence[Visit]:
        """The visits with samples that count."""
        counting = self._latency.chosen(self.choice)
        return counting.visits if counting else ()

    def measured(self, best_spin_ns: int | None) -> Measured | None:
        """Return what its figures are computed from; ``None`` without samples."""
        choice = self.choice
        latency = self._latency.chosen(choice)
        if latency is None:
            return None
        device = self._device.chosen(choice) or self._device.chosen("all")
        return Measured(
            latency,
            device,
            self._cold.samples,
            self._warm.samples,
            tuple(self._chained),
            self.samples - latency.n,
            choice == "disturbed",
            self.load.other_cores,
            median(self._spins_ns) if self._spins_ns else None,
            best_spin_ns,
            self._tick_ns,
            tuple(self._readings),
            self.load.beyond_scatter,
        )


def combined(processes: Sequence[Measured]) -> Measured | None:
    """Return what the figures over all ``processes`` are computed from; one that was disturbed disturbs all."""
    if not processes:
        return None
    first = processes[0]
    if len(processes) == 1:
        return first
    others = [each.other_cores for each in processes if each.other_cores is not None]
    spins = [each.spin_ns for each in processes if each.spin_ns is not None]
    latency, device, cold, warm = (
        merged([samples for each in processes if (samples := getattr(each, name)) is not None])
        for name in ("latency", "device", "cold", "warm")
    )
    return replace(
        first,
        latency=latency or first.latency,
        device=device,
        cold=cold,
        warm=warm,
        chained=tuple(series for each in processes for series in each.chained),
        preempted=sum(each.preempted for each in processes),
        disturbed=any(each.disturbed for each in processes),
        other_cores=fmean(others) if others else None,
        spin_ns=median(spins) if spins else None,
        tick_ns=max(each.tick_ns for each in processes),
        readings=tuple(reading for each in processes for reading in each.readings),
        load=max(each.load for each in processes),
    )


class _Pair:
    """All samples of one clock, and those that were not preempted, where the system counts that."""

    def __init__(self) -> None:
        self.all, self.uninterrupted = Collector(), Collector()

    def add(self, batch: SampleBatch, values_ns: Sequence[int], preempted: tuple[int, ...] | None) -> None:
        self.all.add(batch.process, batch.round, values_ns)
        if preempted is not None:
            left_out = frozenset(preempted)
            counting = [value for index, value in enumerate(values_ns) if index not in left_out]
            self.uninterrupted.add(batch.process, batch.round, counting)

    def chosen(self, choice: Choice) -> Samples | None:
        return self.uninterrupted.samples if choice == "uninterrupted" else self.all.samples
