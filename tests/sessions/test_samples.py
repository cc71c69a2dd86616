"""The samples of one result, read back from the store."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from paragon_tui.sessions import samples
from paragon_tui.sessions.samples import TakenSamples, result_samples
from paragon_tui.sessions.store import DamagedStore, StoreError
from tests.support.examples import adapter, batch, job_id
from tests.support.sessions import record, run

DEVICE = adapter("opencl:0")


def recorded(database, *batches):
    """A session whose first event plans results; the batches follow before its end."""
    first, *rest = run("one")
    session = record(database, first, *batches, *rest)
    return session.id


@pytest.fixture
def id_():
    begun = run("one")[0]
    return begun.planned[0].id


def test_the_samples_of_all_visits_are_there_in_order(database, id_):
    session = recorded(database, batch(id_, (1_000_000, 3_000_000)), batch(id_, (2_000_000,), visit=1))
    read = result_samples(database, session, id_)
    assert read.ms[:3] == (1.0, 3.0, 2.0) and read.taken == len(read.ms)


def test_very_many_are_thinned_evenly(database, id_, monkeypatch):
    monkeypatch.setattr(samples, "_MOST", 10)
    session = recorded(database, batch(id_, tuple(range(1_000_000, 1_000_100))))
    read = result_samples(database, session, id_)
    assert 5 <= len(read.ms) <= 10 and read.taken >= 100
    steps = {round((after - before) * 1e6) for before, after in zip(read.ms, read.ms[1:-1], strict=False)}
    assert len(steps) == 1


def test_other_results_and_other_sessions_have_none(database, id_):
    recorded(database, batch(id_, (1_000_000,)))
    assert result_samples(database, "another", id_) == TakenSamples()
    assert result_samples(database, "one", job_id("M3", adapter("gl:7"))) == TakenSamples()
    assert result_samples(database.with_name("no.sqlite3"), "one", id_) == TakenSamples()


def test_a_file_that_is_no_database_is_told(database, id_):
    database.parent.mkdir(parents=True, exist_ok=True)
    database.write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError):
        result_samples(database, "one", id_)


def test_a_damaged_blob_is_told(database, id_):
    session = recorded(database, batch(id_, (1_000_000,)))
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE sample_batch SET latency_ns = x'010203'")
    with pytest.raises(DamagedStore):
        result_samples(database, session, id_)
