"""``paragon-tui run``: measure without a screen, print, write CSV and JSON."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from paragon_tui.console.exits import FAILED, INTERRUPTED, OK, UsageError
from paragon_tui.console.interrupts import stop_on_signals
from paragon_tui.console.listings import gather_adapters, table_console
from paragon_tui.console.report import (
    adapter_line,
    block,
    ceiling_lines,
    closing_lines,
    overhead_table,
    summary_table,
)
from paragon_tui.engine.messages.events import Event, Failed, Finished, JobStarted, Log, RunStarted, SampleBatch
from paragon_tui.engine.messages.job import Sampling
from paragon_tui.engine.results.session import Session
from paragon_tui.engine.runner.requests import RunSettings, Selection, measure_request, supported_arithmetic
from paragon_tui.engine.runner.run import Run
from paragon_tui.engine.runner.selection import (
    CaseFilter,
    UnknownName,
    apis_to_search,
    select_adapters,
    select_cases,
    shape_case,
    sizes_left_out,
)
from paragon_tui.formatting import quantities, session_lines
from paragon_tui.sessions import paths
from paragon_tui.sessions.csv_export import append_csv
from paragon_tui.sessions.document import encode
from paragon_tui.sessions.durations import known_seconds
from paragon_tui.sessions.recorder import Recorder
from paragon_tui.suites.case import DTYPES, VARIANTS, Arithmetic
from paragon_tui.suites.operation import operation
from paragon_tui.suites.overrides import Overrides, learns, takes_batch, with_overrides

if TYPE_CHECKING:
    from paragon_tui.backends.adapter import Adapter
    from paragon_tui.suites.case import Case


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
    changes: Overrides = field(default_factory=Overrides)
    sampling: Sampling = field(default_factory=Sampling)
    timeout_s: float = 60.0
    threads: int | None = None
    explain: bool = False
    quiet: bool = False
    csv: Path | None = None
    json: str | None = None


def run_command(options: RunOptions) -> int:
    """Run and report. Returns the exit status; raises ``UsageError`` and ``UnknownName`` before anything runs."""
    check_target("--csv", options.csv)
    check_target("--json", Path(options.json) if options.json not in (None, "-") else None)
    if options.sweep and options.variants:
        raise UsageError("--sweep measures every variant: leave it out, or --variant")
    usual = _cases(options)
    as_they_are = _check_changes(usual, options.changes)
    found, discovery_ms = _adapters(options)
    selected = select_adapters(found, options.adapters, options.backends)
    chosen = Selection(
        with_overrides(usual, options.changes),
        tuple(found),
        tuple(adapter.id for adapter in selected),
        _arithmetic(options),
        discovery_ms,
    )
    settings = RunSettings(
        paths.reference_cache(),
        sampling=options.sampling,
        timeout_s=options.timeout_s,
        threads=options.threads,
        known_s=known_seconds(paths.database(), options.sampling),
    )
    request = measure_request(chosen, settings)
    if not any(job.adapter.id in request.listed for job in request.jobs):
        raise UsageError(_nothing(chosen))
    recorder = Recorder(paths.database())
    printer = Printer(
        recorder.session,
        options.quiet,
        sys.stderr if options.json == "-" else sys.stdout,
        [*_sizes_left_out(options), *as_they_are, *([] if options.sweep else _not_there(chosen))],
    )
    asyncio.run(_drive(Run(request), recorder, printer))
    printer.summary(options.explain)
    return _close(options, recorder.session)


def _arithmetic(options: RunOptions) -> tuple[Arithmetic, ...]:
    dtypes = [dtype for dtype in DTYPES if dtype in (options.dtypes or DTYPES[:1])]
    wanted = VARIANTS if options.sweep else options.variants or VARIANTS[:1]
    variants = [variant for variant in VARIANTS if variant in wanted]
    return tuple(Arithmetic(dtype, variant) for dtype in dtypes for variant in variants)


def _cases(options: RunOptions) -> tuple[Case, ...]:
    shapes = tuple(dict.fromkeys(shape_case(text, options.dtypes) for text in options.shapes))
    if shapes and not (options.cases or options.suites or options.operations or options.sizes):
        return shapes
    return select_cases(_named(options)) + shapes


def _check_changes(cases: Sequence[Case], changes: Overrides) -> list[str]:
    """Lines about the operations that a change asked for has no meaning for.

    Raises ``UsageError`` where it has none for any case.
    """
    lines: list[str] = []
    for option, value, takes, who in (
        ("--batch-size", changes.batch, takes_batch, "takes a batch; networks and trainings do"),
        ("--learning-rate", changes.millionths, learns, "learns; those of the suite training do"),
    ):
        without = list(dict.fromkeys(case.operation for case in cases if not takes(case)))
        if value is not None and not any(map(takes, cases)):
            raise UsageError(f"{option}: none of these cases {who}")
        if value is not None and without:
            lines.append(f"{option} changes nothing of {quantities.shortlist(without)}")
    return lines


def _nothing(chosen: Selection) -> str:
    """Why there is nothing to run, and what there is instead."""
    dtypes = dict.fromkeys(one.dtype for one in chosen.arithmetic)
    variants = dict.fromkeys(one.variant for one in chosen.arithmetic)
    operations = dict.fromkeys(case.operation for case in chosen.cases)
    there = {variant: None for name in operations for dtype in dtypes for variant in operation(name).variants(dtype)}
    kernel = f"no {' or '.join(variants)} kernel" if there else "none of these cases"
    others = [variant for variant in there if variant not in variants]
    instead = f"; these cases have {', '.join(others)}" if others else ""
    return f"there is {kernel} at {' or '.join(dtypes)} on {', '.join(chosen.selected)}{instead}"


def _named(options: RunOptions) -> CaseFilter:
    return CaseFilter(options.cases, options.suites, options.operations, options.sizes, options.fast)


def _sizes_left_out(options: RunOptions) -> list[str]:
    """What a fast run does not measure of large suites, a line a suite."""
    return [
        f"fast: of {suite} not the sizes {', '.join(sizes)}; --size names them"
        for suite, sizes in sizes_left_out(_named(options))
    ]


def _not_there(chosen: Selection) -> Iterator[str]:
    """The operations that are asked for in an arithmetic that they are not computed in, a line an arithmetic."""
    operations = {case.operation: case for case in chosen.cases}
    for one in chosen.arithmetic:
        missing = [name for name, case in operations.items() if not supported_arithmetic(case, (one,))]
        if missing:
            kind = one.dtype if one.variant == VARIANTS[0] else f"{one.dtype} {one.variant}"
            yield f"not there at {kind}: {quantities.shortlist(missing)}"


def _adapters(options: RunOptions) -> tuple[list[Adapter], dict[str, float]]:
    """What is found, and what looking took, by API."""
    apis = apis_to_search(options.adapters, options.backends)
    found, finished = gather_adapters(apis)
    for event in finished:
        if event.error:
            print(f"paragon-tui: {event.api}: {event.error}", file=sys.stderr)
        elif event.found == 0 and event.api in options.backends:
            raise UnknownName(f"no adapter under {event.api}: {event.remedy}")
    return found, {event.api: event.ms for event in finished if event.ms is not None}


def check_target(option: str, path: Path | None) -> None:
    """Raise ``UsageError`` where ``path`` cannot be written; leaves nothing behind."""
    if path is None:
        return
    if path.is_dir():
        raise UsageError(f"{option} {path} is a directory; name a file in it, such as {path / 'paragon.csv'}")
    existed = path.exists()
    try:
        with path.open("ab"):
            pass
        if not existed:
            path.unlink()
    except OSError as error:
        raise UsageError(f"{option} {path} cannot be written: {error.strerror}; choose another place") from error


async def _drive(run: Run, recorder: Recorder, printer: Printer) -> None:
    with stop_on_signals(run.stop):
        async for event in run.events():
            for note in recorder.apply(event):
                printer.show(note)
            printer.show(event)


def _close(options: RunOptions, session: Session) -> int:
    """Write the files asked for, whatever the outcome, and say it as an exit status."""
    status = INTERRUPTED if session.interrupted else FAILED if session.failures else OK
    for write in (_write_csv, _write_json):
        try:
            write(options, session)
        except OSError as error:
            kept = f"the session is kept in {paths.database()}"
            print(f"paragon-tui: the results could not be written: {error}; {kept}", file=sys.stderr)
            status = status or FAILED
    return status


def _write_csv(options: RunOptions, session: Session) -> None:
    if options.csv is not None:
        append_csv(session, options.csv)


def _write_json(options: RunOptions, session: Session) -> None:
    """In place, not by renaming: the target may be a link, a pipe or a device."""
    if options.json == "-":
        sys.stdout.write(encode(session).decode())
        sys.stdout.flush()
    elif options.json is not None:
        Path(options.json).write_bytes(encode(session))


class Printer:
    """Prints results as they end, and a progress line on stderr where that is a terminal."""

    def __init__(self, session: Session, quiet: bool, out: TextIO, left_out: Sequence[str] = ()) -> None:
        """``left_out`` are lines about cases that are not among the session's."""
        self._session = session
        self._left_out = left_out
        self._quiet = quiet
        self._out = out
        self._live = sys.stderr.isatty()
        self._started = time.monotonic()
        self._introduced: set[str] = set()
        self._mute = False

    def show(self, event: Event) -> None:
        """Print what an event has for people."""
        match event:
            case RunStarted():
                self._started = time.monotonic()
                self._announce()
            case JobStarted() | SampleBatch():
                self._progress(str(event.id))
            case Log() if event.level in ("warning", "error"):
                self._clear()
                print(f"paragon-tui: {event.text}", file=sys.stderr)
            case Finished() | Failed():
                self._result(event)

    def _announce(self) -> None:
        """The order, the number of results and the time to expect, ahead of the first; what finding adapters took."""
        if self._quiet:
            return
        session, sampling = self._session, self._session.sampling
        missing = session_lines.left_out(sampling) if sampling else None
        words = [session_lines.announcement(session), *self._left_out, missing, session_lines.discovery_line(session)]
        self._print("\n".join(line for line in words if line) + "\n")

    def _result(self, event: Finished | Failed) -> None:
        result = self._session.results[event.id]
        if result not in self._session.listed:
            if event.status in ("failed", "timeout"):
                self._clear()
                print(f"paragon-tui: {event.id}: {result.error}", file=sys.stderr)
            return
        if self._quiet:
            return
        if event.status == "stopped" and result.latency_ms is None and result.init_ms is None:
            return  # never begun: the summary lists it
        self._clear()
        if not result.adapter.is_host and result.adapter.id not in self._introduced:
            self._introduced.add(result.adapter.id)
            self._print(adapter_line(result.adapter))
        self._print("\n".join(block(self._session, result)) + "\n")

    def _print(self, text: str) -> None:
        """Print for people; a reader that has gone (``| head``) ends the printing, not the run."""
        if self._mute:
            return
        try:
            print(text, file=self._out, flush=True)
        except BrokenPipeError:
            self._mute = True
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._out.fileno())  # so that the flush at exit is silent

    def summary(self, explain: bool) -> None:
        """The table of all listed results, what they are worth, and how many claims hold."""
        self._clear()
        console = table_console(self._out)
        with console.capture() as captured:
            console.print(summary_table(self._session, self._session.listed))
            if explain:
                console.print(overhead_table(self._session.listed))
            lines = closing_lines(self._session)
            for line in lines if self._quiet else [*ceiling_lines(self._session), *lines]:
                console.print(line, markup=False)
        self._print(captured.get().rstrip("\n"))

    def _progress(self, doing: str) -> None:
        if not self._live:
            return
        results = self._session.listed
        done = sum(1 for result in results if result.ended)
        behind = f"{done}/{len(results)} · {100 * self._session.share_done:.0f} %"
        left = quantities.duration(self._session.seconds_left(time.monotonic() - self._started))
        sys.stderr.write(f"\r\x1b[K[{behind}] {doing}, about {left} left")
        sys.stderr.flush()

    def _clear(self) -> None:
        if self._live:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
