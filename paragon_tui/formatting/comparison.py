"""The comparison of two sessions in words: the conclusion, what may have made the difference, and each result."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from paragon_tui.engine.analysis.verdict import LEAST_PROCESSES, inverted
from paragon_tui.formatting.quantities import (
    UNKNOWN,
    counted,
    interval,
    milliseconds,
    shortlist,
    significant,
    table_figure,
)
from paragon_tui.formatting.session_lines import result_names
from paragon_tui.sessions.adapter_pairs import identity, is_device

if TYPE_CHECKING:
    from paragon_tui.engine.analysis.change_point import ChangePoint
    from paragon_tui.engine.messages.figures import Ratio
    from paragon_tui.engine.results.result import Result
    from paragon_tui.sessions.adapter_pairs import AdapterPair
    from paragon_tui.sessions.comparison import BitsVerdict, ResultPair, SessionComparison

_EQUAL = significant(1.0)
BITS_WORDS: dict[BitsVerdict, str] = {"same bits": "same", "other bits": "other", "not compared": UNKNOWN}


def conclusion(comparison: SessionComparison) -> tuple[str, ...]:
    """Return in two sentences how many results are faster, slower, the same or unclear in B, and how many bits are."""
    rows, counts, bits = comparison.rows, comparison.counts, comparison.bits
    if not rows:
        what = "result" if comparison.adapters else "device or library"
        return (f"Nothing to compare: A and B have no {what} in common.",)
    timeless = f", not compared in {counts['not compared']}" if counts["not compared"] else ""
    named = (("the same", "same bits"), ("other", "other bits"), ("not compared", "not compared"))
    of_bits = ", ".join(f"{words} in {bits[kind]}" for words, kind in named if bits[kind])
    return (
        f"Of {counted(len(rows), 'result')}, B is faster in {counts['faster']}, slower in {counts['slower']}, "
        f"the same in {counts['same']}, unclear in {counts['unclear']}{timeless}.",
        f"Bits are {of_bits}.",
    )


def too_few_processes(comparison: SessionComparison) -> Iterator[str]:
    """Yield a line where results have too few processes for a verdict: how much processes differ is not known."""
    unsure = unrepeated(comparison)
    sides = (("A", [row.a for row in unsure]), ("B", [row.b for row in unsure]))
    short = [side for side, results in sides if any(result.timings.processes < LEAST_PROCESSES for result in results)]
    if unsure:
        yield (
            f"Too few processes for a verdict on {counted(len(unsure), 'time')}: fewer than {LEAST_PROCESSES} in "
            f"{' and '.join(short)}. Measure both sides with `run --repeat {LEAST_PROCESSES}`."
        )


def unrepeated(comparison: SessionComparison) -> list[ResultPair]:
    """Return the results whose times are of too few processes for a verdict."""
    return [row for row in comparison.rows if row.latency and not row.repeated]


def pair_lines(pairs: Iterable[AdapterPair]) -> Iterator[str]:
    """Yield a line for each device that has another number in B, and for those that only their order tells apart."""
    by_order: dict[str, list[str]] = {}
    for pair in pairs:
        id_a, id_b, name = pair.a.id.adapter, pair.b.id.adapter, identity(pair.a).name
        if pair.by_order:
            by_order.setdefault(name, []).append(f"{id_a} with {id_b}")
        elif id_a != id_b:
            yield f"{id_a} in A is {id_b} in B: {name}"
    for name, paired in by_order.items():
        order = ", ".join(paired)
        yield f"several are {name}, which no UUID or PCI address tells apart; paired by order: {order}"


def other_device_lines(comparison: SessionComparison) -> Iterator[str]:
    """Yield a line for each id that stands for another device in B, so that its results are not compared."""
    pairs = comparison.adapters
    alone_a = {result.id.adapter: result for result in comparison.only_a}
    alone_b = {result.id.adapter: result for result in comparison.only_b}
    unpaired_b = alone_b.keys() - {pair.b.id.adapter for pair in pairs}
    for name, result in alone_a.items():
        if name in unpaired_b and all(pair.a.id.adapter != name for pair in pairs):
            devices = f"{_unit(result)} in A, {_unit(alone_b[name])} in B"
            yield f"{name} is another device in B, so it is not compared: {devices}"


def device_name(result: Result) -> str:
    """Return the name of a device, and of its driver where that says more: ``NVIDIA H200 (NVIDIA CUDA)``."""
    device = identity(result)
    return f"{device.name} ({device.driver})" if device.driver and device.driver not in device.name else device.name


def _unit(result: Result) -> str:
    """Return the name of a device, and what tells it apart from others of its name."""
    device = identity(result)
    return f"{device_name(result)} {device.uuid or device.pci_address or ''}".rstrip()


def pair_heading(pair: AdapterPair) -> str:
    """Return the ids of an adapter in both sessions, and the device that it is."""
    id_a, id_b = pair.a.id.adapter, pair.b.id.adapter
    return f"{id_a if id_a == id_b else f'{id_a} in A, {id_b} in B'}  {device_name(pair.a)}"


def end_to_end(result: Result) -> str:
    """Return the median, with ``!`` if it is doubtful; instead of a time that cannot be compared, how it ended."""
    if not result.measured or result.timings.latency_ms is None:
        return result.status
    return f"{table_figure(result.timings.latency_ms.median)}{'!' if result.conditions.doubts else ''}"


def flag_lines(rows: Sequence[ResultPair]) -> Iterator[str]:
    """Yield a line for each flag that makes times doubtful, with the results that have it on each side."""
    sides = (("A", [row.a for row in rows]), ("B", [row.b for row in rows]))
    marks = {flag.name: flag.mark for _, results in sides for result in results for flag in result.conditions.doubts}
    for name, mark in marks.items():
        flagged = [
            (side, [r for r in results if any(flag.name == name for flag in r.conditions.doubts)], results)
            for side, results in sides
        ]
        places = [f"in {side}: {result_names(of_side, results)}" for side, of_side, results in flagged if of_side]
        yield f"{mark} {name} {'; '.join(places)}"


def unpaired_lines(results: Iterable[Result]) -> Iterator[str]:
    """Yield a line for each adapter: ``opencl:0  NVIDIA H200: 10 results (S1, S2, …, XL2)``."""
    by_adapter: dict[str, list[Result]] = {}
    for result in results:
        by_adapter.setdefault(result.id.adapter, []).append(result)
    for adapter, own in by_adapter.items():
        name = f"  {device_name(own[0])}" if is_device(adapter) else ""
        yield f"{adapter}{name}: {counted(len(own), 'result')} ({shortlist([result.id.label for result in own])})"


def change(ratio: Ratio | None) -> str:
    """Return how many times as fast or slow B is, and the interval of that: ``1.25×↓ [1.24, 1.26]``.

    The arrow is the direction of the medians, ``=`` for none; whether it means anything is the verdict's to say.
    """
    if ratio is None:
        return UNKNOWN
    faster = ratio.value >= 1
    shown = ratio if faster else inverted(ratio)
    times = significant(shown.value)
    return f"{times}×{'=' if times == _EQUAL else '↑' if faster else '↓'}{interval(shown.interval)}"


def change_point(point: ChangePoint) -> str:
    """Return a step in words: ``1.40× slower: 0.0500 ms before, 0.0700 ms after``."""
    slower = point.after_ms > point.before_ms
    times = point.after_ms / point.before_ms if slower else point.before_ms / point.after_ms
    word = "slower" if slower else "faster"
    return f"{significant(times)}× {word}: {milliseconds(point.before_ms)} before, {milliseconds(point.after_ms)} after"
