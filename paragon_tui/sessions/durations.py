"""Durations of results in earlier sessions, from which a run estimates its own."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from paragon_tui.engine.messages.job import JobId, Sampling
from paragon_tui.sessions.store import reading, sampling_key

_QUERY = """
SELECT suite, case_id, dtype, variant, adapter, json_extract(result.fields, '$.elapsed_s') AS elapsed
FROM result JOIN session ON session.id = result.session
WHERE session.sampling = ? AND session.id IN (SELECT id FROM session ORDER BY started DESC LIMIT 50)
    AND json_extract(result.fields, '$.status') = 'ok' AND elapsed IS NOT NULL
ORDER BY session.started
"""


def known_seconds(database: Path, sampling: Sampling) -> dict[JobId, float]:
    """Return seconds by result, each from the latest session with the same ``sampling`` that measured it.

    Only the 50 latest sessions are searched. A file that is missing, damaged or of an older version gives an empty
    dictionary, since only an estimate is lost.
    """
    if not database.exists():
        return {}
    try:
        with reading(database) as connection:
            rows = connection.execute(_QUERY, (sampling_key(sampling),)).fetchall()
    except (sqlite3.Error, UnicodeDecodeError):
        return {}
    return {JobId(*names): float(elapsed) for *names, elapsed in rows}
