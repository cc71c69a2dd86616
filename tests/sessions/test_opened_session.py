"""A session of the store, opened: it says of its results what the running one said."""

from __future__ import annotations

from pathlib import Path

import pytest

from paragon_tui.formatting.bits import describe_bits
from paragon_tui.formatting.timings import timing_rows
from paragon_tui.sessions.opened_session import opened_session
from paragon_tui.sessions.saved_session import UnreadableSession
from tests.support.documents import rewrite
from tests.support.sessions import FAST, WRONG, record, rows, run


def test_an_opened_session_says_what_the_running_one_said(database: Path) -> None:
    ran = record(database, *run())
    opened = opened_session("one", database)
    assert (opened.id, opened.started, opened.host) == (ran.id, ran.started, ran.host)
    assert list(opened.results) == list(ran.results)
    assert [result.id for result in opened.listed] == [result.id for result in ran.listed]
    assert opened.claims_by_adapter == ran.claims_by_adapter
    assert opened.ceilings == ran.ceilings and opened.advice == ran.advice
    assert opened.finished and opened.interrupted  # one of its results was stopped
    for name, result in ran.results.items():
        again = opened.results[name]
        assert timing_rows(opened, again) == timing_rows(ran, result)
        assert describe_bits(again) == describe_bits(result)
        assert (opened.rate(again), opened.roofline(again), opened.cpu_ms(again)) == (
            ran.rate(result),
            ran.roofline(result),
            ran.cpu_ms(result),
        )
        assert (opened.adapter(again).short_name, opened.adapter(again).is_host) == (
            ran.adapter(result).short_name,
            ran.adapter(result).is_host,
        )


def test_the_references_softmax_is_known_where_the_bits_are_its_own(database: Path) -> None:
    record(database, *run())
    opened = opened_session("one", database)
    assert opened.results[FAST.id].bits.reference_output == (0.75, 0.25)
    assert opened.results[WRONG.id].bits.reference_output is None


def test_a_session_that_was_killed_is_interrupted(database: Path) -> None:
    record(database, *run()[:-3])
    opened = opened_session("one", database)
    assert (opened.finished, opened.interrupted, opened.ended) == (True, True, "unfinished")


def test_a_damaged_one_is_refused_in_words(database: Path) -> None:
    record(database, *run())
    rewrite(database, "one", latency_ms="soon")
    with pytest.raises(UnreadableSession, match="is damaged"):
        opened_session("one", database)
    rewrite(database, "one", latency_ms=None)
    assert rows(database, "SELECT count(*) FROM session") == [(1,)]
