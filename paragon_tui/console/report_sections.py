"""What a report of a session says, section by section, for whatever format shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from paragon_tui.engine.messages.job import BASELINE, Sampling
from paragon_tui.formatting import bits
from paragon_tui.formatting.quantities import counted, interval, multiple, table_figure
from paragon_tui.formatting.rates import per_second
from paragon_tui.formatting.scaling import scaling_tables
from paragon_tui.formatting.session_lines import left_out
from paragon_tui.formatting.timings import SPREAD_HEADING, SPREAD_TITLE, ratio_and_verdict, spread_rows
from paragon_tui.sessions.grades import BANDS, SUCCESS
from paragon_tui.sessions.rankings import best, best_by_size, shares, slowest
from paragon_tui.sessions.red_flags import KINDS, red_flags
from paragon_tui.sessions.review import adapters, is_baseline, shown_order

if TYPE_CHECKING:
    from paragon_tui.engine.results.result import Result
    from paragon_tui.sessions.rankings import Gate, Share
    from paragon_tui.sessions.review import Bits, Cell, OperationTable, Review, Row
    from paragon_tui.sessions.saved_session import SavedSession

_NAMES = {"numpy": "NumPy", "torch": "PyTorch"}
_BITS: dict[Bits, str] = {"identical": "✓", "claim broken": "✗", "other bits, none claimed": "≠", "not compared": ""}
_NONE = "–"


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: texts from drivers and people among the cells are as they were told."""

    heading: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Notes:
    """A list of remarks of our own; ``*words*`` are stressed, and `` `?` `` are marks as they stand in tables."""

    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report: its title, plain sentences, notes and tables in order, and the parts of which it consists.

    ``of`` is the operation whose figures it shows, if it is that of one.
    """

    title: str
    content: tuple[str | Notes | Grid, ...]
    parts: tuple[Section, ...] = ()
    of: OperationTable | None = None


def sections(review: Review, spread: bool = False, gate: Gate | None = None) -> Iterator[Section]:
    """Yield the whole report: conditions, summaries, a table per operation, and red flags.

    ``spread`` adds a table of means, deviations, extremes and totals, ``gate`` a last sentence on whether it is met.
    """
    yield _head(review)
    yield _legend(review)
    yield _within(review)
    yield _best(review)
    yield _slowest(review)
    for table in review.tables:
        yield _operation(table)
    session = review.session
    spread_section = Section(SPREAD_TITLE, (_grid(SPREAD_HEADING, spread_rows(session.results)),))
    extra = (_variants(session), _rates(session), _learnt(session), spread_section if spread else None)
    for axis in scaling_tables(session.results):
        words = f"{axis.words[0].upper()}{axis.words[1:]}"
        yield Section(axis.title, (words, _grid(axis.heading, axis.rows)))
    yield from filter(None, extra)
    yield _flags(review)
    if gate:
        yield Section("Gate", (_gate(review, gate),))


def _head(review: Review) -> Section:
    session = review.session
    facts = [("started", session.started), *session.host.items(), ("sampling", _sampling(session))]
    facts.append(("threads requested", _threads(session)))
    facts.append(("baseline", _baseline(review)))
    if end := _end(session):
        facts.append(("ended", end))
    counts = Counter(flag.kind for flag in red_flags(session))
    facts.append(("red flags", ", ".join(f"{kind} {counts[kind] or 'none'}" for kind in KINDS)))
    rows = [
        (
            adapter := result.id.adapter,
            result.adapter_name,
            result.driver or _NONE,
            *_libraries_and_threads(session, adapter),
        )
        for result in adapters(session)
    ]
    return Section(
        f"Session {session.session} vs {_NAMES[review.baseline]}",
        (_grid(("", ""), facts), _grid(("adapter", "name", "driver", "library", "threads"), rows)),
    )


def _threads(session: SavedSession) -> str:
    """Return the number of threads that was asked for, or the numbers to which adapters were limited in turn."""
    numbers = {number for result in session.results if (number := result.id.threads) is not None}
    if numbers:
        return f"{', '.join(map(str, sorted(numbers)))}: an adapter each, beside the baseline on as many"
    return str(session.threads or "none, chosen by the libraries")


def _sampling(session: SavedSession) -> str:
    if session.sampling is None:
        return "unknown"
    try:
        sampling = msgspec.convert(session.sampling, Sampling)
    except msgspec.ValidationError:
        return "not readable by this version of the program"
    length = (
        f"{sampling.iterations} samples per result"
        if sampling.iterations
        else f"{sampling.min_time_s:g} to {sampling.max_time_s:g} s of samples per result"
    )
    words = (
        f"in turns, at least {sampling.rounds} rounds, {length}, {counted(sampling.warmup, 'warm-up run')} before each "
        f"visit, in {counted(sampling.repeat, 'process', 'processes')}"
    )
    return "; ".join(filter(None, (words, left_out(sampling))))


def _libraries_and_threads(session: SavedSession, adapter: str) -> tuple[str, str]:
    """Return the libraries that computed an adapter's results, and their threads in the same order."""
    pairs = dict.fromkeys(
        (result.resources.library, result.resources.threads)
        for result in session.results
        if result.id.adapter == adapter and (result.resources.library or result.id.threads)
    )
    if not pairs:
        return _NONE, _NONE
    libraries, threads = ("; ".join(str(value or _NONE) for value in column) for column in zip(*pairs, strict=True))
    return libraries, threads


