"""The report of a session as one HTML page that needs nothing else: no network, no script, light or dark as asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from paragon_tui.console.report_sections import Grid, Notes, Section, sections
from paragon_tui.console.svg_plot import Curve, Point, legend, plot
from paragon_tui.engine.messages.job import is_baseline_adapter
from paragon_tui.engine.results.fastest import fastest
from paragon_tui.formatting.cells import Cell, cell, latency
from paragon_tui.formatting.columns import time_parts
from paragon_tui.formatting.quantities import counted, interval, multiple
from paragon_tui.formatting.timings import half_width, verdict
from paragon_tui.sessions.review import column, shown_order

if TYPE_CHECKING:
    from paragon_tui.engine.results.result import Result
    from paragon_tui.sessions.rankings import Gate
    from paragon_tui.sessions.review import Cell as Compared
    from paragon_tui.sessions.review import OperationTable, Review, Row
    from paragon_tui.sessions.saved_session import SavedSession

_MARKS = (
    ("1.8×↓", "how many times faster ↑ or slower ↓ than NumPy; = the same; ? the intervals do not tell"),
    ("±1.2 %", "half of the 95 % interval of the median"),
    ("★", "the fastest of its row: its whole interval lies below those of all others"),
    ("✓", "the bits of the reference"),
    ("≠", "other bits: no fault of an adapter that claims none, such as NumPy"),
    ("≠3·2", "other bits, though the reference’s were claimed: first at index 3, up to 2 ULP away; ≠#: by digest"),
    ("~", "a rough figure"),
    ("!", "a figure not to be used; the red flags say why"),
)
_MANY = 10
_STRESSED = re.compile(r"\*([^*]+)\*")
_CODE = re.compile(r"`([^`]+)`")


def page(review: Review, spread: bool = False, gate: Gate | None = None) -> str:
    """Build the whole page; ``spread`` and ``gate`` as of ``sections``."""
    head, *rest = sections(review, spread, gate)
    shown = [*_ordered(head, rest)]
    title = f"paragon-tui {review.session.session}"
    body = [
        "<header><p class='kicker'>paragon-tui</p>",
        f"<h1>{escape(head.title)}</h1><p>{_sentence(review.session)}</p></header>",
        _contents(shown),
        "<section><h2>At a glance</h2>",
        _glance(review.session),
        _marks(),
        "</section>",
        *(_section(section, review, anchor=f"s{number}") for number, section in enumerate(shown)),
    ]
    style = files("paragon_tui.console").joinpath("report.css").read_text(encoding="utf-8")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{escape(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(body)
        + "\n</main>\n</body>\n</html>\n"
    )


def _ordered(head: Section, rest: Sequence[Section]) -> Iterator[Section]:
    """Yield the operations, then what sums them up, then the conditions: figures first."""
    yield from (section for section in rest if section.of is not None)
    yield from (section for section in rest if section.of is None)
    yield Section("Conditions", head.content)


def _contents(shown: Sequence[Section]) -> str:
    """Return links to all sections, where they are too many to see at once."""
    if len(shown) < _MANY:
        return ""
    links = (f"<li><a href='#s{number}'>{escape(section.title)}</a></li>" for number, section in enumerate(shown))
    return f"<nav aria-label='Sections'><ul>{''.join(links)}</ul></nav>"


def _sentence(session: SavedSession) -> str:
    """Return what the session shows, in one sentence."""
    measured = sum(result.measured for result in session.results)
    claiming = [result for result in session.results if result.bits.claims_identity and result.bits.comparison]
    right = sum(not result.bits.broken_claim for result in claiming)
    cpu = escape(session.host.get("cpu", "an unknown processor"))
    bits = f"; {right:,} of {len(claiming):,} that claim the reference’s bits have them" if claiming else ""
    broken = right < len(claiming)
    words = (
        f"{measured} of {counted(len(session.results), 'result')} measured on {cpu}, {escape(session.started)}{bits}."
    )
    return f"<strong class='wrong'>{words}</strong>" if broken else words


def _glance(session: SavedSession) -> str:
    """Return the table of all results: a row a case, a column an adapter, in the cells of the interface."""
    columns = sorted({column(result) for result in session.results}, key=shown_order)
    groups: dict[tuple[str, str, str], dict[str, Result]] = {}
    for result in session.results:
        key = (result.id.suite, result.id.case, result.id.dtype)
        groups.setdefault(key, {})[column(result)] = result
    rows = []
    for (_, case, dtype), results in groups.items():
        best = fastest(results.values())
        cells = (_glance_cell(results.get(name), best) for name in columns)
        label = case if dtype == "f32" else f"{case}:{dtype}"
        rows.append(f"<tr><th scope='row'>{escape(label)}</th>{''.join(cells)}</tr>")
    heading = "".join(f"<th scope='col'>{escape(name)}</th>" for name in columns)
    head = f"<thead><tr><th>case</th>{heading}</tr></thead>"
    return f"<div class='wide'><table class='glance'>{head}<tbody>{''.join(rows)}</tbody></table></div>"


def _glance_cell(result: Result | None, best: Result | None) -> str:
    if result is None:
        return "<td></td>"
    shown = Cell(note="– stopped") if result.status == "stopped" else cell(result, latency(result), result is best)
    if shown.note:
        return f"<td class='{shown.style}'>{escape(shown.note)}</td>"
    return f"<td>{_figures(shown, result)}</td>"


def _figures(shown: Cell, result: Result) -> str:
    """Return a result's time, ratio, star and bits, and as a title all that is known of them."""
    time = f"{shown.whole}{shown.rest} {shown.unit.strip()}"
    ratio = (
        ""
        if is_baseline_adapter(result.id.adapter)
        else f"<span class='ratio {shown.verdict or ''}'>{shown.ratio}</span>"
    )
    star = f"<span class='star'>{'★' if shown.best else ''}</span>"
    bits = f"<span class='{shown.style}'>{escape(shown.bits)}</span>"
    return (
        f"<span class='time{' best' if shown.best else ''}' title='{escape(_words(result))}'>{time}</span>"
        f"<span class='mark'>{shown.mark.strip()}</span> {ratio}{star}{bits}"
    )


