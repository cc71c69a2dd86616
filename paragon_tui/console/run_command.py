"""``paragon-tui run``: measure without a screen, print, write CSV, JSON and HTML."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TextIO

from rich.text import Text

from paragon_tui.console.interrupts import heeding_signals
from paragon_tui.console.listings import OFF_TERMINAL, gather_adapters, print_line, say_fruitless, table_console
from paragon_tui.console.nothing_to_run import nothing_to_run
from paragon_tui.console.outputs import Outputs
from paragon_tui.console.progress_line import ProgressLine
from paragon_tui.console.report import (
    adapter_line,
    block,
    ceiling_lines,
    closing_lines,
    overhead_table,
    scaling_table,
    sensors_table,
    spread_table,
)
from paragon_tui.console.results_table import Group, Listing, Matrix, group_of, table_for, table_lines
from paragon_tui.console.streams import notice
from paragon_tui.engine.messages.events import Doing, Event, Failed, Finished, JobStarted, Log, RunStarted, SampleBatch
from paragon_tui.engine.messages.job import BASELINE, Sampling
from paragon_tui.engine.results.session import Session
from paragon_tui.engine.runner.requests import RunSettings, Selection, measure_request, supported_arithmetic
from paragon_tui.engine.runner.run import Run
from paragon_tui.engine.runner.selection import (
    CaseFilter,
    UnknownName,
    all_cases,
    apis_to_search,
    select_adapters,
    select_cases,
    shape_case,
    sizes_left_out,
)
from paragon_tui.engine.runner.thread_axis import check_counts, single, with_thread_counts
from paragon_tui.engine.runner.timeouts import MEASURE_TIMEOUT_S
from paragon_tui.exit_status import FAILED, INTERRUPTED, OK, UsageError
from paragon_tui.formatting import quantities, session_lines
from paragon_tui.formatting.cells import legend
from paragon_tui.formatting.scaling import scaling_tables
from paragon_tui.sessions import choices, paths
from paragon_tui.sessions.csv_dialect import USUAL, Dialect
from paragon_tui.sessions.document import saved
from paragon_tui.sessions.durations import known_seconds
from paragon_tui.sessions.recorder import Recorder
from paragon_tui.suites.case import DTYPES, VARIANTS, Arithmetic
from paragon_tui.suites.overrides import Overrides, learns, takes_batch, with_overrides

if TYPE_CHECKING:
    from paragon_tui.backends.adapter import Adapter
    from paragon_tui.engine.results.result import Result
    from paragon_tui.sessions.choices import Choice
    from paragon_tui.suites.case import Case


_TURN_S = 0.5  # between two looks at whether another run has ended

Detail = Literal["summary", "table", "blocks"]
"""How much is printed: a table at the end; rows as they come; or all figures and values of each result."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The options of ``run`` as typed."""

    cases: tuple[str, ...] = ()
    suites: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    fast: bool = False
    shapes: tuple[str, ...] = ()
    adapters: tuple[str, ...] = ()
    backends: tuple[str, ...] = ()
    dtypes: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    sweep: bool = False
    overrides: Overrides = field(default_factory=Overrides)
    sampling: Sampling = field(default_factory=Sampling)
    timeout_s: float = MEASURE_TIMEOUT_S
    threads: tuple[int, ...] = ()
    explain: bool = False
    spread: bool = False
    detail: Detail = "table"
    wait: bool = False
    csv: str | None = None
    json: str | None = None
    dialect: Dialect = USUAL
    html: str | None = None
    choice: str | None = None


def run_command(options: RunOptions) -> int:
    """Run and report. Return the exit status; raise ``UsageError`` or ``UnknownName`` before anything runs."""
    with Outputs(options.csv, options.json, options.html, options.dialect) as outputs:
        return _run(options, outputs)


