"""The session store: its SQLite file, and the lock between programs that measure."""

from __future__ import annotations

import json
import sqlite3
import stat
import sys
from array import array
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from paragon_tui.engine.messages.events import NOT_RUN, Event, Failed, JobStarted, RunFinished
from paragon_tui.engine.results.session import Session
from paragon_tui.sessions import paths
from paragon_tui.sessions.catalog import list_sessions
from paragon_tui.sessions.document import encode
from paragon_tui.sessions.lock import MeasuringLock
from paragon_tui.sessions.saved_session import UnreadableSession
from paragon_tui.sessions.session_lookup import find_session
from paragon_tui.sessions.store import SCHEMA_VERSION, DamagedStore, Store, StoreError, is_kept, unpacked
from tests.support.examples import batch, started
from tests.support.sessions import FAST, folded, record, rows, run

# The store


def selection(database: Path) -> list[dict[str, Any]]:
    ((kept,),) = rows(database, "SELECT selection FROM session")
    return unpacked(kept)


def test_a_recorded_session_is_found_again(database):
    record(database, *run())
    assert rows(database, "SELECT id, started, ended FROM session") == [("one", "2026-01-02T03:04:05Z", "finished")]
    ((host,),) = rows(database, "SELECT host FROM session")
    assert json.loads(host) == {"cpu": "Example CPU", "os": "Linux"}


def test_the_fields_of_a_result_are_kept_as_the_document_gives_them(database):
    record(database, *run())
    kept = rows(database, "SELECT case_id, adapter, fields FROM result ORDER BY rowid")
    expected = json.loads(encode(folded(*run())))["results"]
    assert [(case, where) for case, where, _ in kept] == [(r["case"], r["adapter"]) for r in expected]
    assert [json.loads(fields) for _, _, fields in kept] == expected


def test_raw_samples_are_kept_to_the_nanosecond_with_where_they_belong(database):
    record(database, *run())
    kept = rows(database, "SELECT suite, case_id, dtype, variant, adapter, latency_ns, device_ns FROM sample_batch")
    assert {row[:5] for row in kept} == {("inference", "S1", "f32", "default", "vulkan:0")}
    assert [array("q", row[5]).tolist() for row in kept] == [
        [100_000, 250_000, 2**62],
        [300_000],
        [300_000, 310_000],
        [1, 187_500, 2, 250_000, 1, 190_000, 2, 260_000],  # pairs of how many forwards and how long
    ]
    assert [array("q", row[6]).tolist() for row in kept] == [
        [90_000, 240_000],
        [],
        [200_000, 210_000],  # with filled caches, each right behind a cold one
        [],
    ]
    places = rows(database, "SELECT kind, process, round FROM sample_batch")
    assert places == [("visit", 0, 0), ("visit", 0, 1), ("cold", 0, 0), ("chained", 0, 0)]


def test_a_visits_process_and_round_are_its_own(database):
    visits = (replace(batch(FAST.id, (1,), visit=7), process=2), replace(batch(FAST.id, (2,), visit=8), process=1))
    record(database, started(FAST), *visits)
    assert rows(database, "SELECT process, round FROM sample_batch") == [(2, 7), (1, 8)]


def test_the_conditions_of_a_visit_are_kept(database):
    record(database, *run())
    conditions = [text for (text,) in rows(database, "SELECT conditions FROM sample_batch")]
    assert [json.loads(text) for text in conditions[:2]] == [
        {
            **{"other_cores": 0.05, "spin_ns": 20_000, "tick_ns": 40},
            **dict.fromkeys(("preempted", "device_preempted", "dropped", "readings")),
        }
    ] * 2
    assert conditions[2:] == [None, None]


def test_what_holds_for_the_session_is_kept_as_the_document_gives_it(database):
    record(database, *run())
    ((sampling, fields),) = rows(database, "SELECT sampling, fields FROM session")
    document = json.loads(encode(folded(*run())))
    assert json.loads(sampling) == document["sampling"]
    left_out = ("session", "started", "results")  # they have columns and tables of their own
    assert json.loads(fields) == {name: value for name, value in document.items() if name not in left_out}


def test_a_session_that_measured_nothing_has_no_sampling(database):
    record(database, started(FAST, sampling=None))
    assert rows(database, "SELECT sampling FROM session") == [(None,)]


def test_every_event_is_committed_when_it_is_recorded(database):
    session, store = Session(), Store(database)
    kept = []
    for event in run():
        session.apply(event)
        store.record(session, event)
        ((samples,),) = rows(database, "SELECT count(*) FROM sample_batch")
        ended = rows(database, "SELECT adapter FROM result WHERE json_extract(fields, '$.status') != 'stopped'")
        figures = rows(database, "SELECT adapter FROM result WHERE json_extract(fields, '$.latency_ms') IS NOT NULL")
        kept.append((type(event).__name__, samples, [name for (name,) in figures], [name for (name,) in ended]))
    begun = [entry for entry in kept if entry[0] in ("SampleBatch", "Figures")]
    assert begun == [
        ("Figures", 0, ["numpy"], []),
        ("SampleBatch", 1, ["numpy"], ["numpy"]),
        ("SampleBatch", 2, ["numpy"], ["numpy"]),
        ("Figures", 4, ["numpy", "vulkan:0"], ["numpy"]),
        ("Figures", 4, ["numpy", "vulkan:0", "vulkan:1"], ["numpy", "vulkan:0"]),
    ]
    store.close()


