"""``paragon-tui sessions``: the sessions of the store, as a person keeps them."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec

from paragon_tui.console.listings import OFF_TERMINAL, headed, print_item, print_line, table_console, write_json
from paragon_tui.console.outputs import STDOUT, write_text
from paragon_tui.console.results_table import table_lines
from paragon_tui.console.user_settings import user_settings
from paragon_tui.exit_status import OK, UsageError
from paragon_tui.formatting.quantities import counted, shortlist
from paragon_tui.sessions import catalog, paths
from paragon_tui.sessions.csv_export import csv_text
from paragon_tui.sessions.entries import entries
from paragon_tui.sessions.saved_session import UnreadableSession
from paragon_tui.sessions.session_lookup import open_session, read_document

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class SessionsOptions:
    """The options of ``sessions`` as typed; what an action does not take is empty."""

    action: str
    names: tuple[str, ...] = ()
    text: str | None = None
    format: str = "json"
    output: str | None = None
    keep: int | None = None
    older_than_days: int | None = None
    json: bool = False


def sessions_command(options: SessionsOptions) -> int:
    """Do what ``action`` says, and report it. Raises ``UsageError`` or ``UnknownName`` where it cannot be done."""
    try:
        return _ACTIONS[options.action](options)
    except (catalog.CatalogError, UnreadableSession) as error:
        raise UsageError(str(error)) from error


def _list(options: SessionsOptions) -> int:
    lines = catalog.list_sessions(paths.database())
    if options.json:
        write_json({"schema": SCHEMA, "sessions": msgspec.to_builtins(lines)})
        return OK
    if not lines:
        print("no session yet; `paragon-tui run` saves one")
        return OK
    console = table_console(sys.stdout)
    indent = max(len(line.id) for line in lines) + 2
    for line in lines:
        selection = f"{shortlist([*line.cases])} on {shortlist([*line.adapters])}"
        state = f"{line.started}, {line.ended}, {line.measured} of {line.results} measured"
        print_item(console, line.id, (line.name or "", state, selection, line.note or ""), indent)
    return OK


def _show(options: SessionsOptions) -> int:
    for name in options.names:
        session = open_session(name, paths.database())
        console = table_console(sys.stdout)
        state = "interrupted" if session.interrupted else session.ended or "finished"
        console.print(headed(session.session, f"{session.started}, {state}, {counted(len(session.results), 'result')}"))
        for fact, words in session.host.items():
            console.print(f"{fact}: {words}")
        width = console.width if console.is_terminal else OFF_TERMINAL
        for line in table_lines(session.results, width):
            print_line(console, line)
    return OK


def _export(options: SessionsOptions) -> int:
    (name,) = options.names
    match options.format:
        case "json":
            text = catalog.export_document(name, paths.database()).decode()
        case "csv":
            session = open_session(name, paths.database())
            text = csv_text([entries(result) for result in session.results], user_settings().dialect)
        case _:
            text = catalog.export_samples(name, paths.database(), user_settings().dialect.separator)
    write_text("--output", options.output or STDOUT, text)
    return OK


def _import(options: SessionsOptions) -> int:
    for name in options.names:
        session = catalog.import_document(read_document(Path(name)), name, paths.database())
        print(f"imported {session} from {name}")
    return OK


def _label(options: SessionsOptions) -> int:
    (name,) = options.names
    column = "name" if options.action == "rename" else "note"
    session = catalog.label_session(name, paths.database(), column, options.text or None)
    print(f"{session}: {column} {options.text!r}" if options.text else f"{session}: no {column}")
    return OK


def _delete(options: SessionsOptions) -> int:
    print(f"deleted {', '.join(catalog.delete_sessions(options.names, paths.database()))}")
    return OK


def _prune(options: SessionsOptions) -> int:
    if options.keep is None and options.older_than_days is None:
        raise UsageError("prune takes --keep N, --older-than DAYS, or both; sessions with a name or a note always stay")
    doomed = catalog.prunable(paths.database(), options.keep, options.older_than_days)
    if doomed:
        catalog.delete_sessions(doomed, paths.database())
    print(f"deleted {counted(len(doomed), 'session')}" if doomed else "nothing to delete")
    return OK


_ACTIONS = {
    "list": _list,
    "show": _show,
    "export": _export,
    "import": _import,
    "rename": _label,
    "note": _label,
    "delete": _delete,
    "prune": _prune,
}