def _words(result: Result) -> str:
    """Return a result in words, for a pointer over it: ``S1 on gl:0: 203 µs ±1.2 %, 0.55× [0.54, 0.56] slower``."""
    times, speedup = result.timings.latency_ms, result.timings.speedup
    words = [f"{result.id}: {_time(times.median)} {half_width(times)}" if times else str(result.id)]
    if speedup is not None and not is_baseline_adapter(result.id.adapter):
        words.append(f"{speedup.value:.3g}×{interval(speedup.interval)} {verdict(speedup)}")
    words += [f"{flag.name}: {flag.words}" for flag in result.conditions.flags]
    return "; ".join(words)


def _time(ms: float) -> str:
    whole, rest, unit = time_parts(ms)
    return f"{whole}{rest} {unit}".rstrip()


def _marks() -> str:
    rows = "".join(f"<dt>{mark}</dt><dd>{escape(words)}</dd>" for mark, words in _MARKS)
    return f"<details><summary>What the marks mean</summary><dl>{rows}</dl></details>"


def _section(section: Section, review: Review, level: int = 2, anchor: str = "") -> str:
    start = f"<section id='{anchor}'>" if anchor else "<section>"
    parts = [f"{start}<h{level}>{escape(section.title)}</h{level}>"]
    if section.of is not None:
        parts += [_plot(section.of, review), _operation(section.of)]
    for content in section.content if section.of is None else ():
        match content:
            case Grid():
                parts.append(_table(content))
            case Notes():
                parts.append(f"<ul>{''.join(f'<li>{_note(note)}</li>' for note in content.notes)}</ul>")
            case _:
                parts.append(f"<p>{escape(content)}</p>")
    parts += [_section(part, review, level + 1) for part in section.parts]
    return "\n".join([*parts, "</section>"])


def _note(text: str) -> str:
    return _CODE.sub(r"<code>\1</code>", _STRESSED.sub(r"<em>\1</em>", escape(text)))


