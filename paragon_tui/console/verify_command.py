"""``paragon-tui verify``: check whether this machine computes the shipped bits."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
from rich.table import Table
from rich.text import Text

from paragon_tui.console.interrupts import heeding_signals
from paragon_tui.console.listings import gather_adapters, headed, print_line, say_fruitless, table_console, write_json
from paragon_tui.console.nothing_to_run import nothing_to_run
from paragon_tui.console.progress_line import ProgressLine
from paragon_tui.console.streams import notice
from paragon_tui.engine.messages.events import Log, RunStarted
from paragon_tui.engine.results.verification import Verification
from paragon_tui.engine.runner.requests import RunSettings, Selection, verify_request
from paragon_tui.engine.runner.run import Run
from paragon_tui.engine.runner.selection import CaseFilter, apis_to_search, select_adapters, select_verified
from paragon_tui.engine.runner.timeouts import VERIFY_TIMEOUT_S
from paragon_tui.exit_status import FAILED, INTERRUPTED, OK, UsageError
from paragon_tui.formatting import bits
from paragon_tui.formatting.quantities import counted
from paragon_tui.sessions import paths
from paragon_tui.suites.case import DTYPES, Arithmetic

if TYPE_CHECKING:
    from paragon_tui.engine.results.verification import Tally, Verified

SCHEMA = 1
_MOST_REASONS = 8  # why results are not supported, the most frequent first


@dataclass(frozen=True, slots=True)
class VerifyOptions:
    """The options of ``verify`` as typed."""

    cases: CaseFilter = field(default_factory=lambda: CaseFilter(fast=True))
    adapters: tuple[str, ...] = ()
    dtypes: tuple[str, ...] = ()
    timeout_s: float = VERIFY_TIMEOUT_S
    json: bool = False


def verify_command(options: VerifyOptions) -> int:
    """Verify and report. Return exit status 0 if every bit is as shipped.

    Raises ``UnknownName``, or ``UsageError`` if there is nothing that claims any bits, before anything runs.
    """
    cases = select_verified(options.cases)
    adapters, finished = gather_adapters(apis_to_search(options.adapters, ()))
    failures = [event for event in finished if event.error]
    say_fruitless(finished)
    selected = [adapter for adapter in select_adapters(adapters, options.adapters, ()) if adapter.is_canonical]
    if not selected:
        raise UsageError("only the reference and devices claim the shipped bits; host libraries cannot be verified")
    arithmetic = tuple(Arithmetic(dtype) for dtype in DTYPES if dtype in (options.dtypes or DTYPES))
    selection = Selection(cases, tuple(adapters), tuple(adapter.id for adapter in selected), arithmetic)
    request = verify_request(selection, RunSettings(paths.reference_cache(), timeout_s=options.timeout_s))
    if not request.jobs:
        raise UsageError(nothing_to_run(selection))
    verification = Verification()
    asyncio.run(_drive(Run(request), verification))
    if options.json:
        write_json(document(verification, [(event.api, str(event.error)) for event in failures]))
    else:
        _print(verification)
    if verification.interrupted:
        return INTERRUPTED
    return OK if verification.holds and not failures else FAILED


async def _drive(run: Run, verification: Verification) -> None:
    line = ProgressLine()
    with heeding_signals(run):
        async for event in run.events():
            verification.apply(event)
            if isinstance(event, Log) and event.level in ("warning", "error"):
                line.clear()
                notice(event.text)
            elif line.live and not isinstance(event, Log | RunStarted):
                line.show(_progress(verification))
    line.clear()


def _progress(verification: Verification) -> str:
    """Return what is going on: ``[120/596] 2 wrong; opencl:0: add-1003:f16``."""
    tally = verification.tally
    wrong = f" {tally.failing} wrong;" if tally.failing else ""
    return f"[{tally.ended}/{tally.planned}]{wrong} {verification.running or ''}"


def document(verification: Verification, failures: Sequence[tuple[str, str]] = ()) -> dict[str, Any]:
    """Build the whole verification for JSON, as users send it to us for adapters that we have never seen.

    ``failures`` are the APIs whose discovery failed, and why.
    """
    return {
        "schema": SCHEMA,
        "verification": verification.id,
        "started": verification.started,
        "host": verification.host,
        "interrupted": verification.interrupted,
        "holds": verification.holds and not failures,
        "failures": [{"where": where, "error": error} for where, error in failures],
        "adapters": [
            msgspec.to_builtins(adapter)
            | {"fingerprint": msgspec.to_builtins(verification.fingerprints.get(adapter.id))}
            for adapter in verification.adapters
        ],
        "results": [_fields(result) for result in verification.results.values()],
    }


def _fields(result: Verified) -> dict[str, Any]:
    return {
        "suite": result.id.suite,
        "case": result.id.case,
        "dtype": result.id.dtype,
        "variant": result.id.variant,
        "adapter": result.id.adapter,
        "tier": result.tier,
        "standing": result.standing,
        "output_tier": result.output_tier,
        "output_standing": result.output_standing,
        "status": result.status or "stopped",
        "holds": result.holds,
        "error": result.error,
        "plans": result.plans,
        "checks": [msgspec.to_builtins(check) | {"holds": check.holds} for check in result.checks],
    }


def _print(verification: Verification) -> None:
    console = table_console(sys.stdout)
    console.print(_table(verification))
    console.print()
    for adapter in verification.adapters:
        fingerprint = verification.fingerprints.get(adapter.id)
        words = bits.describe_fingerprint(fingerprint) if fingerprint else "could not be probed"
        print_line(console, headed(adapter.id, f"{adapter.short_name}: {words}"))
    for result in verification.failures:
        failures = bits.verification_failures(result)
        print_line(console, Text.assemble((f"≠ {result.id}", "red"), ": ", failures))
    console.print(_sentence(verification))


def _sentence(verification: Verification) -> str:
    """Return what was checked, and what of it holds."""
    results = verification.results.values()
    reasons = Counter(str(result.error) for result in results if result.status == "unsupported")
    words = bits.verified_words(verification)
    plans = verification.tally.plans
    sentence = f"{words[0].upper()}{words[1:]}" + (f", by {counted(plans, 'plan')} of kernels" if plans else "")
    lines = [f"{count:,} not supported here: {reason}" for reason, count in reasons.most_common(_MOST_REASONS)]
    rest = reasons.total() - sum(count for _, count in reasons.most_common(_MOST_REASONS))
    return "\n".join([f"{sentence}.", *lines, *([f"{rest:,} more not supported here"] if rest else [])])


def _table(verification: Verification) -> Table:
    """Build a table with a row per operation and dtype, and a column per adapter: results, and plans of kernels."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("suite", "operation", "dtype"):
        table.add_column(name)
    for adapter in verification.adapters:
        table.add_column(adapter.id + ("" if adapter.is_host else " · plans"))
    last = ""
    for (suite, operation, dtype), cells in verification.tallies(_row).items():
        marks = [_mark(cells.get(adapter.id), adapter.is_host) for adapter in verification.adapters]
        table.add_row("" if suite == last else suite, operation, dtype, *marks)
        last = suite
    return table


def _row(result: Verified) -> tuple[str, str, str]:
    return result.id.suite, result.case.operation, result.id.dtype


def _mark(tally: Tally | None, is_host: bool) -> Text:
    if tally is None:
        return Text()
    colour = "red" if tally.failing else "green" if tally.holding else "yellow"
    plans = "" if is_host or not tally.plans else f" · {tally.plans}"
    return Text.assemble((bits.tally_mark(tally), colour), (plans, "dim"))
