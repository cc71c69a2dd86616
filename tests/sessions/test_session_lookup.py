"""Sessions found again in a real store, and documents in real files."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from paragon_tui.engine.messages.events import RunFinished
from paragon_tui.engine.messages.job import Sampling
from paragon_tui.engine.results.session import Session
from paragon_tui.engine.runner.selection import UnknownName
from paragon_tui.sessions.comparison import compare_sessions
from paragon_tui.sessions.saved_session import UnreadableSession, saved_session
from paragon_tui.sessions.session_lookup import find_session, open_session, read_document
from paragon_tui.sessions.store import Store
from tests.support.documents import result, rewrite, session, times
from tests.support.sessions import record, run

IDS = ("20260101-120000-aaaa", "20260102-120000-bbbb", "20260102-130000-cccc")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Three finished sessions in a store, with the figures of schema 2."""
    path = tmp_path / "a folder #1 100%" / "sessions.sqlite3"
    for name in IDS:
        record(path, *run(name))
        rewrite(path, name, status="ok", processes=3, latency_ms=times(1.0), device_ms=None, flags=[])
    return path


def test_a_session_is_found_by_its_id_with_all_its_results_in_order(database):
    document = find_session(IDS[1], database)
    assert (document["session"], document["started"]) == (IDS[1], "2026-01-02T03:04:05Z")
    assert document["host"] == {"cpu": "Example CPU", "os": "Linux"}
    named = [(result["case"], result["adapter"]) for result in document["results"]]
    assert named == [("S1", "numpy"), ("S1", "vulkan:0"), ("S1", "vulkan:1"), ("S2", "vulkan:0")]
    assert document["results"][1]["digest"] == "b0e9"
    assert document["sampling"] == msgspec.to_builtins(Sampling()) and document["threads"] == 2


def test_the_document_of_a_session_is_one_that_can_be_compared(database):
    a, b = (saved_session(find_session(name, database), name) for name in IDS[:2])
    compared = compare_sessions(a, b)
    assert len(compared.rows) == 4
    assert compared.counts == {"same": 4}


def test_the_beginning_of_an_id_is_enough_where_it_is_the_only_one(database):
    assert find_session("20260101", database)["session"] == IDS[0]
    assert find_session("20260102-13", database)["session"] == IDS[2]
    with pytest.raises(UnknownName) as refusal:
        find_session("20260102", database)
    assert str(refusal.value) == f"2 sessions begin with '20260102': {IDS[2]}, {IDS[1]}"


def test_an_id_that_begins_another_is_itself(database):
    record(database, *run("20260102"))
    assert find_session("20260102", database)["session"] == "20260102"


def test_last_and_previous_are_finished_sessions(database):
    record(database, *run("interrupted")[:-1], RunFinished("interrupted", interrupted=True))
    record(database, *run("under way")[:5])
    ends = [find_session(name, database)["ended"] for name in (IDS[0], "interrupted", "under way")]
    assert ends == ["finished", "interrupted", "unfinished"]
    assert find_session("last", database)["session"] == IDS[2]
    assert find_session("previous", database)["session"] == IDS[1]
    assert find_session("interrupted", database)["session"] == "interrupted"


def test_the_start_decides_which_is_last(database):
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE session SET started = '2027-01-01T00:00:00Z' WHERE id = ?", (IDS[0],))
    assert find_session("last", database)["session"] == IDS[0]
    assert find_session("previous", database)["session"] == IDS[2]


def test_one_session_has_no_previous(tmp_path):
    record(tmp_path / "sessions.sqlite3", *run("only"))
    with pytest.raises(UnknownName, match="there is no previous session: only one session has finished so far"):
        find_session("previous", tmp_path / "sessions.sqlite3")


def test_an_unknown_session_is_answered_with_near_ones(database):
    with pytest.raises(UnknownName, match=f"there is no session '20260101-120000-aaab'; did you mean {IDS[0]}"):
        find_session("20260101-120000-aaab", database)
    with pytest.raises(UnknownName, match=f"neither a file nor a session 'x'; the latest sessions: {IDS[2]}, {IDS[1]}"):
        find_session("x", database)


