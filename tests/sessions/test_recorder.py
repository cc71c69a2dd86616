"""The recorder: sessions are saved by a thread, again until it succeeds, and what it says of that is true."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from paragon_tui.engine.messages.events import Log
from paragon_tui.sessions import recorder as recorder_module
from paragon_tui.sessions import store
from paragon_tui.sessions.document import encode
from paragon_tui.sessions.recorder import Recorder
from paragon_tui.sessions.store import SCHEMA_VERSION, Statement
from paragon_tui.sessions.writer import Writer
from tests.support.sessions import folded, record, rows, run


def until_told(recorder: Recorder, words: str) -> list[Log]:
    """Return the notes up to one with these words."""
    notes: list[Log] = []
    deadline = time.monotonic() + 60
    while not any(words in note.text for note in notes):
        assert time.monotonic() < deadline, notes
        notes += recorder.notes()
    return notes


def applied(recorder: Recorder, *events: Any) -> list[Log]:
    return [note for event in events for note in recorder.apply(event)]


@contextmanager
def locked(database: Path) -> Iterator[Callable[[], None]]:
    """Another program that writes, and holds the file until the call."""
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other.rollback


def test_a_recorder_keeps_a_session_without_a_word(database):
    recorder = Recorder(database)
    assert applied(recorder, *run()) == []
    assert recorder.session.finished and recorder.wait() and recorder.done
    assert recorder.notes() == []
    assert rows(database, "SELECT ended FROM session") == [("finished",)]
    assert rows(database, "SELECT count(*) FROM result") == [(4,)]


def test_a_file_that_is_locked_for_a_while_costs_nothing_and_keeps_nobody_waiting(database, monkeypatch):
    monkeypatch.setattr(store, "_BUSY_MS", 50)
    record(database, *run("one"))
    recorder = Recorder(database)
    with locked(database) as release:
        applied(recorder, *run("two"))  # returns, though nothing can be written
        (note, *_) = until_told(recorder, "locked")
        assert note.level == "warning"
        assert note.text == (
            f"{database} is locked by another program: end it; results wait in memory, and are written as soon as they "
            "can be."
        )
        assert "locked" in recorder.trouble and not recorder.wait(0.1)
        release()
        assert recorder.wait()
    assert [note.text for note in recorder.notes()] == [f"{database} is written again; nothing is lost."]
    assert rows(database, "SELECT id, ended FROM session") == [("one", "finished"), ("two", "finished")]
    assert rows(database, "SELECT session, count(*) FROM sample_batch GROUP BY session") == [("one", 4), ("two", 4)]


def test_a_lock_that_is_shorter_than_a_write_waits_is_no_trouble_and_costs_nothing(database, monkeypatch):
    """Nothing is known to hinder it, and yet it is not saved: whoever asks has to wait."""
    monkeypatch.setattr(recorder_module, "_AT_ONCE_S", 0.1)
    record(database, *run("one"))
    recorder = Recorder(database)
    with locked(database) as release:
        applied(recorder, *run("two"))
        wait = recorder.wait
        waited: list[tuple[float, ...]] = []
        words: list[str] = []

        def release_then_wait(*limit_s: float) -> bool:
            if waited:
                release()
            waited.append(limit_s)
            return wait(*limit_s)

        monkeypatch.setattr(recorder, "wait", release_then_wait)
        assert recorder.wait_patiently(words.append) and waited == [(0.1,), ()]
    assert words == ["waiting to save the session; ctrl+c ends that"]


def test_what_cannot_be_had_at_first_may_be_had_later(tmp_path):
    """A folder that is not there yet, say of a drive."""
    blocked = tmp_path / "drive"
    blocked.write_text("in the way")
    recorder = Recorder(blocked / "sessions.sqlite3")
    applied(recorder, *run()[:10])
    until_told(recorder, f"sessions cannot be saved in {blocked}: ")
    blocked.unlink()
    applied(recorder, *run()[10:])
    assert recorder.wait()
    assert rows(blocked / "sessions.sqlite3", "SELECT count(*) FROM result") == [(4,)]


def test_what_cannot_be_had_at_all_is_said_to_be_lost_and_the_run_goes_on(tmp_path):
    (tmp_path / "file").write_text("in the way")
    recorder = Recorder(tmp_path / "file" / "sessions.sqlite3")
    notes = applied(recorder, *run())
    assert not recorder.wait(2.0) and "sessions cannot be saved in" in recorder.trouble
    assert [note.level for note in notes + recorder.notes()] == ["warning"]
    assert encode(recorder.session) == encode(folded(*run()))


def test_a_store_that_is_spoilt_half_way_is_told_once_and_the_run_goes_on(database):
    recorder = Recorder(database)
    applied(recorder, run()[0])
    assert recorder._writer is not None and recorder._writer.wait()
    with closing(sqlite3.connect(database)) as vandal:
        vandal.execute("DROP TABLE sample_batch")
        vandal.execute("DROP TABLE result")
    notes = applied(recorder, *run()[1:])
    assert not recorder.wait()
    (note,) = notes + recorder.notes()
    assert "could not be written" in note.text and "in memory only" in note.text
    assert encode(recorder.session) == encode(folded(*run()))


def test_a_file_of_a_newer_program_is_left_alone(database):
    record(database, *run("one"))
    with closing(sqlite3.connect(database)) as newer:
        newer.execute("PRAGMA user_version = 99")
    recorder = Recorder(database)
    notes = applied(recorder, *run("two"))
    assert not recorder.wait()
    (note,) = notes + recorder.notes()
    assert "newer paragon-tui (schema 99)" in note.text and "in memory only" in note.text
    assert rows(database, "SELECT id FROM session") == [("one",)]


def a_letter(database: Path) -> None:
    database.write_text("this is a letter to a friend, not a database " * 30)


def a_bad_byte_in_the_schema(database: Path) -> None:
    content = database.read_bytes()
    assert b"adapter TEXT" in content
    database.write_bytes(content.replace(b"adapter TEXT", b"\xffdapter TEXT", 1))


def half_of_it(database: Path) -> None:
    content = database.read_bytes()
    database.write_bytes(content[: len(content) // 2])


@pytest.mark.parametrize("damage", [a_letter, a_bad_byte_in_the_schema, half_of_it])
def test_a_damaged_file_is_set_aside_and_a_new_one_begun(database, damage):
    record(database, *run("one"))
    damage(database)
    damaged = database.read_bytes()
    recorder = Recorder(database)
    notes = applied(recorder, *run("two"))
    assert recorder.wait()
    (note,) = notes + recorder.notes()
    (aside,) = database.parent.glob("sessions-damaged-*.sqlite3")
    assert aside.read_bytes() == damaged
    assert note.text.startswith(f"{database} is damaged: ")
    assert note.text.endswith(f"It was set aside as {aside.name}, and a new one begun.")
    assert rows(database, "SELECT id, ended FROM session") == [("two", "finished")]
    assert rows(database, "PRAGMA user_version") == [(SCHEMA_VERSION,)]


FILLS = """
import resource, signal, sys
from pathlib import Path
from paragon_tui.sessions.recorder import Recorder
from tests.support.sessions import rows, run

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
events, recorder = run(), Recorder(Path(sys.argv[1]))
for event in events[:8]:
    recorder.apply(event)
