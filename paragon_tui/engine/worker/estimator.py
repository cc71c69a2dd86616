"""The estimator: it computes a result's figures. It needs numpy, so it has a worker of its own."""

from __future__ import annotations

from paragon_tui.engine.analysis.launch_cost import fit_launch_cost
from paragon_tui.engine.analysis.quality_flags import quality_flags
from paragon_tui.engine.analysis.sensor_summary import summarise_sensors
from paragon_tui.engine.analysis.statistics import ratio, summarise
from paragon_tui.engine.messages.commands import Estimate
from paragon_tui.engine.messages.events import Figures
from paragon_tui.engine.messages.figures import Samples, Summary


def figures(command: Estimate) -> Figures:
    """Return the figures of one result."""
    measured = command.measured
    latency = summarise(measured.latency, measured.disturbed)
    first_run_ns = round(command.first_run_ms * 1e6) if command.first_run_ms is not None else None
    return Figures(
        command.id,
        processes=len({visit.process for visit in measured.latency.visits}),
        rounds=len(measured.latency.visits),
        latency_ms=latency,
        device_ms=_summary(measured.device, measured.disturbed),
        cold_ms=_summary(measured.cold),
        warm_ms=_summary(measured.warm),
        speedup=ratio(command.baseline, measured) if command.baseline else None,
        launch_cost=fit_launch_cost(measured.chained) if measured.chained else None,
        flags=quality_flags(measured, latency, first_run_ns, command.on_cpu, command.clipped),
        variant_speedup=ratio(command.usual, measured) if command.usual else None,
        sensors=summarise_sensors(measured.readings),
        preempted=measured.preempted,
    )


def _summary(samples: Samples | None, disturbed: bool = False) -> Summary | None:
    return summarise(samples, disturbed) if samples else None
