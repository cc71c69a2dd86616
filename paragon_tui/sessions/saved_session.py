"""Saved sessions as comparisons and reports read them from documents: a part of the fields, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from paragon_tui.engine.messages.events import Status
from paragon_tui.engine.messages.figures import Flag, Interval, Rate, Ratio, Summary
from paragon_tui.engine.messages.job import JobId

READABLE_SCHEMA = 2
"""The schema that can be read; schema 1 had no intervals, without which no difference can be judged."""


class UnreadableSession(Exception):
    """A document that this program cannot read as a session; the text says what it is instead, and what to do."""


@dataclass(frozen=True, slots=True)
class SavedResult:
    """The compared and reported fields of a result (``sessions/document.py``); ``None`` where not measured.

    ``library`` and ``threads`` are what it computed with, ``None`` where that is unknown. ``cpu_*`` are NumPy's figures
    for the same case, present even where NumPy was not listed. ``operation`` and ``size`` are ``None`` in older
    documents; ``group`` and ``label`` replace them there. ``unlike`` are adapters that claim the same bits but have
    another digest, where the reference has only a sample. ``variant_speedup`` is over the usual variant.
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
        """The id of the job that was measured."""
        return JobId(self.suite, self.case, self.dtype, self.variant, self.adapter)

    @property
    def measured(self) -> bool:
        """True if it ended well, with a time; a stopped result may have a time too, but of only some of its samples."""
        return self.status == "ok" and self.latency_ms is not None

    @property
    def failed(self) -> bool:
        """True if it was supported but did not end well."""
        return self.status in ("failed", "timeout")

    @property
    def claims_identity(self) -> bool:
        """True if it claimed the reference's bits."""
        return self.standing in ("guaranteed", "observed")

    @property
    def differs(self) -> bool:
        """True if it was compared and differs from the reference, before softmax or after."""
        return self.bit_identical is False or bool(self.output_max)

    @property
    def broken_claim(self) -> bool:
        """True if it claimed the reference's bits and did not have them in every run."""
        return self.claims_identity and (self.differs or self.deterministic is False or bool(self.unlike))

    @property
    def doubtful_flags(self) -> tuple[Flag, ...]:
        """The quality flags that make its median doubtful."""
        return tuple(flag for flag in self.flags if flag.makes_doubtful)

    @property
    def group(self) -> str:
        """The operation, or the suite where the document does not name the operation."""
        return self.operation or self.suite

    @property
    def label(self) -> str:
        """The size of the operation, or the case where the document does not name the size."""
        return self.size or self.case

    @property
    def unmeasured(self) -> str:
        """The reason in words why a result that is not ``measured`` has no time."""
        if self.status == "ok":
            return "no time was measured"
        if self.status == "stopped" and self.error:  # the error itself says that it was stopped
            return self.error
        return f"{self.status}: {self.error}" if self.error else self.status


@dataclass(frozen=True, slots=True)
class SavedSession:
    """A session read from a document; ``host`` describes the machine that it was measured on.

    ``sampling`` is the way of measuring (``messages.job.Sampling``), ``threads`` the number of threads asked for
    (``None`` if none was). ``ended`` is how the session ended according to the store: ``unfinished`` if it was killed
    or is still running, ``None`` if it was read from a file, which does not say.
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
        """The results that a person stopped before their end."""
        return tuple(result for result in self.results if result.status == "stopped")

    @property
    def interrupted(self) -> bool:
        """True if the session did not reach its end; in a file only stopped results show that."""
        return bool(self.stopped) or self.ended in ("interrupted", "unfinished")


def saved_session(document: Any, source: str) -> SavedSession:
    """Return the session in a decoded JSON document. ``source`` names it in errors. Raises ``UnreadableSession``."""
    if not isinstance(document, dict) or not {"schema", "session", "results"} <= document.keys():
        raise UnreadableSession(f"{source} is not a paragon-tui session; `paragon-tui run --json FILE` writes one")
    schema = document["schema"]
    if schema != READABLE_SCHEMA:
        older = isinstance(schema, int) and schema < READABLE_SCHEMA
        raise UnreadableSession(
            f"{source} was written by an older paragon-tui (schema {schema}) and has no intervals; measure it again"
            if older
            else f"{source} was written by a newer paragon-tui (schema {schema}); update this one"
        )
    try:
        return msgspec.convert(document, SavedSession)
    except msgspec.ValidationError as error:
        raise UnreadableSession(f"{source} is damaged: {error}") from error
