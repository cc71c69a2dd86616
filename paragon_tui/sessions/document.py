"""A session as one JSON document, schema 1: what is missing is null, never NaN."""

from typing import Any

import msgspec

from paragon_tui.engine.events import Summary
from paragon_tui.engine.results import Result, Session

SCHEMA = 1

FIELDS = [
    "suite",
    "case",
    "dtype",
    "variant",
    "adapter",
    "adapter_name",
    "tier",
    "standing",
    "plan",
    "status",
    "error",
    "init_ms",
    "compile_ms",
    "upload_ms",
    "latency_ms",
    "device_ms",
    "cpu_ms",
    "speedup",
    "bit_identical",
    "first_difference",
    "ulp_max",
    "mae",
    "max",
    "nmse",
    "output_mae",
    "output_max",
    "chain",
    "digest",
    "output_digest",
    "logits",
    "output",
]


def document(session: Session) -> dict[str, Any]:
    """The whole session, the listed results in order."""
    return {
        "schema": SCHEMA,
        "session": session.id,
        "started": session.started,
        "host": session.host,
        "fingerprints": msgspec.to_builtins(session.fingerprints),
        "results": [result_fields(session, result) for result in session.listed],
    }


def result_fields(session: Session, result: Result) -> dict[str, Any]:
    """One result under the names of ``FIELDS``; times in milliseconds."""
    logits, output = result.comparison, result.output_comparison
    return {
        "suite": result.id.suite,
        "case": result.id.case,
        "dtype": result.id.dtype,
        "variant": result.id.variant,
        "adapter": result.id.adapter,
        "adapter_name": result.adapter.name,
        "tier": result.tier,
        "standing": result.standing,
        "plan": result.plan,
        "status": result.progress if result.ended else "stopped",
        "error": result.error,
        "init_ms": result.init_ms,
        "compile_ms": result.compile_ms,
        "upload_ms": result.upload_ms,
        "latency_ms": _summary(result.latency_ms),
        "device_ms": _summary(result.device_ms),
        "cpu_ms": session.cpu_ms(result),
        "speedup": session.speedup(result),
        "bit_identical": logits.bit_identical if logits else None,
        "first_difference": logits.first_difference if logits else None,
        "ulp_max": logits.ulp_max if logits else None,
        "mae": logits.mae if logits else None,
        "max": logits.max if logits else None,
        "nmse": logits.nmse if logits else None,
        "output_mae": output.mae if output else None,
        "output_max": output.max if output else None,
        "chain": result.chain,
        "digest": result.digest,
        "output_digest": result.output_digest,
        "logits": result.logits,
        "output": result.output,
    }


def encode(session: Session) -> bytes:
    """The document as indented UTF-8 JSON with a final newline; floats round-trip."""
    return msgspec.json.format(msgspec.json.encode(document(session)), indent=1) + b"\n"


def _summary(summary: Summary | None) -> dict[str, Any] | None:
    return msgspec.to_builtins(summary) if summary else None