def test_a_selection_is_kept_from_the_start_and_what_did_not_begin_counts_as_stopped(database):
    record(database, *run()[:1])
    assert rows(database, "SELECT count(*) FROM result") == [(0,)]
    kept = [(fields["case"], fields["adapter"], fields["status"], fields["error"]) for fields in selection(database)]
    assert kept == [
        *(("S1", adapter, "stopped", NOT_RUN) for adapter in ("numpy", "vulkan:0", "vulkan:1")),
        ("S2", "vulkan:0", "stopped", NOT_RUN),
    ]


def test_only_results_that_began_have_rows_and_the_session_is_whole(database):
    results = [replace(FAST, id=replace(FAST.id, adapter=f"vulkan:{number}")) for number in range(2435)]
    events: list[Event] = [
        started(*results, listed=tuple(result.id.adapter for result in results)),
        *(JobStarted(result.id) for result in results[:2]),
        *(Failed(result.id, "stopped", NOT_RUN) for result in results),
        RunFinished("one", interrupted=True),
    ]
    session = record(database, *events)
    assert is_kept(database, session)
    assert rows(database, "SELECT adapter FROM result") == [("vulkan:0",), ("vulkan:1",)]
    assert find_session("one", database)["results"][2:] == json.loads(encode(session))["results"][2:]
    assert database.stat().st_size < 200_000  # with all rows, it had 2.8 MB


def test_a_result_that_is_missing_is_noticed(database):
    session = record(database, *run())
    assert is_kept(database, session)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("DELETE FROM result WHERE adapter = 'vulkan:0' AND case_id = 'S1'")
    assert not is_kept(database, session)


def test_a_damaged_selection_is_told_by_whoever_opens_the_session(database):
    record(database, *run())
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE session SET selection = x'00'")
    with pytest.raises(UnreadableSession, match="the selection of a session is damaged"):
        find_session("one", database)
    assert [line.id for line in list_sessions(database)] == ["one"]


def test_a_session_that_runs_has_not_ended(database):
    record(database, *run()[:-1])
    assert rows(database, "SELECT ended FROM session") == [(None,)]


def test_an_interrupted_session_is_marked(database):
    record(database, *run()[:-1], RunFinished("one", interrupted=True))
    assert rows(database, "SELECT ended FROM session") == [("interrupted",)]


def test_a_store_that_is_opened_again_keeps_what_it_had(database):
    record(database, *run("one"))
    record(database, *run("two"))
    assert rows(database, "SELECT id FROM session ORDER BY id") == [("one",), ("two",)]
    assert rows(database, "SELECT session, count(*) FROM result GROUP BY session") == [("one", 4), ("two", 4)]
    assert rows(database, "PRAGMA user_version") == [(SCHEMA_VERSION,)]


def test_two_stores_that_are_open_at_once_both_record(database):
    sessions, stores = (Session(), Session()), (Store(database), Store(database))
    for events in zip(run("one"), run("two"), strict=True):
        for session, store, event in zip(sessions, stores, events, strict=True):
            session.apply(event)
            store.record(session, event)
    for store in stores:
        store.close()
    assert rows(database, "SELECT session, count(*) FROM result GROUP BY session") == [("one", 4), ("two", 4)]
    assert rows(database, "SELECT session, count(*) FROM sample_batch GROUP BY session") == [
        ("one", 4),
        ("two", 4),
    ]


# A file of an older program

OLD = """
CREATE TABLE session (
    id TEXT PRIMARY KEY, started TEXT NOT NULL, host TEXT NOT NULL,
    ended TEXT CHECK (ended IN ('finished', 'interrupted'))
) STRICT;
CREATE TABLE result (
    session TEXT NOT NULL REFERENCES session (id),
    suite TEXT NOT NULL, case_id TEXT NOT NULL, dtype TEXT NOT NULL, variant TEXT NOT NULL, adapter TEXT NOT NULL,
    fields TEXT NOT NULL,
    PRIMARY KEY (session, suite, case_id, dtype, variant, adapter)
) STRICT;
CREATE TABLE sample_batch (
    session TEXT NOT NULL REFERENCES session (id),
    suite TEXT NOT NULL, case_id TEXT NOT NULL, dtype TEXT NOT NULL, variant TEXT NOT NULL, adapter TEXT NOT NULL,
    latency_ns BLOB NOT NULL, device_ns BLOB NOT NULL
) STRICT;
CREATE INDEX sample_batch_result ON sample_batch (session, suite, case_id, dtype, variant, adapter);
PRAGMA user_version = 1;
"""
NAME = ("old", "inference", "S1", "f32", "default", "vulkan:0")


