"""What results took in earlier sessions, so that the next can say what it will take."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from paragon_tui.engine.messages.job import JobId, Sampling
from paragon_tui.sessions.store import sampling_key

_QUERY = """
SELECT suite, case_id, dtype, variant, adapter, json_extract(result.fields, '$.elapsed_s') AS elapsed
FROM result JOIN session ON session.id = result.session
WHERE session.sampling = ? AND session.id IN (SELECT id FROM session ORDER BY started DESC LIMIT 50)
    AND json_extract(result.fields, '$.status') = 'ok' AND elapsed IS NOT NULL
ORDER BY session.started
"""


def known_seconds(database: Path, sampling: Sampling) -> dict[JobId, float]:
    """Seconds by result, as the last of the latest sessions with the same ``sampling`` took them.

    A file that is missing, damaged or older knows nothing, which costs an estimate alone.
    """
    if not database.exists():
        return {}
    try:
        with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            rows = connection.execute(_QUERY, (sampling_key(sampling),)).fetchall()
    except sqlite3.Error:
        return {}
    return {JobId(*names): float(elapsed) for *names, elapsed in rows}
