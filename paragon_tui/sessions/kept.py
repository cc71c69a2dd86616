"""A session as it was kept, read back: what a comparison needs of its document, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from paragon_tui.engine.events import Status
from paragon_tui.engine.figures import Flag, Summary
from paragon_tui.engine.job import JobId

READS = 2
"""The schema that is read; the one before had no intervals, without which nothing can be said of a difference."""


class NoSession(Exception):
    """Something that is no session this program can read; the text says what it is instead, and what to do."""


@dataclass(frozen=True, slots=True)
class KeptResult:
    """One result of a document (``sessions/document.py``): what is compared of it. ``None`` was not measured.

    ``library`` and ``threads`` are what it computed with, ``None`` where it does not tell.
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

    @property
    def id(self) -> JobId:
        """What it is the result of."""
        return JobId(self.suite, self.case, self.dtype, self.variant, self.adapter)

    @property
    def measured(self) -> bool:
        """Whether it ended well, with a time; what was stopped may have one too, of a part of its samples."""
        return self.status == "ok" and self.latency_ms is not None

    @property
    def claims_identity(self) -> bool:
        """Whether it claimed the reference's bits."""
        return self.standing in ("guaranteed", "observed")


@dataclass(frozen=True, slots=True)
class KeptSession:
    """A session that has been read: ``host`` describes the machine that it was measured on.

    ``sampling`` is how (``engine/job.py::Sampling``), ``threads`` how many were asked for; ``None`` for no such wish.
    """

    session: str
    started: str
    host: dict[str, Any]
    results: tuple[KeptResult, ...]
    sampling: dict[str, Any] | None = None
    threads: int | None = None


def kept_session(document: Any, source: str) -> KeptSession:
    """The session in a decoded JSON document; ``source`` is its name for people. Raises ``NoSession``."""
    if not isinstance(document, dict) or not {"schema", "session", "results"} <= document.keys():
        raise NoSession(f"{source} is no session of paragon-tui; `paragon-tui run --json FILE` writes one")
    schema = document["schema"]
    if schema != READS:
        older = isinstance(schema, int) and schema < READS
        raise NoSession(
            f"{source} was written by an older paragon-tui (schema {schema}) and has no intervals; measure it again"
            if older
            else f"{source} was written by a newer paragon-tui (schema {schema}); update this one"
        )
    try:
        return msgspec.convert(document, KeptSession)
    except msgspec.ValidationError as error:
        raise NoSession(f"{source} is damaged: {error}") from error
