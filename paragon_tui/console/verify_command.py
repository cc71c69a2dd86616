"""``paragon-tui verify``: check whether this machine computes the shipped bits."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from rich.markup import escape
from rich.table import Table

from paragon_tui.console.exit_status import FAILED, INTERRUPTED, OK, UsageError
from paragon_tui.console.interrupts import stop_on_signals
from paragon_tui.console.listings import gather_adapters, table_console, write_json
from paragon_tui.engine.messages.events import Log, RunStarted
from paragon_tui.engine.results.verification import Verification
from paragon_tui.engine.runner.requests import RunSettings, Selection, verify_request
from paragon_tui.engine.runner.run import Run
from paragon_tui.engine.runner.selection import CaseFilter, apis_to_search, select_adapters, select_cases
from paragon_tui.engine.runner.timeouts import VERIFY_TIMEOUT_S
from paragon_tui.formatting import bits
from paragon_tui.sessions import paths
from paragon_tui.suites.case import DTYPES, Arithmetic
from paragon_tui.suites.catalogue import DEFAULT

if TYPE_CHECKING:
    from paragon_tui.engine.results.verification import Verified

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class VerifyOptions:
    """The options of ``verify`` as typed."""

    cases: tuple[str, ...] = ()
    adapters: tuple[str, ...] = ()
    dtypes: tuple[str, ...] = ()
    timeout_s: float = VERIFY_TIMEOUT_S
    json: bool = False


def verify_command(options: VerifyOptions) -> int:
    """Verify and report. Return exit status 0 if every bit is as shipped.

    Raises ``UnknownName``, or ``UsageError`` if no selected adapter claims any bits, before anything runs.
    """
    cases = select_cases(CaseFilter(options.cases, (DEFAULT,)))
    adapters, finished = gather_adapters(apis_to_search(options.adapters, ()))
    failures = [event for event in finished if event.error]
    for event in failures:
        print(f"paragon-tui: {event.api}: {event.error}", file=sys.stderr)
    selected = [adapter for adapter in select_adapters(adapters, options.adapters, ()) if adapter.is_canonical]
    if not selected:
        raise UsageError("only the reference and devices claim the shipped bits; host libraries cannot be verified")
    arithmetic = tuple(Arithmetic(dtype) for dtype in DTYPES if dtype in (options.dtypes or DTYPES))
    selection = Selection(cases, tuple(adapters), tuple(adapter.id for adapter in selected), arithmetic)
    verification = Verification()
    settings = RunSettings(paths.reference_cache(), timeout_s=options.timeout_s)
    asyncio.run(_drive(Run(verify_request(selection, settings)), verification))
    if options.json:
        write_json(document(verification, [(event.api, str(event.error)) for event in failures]))
    else:
        _print(verification)
    if verification.interrupted:
        return INTERRUPTED
    return OK if verification.holds and not failures else FAILED


async def _drive(run: Run, verification: Verification) -> None:
    live = sys.stderr.isatty()
    with stop_on_signals(run.stop):
        async for event in run.events():
            verification.apply(event)
            if isinstance(event, Log) and event.level in ("warning", "error"):
                print(f"paragon-tui: {event.text}", file=sys.stderr)
            elif live and not isinstance(event, Log | RunStarted):
                _progress(verification)
    if live:
        sys.stderr.write("\r\x1b[K")


def _progress(verification: Verification) -> None:
    results = verification.results.values()
    ended = sum(1 for result in results if result.status is not None)
    sys.stderr.write(f"\r\x1b[K[{ended}/{len(results)}] {verification.running or ''}")
    sys.stderr.flush()


def document(verification: Verification, failures: Sequence[tuple[str, str]] = ()) -> dict[str, Any]:
    """Build the whole verification for JSON, as users send it to us for adapters that we have never seen.

    ``failures`` are the APIs whose discovery failed, and why.
    """
    return {
        "schema": SCHEMA,
        "verification": verification.id,
        "started": verification.started,
        "host": verification.host,
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
        "case": result.id.case,
        "dtype": result.id.dtype,
        "adapter": result.id.adapter,
        "tier": result.tier,
        "standing": result.standing,
        "status": result.status or "stopped",
        "holds": result.holds,
        "error": result.error,
        "checks": [msgspec.to_builtins(check) | {"holds": check.holds} for check in result.checks],
    }


def _print(verification: Verification) -> None:
    console = table_console(sys.stdout)
    console.print(_table(verification))
    console.print()
    for adapter in verification.adapters:
        fingerprint = verification.fingerprints.get(adapter.id)
        words = bits.describe_fingerprint(fingerprint) if fingerprint else "could not be probed"
        console.print(f"[bold]{adapter.id}[/]  {escape(adapter.short_name)}: {escape(words)}", soft_wrap=True)
    for result in verification.failures:
        console.print(
            f"[red]≠ {escape(str(result.id))}[/]: {escape(bits.verification_failures(result))}", soft_wrap=True
        )
    hold, planned = verification.counts
    unsupported = sum(1 for result in verification.results.values() if result.status == "unsupported")
    sentence = f"{hold} of {planned} results have the shipped bits: logits, outputs and parameters"
    console.print(sentence + (f"; {unsupported} not supported here." if unsupported else "."))


def _table(verification: Verification) -> Table:
    """Build a table with a row per case and dtype, and a column per adapter."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("case")
    table.add_column("dtype")
    for adapter in verification.adapters:
        table.add_column(adapter.id)
    rows: dict[tuple[str, str], list[str]] = {}
    for result in verification.results.values():
        rows.setdefault((result.id.case, result.id.dtype), []).append(_mark(result))
    for (case, dtype), marks in rows.items():
        table.add_row(case, dtype, *marks)
    return table


def _mark(result: Verified) -> str:
    colour = "green" if result.holds else "red" if result.fails else "yellow"
    return f"[{colour}]{escape(bits.verified_mark(result))}[/]"
