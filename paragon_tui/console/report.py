"""A run in words: the block that Paragon-Py's users know for each result, and a summary."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from rich.table import Table

from paragon_tui.engine.messages.job import BASELINE
from paragon_tui.engine.results.result import Result
from paragon_tui.engine.results.session import Session
from paragon_tui.formatting import bits, quantities, rates, session_lines, timings

if TYPE_CHECKING:
    from paragon_tui.arithmetic.comparison import Difference
    from paragon_tui.backends.adapter import Adapter

_FEW = 8  # values, and indices that differ, that are printed of what is no single sample of a network


def adapter_line(adapter: Adapter) -> str:
    """``🚀 GPU Selected: …``, once an adapter."""
    return f"🚀 GPU Selected: {adapter.name} ({adapter.vendor}) - Type: {adapter.type}  [{adapter.id}]"


def block(session: Session, result: Result) -> list[str]:
    """One result as lines: times, speed-up, differences, vectors and the per-index table."""
    lines = [f"=== {result.id.label} ({result.shape}) · {result.id.adapter} ==="]
    if result.init_ms is not None and not result.adapter.is_host:
        lines.append(f"GPU init: [ok]  in {result.init_ms:.2f} ms  enabled=yes")
    elif result.progress == "failed" and not result.adapter.is_host:
        lines.append("GPU init: [failed]  enabled=no")
    baseline = session.baseline(result)
    with_what = timings.library_and_threads(baseline)
    lines.append(
        f"CPU  ⏱ {timings.median(baseline.latency_ms if baseline else None)}"
        + (f"  ({with_what})" if with_what else "")
    )
    if not result.adapter.is_host:
        device = f"  (device {timings.median(result.device_ms)})" if result.device_ms else ""
        lines.append(f"GPU  ⏱ {timings.median(result.latency_ms)}{device}")
    elif result.id.adapter != BASELINE:
        with_what = timings.library_and_threads(result)
        lines.append(
            f"{result.id.adapter}  ⏱ {timings.median(result.latency_ms)}" + (f"  ({with_what})" if with_what else "")
        )
    if result.id.adapter != BASELINE:
        speedup = timings.verdict_phrase(result.speedup)
        lines.append(f"Speedup: {speedup}" + (" than NumPy" if speedup.endswith(("faster", "slower")) else ""))
    lines += [f"{name}: {words}" for name, words in timings.timing_rows(session, result)]
    if result.error:
        lines.append(f"{result.progress}: {result.error}")
    lines += [f"Training: {line}" for line in bits.checkpoint_lines(result)]
    if result.comparison is None:
        return lines
    count = f"  (n={len(result.values)})" if result.values is not None else ""
    other = "GPU" if not result.adapter.is_host else result.id.adapter
    lines.append(f"Δ(CPU vs {other})  mae={result.comparison.mae:.2E}  max={result.comparison.max:.2E}{count}")
    lines.append(f"Bits: {bits.describe_bits(result)}  sha256 {(result.digest or '')[:16]}…")
    if result.plan:
        lines.append(f"Kernels: {result.plan}  {bits.claim(result)}")
    one_sample = bits.has_softmax(result) and result.case.batch == 1
    return lines + (_vectors(result, other) if one_sample else _values(result, other))


def _values(result: Result, other: str) -> list[str]:
    """The first values, and of the indices those that differ: there are too many results to print all of each."""
    if result.values is None:
        return []
    first = list(islice(bits.beside_reference(result), _FEW))
    left_out = len(result.values) - len(first)
    width, more = max(3, len(other)), f", … and {left_out:,} more" if left_out else ""
    differing = [row for row in result.differences if row.hex != row.reference_hex]
    lines = [
        f"{bits.values_name(result):<8} {'CPU':<{width}} {_vector((reference for reference, _ in first), more)}",
        f"         {other:<{width}} {_vector((value for _, value in first), more)}",
    ]
    if differing:
        lines += _rows(differing[:_FEW], other)
    if len(differing) > _FEW:
        lines.append("and more that differ")
    return lines


def _vectors(result: Result, other: str) -> list[str]:
    rows = result.differences
    width = max(3, len(other))
    lines = [
        f"Logits   {'CPU':<{width}} {_vector(row.reference for row in rows)}",
        f"         {other:<{width}} {_vector(row.value for row in rows)}",
    ]
    if result.output is not None and result.reference_output is not None:
        lines.append(f"Softmax  {'CPU':<{width}} {_vector(result.reference_output)}")
        lines.append(f"         {other:<{width}} {_vector(result.output)}")
    return lines + _rows(rows, other)


def _rows(rows: Sequence[Difference], other: str) -> list[str]:
    return [
        f"{'Idx':>3} | {'CPU':>22} | {other:>22} | {'Δ':>16}",
        *(f"{row.index:3d} | {row.reference:>22.14g} | {row.value:>22.14g} | {row.delta:>16.6e}" for row in rows),
    ]


def summary_table(session: Session, results: Sequence[Result]) -> Table:
    """All listed results, one a row."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("case", "dtype", "adapter"):
        table.add_column(heading, no_wrap=True)
    for heading in ("median ms", "95 %", "device ms"):
        table.add_column(heading, justify="right", no_wrap=True)
    for heading in ("than numpy", "bits"):
        table.add_column(heading, no_wrap=True)
    for result in results:
        speedup = result.speedup
        table.add_row(
            result.id.case,
            result.id.arithmetic,
            result.id.adapter,
            f"{result.latency_ms.median:.3f}{'!' if timings.doubtful_flags(result) else ''}"
            if result.latency_ms
            else "–",
            timings.half_width(result.latency_ms) if result.latency_ms else "–",
            f"{result.device_ms.median:.3f}" if result.device_ms else "–",
            f"{quantities.multiple(speedup.value)} {speedup.judgement}" if speedup else "–",
            _bits_cell(result),
        )
    return table


