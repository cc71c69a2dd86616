"""The printed report of a run: Paragon-Py's block for each result, and the lines that close it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from rich.table import Table

from paragon_tui.engine.messages.job import is_baseline_adapter
from paragon_tui.engine.results.result import Result
from paragon_tui.engine.results.session import Session
from paragon_tui.formatting import bits, quantities, rates, session_lines, timings

if TYPE_CHECKING:
    from paragon_tui.arithmetic.comparison import Difference
    from paragon_tui.backends.adapter import Adapter
    from paragon_tui.formatting.scaling import ScalingTable

_MOST_VALUES = 8  # values, and differing indices, printed of anything but a single sample of a network


def adapter_line(adapter: Adapter) -> str:
    """Return ``🚀 GPU Selected: …``, printed once per adapter."""
    return f"🚀 GPU Selected: {adapter.name} ({adapter.vendor}) - Type: {adapter.type}  [{adapter.id}]"


def block(session: Session, result: Result) -> list[str]:
    """Return one result as lines: times, speedup, differences, vectors and the per-index table."""
    is_host, times = session.adapter(result).is_host, result.timings
    lines = [f"=== {result.id.label} ({result.shape}) · {result.id.adapter} ==="]
    if times.init_ms is not None and not is_host:
        lines.append(f"GPU init: [ok]  in {times.init_ms:.2f} ms  enabled=yes")
    elif result.status == "failed" and not is_host:
        lines.append("GPU init: [failed]  enabled=no")
    baseline = session.baseline(result)
    library = timings.library_and_threads(baseline)
    baseline_ms = baseline.timings.latency_ms if baseline else None
    lines.append(f"CPU  ⏱ {timings.median(baseline_ms)}" + (f"  ({library})" if library else ""))
    if not is_host:
        device = f"  (device {timings.median(times.device_ms)})" if times.device_ms else ""
        lines.append(f"GPU  ⏱ {timings.median(times.latency_ms)}{device}")
    elif not is_baseline_adapter(result.id.adapter):
        library = timings.library_and_threads(result)
        lines.append(
            f"{result.id.adapter}  ⏱ {timings.median(times.latency_ms)}" + (f"  ({library})" if library else "")
        )
    if not is_baseline_adapter(result.id.adapter):
        speedup = timings.speedup_phrase(times.speedup, baseline_ms) if times.speedup else quantities.NOT_MEASURED
        lines.append(f"Speedup: {speedup}" + (" than NumPy" if speedup.endswith(("faster", "slower")) else ""))
    lines += [f"{name}: {text}" for name, text in timings.timing_rows(session, result)]
    if result.error:
        lines.append(f"{result.status}: {result.error}")
    lines += [f"Training: {line}" for line in bits.checkpoint_lines(result)]
    comparison = result.bits.comparison
    if comparison is None:
        return lines
    count = f"  (n={len(result.bits.values)})" if result.bits.values is not None else ""
    other = "GPU" if not is_host else result.id.adapter
    lines.append(f"Δ(CPU vs {other})  mae={comparison.mae:.2E}  max={comparison.max:.2E}{count}")
    lines.append(f"Bits: {bits.describe_bits(result)}  sha256 {(result.bits.digest or '')[:16]}…")
    if result.resources.plan:
        lines.append(f"Kernels: {result.resources.plan}  {bits.claim(result)}")
    one_sample = bits.has_softmax(result) and result.batch == 1
    return lines + (_vectors(result, other) if one_sample else _values(result, other))


def _values(result: Result, other: str) -> list[str]:
    """Return the first values and the first differing indices: printing all values of every result is too much."""
    if result.bits.values is None:
        return []
    first = list(islice(bits.beside_reference(result), _MOST_VALUES))
    left_out = len(result.bits.values) - len(first)
    width, more = max(3, len(other)), f", … and {left_out:,} more" if left_out else ""
    differing = [row for row in result.bits.differences if row.hex != row.reference_hex]
    lines = [
        f"{bits.values_name(result):<8} {'CPU':<{width}} {_vector((reference for reference, _ in first), more)}",
        f"         {other:<{width}} {_vector((value for _, value in first), more)}",
    ]
    if differing:
        lines += _rows(differing[:_MOST_VALUES], other)
    if len(differing) > _MOST_VALUES:
        lines.append("and more differing indices")
    return lines


def _vectors(result: Result, other: str) -> list[str]:
    rows = result.bits.differences
    width = max(3, len(other))
    lines = [
        f"Logits   {'CPU':<{width}} {_vector(row.reference for row in rows)}",
        f"         {other:<{width}} {_vector(row.value for row in rows)}",
    ]
    softmax, reference = result.bits.softmax, result.bits.reference_output
    if softmax is not None and reference is not None:
        lines.append(f"Softmax  {'CPU':<{width}} {_vector(reference)}")
        lines.append(f"         {other:<{width}} {_vector(softmax)}")
    return lines + _rows(rows, other)


def _rows(rows: Sequence[Difference], other: str) -> list[str]:
    return [
        f"{'Idx':>3} | {'CPU':>22} | {other:>22} | {'Δ':>16}",
        *(f"{row.index:3d} | {row.reference:>22.14g} | {row.value:>22.14g} | {row.delta:>16.6e}" for row in rows),
    ]


def spread_table(results: Sequence[Result]) -> Table:
    """Build the table of means, deviations, extremes and totals."""
    return _table(timings.SPREAD_TITLE, timings.SPREAD_HEADING, timings.spread_rows(results))


def _table(title: str | None, heading: Sequence[str], rows: Iterable[Sequence[str]], names: int = 1) -> Table:
    """Build a table whose first columns are ``names``, and all others figures."""
    table = Table(box=None, pad_edge=False, header_style="bold", title=title, title_justify="left")
    for number, name in enumerate(heading):
        table.add_column(name, justify="left" if number < names else "right")
    for row in rows:
        table.add_row(*row)
    return table


def scaling_table(table: ScalingTable) -> Table:
    """Build a table of what was measured along an axis."""
    return _table(None, table.heading, table.rows, names=2)


def overhead_table(results: Sequence[Result]) -> Table:
    """Build the table of the overhead per sample in µs, with (latency − device time) / round trip as the ratio."""
    rows: list[Sequence[str]] = []
    for result in results:
        overhead, ratio = result.resources.overhead, timings.over_round_trip(result)
        if overhead is None:
            continue
        latency_ms, device_ms = result.timings.latency_ms, result.timings.device_ms
        beyond_ns = (latency_ms.median - device_ms.median) * 1e6 if latency_ms and device_ms else None
        figures_ns = (overhead.loop_ns, overhead.host_ns, beyond_ns, overhead.round_trip_ns)
        cells = [f"{figure / 1e3:.1f}" if figure is not None else "–" for figure in figures_ns]
        rows.append((result.id.label, result.id.adapter, *cells, f"{ratio:.2f}" if ratio is not None else "–"))
    heading = ("case", "adapter", "loop", "harness code", "latency - device", "empty round trip", "ratio")
    return _table("Overhead per sample, µs", heading, rows, names=2)


def sensors_table(results: Sequence[Result]) -> Table | None:
    """Build the table of what sensors told; ``None`` where they told nothing of any result."""
    rows: list[Sequence[str]] = []
    for result in results:
        if (told := result.conditions.sensors) is not None:
            figures = (told.clock_mhz, told.temperature_c, told.power_w)
            cells = [quantities.significant(figure) if figure is not None else "–" for figure in figures]
            energy = "–" if told.joules_per_run is None else quantities.joules(told.joules_per_run)
            rows.append((result.id.label, result.id.adapter, *cells, energy))
    heading = ("case", "adapter", "median clock, MHz", "at most, °C", "mean power, W", "energy of a run")
    return _table("Sensors", heading, rows, names=2) if rows else None


def ceiling_lines(session: Session) -> list[str]:
    """Return a line per adapter whose peak rates were measured."""
    return [f"{adapter} peak: {rates.peak_rates(ceiling)}" for adapter, ceiling in session.ceilings.items()]


def closing_lines(session: Session) -> list[str]:
    """Return lines on missing and doubtful results, variants, trainings and advice, and on how many claims hold."""
    doubtful = session_lines.flag_lines(session.listed)
    doubtful += [line for line in (session_lines.precision_line(session), session_lines.load_line(session)) if line]
    hints = [f"→ {line}" for line in session_lines.advice_lines(session.advice)]
    variants = [f"Variants: {line}" for line in session_lines.variant_lines(session)]
    learnt = [f"Learnt: {line}" for line in session_lines.accuracy_lines(session.listed)]
    return [*_missing_and_wrong(session), *doubtful, *variants, *learnt, *hints, _claims(session)]


def _missing_and_wrong(session: Session) -> list[str]:
    """Return a line per reason: ``✗ failed: the device was lost: S1 on gl:0``, ``≠ digest differs from …: S2 on …``."""
    by_reason: dict[str, list[Result]] = {}
    for result in session.listed:
        if result.status != "ok" and result.error:
            mark = "✗" if result.failed else "–"
            by_reason.setdefault(f"{mark} {result.status}: {result.error}", []).append(result)
        elif result.bits.broken_claim:
            by_reason.setdefault(bits.describe_bits(result), []).append(result)
    return [f"{reason}: {session_lines.result_names(missing, session.listed)}" for reason, missing in by_reason.items()]


def _claims(session: Session) -> str:
    identical, claimed = session.claims
    measured = sum(1 for result in session.listed if result.status == "ok")
    claims = (
        f"{identical} of {claimed} that claim the reference's bits have them." if claimed else "none claims identity."
    )
    return f"{measured} of {len(session.listed)} results measured; {claims}"


def _vector(values: Iterable[float], more: str = "") -> str:
    return "[" + ", ".join(f"{value:.6g}" for value in values) + more + "]"