def _baseline(review: Review) -> str:
    """Return the baseline's name, library and threads; a document has NumPy's beside every result, listed or not."""
    libraries: dict[str, None] = {}
    for result in review.session.results:
        own = is_baseline(result, review.baseline_beside(result))
        derived = result.derived
        library = result.resources.library if own else derived.cpu_library if review.baseline == BASELINE else None
        threads = result.resources.threads if own else derived.cpu_threads
        if library:
            libraries[library + (f", {counted(threads, 'thread')}" if threads else "")] = None
    return f"{_NAMES[review.baseline]} on {'; '.join(libraries)}" if libraries else _NAMES[review.baseline]


def _end(session: SavedSession) -> str | None:
    if not session.interrupted:
        return None
    if session.ended == "unfinished":
        return "no: it was killed or is still running; results missing here were not measured"
    stopped = counted(len(session.stopped), "result")
    return f"interrupted: {stopped} stopped; results that had not started may be missing"


def _legend(review: Review) -> Section:
    name = _NAMES[review.baseline]
    source = (
        "It comes from paired visits; the medians shown include all visits, so their quotient may differ."
        if review.baseline == BASELINE
        else "It comes from the two medians and their intervals, since the session pairs visits with NumPy only."
    )
    notes = (
        "Times are end-to-end medians in ms: from sending the input to receiving the result.",
        f"A ratio is {name}'s time over the adapter's, with its 95 % interval; above 1×, the adapter is faster. "
        f"{source}",
        "*Faster*: above 1×; *within 20 %*: at least 1/1.2; *slower*: less. *Excellent*: at least 0.8; *good*: 0.5; "
        "*fair*: 0.2; *needs work*: less. Faster counts as within 20 %; *success* means that at least 80 % of the "
        "operations are within 20 %.",
        "`?` after a word: only the median supports it; its interval crosses the word's limit, or there is no "
        "interval. After an adapter: the intervals do not separate it from every other adapter.",
        "✓ the reference's bits; ≠ other bits, no identity claimed; ✗ other bits although the reference's were "
        "claimed: such a result has no ratio. `!`, *doubtful*: the figure has a quality flag; see the red flags.",
        "Failed results and wrong bits count as not within 20 %; results that are unsupported, stopped or without a "
        "baseline are not counted. The reference exists to be right, not fast, and is not ranked.",
    )
    return Section("How to read it", (Notes(notes),))


def _within(review: Review) -> Section:
    name = _NAMES[review.baseline]
    bands = [band for _, band in BANDS]
    rows = [_share(share, bands) for share in shares(review)]
    heading = ("adapter", "dtype", f"operations within 20 % of {name}", "by the intervals", "verdict", *bands)
    return Section(f"Within 20 % of {name}", (_grid((*heading, "not counted", "doubtful"), rows),))


def _share(share: Share, bands: Sequence[str]) -> tuple[str, ...]:
    if share.percent is None:
        figures = ("nothing to count", _NONE, _NONE)
    else:
        by_interval = f"{share.surely} to {share.possibly}" if share.surely < share.possibly else str(share.surely)
        figures = (f"{share.percent:.0f} % ({share.within} of {share.counted})", by_interval, str(share.success))
    counts = (*(share.bands[band] for band in bands), share.left_out, share.doubted)
    return (share.column, share.dtype, *figures, *map(str, counts))


def _best(review: Review) -> Section:
    """Count the operations for which each adapter is the fastest; the tables of the operations name them."""
    counts = best_by_size(review)
    columns = sorted({column for counter in counts.values() for column in counter}, key=shown_order)
    rows = [(*group, *(str(counter[column]) for column in columns)) for group, counter in counts.items()]
    if len(rows) > 1:
        rows.append(("all", "", "", *(str(sum(counter[column] for counter in counts.values())) for column in columns)))
    heading = ("suite", "size", "dtype", *columns)
    limited = any(table.threads is not None for table in review.tables)
    words = ("Adapters that are limited to a number of threads compete with those on as many.",) if limited else ()
    return Section("Fastest adapter by size, number of operations", (*words, _grid(heading, rows)))


def _slowest(review: Review) -> Section:
    rows = [
        (cell.result.operation, cell.result.size, cell.result.id.dtype, cell.column, _time(cell), _ratio(cell))
        for cell in slowest(review)
    ]
    heading = ("operation", "size", "dtype", "adapter", "ms", f"vs {review.baseline}")
    return Section("Slowest ten", (_grid(heading, rows),))


