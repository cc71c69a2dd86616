"""Session documents with chosen figures, for the tests of what compares them."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from paragon_tui.engine.analysis.verdict import verdict
from paragon_tui.engine.messages.figures import Interval
from paragon_tui.sessions.document import SCHEMA
from paragon_tui.sessions.review import Review, review
from paragon_tui.sessions.saved_session import saved_session

Document = dict[str, Any]
Figures = dict[str, Any]

HOST = {"program": "paragon-tui 0.1.0", "system": "Linux 6.1", "machine": "x86_64", "cpu": "Example CPU", "cores": "2"}


def times(median: float, width: float | None = 0.002) -> Figures:
    """Figures around a median whose interval reaches ``width`` of it to each side; ``None``: no interval."""
    interval = None if width is None else {"low": median * (1 - width), "high": median * (1 + width)}
    spread = {"min": median * 0.9, "q1": median * 0.97, "q3": median * 1.03, "p95": median * 1.1, "mad": median * 0.02}
    return {
        "median": median,
        "interval": interval,
        **spread,
        "mean": median,
        "stdev": median * 0.05,
        "n": 30,
        "max": median * 1.5,
        "total": median * 30,
    }


def result(case: str = "S1", adapter: str = "opencl:0", latency: Figures | None = None, **changes: Any) -> Document:
    """A device's result of three processes that has the reference's bits; 1 ms where nothing else is said."""
    facts = {
        "suite": "inference",
        "case": case,
        "dtype": "f32",
        "variant": "default",
        "adapter": adapter,
        "adapter_name": f"Example {adapter}",
        "driver": "",
        "shape": "784 → 64 → 10",
        "batch": 1,
        "tier": "guarded",
        "standing": "observed",
        "status": "ok",
        "error": None,
        "latency_ms": latency or times(1.0),
        "device_ms": None,
        "cold_ms": None,
        "processes": 3,
        "speedup": 1.5,
        "speedup_interval": None,
        "arithmetic": 1,
        **compared(True),
        **compared(True, "output_"),
        "digest": "ab" * 32,
        "output_digest": "cd" * 32,
        "flags": [],
        "operations": 101632,
        "bytes": 206_736,
    } | changes
    derived = {"operation": facts["suite"], "size": facts["case"], "judgement": judgement(facts["speedup_interval"])}
    return derived | facts


def compared(bit_identical: bool, prefix: str = "") -> Figures:
    """A comparison with the reference; other bits are those of one value, one unit in the last place away."""
    index, distance = (None, 0) if bit_identical else (3, 1)
    figures = {"first_difference": index, "ulp_max": distance, "mae": distance / 1e9, "max": distance / 1e8}
    return {prefix + name: value for name, value in ({"bit_identical": bit_identical} | figures).items()}


def judgement(interval: Figures | None) -> str:
    return verdict(None if interval is None else Interval(**interval))


def failed(case: str = "S1", adapter: str = "opencl:0", error: str = "the driver said no") -> Document:
    nothing = dict.fromkeys(("latency_ms", "bit_identical", "output_bit_identical", "digest", "output_digest"))
    return result(case, adapter) | nothing | {"status": "failed", "error": error}


def numpy(case: str = "S1", **changes: Any) -> Document:
    """The baseline, which claims no bits."""
    return result(case, "numpy", **({"tier": None, "standing": None, **compared(False)} | changes))


def rated(
    ratio: float, case: str = "S1", adapter: str = "opencl:0", width: float | None = 0.002, **changes: Any
) -> Document:
    """A result that takes 1/``ratio`` of NumPy's millisecond, as a document tells it that has no NumPy of its own."""
    interval = None if width is None else {"low": ratio * (1 - width), "high": ratio * (1 + width)}
    beside = {"cpu_ms": 1.0, "speedup": ratio, "speedup_interval": interval}
    return result(case, adapter, times(1 / ratio, width), **(beside | changes))


def session(*results: Document, name: str = "20260102-030405-aaaa", **changes: Any) -> Document:
    facts = {
        "schema": SCHEMA,
        "session": name,
        "started": "2026-01-02T03:04:05+00:00",
        "host": HOST,
        "fingerprints": {},
    }
    return facts | {"results": list(results)} | changes


def reviewed(*results: Document, baseline: str = "numpy", **changes: Any) -> Review:
    return review(saved_session(session(*results, **changes), "it"), baseline)


def write_session(file: str, *results: Document, **changes: Any) -> str:
    """Write the document of a session to ``file``, and return its name."""
    Path(file).write_text(json.dumps(session(*results, **changes)), encoding="utf-8")
    return file


def refuse_constant(constant: str) -> None:
    """Raise for NaN and infinity, which JSON does not have: the ``parse_constant`` of ``json.loads``."""
    raise AssertionError(f"{constant} is not JSON")


def rewrite(database: Path, name: str, **changes: Any) -> None:
    """Give the kept results of a session other fields; ``flags=...`` takes them away."""
    with closing(sqlite3.connect(database)) as connection, connection:
        kept = connection.execute("SELECT rowid, fields FROM result WHERE session = ?", (name,)).fetchall()
        for rowid, fields in kept:
            new = {key: value for key, value in (json.loads(fields) | changes).items() if value is not ...}
            connection.execute("UPDATE result SET fields = ? WHERE rowid = ?", (json.dumps(new), rowid))
