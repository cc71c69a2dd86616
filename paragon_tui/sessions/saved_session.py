"""Saved sessions as comparisons and reports read them from documents: the results, and a part of the facts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import msgspec

from paragon_tui.engine.results.result import Result
from paragon_tui.sessions import schema_2
from paragon_tui.sessions.document import SCHEMA
from paragon_tui.sessions.entries import read_results
from paragon_tui.sessions.soundness import check_figures


class UnreadableSession(Exception):
    """A document that this program cannot read as a session; the text says what it is instead, and what to do."""


@dataclass(frozen=True, slots=True)
class SavedSession:
    """A session read from a document; ``host`` describes the machine that it was measured on.

    ``sampling`` is the way of measuring (``messages.job.Sampling``), ``threads`` the number of threads asked for
    (``None`` if none was), ``listed`` the adapters asked for (``None`` in older documents). ``ended`` is how the
    session ended according to the store: ``unfinished`` if it was killed or is still running, ``None`` if it was read
    from a file, which does not say.
    """

    session: str
    started: str
    host: dict[str, str]
    results: tuple[Result, ...]
    sampling: dict[str, Any] | None = None
    threads: int | None = None
    listed: tuple[str, ...] | None = None
    ended: Literal["finished", "interrupted", "unfinished"] | None = None

    @property
    def stopped(self) -> tuple[Result, ...]:
        """The results that a person stopped before their end."""
        return tuple(result for result in self.results if result.status == "stopped")

    @property
    def interrupted(self) -> bool:
        """True if the session did not reach its end; in a file only stopped results show that."""
        return bool(self.stopped) or self.ended in ("interrupted", "unfinished")


def saved_session(document: Any, source: str) -> SavedSession:
    """Return the session in a decoded JSON document. ``source`` names it in errors. Raises ``UnreadableSession``."""
    if not isinstance(document, dict) or not {"schema", "session", "results"} <= document.keys():
        raise UnreadableSession(f"{source} is not a paragon-tui session; `paragon-tui run --json FILE` writes one")
    schema = document["schema"]
    if schema == schema_2.SCHEMA:
        document = schema_2.upgraded(document)
    elif schema != SCHEMA:
        older = isinstance(schema, int) and schema < SCHEMA
        raise UnreadableSession(
            f"{source} was written by an older paragon-tui (schema {schema}) and has no intervals; measure it again"
            if older
            else f"{source} was written by a newer paragon-tui (schema {schema}); update this one"
        )
    try:
        session = replace(msgspec.convert(document | {"results": ()}, SavedSession), results=read_results(document))
        for result in session.results:
            check_figures(result)
        return session
    except (msgspec.ValidationError, RecursionError) as error:
        raise UnreadableSession(f"{source} is damaged: {error}") from error
