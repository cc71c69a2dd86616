"""A session of the store, opened to be looked at as a run of this program is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.registry import HOST_ADAPTERS
from paragon_tui.engine.messages.figures import Ceiling, Rate, Roofline
from paragon_tui.engine.results.result import Result
from paragon_tui.engine.results.session import Session
from paragon_tui.sessions.saved_session import SavedSession, UnreadableSession, saved_session
from paragon_tui.sessions.session_lookup import find_session


class OpenedSession(Session):
    """A session read from a document, which takes no events.

    It has no plan: what a running one computes from that, its results have kept. ``ended`` is that of ``SavedSession``.
    """

    def __init__(self, saved: SavedSession, ceilings: dict[str, Ceiling]) -> None:
        super().__init__()
        self.id, self.started, self.host = saved.session, saved.started, saved.host
        self.results = {result.id: _with_reference(result) for result in saved.results}
        self.threads, self.ceilings = saved.threads, ceilings
        adapters = dict.fromkeys(result.id.adapter for result in saved.results)
        self.listed_adapters = tuple(adapters) if saved.listed is None else saved.listed
        self.finished, self.interrupted = True, saved.interrupted
        self.ended = saved.ended

    def adapter(self, result: Result) -> Adapter:
        """Return the adapter of a result, as far as its document describes it."""
        name = result.id.adapter
        api = "host" if name in HOST_ADAPTERS else name.partition(":")[0]
        driver = result.device.driver if result.device and result.device.driver else result.driver
        kind = result.adapter_type or "unknown"
        return Adapter(name, name, api, result.adapter_name, result.adapter_vendor or "", driver, "", kind)

    def rate(self, result: Result) -> Rate | None:
        """Return the work that a result did in a second, as it was kept."""
        return result.derived.rate

    def roofline(self, result: Result) -> Roofline | None:
        """Return the result's rates beside its adapter's ceiling, as they were kept."""
        return result.derived.roofline

    def cpu_ms(self, result: Result) -> float | None:
        """Return NumPy's median latency for the same case, milliseconds, as it was kept."""
        return result.derived.cpu_ms


def _with_reference(result: Result) -> Result:
    """Return a result with the reference's softmax, which a document does not have, where it is the same."""
    bits = result.bits
    return replace(result, bits=replace(bits, reference_output=bits.softmax)) if bits.bit_identical else result


def opened_session(name: str, database: Path) -> OpenedSession:
    """Return a session of the store, named as ``find_session`` has it.

    Raises ``UnknownName``, and ``UnreadableSession`` for one that this program cannot read.
    """
    document = find_session(name, database)
    saved = saved_session(document, f"session {name}")
    try:
        ceilings = msgspec.convert(document.get("ceilings") or {}, dict[str, Ceiling])
    except msgspec.ValidationError as error:
        raise UnreadableSession(f"session {name} is damaged: {error}") from error
    return OpenedSession(saved, ceilings)