def _table(grid: Grid) -> str:
    if not grid.rows:
        return "<p>None.</p>"
    heading = "".join(f"<th scope='col'>{escape(text)}</th>" for text in grid.heading)
    head = f"<thead><tr>{heading}</tr></thead>" if any(grid.heading) else ""
    rows = "".join(f"<tr>{_row(row)}</tr>" for row in grid.rows)
    return f"<div class='wide'><table>{head}<tbody>{rows}</tbody></table></div>"


def _row(row: Sequence[str]) -> str:
    first, *others = (escape(text) for text in row)
    return f"<th scope='row'>{first}</th>" + "".join(f"<td>{text}</td>" for text in others)


def _operation(table: OperationTable) -> str:
    """Return the table of an operation: what the grid of its section says, an adapter a column and in larger units."""
    heading = "".join(f"<th scope='col'>{escape(name)}</th>" for name in ("size", table.baseline, *table.columns))
    rows = []
    for row in table.rows:
        by_column = {each.column: each for each in row.cells}
        cells = [_baseline_cell(row), *(_compared_cell(by_column.get(name)) for name in table.columns)]
        rows.append(f"<tr><th scope='row'>{escape(table.label(row))}</th>{''.join(cells)}</tr>")
    return f"<div class='wide'><table><thead><tr>{heading}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"


def _baseline_cell(row: Row) -> str:
    if row.baseline is not None:
        return f"<td class='figures'>{_time_line(row.baseline)}</td>"
    return f"<td class='figures'>{_reason(row.reason) if row.baseline_ms is None else _time(row.baseline_ms)}</td>"


def _compared_cell(compared: Compared | None) -> str:
    """Return the time of a result, below it the ratio with its interval, and what that is called."""
    if compared is None:
        return "<td></td>"
    ratio, lines = compared.ratio, [_time_line(compared.result)]
    if ratio is None:
        lines.append(_reason(compared.reason))
    else:
        lines += [f"{multiple(ratio.value)}{interval(ratio.interval)}", f"{compared.speed}, {compared.band}"]
    return f"<td class='figures'>{'<br>'.join(filter(None, lines))}</td>"


def _time_line(result: Result) -> str:
    times, shown = result.timings.latency_ms, cell(result, latency(result))
    if times is None or not result.measured:
        return ""
    width = "" if times.interval is None else f" {half_width(times)}"
    marks = f"<span class='mark'>{shown.mark.strip()}</span><span class='{shown.style}'>{escape(shown.bits)}</span>"
    return f"<b>{_time(times.median)}</b>{width} {marks}"


def _reason(words: str | None) -> str:
    return f"<span class='muted reason'>{escape(words or '–')}</span>"


def _plot(table: OperationTable, review: Review) -> str:
    """Return the plot of an operation with its legend; nothing where it has fewer than two sizes with a time."""
    curves = _curves(table, review)
    if len({point.size for curve in curves for point in curve.points}) < 2:
        return ""
    title = f"time of {table.operation} in {table.dtype} against operations, a curve an adapter"
    return f"<figure>{plot(curves, title, 'arithmetic operations in a run')}{legend(curves)}</figure>"


def _curves(table: OperationTable, review: Review) -> list[Curve]:
    cases = {row.case for row in table.rows}
    points: dict[str, list[Point]] = {}
    for result in review.session.results:
        id_ = result.id
        if (id_.suite, result.operation, id_.dtype, id_.threads) == (
            table.suite,
            table.operation,
            table.dtype,
            table.threads,
        ) and id_.case in cases:
            points.setdefault(column(result), []).extend(_points(result))
    # The baseline stands first, as in the tables.
    named = sorted(points, key=lambda name: (name != table.baseline, shown_order(name)))
    return [Curve(name, tuple(sorted(points[name], key=lambda point: point.size))) for name in named if points[name]]


def _points(result: Result) -> Iterable[Point]:
    """Yield a result's point, if it was measured and has a size and a time that an axis can show."""
    times, cost = result.timings.latency_ms, result.resources.cost
    if not result.measured or times is None or times.median <= 0 or cost is None or cost.operations <= 0:
        return
    low, high = (times.interval.low, times.interval.high) if times.interval else (times.median,) * 2
    low = low if low > 0 else times.median
    yield Point(float(cost.operations), times.median, low, high, _words(result))