def test_many_sessions_are_not_all_listed(database):
    for index in range(6):
        record(database, *run(f"more-{index}"))
    with pytest.raises(UnknownName, match=r"6 sessions begin with 'more': more-5, more-4, more-3, more-2, more-1, …$"):
        find_session("more", database)


def test_no_store_means_that_nothing_was_kept_yet_and_makes_none(tmp_path):
    with pytest.raises(UnknownName, match="none has been saved yet"):
        find_session("last", tmp_path / "sessions.sqlite3")
    assert list(tmp_path.iterdir()) == []


def test_reading_changes_nothing_even_where_a_killed_run_left_its_journal(database, tmp_path):
    store = Store(database)
    kept = Session()
    for event in run("killed")[:18]:
        kept.apply(event)
        store.record(kept, event)
    left = tmp_path / "left"
    shutil.copytree(database.parent, left)  # as it lies there while the run has not closed it
    store.close()
    before = (left / database.name).read_bytes()
    killed = find_session("killed", left / database.name)
    assert [result["status"] for result in killed["results"]] == ["ok", *["stopped"] * 3]
    assert killed["ended"] == "unfinished" and killed["listed"] == ["numpy", "reference", "vulkan:0", "vulkan:1"]
    assert (left / database.name).read_bytes() == before


def test_reading_goes_on_beside_a_run_that_is_kept(database):
    kept, store = Session(), Store(database)
    for event in run("beside"):
        kept.apply(event)
        store.record(kept, event)
        assert find_session(IDS[0], database)["session"] == IDS[0]
    store.close()


def test_a_file_that_is_no_database_is_said_in_words(tmp_path):
    (tmp_path / "sessions.sqlite3").write_text("this is a letter to a friend, not a database " * 30)
    with pytest.raises(UnreadableSession, match="cannot be read: file is not a database"):
        find_session("last", tmp_path / "sessions.sqlite3")


def test_a_session_of_an_older_program_is_refused_in_words(database):
    rewrite(database, IDS[0], flags=...)
    with closing(sqlite3.connect(database)) as older, older:
        older.execute("UPDATE session SET fields = NULL")
    with pytest.raises(UnreadableSession, match="session one was written by an older paragon-tui"):
        saved_session(find_session(IDS[0], database), "session one")


def test_a_document_is_read_from_its_file(tmp_path):
    path = tmp_path / "out.json"
    path.write_text(json.dumps(session(result())), encoding="utf-8")
    assert saved_session(read_document(path), "out").results[0].id.case == "S1"


def test_a_session_is_opened_from_a_file_or_the_store(database, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("20260101").write_text(json.dumps(session(name="from the file")), encoding="utf-8")
    assert open_session("20260101", database).session == "from the file"
    assert open_session("20260101-", database).session == IDS[0]
    assert open_session("last", database).session == IDS[2]
    with pytest.raises(UnreadableSession, match=r"none\.json cannot be read"):
        open_session("none.json", database)
    with pytest.raises(UnknownName, match="neither a file nor a session"):
        open_session("none", database)


@pytest.mark.parametrize(
    "content", [b"", b"case,dtype\n", b'{"schema": 2', b"\xff\xfe{}", b'{"schema": NaN}'], ids=repr
)
def test_a_file_that_is_no_json_is_said_in_words(tmp_path, content):
    (tmp_path / "out.json").write_bytes(content)
    with pytest.raises(UnreadableSession, match=r"out\.json is not a JSON document"):
        read_document(tmp_path / "out.json")


def test_a_file_that_is_missing_or_a_folder_is_said_in_words(tmp_path):
    with pytest.raises(UnreadableSession, match=r"none\.json cannot be read: No such file"):
        read_document(tmp_path / "none.json")
    with pytest.raises(UnreadableSession, match="cannot be read: Is a directory"):
        read_document(tmp_path)


def test_a_name_that_no_file_can_have_is_that_of_an_unknown_session(database):
    record(database, *run())
    with pytest.raises(UnknownName, match="there is neither a file nor a session"):
        open_session("a" * 5000, database)
