"""The state behind the screen, updated by events; widgets paint from it on a timer, never on an event."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from paragon_tui.engine.messages.events import (
    NOT_RUN,
    Activity,
    AdapterFound,
    Compared,
    DiscoveryFinished,
    Doing,
    Event,
    Failed,
    Finished,
    Log,
    LogLevel,
    Probed,
    RunFinished,
    RunStarted,
    SampleBatch,
)
from paragon_tui.engine.messages.job import JobId
from paragon_tui.engine.results.result import Result
from paragon_tui.engine.results.session import Session
from paragon_tui.formatting.bits import describe_bits
from paragon_tui.formatting.quantities import counted
from paragon_tui.formatting.session_lines import advice_lines, announcement, conclusion, left_out, variant_lines
from paragon_tui.tui.actions import USUAL_KEYS, key_name

if TYPE_CHECKING:
    from paragon_tui.backends.adapter import Adapter
    from paragon_tui.backends.fingerprint import Fingerprint
    from paragon_tui.engine.results.verification import Verification
    from paragon_tui.sessions.lock import MeasuringLock
    from paragon_tui.sessions.recorder import Recorder

PAINTS_PER_SECOND = 6
_LIVE_SAMPLES = 512
_GPUS = ("discrete-gpu", "integrated-gpu", "virtual-gpu")


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of the log panel."""

    level: LogLevel
    text: str