def overhead_table(results: Sequence[Result]) -> Table:
    """What a sample holds besides the work, in µs, and how latency beyond device time compares with a round trip."""
    table = Table(box=None, pad_edge=False, header_style="bold", title="Overhead of a sample, µs", title_justify="left")
    for heading in ("case", "adapter"):
        table.add_column(heading)
    for heading in ("loop", "around the driver", "beyond device time", "empty round trip", "ratio"):
        table.add_column(heading, justify="right")
    for result in results:
        seen, ratio = result.overhead, timings.over_round_trip(result)
        if seen is None:
            continue
        beyond = result.latency_ms.median - result.device_ms.median if result.latency_ms and result.device_ms else None
        figures = (seen.loop_ns, seen.host_ns, beyond * 1e6 if beyond is not None else None, seen.round_trip_ns)
        cells = [f"{figure / 1e3:.1f}" if figure is not None else "–" for figure in figures]
        table.add_row(result.id.label, result.id.adapter, *cells, f"{ratio:.2f}" if ratio is not None else "–")
    return table


def _bits_cell(result: Result) -> str:
    """In few columns: the blocks say where bits differ, the lines below the table why a result is missing."""
    if result.progress != "ok":
        return f"[yellow]{result.progress}[/]"
    if result.comparison is None:
        return "–"
    colour = "red" if result.broken_claim else "green" if result.claims_identity else "dim"
    differing = [one for one in (result.comparison, result.output_comparison) if one and not one.bit_identical]
    if result.unlike:
        return f"[{colour}]≠ {', '.join(result.unlike)}[/]"
    if not differing:
        return f"[{colour}]{'≠ changed' if result.broken_claim else '✓'}[/]"
    return f"[{colour}]≠ {differing[0].ulp_max} {bits.distance_unit(result, differing[0])}[/]"


def ceiling_lines(session: Session) -> list[str]:
    """What each adapter can do at best, as far as it was measured."""
    return [f"{adapter} at best: {rates.peak_rates(best)}" for adapter, best in session.ceilings.items()]


def closing_lines(session: Session) -> list[str]:
    """What is missing, what the figures are worth and what to make of them, and how many results hold their claim."""
    doubts = [f"! {line}" for line in session_lines.flag_lines(session.listed)]
    hints = [f"→ {line}" for line in session_lines.advice_lines(session.advice)]
    variants = [f"Variants: {line}" for line in session_lines.variant_lines(session)]
    return [*_missing(session), *doubts, *variants, *hints, _claims(session)]


def _missing(session: Session) -> list[str]:
    """``✗ failed: the device was lost: S1 on gl:0``: a line a reason."""
    by_reason: dict[str, list[Result]] = {}
    for result in session.listed:
        if result.progress != "ok" and result.error:
            mark = "✗" if result.progress in ("failed", "timeout") else "–"
            by_reason.setdefault(f"{mark} {result.progress}: {result.error}", []).append(result)
    return [f"{reason}: {session_lines.result_names(some, session.listed)}" for reason, some in by_reason.items()]


def _claims(session: Session) -> str:
    identical, claimed = session.claims
    ended_ok = sum(1 for r in session.listed if r.progress == "ok")
    held = (
        f"{identical} of {claimed} that claim the reference's bits have them." if claimed else "none claims identity."
    )
    return f"{ended_ok} of {len(session.listed)} results measured; {held}"


def _vector(values: Iterable[float], more: str = "") -> str:
    return "[" + ", ".join(f"{value:.6g}" for value in values) + more + "]"
