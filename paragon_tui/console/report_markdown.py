"""The report of a session as Markdown."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec

from paragon_tui.engine.messages.job import BASELINE, Sampling
from paragon_tui.formatting.quantities import counted, interval, multiple, table_figure
from paragon_tui.formatting.rates import per_second
from paragon_tui.formatting.session_lines import left_out
from paragon_tui.formatting.timings import ratio_and_verdict
from paragon_tui.sessions.grades import BANDS
from paragon_tui.sessions.rankings import best, best_by_size, shares, slowest
from paragon_tui.sessions.red_flags import KINDS, red_flags
from paragon_tui.sessions.review import adapters, is_baseline, shown_order

if TYPE_CHECKING:
    from paragon_tui.sessions.rankings import Share
    from paragon_tui.sessions.review import Bits, Cell, OperationTable, Review, Row
    from paragon_tui.sessions.saved_session import SavedResult, SavedSession

_NAMES = {"numpy": "NumPy", "torch": "PyTorch"}
_BITS: dict[Bits, str] = {"identical": "✓", "claim broken": "✗", "other bits, none claimed": "≠", "not compared": ""}
_NONE = "–"
_MARKUP = re.compile(r"[\\`*|<>]|(?<=\])\(|(?<!\w)_|_(?!\w)")  # an underscore within a word is only that


def markdown(review: Review) -> str:
    """The whole report: what was measured how, what it comes to, a table an operation, and what is doubtful."""
    sections = (
        _head(review),
        _legend(review),
        _within(review),
        _best(review),
        _slowest(review),
        *(_operation(table, review.baseline) for table in review.tables),
        _variants(review.session),
        _rates(review.session),
        _flags(review),
    )
    return "\n".join(line for section in filter(None, sections) for line in (*section, ""))


def _head(review: Review) -> list[str]:
    session = review.session
    facts = [("started", session.started), *session.host.items(), ("sampled", _sampled(session))]
    facts.append(("threads asked for", str(session.threads or "none, so the libraries' own choice")))
    facts.append(("baseline", _baseline(review)))
    if end := _end(session):
        facts.append(("ended", end))
    found = Counter(flag.kind for flag in red_flags(session))
    facts.append(("red flags", ", ".join(f"{kind} {found[kind] or 'none'}" for kind in KINDS)))
    rows = [
        (one.adapter, one.adapter_name, one.driver or _NONE, *_computing(session, one.adapter))
        for one in adapters(session)
    ]
    return [
        f"# Session {_plain(session.session)} beside {_NAMES[review.baseline]}",
        "",
        *_table(("", ""), facts),
        "",
        *_table(("adapter", "name", "driver", "library", "threads"), rows),
    ]


def _sampled(session: SavedSession) -> str:
    if session.sampling is None:
        return "not told"
    try:
        sampling = msgspec.convert(session.sampling, Sampling)
    except msgspec.ValidationError:
        return "in a way that this program does not know"
    length = (
        f"{sampling.iterations} samples a result"
        if sampling.iterations
        else f"{sampling.min_time_s:g} to {sampling.max_time_s:g} s of samples a result"
    )
    words = (
        f"in turns, {sampling.rounds} rounds or more, {length}, {counted(sampling.warmup, 'run')} ahead of each visit, "
        f"in {counted(sampling.repeat, 'process', 'processes')}"
    )
    return "; ".join(filter(None, (words, left_out(sampling))))


def _computing(session: SavedSession, adapter: str) -> tuple[str, str]:
    """The libraries that an adapter's results were computed with, and their threads, in the same order."""
    found = dict.fromkeys(
        (result.library, result.threads) for result in session.results if result.adapter == adapter and result.library
    )
    if not found:
        return _NONE, _NONE
    libraries, threads = ("; ".join(str(one or _NONE) for one in column) for column in zip(*found, strict=True))
    return libraries, threads


