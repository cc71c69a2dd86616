"""A run in words: the block that Paragon-Py's users know for each result, and a summary."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from paragon_tui import wording
from paragon_tui.engine.results import Result, Session
from paragon_tui.engine.selection import BASELINE

if TYPE_CHECKING:
    from backends.adapter import Adapter


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
    lines.append(f"CPU  ⏱ {_ms(session.cpu_ms(result))}")
    if not result.adapter.is_host:
        device = f"  (device {_ms(result.device_ms.median)})" if result.device_ms else ""
        lines.append(f"GPU  ⏱ {_ms(result.latency_ms.median if result.latency_ms else None)}{device}")
    elif result.id.adapter != BASELINE:
        lines.append(f"{result.id.adapter}  ⏱ {_ms(result.latency_ms.median if result.latency_ms else None)}")
    speedup = session.speedup(result)
    if result.id.adapter != BASELINE:
        lines.append(f"Speedup: {speedup:.2f}×" if speedup is not None else "Speedup: not measured")
    if result.error:
        lines.append(f"{result.progress}: {result.error}")
    if result.comparison is None:
        return lines
    count = f"  (n={len(result.logits)})" if result.logits is not None else ""
    other = "GPU" if not result.adapter.is_host else result.id.adapter
    lines.append(f"Δ(CPU vs {other})  mae={result.comparison.mae:.2E}  max={result.comparison.max:.2E}{count}")
    lines.append(f"Bits: {wording.bits(result)}  sha256 {(result.digest or '')[:16]}…")
    if result.plan:
        lines.append(f"Kernels: {result.plan}  {wording.claim(result)}")
    return lines + _vectors(result, other)


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
    lines.append(f"{'Idx':>3} | {'CPU':>22} | {other:>22} | {'Δ':>16}")
    lines += [f"{row.index:3d} | {row.reference:>22.14g} | {row.value:>22.14g} | {row.delta:>16.6e}" for row in rows]
    return lines


def summary_table(session: Session, results: Sequence[Result]) -> Table:
    """All listed results, one a row."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("case", "dtype", "adapter", "median ms", "device ms", "speed-up", "bits"):
        table.add_column(heading, justify="right" if heading in ("median ms", "device ms", "speed-up") else "left")
    for result in results:
        speedup = session.speedup(result)
        table.add_row(
            result.id.case,
            _kind(result),
            result.id.adapter,
            f"{result.latency_ms.median:.3f}" if result.latency_ms else "–",
            f"{result.device_ms.median:.3f}" if result.device_ms else "–",
            f"{speedup:.2f}×" if speedup is not None else "–",
            _bits_cell(result),
        )
    return table


def _kind(result: Result) -> str:
    """The dtype, and how the kernels are written where that is not the usual."""
    return result.id.dtype if result.id.variant == "default" else f"{result.id.dtype} {result.id.variant}"


def _bits_cell(result: Result) -> str:
    if result.progress != "ok" and result.error:
        return f"[yellow]{result.progress}[/]: {escape(result.error)}"
    colour = "red" if result.broken_claim else "green" if result.claims_identity else "dim"
    return f"[{colour}]{escape(wording.bits(result))}[/]"


def closing_sentence(session: Session) -> str:
    """How many results, how many hold their claim."""
    identical, claimed = session.claims
    ended_ok = sum(1 for r in session.listed if r.progress == "ok")
    held = (
        f"{identical} of {claimed} that claim the reference's bits have them." if claimed else "none claims identity."
    )
    return f"{ended_ok} of {len(session.listed)} results measured; {held}"


def _ms(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.3f} ms"


def _vector(values: Iterable[float]) -> str:
    return "[" + ", ".join(f"{value:.6g}" for value in values) + "]"