class Model:
    """The state behind the screen.

    ``changed``: there is something to paint; ``paused``: painting waits.
    """

    def __init__(self, apis: Sequence[str], database: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.apis = tuple(apis)
        self.keymap: Mapping[str, tuple[str, ...]] = {}  # those of the settings, by the ids of bindings
        self.searching = set(apis)
        self.adapters: list[Adapter] = []
        self.fingerprints: dict[str, Fingerprint] = {}
        self.log: deque[LogLine] = deque(maxlen=500)
        self.logged = 0
        self.discovery_ms: dict[str, float] = {}
        self.live_ms: dict[JobId, deque[float]] = {}
        self._doing: dict[JobId, tuple[Activity, float]] = {}  # and since when
        self.expected: tuple[int, float] | None = None  # results and seconds of a run of everything ticked
        self.expected_fast_s: float | None = None
        self.verification: Verification | None = None
        self.leaving = False
        self.paused = False
        self.changed = True
        self.database = database
        self.session = Session()
        self._recorder: Recorder | None = None
        self._turn: MeasuringLock | None = None  # of a run that waits for its turn
        self._recorders: list[Recorder] = []  # of this and earlier sessions, as long as they are not saved
        self._clock = clock
        self._run_began: float | None = None
        self._held_s = 0.0  # of the run, until it was held last
        self._held_since: float | None = None
        self.last_run_s = 0.0

    def key(self, action: str) -> str:
        """Return the key of an action of the registry, by its id, as people write it."""
        return key_name(self.keymap.get(action, (USUAL_KEYS[action],))[0])

    @property
    def run_active(self) -> bool:
        """True while a run is in progress."""
        return self._run_began is not None

    def is_measuring(self, session: str) -> bool:
        """True for the id of the session of the run in progress."""
        return self.run_active and session == self.session.id

    def take_turn(self) -> bool:
        """Return False while another paragon-tui measures here; once it is True, the next run has its turn."""
        if self._turn is None:
            from paragon_tui.sessions.lock import MeasuringLock  # late: the first paint must not wait for the database

            self._turn = MeasuringLock(self.database.parent)
        return self._turn.acquire()

    def begin_run(self, goes_on: bool = False) -> None:
        """Start a new session, whether it has its turn or not; the last one is in the store.

        With ``goes_on`` it begins with what the last one has.
        """
        from paragon_tui.sessions.recorder import Recorder

        self.take_turn()
        self._recorder = Recorder(self.database, self._recorder if goes_on else None, self._turn)
        self._turn = None
        self._held_s, self._held_since = 0.0, None
        self._recorders.append(self._recorder)
        self.session = self._recorder.session
        self._run_began = self._clock()
        self.live_ms.clear()
        self._doing.clear()
        self.changed = True

    def end_run(self) -> None:
        """Note that the run has ended, for whatever reason."""
        if self._recorder is not None:
            self._recorder.close()
        self.last_run_s = self.elapsed_s if self.elapsed_s is not None else self.last_run_s
        self._run_began = self._held_since = None
        self.changed = True

    @property
    def held(self) -> bool:
        """True while measuring is held."""
        return self._held_since is not None

    def hold(self, on: bool) -> None:
        """Note that measuring is held, or goes on."""
        if on and not self.held:
            self._held_since = self._clock()
        elif self._held_since is not None and not on:
            self._held_s += self._clock() - self._held_since
            self._held_since = None
        self.changed = True

    def collect_notes(self) -> None:
        """Log what there is to tell about saving, also after the end of a session."""
        for recorder in self._recorders:
            for note in recorder.notes():
                self.say(note.level, note.text)
        self._recorders = [recorder for recorder in self._recorders if not recorder.done]

    def unsaved(self, tell: Callable[[str], None]) -> list[str]:
        """Wait until all sessions are saved; return in words which are not. ``tell`` gets what there is to tell."""
        begun = [recorder for recorder in self._recorders if recorder.session.id]
        return [
            f"session {recorder.session.id} is not saved: {recorder.trouble}"
            for recorder in begun
            if not recorder.wait_patiently(tell)
        ]

    def apply(self, event: Event) -> None:
        """Update the state by one event."""
        self.changed = True
        match event:
            case AdapterFound():
                self._add_adapter(event.adapter)
                return
            case DiscoveryFinished():
                self._end_search(event)
                return
            case Log():
                self.say(event.level, f"{event.source}: {event.text}")
                return
            case Probed():
                self._add_fingerprint(event)
                return
            case Doing():
                self._doing[event.id] = event.what, self._clock()
            case Compared() | Failed() | Finished():
                self._doing.pop(event.id, None)
                if not isinstance(event, Compared):
                    self.live_ms.pop(event.id, None)  # from now on they are read from the store
            case SampleBatch():
                live = self.live_ms.setdefault(event.id, deque(maxlen=_LIVE_SAMPLES))
                live.extend(ns / 1e6 for ns in event.latency_ns[-_LIVE_SAMPLES:])
        assert self._recorder is not None, "call begin_run() before a run's events"
        for note in self._recorder.apply(event):
            self.say(note.level, note.text)
        match event:
            case RunStarted():
                self._say_plan()
            case RunFinished():
                self.end_run()
                self._say_outcome()
            case _ if hasattr(event, "id") and (result := self.session.results[event.id]).ended:
                if result.status != "ok" and result.error and result.error != NOT_RUN:
                    level: LogLevel = "warning" if result.status in ("unsupported", "stopped") else "error"
                    self.say(level, f"{event.id}: {result.status}: {result.error}")
                elif result.bits.broken_claim:
                    self.say("error", f"{event.id}: {describe_bits(result)}")

    def _say_plan(self) -> None:
        """Log the number of results, their order, and the expected time."""
        session = self.session
        self.say("info", f"session {session.id}: {announcement(session)}")
        if session.sampling and (missing := left_out(session.sampling)):
            self.say("info", f"fast: {missing}")

    def say(self, level: LogLevel, text: str) -> None:
        """Add a log line; the same line from a driver is logged once."""
        line = LogLine(level, text)
        if level == "driver" and line in self.log:
            return
        self.log.append(line)
        self.logged += 1
        self.changed = True

    def _add_adapter(self, adapter: Adapter) -> None:
        self.adapters.append(adapter)
        self.adapters.sort(key=lambda adapter: self.apis.index(adapter.api))

    def _add_fingerprint(self, event: Probed) -> None:
        self.session.apply(event)
        if event.fingerprint is None:
            why = "unsupported" if event.unsupported else "could not be probed"
            self.say("warning", f"{event.adapter}: {why}: {event.error}")
            return
        self.fingerprints[event.adapter] = event.fingerprint
        lost = [tier for tier in ("exact", "guarded") if event.fingerprint.tiers.standing(tier) == "not here"]
        if lost:
            tiers = f"the {' and '.join(lost)} {'tier does' if len(lost) == 1 else 'tiers do'} not hold here"
            self.say("warning", f"{event.adapter}: {tiers}; press {self.key('details')} for details")

    def _end_search(self, event: DiscoveryFinished) -> None:
        self.searching.discard(event.api)
        if event.ms is not None:
            self.discovery_ms[event.api] = event.ms
        if event.error:
            self.say("warning", f"{event.api}: {event.error}")
        elif event.found == 0:
            self.say("info", f"{event.api}: no adapter ({event.remedy})")
        if not self.searching:
            if not self.has_gpu:
                doctor = "`paragon-tui doctor` says what is missing"
                self.say("info", f"no GPU was found; {doctor}, and {self.key('details')} what was found")
            self.say("info", f"{counted(len(self.adapters), 'adapter')} found; press {self.key('run')} to run")

    @property
    def has_gpu(self) -> bool:
        """True if a GPU was found."""
        return any(adapter.type in _GPUS for adapter in self.adapters)

    def _say_outcome(self) -> None:
        identical, claimed = self.session.claims
        how = "stopped" if self.session.interrupted else "finished"
        self.say(
            "info" if identical == claimed else "error",
            f"session {self.session.id} {how}: {identical} of {counted(claimed, 'result')} have the reference's bits; "
            f"press {self.key('export')} to export",
        )
        if sentence := conclusion(self.session):
            self.say("info", sentence)
        for line in (*variant_lines(self.session), *advice_lines(self.session.advice)):
            self.say("info", line)

    @property
    def doing(self) -> dict[JobId, tuple[Activity, float]]:
        """What is done for each result that has no samples yet, and for how many seconds."""
        now = self._clock()
        return {id_: (what, now - since) for id_, (what, since) in self._doing.items()}

    @property
    def elapsed_s(self) -> float | None:
        """The seconds since the run began, without those in which it was held; ``None`` outside a run."""
        if self._run_began is None:
            return None
        now = self._clock() if self._held_since is None else self._held_since
        return now - self._run_began - self._held_s

    def progress(self) -> tuple[int, int]:
        """Return the number of ended and of planned results."""
        results = self.session.listed
        return sum(1 for result in results if result.ended), len(results)

    def seconds_left(self) -> float | None:
        """Return the expected time for the rest of the run; ``None`` outside a run."""
        elapsed_s = self.elapsed_s
        return None if elapsed_s is None or not self.session.results else self.session.seconds_left(elapsed_s)

    def running(self) -> Result | None:
        """Return the result being measured."""
        return self.session.results.get(self.session.running) if self.session.running else None
