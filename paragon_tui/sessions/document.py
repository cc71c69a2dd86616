"""The JSON document of a session, schema 2: a missing value is null, never NaN."""

from typing import Any

import msgspec

from paragon_tui.engine.results.rates import rate
from paragon_tui.engine.results.result import Result
from paragon_tui.engine.results.session import Session

SCHEMA = 2

FIELDS = [
    "suite",
    "case",
    "operation",
    "size",
    "dtype",
    "variant",
    "adapter",
    "adapter_name",
    "driver",
    "shape",
    "batch",
    "megabytes",
    "operations",
    "bytes",
    "tier",
    "standing",
    "plan",
    "status",
    "error",
    "elapsed_s",
    "init_ms",
    "compile_ms",
    "upload_ms",
    "first_run_ms",
    "latency_ms",
    "device_ms",
    "cold_ms",
    "warm_ms",
    "processes",
    "rounds",
    "library",
    "threads",
    "cpu_ms",
    "cpu_library",
    "cpu_threads",
    "speedup",
    "speedup_interval",
    "judgement",
    "variant_speedup",
    "rate",
    "throughput",
    "roofline",
    "overhead",
    "flags",
    "not_measured",
    "device_bytes",
    "host_peak_bytes",
    "bit_identical",
    "compared",
    "unlike",
    "training",
    "deterministic",
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
    """Return the whole session, its listed results in order."""
    return {
        "schema": SCHEMA,
        "session": session.id,
        "started": session.started,
        **session_fields(session),
        "results": [result_fields(session, result) for result in session.listed],
    }


def session_fields(session: Session) -> dict[str, Any]:
    """Return the facts that hold for all results of a session."""
    return {
        "host": session.host,
        "sampling": msgspec.to_builtins(session.sampling),
        "threads": session.threads,
        "discovery_ms": session.discovery_ms,
        "fingerprints": msgspec.to_builtins(session.fingerprints),
        "ceilings": msgspec.to_builtins(session.ceilings),
        "advice": msgspec.to_builtins(session.advice),
    }


def result_fields(session: Session, result: Result) -> dict[str, Any]:
    """Return a result under the names of ``FIELDS``; times are in milliseconds."""
    values, output = result.comparison, result.output_comparison
    is_network = result.output_digest is not None  # then the values are logits, and the output is their softmax
    baseline, speedup = session.baseline(result), result.speedup
    fields: dict[str, Any] = {
        "suite": result.id.suite,
        "case": result.id.case,
        "operation": result.case.operation,
        "size": result.case.size,
        "dtype": result.id.dtype,
        "variant": result.id.variant,
        "adapter": result.id.adapter,
        "adapter_name": result.adapter.name,
        "driver": f"{result.adapter.driver} {result.adapter.driver_version}",
        "shape": result.shape,
        "batch": result.case.batch,
        "megabytes": result.megabytes,
        "operations": result.cost.operations if result.cost else None,
        "bytes": result.cost.bytes if result.cost else None,
        "tier": result.tier,
        "standing": result.standing,
        "plan": result.plan,
        "status": result.progress if result.ended else "stopped",
        "error": result.error,
        "elapsed_s": result.elapsed_s,
        "init_ms": result.init_ms,
        "compile_ms": result.compile_ms,
        "upload_ms": result.upload_ms,
        "first_run_ms": result.first_run_ms,
        "latency_ms": result.latency_ms,
        "device_ms": result.device_ms,
        "cold_ms": result.cold_ms,
        "warm_ms": result.warm_ms,
        "processes": result.processes,
        "rounds": result.rounds,
        "library": result.library,
        "threads": result.threads,
        "cpu_ms": session.cpu_ms(result),
        "cpu_library": baseline.library if baseline else None,
        "cpu_threads": baseline.threads if baseline else None,
        "speedup": speedup.value if speedup else None,
        "speedup_interval": speedup.interval if speedup else None,
        "judgement": speedup.judgement if speedup else None,
        "variant_speedup": result.variant_speedup,
        "rate": rate(result),
        "throughput": result.launch_cost,
        "roofline": session.roofline(result),
        "overhead": result.overhead,
        "flags": result.flags,
        "not_measured": result.not_measured,
        "device_bytes": result.device_bytes,
        "host_peak_bytes": result.host_peak_bytes,
        "bit_identical": values.bit_identical if values else None,
        "compared": values.sample if values else None,
        "unlike": result.unlike,
        "training": _training(result),
        "deterministic": result.deterministic,
        "first_difference": values.first_difference if values else None,
        "ulp_max": values.ulp_max if values else None,
        "mae": values.mae if values else None,
        "max": values.max if values else None,
        "nmse": values.nmse if values else None,
        "output_mae": output.mae if output else None,
        "output_max": output.max if output else None,
        "chain": result.chain,
        "digest": result.digest,
        "output_digest": result.output_digest,
        "logits": result.values if is_network else None,
        "output": result.output if is_network else result.values,
    }
    return {name: msgspec.to_builtins(value) for name, value in fields.items()}


def _training(result: Result) -> dict[str, Any] | None:
    """Return the loss before every step and the parameters' digests at the checkpoints; ``None`` for no training."""
    if not result.checkpoints:
        return None
    latest = result.checkpoints[-1]
    return {
        "steps": latest.steps,
        "step": latest.step,
        "loss": latest.losses[-1],
        "losses": [loss for checkpoint in result.checkpoints for loss in checkpoint.losses],
        "looks": [
            {
                "step": checkpoint.step,
                "loss": checkpoint.losses[-1],
                "digest": checkpoint.digest,
                "identical": checkpoint.digest == checkpoint.right,
            }
            for checkpoint in result.checkpoints
        ],
    }


def encode(session: Session) -> bytes:
    """Return the document as indented UTF-8 JSON with a final newline; floats round-trip."""
    return msgspec.json.format(msgspec.json.encode(document(session)), indent=1) + b"\n"
