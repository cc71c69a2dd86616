"""The samples of one result, as the store has them."""

from __future__ import annotations

import sqlite3
from array import array
from dataclasses import dataclass
from pathlib import Path

from paragon_tui.engine.messages.job import JobId
from paragon_tui.sessions.store import nanoseconds, reading, store_error

_MOST = 20_000  # more would not change a picture of them


@dataclass(frozen=True, slots=True)
class TakenSamples:
    """End-to-end times in milliseconds, in order: of very many ``taken`` an evenly spaced part."""

    ms: tuple[float, ...] = ()
    taken: int = 0


def result_samples(database: Path, session: str, id_: JobId) -> TakenSamples:
    """Return the samples of a result's visits, as many as are written by now.

    They are all that were taken, those too in which the system took a core from the worker. Raises ``StoreError``.
    """
    if not database.exists():
        return TakenSamples()
    query = """
        SELECT latency_ns FROM sample_batch
        WHERE session = ? AND suite = ? AND case_id = ? AND dtype = ? AND variant = ? AND adapter = ? AND kind = 'visit'
        ORDER BY rowid
    """
    place = (session, id_.suite, id_.case, id_.dtype, id_.variant, id_.adapter)
    taken = array("q")
    try:
        with reading(database) as connection:
            for (latency_ns,) in connection.execute(query, place):
                taken.extend(nanoseconds(latency_ns, database))
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise store_error(database, error) from error
    step = max(1, -(-len(taken) // _MOST))
    return TakenSamples(tuple(ns / 1e6 for ns in taken[::step]), len(taken))