def _variants(session: SavedSession) -> Section | None:
    """Return the section of variants compared with the default one; ``None`` if there are none."""
    rows = [
        (result.id.case, result.id.dtype, result.id.adapter, result.id.variant, ratio_and_verdict(speedup))
        for result in session.results
        if result.measured and not result.bits.broken_claim and (speedup := result.timings.variant_speedup)
    ]
    heading = ("case", "dtype", "adapter", "variant", "vs the default variant")
    return Section("Kernel variants", (_grid(heading, rows),)) if rows else None


def _rates(session: SavedSession) -> Section | None:
    """Return the section of throughputs; ``None`` if no case counts anything but arithmetic operations."""
    rows = [
        (str(result.id), per_second(result.derived.rate))
        for result in session.results
        if result.measured and not result.bits.broken_claim and result.derived.rate
    ]
    return Section("Throughput, end to end", (_grid(("result", "throughput"), rows),)) if rows else None


def _learnt(session: SavedSession) -> Section | None:
    """Return the section of what trainings have learnt; ``None`` if there are none."""
    rows: list[tuple[str, ...]] = []
    answers: list[tuple[str, ...]] = []
    for result in session.results:
        for checkpoint in result.bits.training.checkpoints if result.bits.training else ():
            if score := checkpoint.score:
                right = f"{score.right:,} of {score.samples:,}"
                loss = bits.loss(checkpoint.loss)
                rows.append((str(result.id), f"{checkpoint.step:,}", loss, right, bits.accuracy(score)))
                answers += [
                    (str(result.id), f"{checkpoint.step:,}", *row) for row in bits.prediction_rows(checkpoint.score)
                ]
    if not rows:
        return None
    words = (
        "Answers to the samples of the training, by the parameters at each checkpoint, in the canonical arithmetic: "
        "the same on all adapters that have the same bits."
    )
    grids = [_grid(("result", "step", "loss", "right", "accuracy"), rows)]
    if answers:
        grids.append(_grid(("result", "step", *bits.PREDICTION_HEADING), answers))
    return Section("What trainings have learnt", (words, *grids))


def _gate(review: Review, gate: Gate) -> str:
    """Return whether the criterion of success is met, and where it is missed."""
    criterion = f"at least {100 * SUCCESS:.0f} % of the operations within 20 % of {_NAMES[review.baseline]}"
    if gate.met:
        return f"Gate met: {criterion}, on every adapter and in every dtype."
    missed = ", ".join(f"{share.percent:.0f} % on {share.column} in {share.dtype}" for share in gate.missed)
    return f"Gate missed: {criterion}; {missed or 'there is nothing to count'}."


def _flags(review: Review) -> Section:
    flags = red_flags(review.session)
    parts = []
    for kind in KINDS:
        rows = [(str(flag.id), flag.name, flag.words) for flag in flags if flag.kind == kind]
        content = (_grid(("result", "flag", "details"), rows),) if rows else ()
        parts.append(Section(f"{kind.capitalize()}: {len(rows) or 'none'}", content))
    return Section("Red flags", (), tuple(parts))


def _operation(table: OperationTable) -> Section:
    columns, baseline = table.columns, table.baseline
    heading = ["size", f"{baseline} ms"]
    heading += [text for column in columns for text in (f"{column} ms", f"vs {baseline}")]
    rows = [
        [table.label(row), _baseline_time(row), *_cells(row, columns), _fastest(row, baseline)] for row in table.rows
    ]
    title = table.operation if table.operation == table.suite else f"{table.suite}: {table.operation}"
    on = "" if table.threads is None else f", {counted(table.threads, 'thread')}"
    return Section(f"{title}, {table.dtype}{on}", (_grid((*heading, "fastest"), rows),), of=table)


def _baseline_time(row: Row) -> str:
    if row.baseline_ms is None:
        return f"{_NONE} {row.reason}"
    return f"{table_figure(row.baseline_ms)} {_doubtful_mark(row.baseline)}".rstrip()


def _cells(row: Row, columns: Sequence[str]) -> Iterable[str]:
    by_column = {cell.column: cell for cell in row.cells}
    for column in columns:
        cell = by_column.get(column)
        yield from (_time(cell), _ratio(cell)) if cell else (_NONE, "not in this session")


def _time(cell: Cell) -> str:
    latency = cell.result.timings.latency_ms
    if latency is None:
        return _NONE
    return " ".join(filter(None, (table_figure(latency.median), _BITS[cell.bits], _doubtful_mark(cell.result))))


def _doubtful_mark(result: Result | None) -> str:
    return result.conditions.mark if result is not None else ""


def _ratio(cell: Cell) -> str:
    if cell.ratio is None:
        return cell.reason or _NONE
    return f"{multiple(cell.ratio.value)}{interval(cell.ratio.interval)} {cell.speed}, {cell.band}"


def _fastest(row: Row, baseline: str) -> str:
    fastest = best(row, baseline)
    return _NONE if fastest is None else fastest.column if fastest.clear else f"{fastest.column} ?"


def _grid(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> Grid:
    return Grid(tuple(heading), tuple(map(tuple, rows)))
