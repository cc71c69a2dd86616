"""The trend of one result over the sessions of the store, and where its level changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import msgspec

from paragon_tui.backends.identity import DeviceIdentity
from paragon_tui.engine.analysis.change_point import ChangePoint, change_points
from paragon_tui.engine.messages.figures import Summary
from paragon_tui.engine.messages.job import JobId
from paragon_tui.engine.results.parts import Bits, Timings
from paragon_tui.engine.results.result import Result
from paragon_tui.sessions.adapter_pairs import is_device, pair_adapters, under_ids_of_a
from paragon_tui.sessions.catalog import open_store
from paragon_tui.sessions.history import measured_alike, time_of
from paragon_tui.sessions.saved_session import SavedSession
from paragon_tui.sessions.soundness import check_figures

_QUERY = """
    SELECT session.id, started, host, sampling, json_extract(session.fields, '$.threads'), adapter, result.fields
    FROM session JOIN result ON result.session = session.id
    WHERE ended = 'finished' AND suite = ? AND case_id = ? AND dtype = ? AND variant = ? AND instr(adapter, ?) = 1
        AND json_extract(result.fields, '$.measured_in') IS NULL
    ORDER BY started, session.rowid
"""


@dataclass(frozen=True, slots=True)
class Point:
    """A session's end-to-end time of the result, milliseconds."""

    session: str
    started: str
    time: Summary


@dataclass(frozen=True, slots=True)
class Trend:
    """The times of a result, oldest session first, and the places among them where its level changed.

    ``otherwise`` counts the sessions that have the result too, but measured it in another way or beside another
    processor, so that their times are not compared.
    """

    id: JobId
    points: tuple[Point, ...]
    changes: tuple[ChangePoint, ...]
    otherwise: int


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a trend needs of the entries of a result: decoding all of them would take seconds."""

    adapter_name: str
    status: str
    latency_ms: Summary | None
    driver: str = ""
    device_name: str | None = None
    driver_family: str | None = None
    uuid: str | None = None
    pci_address: str | None = None
    measured_in: str | None = None


def trend_of(result: Result, session: SavedSession, database: Path) -> Trend:
    """Return the trend of a result of ``session`` over all finished sessions that measured it alike, on its device.

    They are compared as ``history_of`` compares them. Raises ``CatalogError`` if the store cannot be read.
    """
    points: list[Point] = []
    otherwise = 0
    for other in _sessions_with(result, database):
        pairs = pair_adapters([result], other.results)
        counterpart = under_ids_of_a(pairs, other.results).get(result.id)
        time = time_of(counterpart) if counterpart is not None else None
        if time is None:
            continue
        if measured_alike(other, session):
            points.append(Point(other.session, other.started, time))
        else:
            otherwise += 1
    return Trend(result.id, tuple(points), change_points([point.time for point in points]), otherwise)


def _sessions_with(result: Result, database: Path) -> Iterator[SavedSession]:
    """Yield the finished sessions of the store, oldest first, each with what is kept of this result under its API.

    What is damaged is left out.
    """
    id_ = result.id
    api = id_.adapter.partition(":")[0] + ":" if is_device(id_.adapter) else id_.adapter
    with open_store(database) as connection:
        rows = connection.execute(_QUERY, (id_.suite, id_.case, id_.dtype, id_.variant, api)).fetchall()
    for (name, started, host, sampling, threads), group in groupby(rows, key=itemgetter(0, 1, 2, 3, 4)):
        with suppress(ValueError, TypeError):
            results = tuple(_result(result, adapter, fields) for *_, adapter, fields in group)
            yield SavedSession(name, started, _object(host), results, _object(sampling or "null"), threads)


def _result(like: Result, adapter: str, fields: str) -> Result:
    """Return what is kept of a result. Raises ``ValueError`` for what nobody wrote there."""
    kept = msgspec.json.decode(fields, type=_Kept)
    device = kept.device_name and DeviceIdentity(kept.device_name, kept.driver_family, kept.uuid, kept.pci_address)
    read = Result(
        replace(like.id, adapter=adapter),
        like.operation,
        like.size,
        kept.adapter_name,
        kept.driver,
        device=device or None,
        shape=like.shape,
        batch=like.batch,
        status="ok" if kept.status == "ok" else "failed",
        bits=Bits(like.bits.arithmetic),
        timings=Timings(latency_ms=kept.latency_ms),
    )
    check_figures(read)
    return read


def _object(text: str) -> Any:
    return msgspec.json.decode(text, type=dict[str, Any] | None)