def _run(options: RunOptions, outputs: Outputs) -> int:
    if paths.nothing_stays():
        notice(paths.NOTHING_STAYS)
    if options.sweep and options.variants:
        raise UsageError("--sweep measures every variant, so it cannot be combined with --variant")
    choice = _choice(options)
    cases = _cases(options, choice)
    unchanged = _check_overrides(cases, options.overrides)
    check_counts(options.threads)
    found, discovery_ms = _adapters(options)
    selected = tuple(adapter.id for adapter in _selected(options, choice, found))
    selection = Selection(
        with_overrides(cases, _overrides(options, choice)),
        *with_thread_counts(found, selected, options.threads),
        _arithmetic(options, choice),
        discovery_ms,
    )
    settings = RunSettings(
        paths.reference_cache(),
        sampling=options.sampling,
        timeout_s=options.timeout_s,
        threads=single(options.threads),
        known_s=known_seconds(paths.database(), options.sampling),
    )
    request = measure_request(selection, settings)
    if not any(job.adapter.id in request.listed for job in request.jobs):
        raise UsageError(nothing_to_run(selection))
    recorder = Recorder(paths.database())
    printer = Printer(
        recorder.session,
        options.detail,
        sys.stderr if outputs.take_stdout else sys.stdout,
        [
            *filter(None, [session_lines.long_run_line(request.expected_s, len(request.jobs), request.first_timed)]),
            *_sizes_left_out(options),
            *unchanged,
            *([] if options.sweep else _unavailable(selection)),
        ],
    )
    if options.wait:
        _await_turn(recorder)
    try:
        asyncio.run(_drive(Run(request), recorder, printer))
    except BaseException:  # of the engine itself: what was measured is kept all the same
        recorder.close()
        recorder.wait()
        raise
    printer.summary(options.explain, options.spread)
    return _close(outputs, recorder)


def _await_turn(recorder: Recorder) -> None:
    """Return when no other paragon-tui measures."""
    if recorder.take_turn():
        return
    notice("another paragon-tui is measuring; this one waits until it has ended, or for ctrl+c")
    while not recorder.take_turn():
        time.sleep(_TURN_S)  # the lock of a file tells nobody that it was released


def _choice(options: RunOptions) -> Choice | None:
    """Return the saved choice, of which options replace parts."""
    try:
        return None if options.choice is None else choices.named(paths.choices_file(), options.choice)
    except (choices.DamagedChoices, OSError) as error:
        raise UsageError(str(error)) from error


def _selected(options: RunOptions, choice: Choice | None, adapters: Sequence[Adapter]) -> Sequence[Adapter]:
    if choice is None or options.adapters or options.backends:
        return select_adapters(adapters, options.adapters, options.backends)
    there, missing = choice.among(adapters)
    if not there:
        raise UnknownName(f"no adapter of {options.choice!r} is here: {', '.join(each.words for each in missing)}")
    for each in missing:
        notice(f"{options.choice}: {each.words} is not here")
    return there


def _overrides(options: RunOptions, choice: Choice | None) -> Overrides:
    usual, typed = choice.overrides if choice else Overrides(), options.overrides
    return Overrides(
        typed.batches or usual.batches,
        usual.millionths if typed.millionths is None else typed.millionths,
    )


def _arithmetic(options: RunOptions, choice: Choice | None) -> tuple[Arithmetic, ...]:
    if choice is not None and not (options.dtypes or options.variants or options.sweep):
        return choice.arithmetic
    dtypes = [dtype for dtype in DTYPES if dtype in (options.dtypes or DTYPES[:1])]
    requested = VARIANTS if options.sweep else options.variants or VARIANTS[:1]
    variants = [variant for variant in VARIANTS if variant in requested]
    return tuple(Arithmetic(dtype, variant) for dtype in dtypes for variant in variants)


def _cases(options: RunOptions, choice: Choice | None) -> tuple[Case, ...]:
    shapes = tuple(dict.fromkeys(shape_case(text, options.dtypes) for text in options.shapes))
    if not (options.cases or options.suites or options.operations or options.sizes):
        if shapes:
            return shapes
        if choice is not None:
            return tuple(case for case in all_cases() if case.id in choice.cases)
    return select_cases(_case_filter(options)) + shapes