@pytest.fixture
def old(database: Path) -> Path:
    """A file of the first schema, as the program of its day made it, with a session in it."""
    database.parent.mkdir()
    with closing(sqlite3.connect(database)) as made, made:
        made.executescript(OLD)
        made.execute(
            "INSERT INTO session VALUES ('old', '2025-12-31T00:00:00+00:00', '{\"cpu\": \"Old\"}', 'finished')"
        )
        made.execute("INSERT INTO result VALUES (?, ?, ?, ?, ?, ?, ?)", (*NAME, '{"speedup": 2.0}'))
        made.execute("INSERT INTO sample_batch VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (*NAME, b"12345678", b""))
    return database


def test_an_old_file_keeps_what_it_had_and_gets_the_new_columns(old):
    Store(old).close()
    assert rows(old, "PRAGMA user_version") == [(SCHEMA_VERSION,)]
    assert rows(old, "SELECT * FROM session") == [
        ("old", "2025-12-31T00:00:00+00:00", '{"cpu": "Old"}', "finished", None, None, None, None, None)
    ]
    assert rows(old, "SELECT * FROM result") == [(*NAME, '{"speedup": 2.0}', None, None)]
    assert rows(old, "SELECT * FROM sample_batch") == [(*NAME, b"12345678", b"", "visit", 0, 0, None)]


def test_an_old_file_takes_new_sessions_and_has_the_columns_of_a_new_one(old, tmp_path):
    record(old, *run())
    record(tmp_path / "new.sqlite3", *run())
    for table in ("session", "result", "sample_batch"):
        columns = f"SELECT name, type, \"notnull\", dflt_value FROM pragma_table_info('{table}')"
        assert rows(old, columns) == rows(tmp_path / "new.sqlite3", columns)
        ((grown,),) = rows(old, f"SELECT count(*) FROM {table}")
        ((fresh,),) = rows(tmp_path / "new.sqlite3", f"SELECT count(*) FROM {table}")
        assert grown == fresh + 1
    Store(old).close()  # nothing is added twice


def test_a_file_of_a_newer_program_is_refused_in_plain_words_and_left_alone(database):
    record(database, *run())
    with closing(sqlite3.connect(database)) as newer:
        newer.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError) as refusal:
        Store(database)
    assert str(refusal.value) == (
        f"{database} was written by a newer paragon-tui (schema 99); update this one, or move the file away"
    )
    assert rows(database, "PRAGMA user_version") == [(99,)]
    assert rows(database, "SELECT id FROM session") == [("one",)]


def test_a_path_below_a_regular_file_cannot_keep_sessions(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="sessions cannot be saved in"):
        Store(tmp_path / "file" / "sessions.sqlite3")


def test_a_file_that_is_no_database_cannot_keep_sessions(tmp_path):
    (tmp_path / "sessions.sqlite3").write_text("this is a letter to a friend, not a database " * 30)
    with pytest.raises(DamagedStore, match="is damaged: file is not a database"):
        Store(tmp_path / "sessions.sqlite3")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")
def test_sessions_are_for_their_user_alone(database):
    record(database, *run())
    assert stat.S_IMODE(database.parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in database.parent.iterdir()} == {0o600}


def test_the_same_session_cannot_be_recorded_twice(database):
    record(database, *run())
    with pytest.raises(StoreError, match="could not be written"):
        record(database, *run())


# The lock and the places


def test_the_lock_is_refused_while_it_is_held_and_free_after_its_release(tmp_path):
    first, second = MeasuringLock(tmp_path / "new"), MeasuringLock(tmp_path / "new")
    assert first.acquire()
    assert not second.acquire()
    second.release()  # what it never had, it cannot give away
    assert not second.acquire()
    first.release()
    assert second.acquire()
    assert not first.acquire()
    second.release()


def test_locks_of_different_folders_do_not_disturb_each_other(tmp_path):
    first, second = MeasuringLock(tmp_path / "a"), MeasuringLock(tmp_path / "b")
    assert first.acquire()
    assert second.acquire()
    first.release()
    second.release()


def test_a_folder_that_cannot_be_written_locks_nobody_out(tmp_path):
    (tmp_path / "file").write_text("in the way")
    first, second = MeasuringLock(tmp_path / "file" / "a"), MeasuringLock(tmp_path / "file" / "a")
    assert first.acquire()
    assert second.acquire()


@pytest.mark.skipif(sys.platform != "linux", reason="the variables are those of XDG")
def test_files_are_kept_where_the_platform_keeps_them(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert paths.database() == tmp_path / "data" / "paragon-tui" / "sessions.sqlite3"
    assert paths.exports_dir() == tmp_path / "data" / "paragon-tui" / "exports"
    assert paths.reference_cache() == tmp_path / "cache" / "paragon-tui" / "reference"
    assert list(tmp_path.iterdir()) == []