def _baseline(review: Review) -> str:
    """Its name, library and threads; a document has NumPy's beside every result, whether it was listed or not."""
    libraries: dict[str, None] = {}
    for result in review.session.results:
        own = is_baseline(result, review.baseline)
        library = result.library if own else result.cpu_library if review.baseline == BASELINE else None
        threads = result.threads if own else result.cpu_threads
        if library:
            libraries[library + (f", {counted(threads, 'thread')}" if threads else "")] = None
    return f"{_NAMES[review.baseline]} on {'; '.join(libraries)}" if libraries else _NAMES[review.baseline]


def _end(session: SavedSession) -> str | None:
    if not session.interrupted:
        return None
    if session.ended == "unfinished":
        return "not at all: it was killed, or is still under way; what is missing here was not measured"
    stopped = counted(len(session.stopped), "result")
    return f"interrupted: {stopped} stopped, and those that had not begun may be missing"


def _legend(review: Review) -> list[str]:
    name = _NAMES[review.baseline]
    source = (
        "of visits that lay side by side; the medians shown hold all visits, so that their quotient may differ"
        if review.baseline == BASELINE
        else "the ratio of the two medians, from whose own intervals it comes: the session pairs visits with NumPy only"
    )
    return [
        "## How to read it",
        "",
        "- Times are medians in ms, end to end: from the input going in to the result coming back.",
        f"- A ratio is {name}'s time over the adapter's, above 1× where the adapter is faster, with its 95 % interval, "
        f"{source}.",
        "- *Faster*: above 1×; *within 20 %*: 1/1.2 or more; *slower*: less. *Excellent*: 0.8 or more; *good*: 0.5; "
        "*fair*: 0.2; *needs work*: less. Faster counts as within 20 %; *success* is 80 % of the operations within.",
        "- `?` behind a word: it is the median's, and the interval reaches over the word's border, or there is none. "
        "Behind an adapter: the intervals do not tell it from every other.",
        "- ✓ the reference's bits; ≠ others, none claimed; ✗ others, where the reference's were claimed: such a result "
        "has no ratio. `!`, *doubted*: something speaks against the figure; see the red flags.",
        "- What failed or has wrong bits counts as not within 20 %; what is unsupported, was stopped or has no "
        "baseline is not counted. The reference is there to be right, and is ranked nowhere.",
    ]


def _within(review: Review) -> list[str]:
    name = _NAMES[review.baseline]
    bands = [band for _, band in BANDS]
    rows = [_share(share, bands) for share in shares(review)]
    heading = ("adapter", "dtype", f"operations within 20 % of {name}", "by the intervals", "verdict", *bands)
    return [f"## Within 20 % of {name}", "", *_table((*heading, "not counted", "doubted"), rows)]


def _share(share: Share, bands: Sequence[str]) -> tuple[str, ...]:
    if share.percent is None:
        figures = ("nothing to count", _NONE, _NONE)
    else:
        by_interval = f"{share.surely} to {share.possibly}" if share.surely < share.possibly else str(share.surely)
        figures = (f"{share.percent:.0f} % ({share.within} of {share.counted})", by_interval, str(share.success))
    counts = (*(share.bands[band] for band in bands), share.left_out, share.doubted)
    return (share.column, share.dtype, *figures, *map(str, counts))


def _best(review: Review) -> list[str]:
    """Of how many operations each adapter is the fastest; which, stands in the operations' own tables."""
    counts = best_by_size(review)
    columns = sorted({column for counter in counts.values() for column in counter}, key=shown_order)
    rows = [(*group, *(str(counter[column]) for column in columns)) for group, counter in counts.items()]
    if len(rows) > 1:
        rows.append(("all", "", "", *(str(sum(counter[column] for counter in counts.values())) for column in columns)))
    return ["## Fastest adapter by size, in operations", "", *_table(("suite", "size", "dtype", *columns), rows)]


