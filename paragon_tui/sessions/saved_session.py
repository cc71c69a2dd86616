"""A session as it was kept, read back: what a comparison and a report need of its document, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from paragon_tui.engine.messages.events import Status
from paragon_tui.engine.messages.figures import Flag, Interval, Rate, Ratio, Summary
from paragon_tui.engine.messages.job import JobId

READS = 2
"""The schema that is read; the one before had no intervals, without which nothing can be said of a difference."""


class UnreadableSession(Exception):
    """Something that is no session this program can read; the text says what it is instead, and what to do."""


@dataclass(frozen=True, slots=True)
class SavedResult:
    """One result of a document (``sessions/document.py``): what is compared and reported. ``None`` was not measured.

    ``library`` and ``threads`` are what it computed with, ``None`` where it does not tell; ``cpu_*`` are NumPy's beside
    it, which a document has here even where NumPy was not listed. ``operation`` and ``size`` are ``None`` in documents
    of before; ``group`` and ``label`` say what stands for them. ``unlike`` are adapters that claim the same bits and
    whose digest is another, where the reference knows a sample alone. ``variant_speedup`` is over the usual variant.
    """

    suite: str
    case: str
    dtype: str
    variant: str
    adapter: str
    adapter_name: str
    standing: str | None
    status: Status
    error: str | None
    latency_ms: Summary | None
    device_ms: Summary | None
    processes: int
    bit_identical: bool | None
    digest: str | None
    output_digest: str | None
    flags: tuple[Flag, ...]
    driver: str | None = None
    library: str | None = None
    threads: int | None = None
    operation: str | None = None
    size: str | None = None
    speedup: float | None = None
    speedup_interval: Interval | None = None
    cpu_ms: float | None = None
    cpu_library: str | None = None
    cpu_threads: int | None = None
    deterministic: bool | None = None
    output_max: float | None = None
    unlike: tuple[str, ...] = ()
    variant_speedup: Ratio | None = None
    rate: Rate | None = None

    @property
    def id(self) -> JobId:
        """What it is the result of."""
        return JobId(self.suite, self.case, self.dtype, self.variant, self.adapter)

    @property
    def measured(self) -> bool:
        """Whether it ended well, with a time; what was stopped may have one too, of a part of its samples."""
        return self.status == "ok" and self.latency_ms is not None

    @property
    def failed(self) -> bool:
        """Whether it could run here and did not."""
        return self.status in ("failed", "timeout")

    @property
    def claims_identity(self) -> bool:
        """Whether it claimed the reference's bits."""
        return self.standing in ("guaranteed", "observed")

    @property
    def differs(self) -> bool:
        """Whether it was compared and found other than the reference, before softmax or after."""
        return self.bit_identical is False or bool(self.output_max)

    @property
    def broken_claim(self) -> bool:
        """Whether it claimed the reference's bits and did not have them every time."""
        return self.claims_identity and (self.differs or self.deterministic is False or bool(self.unlike))

    @property
    def doubts(self) -> tuple[Flag, ...]:
        """The flags that keep its median from being taken at its word."""
        return tuple(flag for flag in self.flags if flag.is_doubt)

    @property
    def group(self) -> str:
        """The operation that it measures, or the suite where the document does not tell."""
        return self.operation or self.suite

    @property
    def label(self) -> str:
        """The size of the operation, or the case where the document does not tell."""
        return self.size or self.case

    @property
    def unmeasured(self) -> str:
        """Why there is no time of it, in words; for what is not ``measured``."""
        if self.status == "ok":
            return "no time was measured"
        if self.status == "stopped" and self.error:  # which says so itself
            return self.error
        return f"{self.status}: {self.error}" if self.error else self.status


@dataclass(frozen=True, slots=True)
class SavedSession:
    """A session that has been read: ``host`` describes the machine that it was measured on.

    ``sampling`` is how (``messages.job.Sampling``), ``threads`` how many were asked for; ``None`` for no such wish.
    ``ended`` is what the store knows of its end, ``unfinished`` one that was killed or is still under way; a file does
    not tell (``None``).
    """

    session: str
    started: str
    host: dict[str, Any]
    results: tuple[SavedResult, ...]
    sampling: dict[str, Any] | None = None
    threads: int | None = None
    ended: Literal["finished", "interrupted", "unfinished"] | None = None

    @property
    def stopped(self) -> tuple[SavedResult, ...]:
        """The results that somebody's stop cut short."""
        return tuple(result for result in self.results if result.status == "stopped")

    @property
    def interrupted(self) -> bool:
        """Whether it did not get to its end; a file tells so by what was stopped."""
        return bool(self.stopped) or self.ended in ("interrupted", "unfinished")


def saved_session(document: Any, source: str) -> SavedSession:
    """The session in a decoded JSON document; ``source`` is its name for people. Raises ``UnreadableSession``."""
    if not isinstance(document, dict) or not {"schema", "session", "results"} <= document.keys():
        raise UnreadableSession(f"{source} is no session of paragon-tui; `paragon-tui run --json FILE` writes one")
    schema = document["schema"]
    if schema != READS:
        older = isinstance(schema, int) and schema < READS
        raise UnreadableSession(
            f"{source} was written by an older paragon-tui (schema {schema}) and has no intervals; measure it again"
            if older
            else f"{source} was written by a newer paragon-tui (schema {schema}); update this one"
        )
    try:
        return msgspec.convert(document, SavedSession)
    except msgspec.ValidationError as error:
        raise UnreadableSession(f"{source} is damaged: {error}") from error