def _check_overrides(cases: Sequence[Case], overrides: Overrides) -> list[str]:
    """Return lines about the operations that a requested override has no effect on.

    Raises ``UsageError`` if it has no effect on any case.
    """
    lines: list[str] = []
    for option, value, applies, reason in (
        ("--batch-size", overrides.batches or None, takes_batch, "takes a batch; networks and trainings do"),
        ("--learning-rate", overrides.millionths, learns, "has a learning rate; those of the suite training do"),
    ):
        unaffected = list(dict.fromkeys(case.operation for case in cases if not applies(case)))
        if value is not None and not any(map(applies, cases)):
            raise UsageError(f"{option}: none of these cases {reason}")
        if value is not None and unaffected:
            lines.append(f"{option} has no effect on {quantities.shortlist(unaffected)}")
    return lines


def _case_filter(options: RunOptions) -> CaseFilter:
    return CaseFilter(options.cases, options.suites, options.operations, options.sizes, options.fast)


def _sizes_left_out(options: RunOptions) -> list[str]:
    """Return the sizes that a fast run leaves out of large suites, a line per suite."""
    return [
        f"fast: leaves out these sizes of {suite}: {', '.join(sizes)}; --size selects them"
        for suite, sizes in sizes_left_out(_case_filter(options))
    ]


def _unavailable(selection: Selection) -> Iterator[str]:
    """Yield a line per requested arithmetic that some of the selected operations do not support."""
    operations = {case.operation: case for case in selection.cases}
    for arithmetic in selection.arithmetic:
        missing = [name for name, case in operations.items() if not supported_arithmetic(case, (arithmetic,))]
        if missing:
            usual = arithmetic.variant == VARIANTS[0]
            kind = arithmetic.dtype if usual else f"{arithmetic.dtype} {arithmetic.variant}"
            yield f"not available in {kind}: {quantities.shortlist(missing)}"


def _adapters(options: RunOptions) -> tuple[list[Adapter], dict[str, float]]:
    """Return the adapters found, and the discovery time in milliseconds by API."""
    apis = apis_to_search(options.adapters, options.backends)
    adapters, finished = gather_adapters(apis)
    say_fruitless(finished)
    for event in finished:
        if not event.found and event.api in options.backends:
            raise UnknownName(f"no adapter found for {event.api}" + (f": {event.remedy}" if event.remedy else ""))
    return adapters, {event.api: event.ms for event in finished if event.ms is not None}


async def _drive(run: Run, recorder: Recorder, printer: Printer) -> None:
    clock = asyncio.create_task(printer.keep_time())
    with heeding_signals(run):
        async for event in run.events():
            for note in recorder.apply(event):
                printer.show(note)
            printer.show(event)
    clock.cancel()


def _close(outputs: Outputs, recorder: Recorder) -> int:
    """Write the requested files, whatever the outcome, and return the exit status."""
    session = recorder.session
    status = INTERRUPTED if session.interrupted else FAILED if session.failures else OK
    written, failures = outputs.write(session)
    saved = recorder.wait_patiently(notice)
    for failure in failures:
        notice(f"{failure}; the session is saved in {paths.database()}" if saved else failure)
    if not saved and written:
        notice(f"the session is only in {' and '.join(written)}: {recorder.trouble}")
    elif not saved:
        notice(f"nothing is kept of session {session.id}: {recorder.trouble}")
    lost = bool(failures) or not (saved or written)
    return status or FAILED if lost else status