assert recorder._writer.wait()
resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
notes = [note for event in events[8:] for note in recorder.apply(event)]
while not notes:
    notes = recorder.notes()
print(recorder.wait(1.0), len(notes), notes[0].text)
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
print(recorder.wait(), [note.text for note in recorder.notes()])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of file sizes")
def test_a_disk_that_is_full_for_a_while_costs_nothing(database):
    """The files may not grow: what SQLite says then is what it says of a full disk."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", FILLS, str(database)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, check=False)
    full, free = done.stdout.splitlines()
    assert full.startswith(f"False 1 {database} could not be written: ") and "wait in memory" in full, done.stderr
    assert free == f"True ['{database} is written again; nothing is lost.']"
    assert rows(database, "SELECT ended FROM session") == [("finished",)]
    assert rows(database, "SELECT count(*) FROM sample_batch") == [(4,)]


def test_a_session_that_is_left_before_its_end_was_interrupted(database):
    recorder = Recorder(database)
    applied(recorder, *run()[:10])
    recorder.close()
    assert recorder.wait()
    assert rows(database, "SELECT ended FROM session") == [("interrupted",)]


def test_kept_is_said_only_of_what_is_read_back(database):
    recorder = Recorder(database)
    applied(recorder, *run())
    assert recorder.wait()
    with closing(sqlite3.connect(database)) as vandal, vandal:
        vandal.execute("DELETE FROM result WHERE case_id = 'S2'")
    assert not recorder.wait() and recorder.trouble == "it was not found in the store"


def test_a_recorder_warns_while_another_measures_and_lets_go_at_the_end(database):
    first, second, third = Recorder(database), Recorder(database), Recorder(database)
    assert first.apply(run("one")[0]) == []
    (note,) = second.apply(run("two")[0])
    assert "another paragon-tui is measuring" in note.text
    first.apply(run("one")[-1])
    assert third.apply(run("three")[0]) == []
    second.close()
    third.close()
    assert first.wait() and second.wait() and third.wait()
    assert sorted(rows(database, "SELECT id FROM session")) == [("one",), ("three",), ("two",)]


def test_a_fault_of_the_program_itself_is_told_and_nobody_waits_for_nothing(database):
    def broken() -> Iterator[Statement]:
        raise TypeError("a fault")
        yield "", ()

    writer = Writer(database)
    writer.write(broken())
    assert not writer.wait()
    (note,) = writer.notes()
    assert "TypeError('a fault'); please report it" in note.text