def _slowest(review: Review) -> list[str]:
    rows = [
        (cell.result.group, cell.result.label, cell.result.dtype, cell.column, _time(cell), _ratio(cell))
        for cell in slowest(review)
    ]
    heading = ("operation", "size", "dtype", "adapter", "ms", f"than {review.baseline}")
    return ["## Slowest ten", "", *_table(heading, rows)]


def _variants(session: SavedSession) -> list[str]:
    """Nothing where none was measured beside its usual one."""
    rows = [
        (result.case, result.dtype, result.adapter, result.variant, ratio_and_verdict(result.variant_speedup))
        for result in session.results
        if result.measured and not result.broken_claim and result.variant_speedup
    ]
    heading = ("case", "dtype", "adapter", "variant", "than the usual variant")
    return ["## Variants of the kernels", "", *_table(heading, rows)] if rows else []


def _rates(session: SavedSession) -> list[str]:
    """Nothing where nothing is counted but operations."""
    rows = [
        (str(result.id), per_second(result.rate))
        for result in session.results
        if result.measured and not result.broken_claim and result.rate
    ]
    return ["## Rates, end to end", "", *_table(("result", "rate"), rows)] if rows else []


def _flags(review: Review) -> list[str]:
    found = red_flags(review.session)
    lines = ["## Red flags"]
    for kind in KINDS:
        rows = [(str(flag.id), flag.what, flag.words) for flag in found if flag.kind == kind]
        lines += ["", f"### {kind.capitalize()}: {len(rows) or 'none'}"]
        lines += ["", *_table(("result", "what", "in words"), rows)] if rows else []
    return lines


def _operation(table: OperationTable, baseline: str) -> list[str]:
    columns = table.columns
    heading = ["size", f"{baseline} ms"]
    heading += [text for column in columns for text in (f"{column} ms", f"than {baseline}")]
    sizes = [row.size for row in table.rows]
    rows = [
        [_size(row, sizes), _baseline_time(row), *_cells(row, columns), _fastest(row, baseline)] for row in table.rows
    ]
    title = table.operation if table.operation == table.suite else f"{table.suite}: {table.operation}"
    return [f"## {_plain(title)}, {table.dtype}", "", *_table((*heading, "fastest"), rows)]


def _size(row: Row, sizes: Sequence[str]) -> str:
    return row.size if sizes.count(row.size) == 1 else f"{row.size} ({row.case})"


def _baseline_time(row: Row) -> str:
    if row.baseline_ms is None:
        return f"{_NONE} {row.why}"
    return f"{table_figure(row.baseline_ms)} {_doubted(row.baseline)}".rstrip()


def _cells(row: Row, columns: Sequence[str]) -> Iterable[str]:
    by_column = {cell.column: cell for cell in row.cells}
    for column in columns:
        cell = by_column.get(column)
        yield from (_time(cell), _ratio(cell)) if cell else (_NONE, "not in this session")


def _time(cell: Cell) -> str:
    result = cell.result
    if result.latency_ms is None:
        return _NONE
    return " ".join(filter(None, (table_figure(result.latency_ms.median), _BITS[cell.bits], _doubted(result))))


def _doubted(result: SavedResult | None) -> str:
    return "!" if result is not None and result.doubts else ""


def _ratio(cell: Cell) -> str:
    if cell.ratio is None:
        return cell.why or _NONE
    return f"{multiple(cell.ratio.value)}{interval(cell.ratio.interval)} {cell.speed}, {cell.band}"


def _fastest(row: Row, baseline: str) -> str:
    first = best(row, baseline)
    return _NONE if first is None else first.column if first.clear else f"{first.column} ?"


def _table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [[_plain(cell) for cell in row] for row in (heading, *rows)]
    if len(lines) == 1:
        return ["Nothing."]
    lines.insert(1, ["---"] * len(heading))
    return [f"| {' | '.join(line)} |" for line in lines]


def _plain(text: str) -> str:
    """What drivers and people wrote, on one line and with nothing in it that Markdown takes for its own."""
    return _MARKUP.sub(r"\\\g<0>", " ".join(text.split()))