class Printer:
    """Prints results as they end, and the progress on stderr if that is a terminal."""

    def __init__(self, session: Session, detail: Detail, out: TextIO, remarks: Sequence[str] = ()) -> None:
        """Print to ``out``; ``remarks`` are lines about what the session will take, and what it does not measure."""
        self._session = session
        self._detail = detail
        self._remarks = remarks
        self._console = table_console(out)
        self._width = self._console.width if self._console.is_terminal else OFF_TERMINAL
        self._table: Listing | Matrix | None = None
        self._printed: set[Group] = set()
        self._line = ProgressLine()
        self._activity = ""
        self._started = time.monotonic()
        self._introduced: set[str] = set()

    def show(self, event: Event) -> None:
        """Print the part of an event that is meant for people."""
        match event:
            case RunStarted():
                self._started = time.monotonic()
                self._announce()
            case JobStarted() | SampleBatch():
                self._progress(str(event.id))
            case Doing():
                self._progress(f"{event.id}: {event.what}")
            case Log() if event.level in ("warning", "error"):
                self._line.clear()
                notice(event.text)
            case Finished() | Failed():
                self._result(event)

    async def keep_time(self) -> None:
        """Write the progress anew every second: a long compilation sends no event. Ends when it is cancelled."""
        while self._line.live:
            await asyncio.sleep(1)
            self._progress(self._activity)

    def _announce(self) -> None:
        """Print the plan of the session before the first result, and the time that discovery took."""
        if self._detail == "summary":
            return
        session, sampling = self._session, self._session.sampling
        missing = session_lines.left_out(sampling) if sampling else None
        lines = [
            f"session {session.id}: {session_lines.announcement(session)}",
            *self._remarks,
            missing,
            session_lines.discovery_line(session) if self._detail == "blocks" else None,
        ]
        self._print(*filter(None, lines), "")

    def _result(self, event: Finished | Failed) -> None:
        result = self._session.results[event.id]
        if result not in self._session.listed:
            if event.status in ("failed", "timeout"):
                self._line.clear()
                notice(f"{event.id}: {result.error}")
        elif self._detail == "blocks" and _began(result):
            self._block(result)
        elif self._detail == "table":
            group = self._group(group_of(result))
            if all(member.ended for member in group):
                self._rows(group)

    def _block(self, result: Result) -> None:
        adapter = self._session.adapter(result)
        if not adapter.is_host and adapter.id not in self._introduced:
            self._introduced.add(adapter.id)
            self._print(adapter_line(adapter))
        self._print(*block(self._session, result), "")

    def _group(self, key: Group) -> list[Result]:
        return [result for result in self._session.listed if group_of(result) == key]

    def _rows(self, group: Sequence[Result]) -> None:
        """Print the rows of a group, once, if any of its results began: the closing lines count the others."""
        if group_of(group[0]) in self._printed or not any(map(_began, group)):
            return
        self._printed.add(group_of(group[0]))
        if self._table is None:
            self._table = table_for(self._session.listed, self._width)
            self._print(Text(legend(BASELINE), "dim"), self._table.heading)
        self._print(*self._table.rows(group))

    def _print(self, *lines: Text | str) -> None:
        self._line.clear()
        for line in lines:
            print_line(self._console, line)
        self._console.file.flush()

    def summary(self, explain: bool, spread: bool = False) -> None:
        """Print the rows that are missing, or the table of all listed results, and the lines that close the report.

        ``explain`` adds tables of overheads and sensors, ``spread`` one of means, extremes and totals.
        """
        self._line.clear()
        results, lines = self._session.listed, closing_lines(self._session)
        if self._detail == "table":
            for key in dict.fromkeys(map(group_of, results)):
                self._rows(self._group(key))
            self._print("")
        else:
            self._print(*table_lines(results, self._width))
        for axis in scaling_tables([saved(self._session, result) for result in results]):
            self._print(f"{axis.title}: {axis.words}")
            self._console.print(scaling_table(axis))
            self._print("")
        explaining = (overhead_table(results), sensors_table(results)) if explain else ()
        for table in filter(None, (spread_table(results) if spread else None, *explaining)):
            self._console.print(table)
        self._print(*(lines if self._detail == "summary" else [*ceiling_lines(self._session), *lines]))

    def _progress(self, activity: str) -> None:
        self._activity = activity
        if not self._line.live or not activity:
            return
        results, elapsed_s = self._session.listed, time.monotonic() - self._started
        ended = sum(1 for result in results if result.ended)
        done = f"{ended}/{len(results)} · {100 * self._session.share_done:.0f} %"
        left = quantities.duration(self._session.seconds_left(elapsed_s))
        self._line.show(f"[{done}] {quantities.duration(elapsed_s)}, about {left} left · {activity}")


def _began(result: Result) -> bool:
    """Return whether anything is known of a result that was stopped."""
    return result.status != "stopped" or result.timings.latency_ms is not None or result.timings.init_ms is not None
