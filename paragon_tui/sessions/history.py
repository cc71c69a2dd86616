"""A session against earlier ones: the series of each of its results, and which of them end with a step upward."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import geometric_mean
from typing import Any

from paragon_tui.engine.analysis.change_point import LEAST_EARLIER, Step, smallest_steps, step_up
from paragon_tui.engine.messages.figures import Summary
from paragon_tui.engine.messages.job import JobId
from paragon_tui.engine.results.result import Result
from paragon_tui.sessions.adapter_pairs import pair_adapters, under_ids_of_a
from paragon_tui.sessions.comparison import Regression, compare_sessions, regressions
from paragon_tui.sessions.saved_session import SavedSession
from paragon_tui.sessions.session_lookup import sessions_before

_PROCESSOR = ("cpu", "cores")


@dataclass(frozen=True, slots=True)
class Series:
    """A result of a session, and the same of ``earlier`` sessions, under its id, oldest first; each has a time."""

    result: Result
    earlier: tuple[Result, ...]

    @property
    def id(self) -> JobId:
        """The id of the result."""
        return self.result.id

    @property
    def too_short(self) -> bool:
        """True if there are too few earlier sessions for any step."""
        return len(self.earlier) < LEAST_EARLIER

    @property
    def times(self) -> tuple[Summary, ...]:
        """The end-to-end times, that of the session last; none if it has none."""
        times = [time_of(result) for result in (*self.earlier, self.result)]
        return tuple(time for time in times if time) if times[-1] else ()

    @property
    def usual_ms(self) -> float | None:
        """The geometric mean of the earlier medians, milliseconds; ``None`` without any."""
        medians = [time.median for time in map(time_of, self.earlier) if time]
        return geometric_mean(medians) if medians else None

    def step(self, least: float = 0.0) -> Step | None:
        """Return the step at the end of more than the share ``least`` of the time before it; ``None`` without one."""
        return step_up(self.times, least)

    @property
    def smallest_steps(self) -> tuple[float, float] | None:
        """The sizes from which steps are confirmed, at once and at the latest (``change_point.smallest_steps``)."""
        return smallest_steps(self.times)


@dataclass(frozen=True, slots=True)
class History:
    """A session with the series of its results, in its order; each has up to ``number`` earlier sessions."""

    session: SavedSession
    number: int
    series: tuple[Series, ...]


def history_of(session: SavedSession, number: int, database: Path) -> History:
    """Return a session's results with those of the last ``number`` sessions in the store before it that have them.

    These are finished sessions that measured in the same way (sampling and threads), beside the same processor and on
    the same device (``pair_adapters``). Raises ``UnreadableSession`` if the store cannot be read.
    """
    found: dict[JobId, list[Result]] = {result.id: [] for result in session.results}
    origins = {result.id: result.measured_in for result in session.results}
    for earlier in sessions_before(session, database):
        if all(len(results) == number for results in found.values()):
            break
        if not measured_alike(earlier, session):
            continue
        pairs = pair_adapters(session.results, earlier.results)
        for id_, result in under_ids_of_a(pairs, earlier.results).items():
            wanted = id_ in found and earlier.session != origins[id_] and len(found[id_]) < number
            if wanted and time_of(result) is not None:
                found[id_].append(replace(result, id=id_))
    return History(session, number, tuple(Series(result, tuple(found[result.id][::-1])) for result in session.results))


def regressions_after(history: History, percent: float) -> tuple[Regression, ...]:
    """Return everything that is worse in the session than in its history; ``percent`` is the least size of a step.

    Bits, claims and failures are compared with the latest earlier session of each result (``comparison.regressions``).
    """
    latest = tuple(series.earlier[-1] for series in history.series if series.earlier)
    before = SavedSession(f"last:{history.number}", history.session.started, history.session.host, latest)
    compared = compare_sessions(before, history.session)
    return (*_slower(history, percent), *regressions(compared, math.inf))


def _slower(history: History, percent: float) -> Iterator[Regression]:
    for series in history.series:
        step = series.step(percent / 100)
        if step is not None and step.confirmed:
            since = "" if step.sessions == 1 else f" since {step.sessions} sessions"
            yield Regression(series.id, "slower", f"{100 * step.size:.3g} % slower{since} than in the sessions before")


def time_of(result: Result) -> Summary | None:
    """Return the end-to-end time of a result that ended well; ``None`` for 0, where the clock did not advance."""
    latency = result.timings.latency_ms
    return latency if result.measured and latency is not None and latency.median > 0 else None


def measured_alike(a: SavedSession, b: SavedSession) -> bool:
    """Return whether processor, threads and sampling agree, each as far as both sessions have it."""
    known_a, known_b = _settings(a), _settings(b)
    return a.threads == b.threads and all(known_a[name] == known_b[name] for name in known_a.keys() & known_b.keys())


def _settings(session: SavedSession) -> dict[str, Any]:
    return {name: session.host[name] for name in _PROCESSOR if name in session.host} | (session.sampling or {})
