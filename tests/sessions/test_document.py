"""A session as JSON."""

from __future__ import annotations

import json
from math import nan
from typing import Any

import msgspec
import pytest

from paragon_tui import arithmetic
from paragon_tui.arithmetic.comparison import Comparison
from paragon_tui.engine.messages.events import Compared, Probed
from paragon_tui.engine.messages.job import Sampling
from paragon_tui.sessions.document import document, encode
from paragon_tui.sessions.entries import declared
from tests.support.documents import refuse_constant
from tests.support.examples import ALL_GUARANTEED, GPU, SAME, measured, planned, ratio, started, summary
from tests.support.sessions import FAST, KNOWN_AHEAD, folded, run


def test_the_document_has_the_sessions_facts_and_the_listed_results():
    content = document(folded(*run(listed=("vulkan:0",))))
    assert {name: content[name] for name in ("schema", "session", "started", "host")} == {
        "schema": 3,
        "session": "one",
        "started": "2026-01-02T03:04:05Z",
        "host": {"cpu": "Example CPU", "os": "Linux"},
    }
    assert [(result["case"], result["adapter"]) for result in content["results"]] == [
        ("S1", "vulkan:0"),
        ("S2", "vulkan:0"),
    ]


def test_the_document_says_what_holds_for_all_results():
    content = json.loads(encode(folded(*run(), Probed("vulkan:0", ALL_GUARANTEED))))
    assert list(content)[3:] == [
        *(
            "host",
            "sampling",
            "threads",
            "listed",
            "discovery_ms",
            "load",
            "fingerprints",
            "ceilings",
            "advice",
            "results",
        ),
    ]
    assert content["listed"] == ["numpy", "reference", "vulkan:0", "vulkan:1"]
    assert content["threads"] == 2
    assert content["sampling"] == msgspec.to_builtins(Sampling())
    assert content["discovery_ms"] == {"host": 1.5, "vulkan": 250.25}
    assert content["fingerprints"]["vulkan:0"]["tiers"]["guarded"] == "guaranteed"
    assert content["ceilings"] == {"vulkan:0": {"copy_gb_s": 8.0, "multiply_add_gflop_s": 64.0, "cache_bytes": 2**16}}
    assert content["advice"] == []


def test_advice_is_in_the_document():
    results = [planned(case, GPU) for case in ("S1", "M1", "L1")]
    faster = [event for result in results for event in measured(result.id, 1.0, ratio(2.0, "faster"))]
    (advice,) = document(folded(started(*results), *faster))["advice"]
    assert (advice["adapter"], advice["words"]) == (
        "vulkan:0",
        "faster than NumPy at every size measured, S1 to L1",
    )


def test_every_result_has_exactly_the_fields_in_order():
    for result in document(folded(*run()))["results"]:
        assert list(result) == [entry.name for entry in declared()]


def times(median: float) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(summary(median))
    return fields


def test_a_measured_result_says_everything():
    result = json.loads(encode(folded(*run())))["results"][1]
    share = 206_736 / 8e6 / 0.1  # bytes, over 8 GB/s in milliseconds, over the device's time
    assert result.pop("roofline") == {
        "gflop_s": pytest.approx(1.01706),
        "gb_s": pytest.approx(2.06736),
        "by": "memory",
        "share": pytest.approx(share),
        "cold_share": pytest.approx(0.08614),
    }
    assert result == {
        "measured_in": None,
        "suite": "inference",
        "case": "S1",
        "operation": "network",
        "size": "S1",
        "dtype": "f32",
        "variant": "default",
        "adapter": "vulkan:0",
        "adapter_name": "Example GPU",
        "driver": "example 1.2.3",
        "adapter_vendor": "Example",
        "adapter_type": "discrete-gpu",
        "device_name": "Example GPU",
        "driver_family": "example",
        "uuid": None,
        "pci_address": None,
        "shape": "784 → 64 → 10",
        "batch": 1,
        "megabytes": pytest.approx(0.194, abs=1e-3),
        "operations": 101_706,
        "bytes": 206_736,
        "tier": "guarded",
        "standing": "observed",
        "output_tier": "guarded",
        "output_standing": "observed",
        "plan": "rows",
        "status": "ok",
        "error": None,
        "elapsed_s": 1.25,
        "init_ms": 12.5,
        "compile_ms": 3.25,
        "upload_ms": None,
        "first_run_ms": 4.5,
        "latency_ms": times(0.2),
        "device_ms": times(0.1),
        "cold_ms": times(0.3),
        "warm_ms": times(0.15),
        "processes": 1,
        "rounds": 10,
        "preempted": 3,
        "library": None,
        "threads": None,
        "cpu_ms": 0.4,
        "cpu_library": "OpenBLAS 0.3.31 SkylakeX",
        "cpu_threads": 2,
        "speedup": 2.0,
        "speedup_interval": {"low": 1.5, "high": 2.5},
        "judgement": "faster",
        "speedup_baseline_ms": None,
        "machine_busy": False,
        "variant_speedup": None,
        "rate": None,
        "launch_cost": {
            "synchronisation_ms": 0.125,
            "forward_ms": 0.0625,
            "synchronisation_interval": {"low": 0.12, "high": 0.13},
            "forward_interval": None,
            "longest": 8,
        },
        "overhead": {"loop_ns": 600, "host_ns": 5_000, "round_trip_ns": 40_000},
        "flags": [
            {"name": "noisy", "words": "only half of the samples are within ±8.0 % of the median"},
            {"name": "first run slow", "words": "the first run took 9.0 times the median (4.5 ms)"},
        ],
        "not_measured": [],
        "dropped": None,
        "sensors": None,
        "device_bytes": 4096,
        "host_peak_bytes": 2**26,
        "bit_identical": True,
        "broken_claim": False,
        "values_bit_identical": True,
        "sampled_indices": None,
        "arithmetic": arithmetic.VERSION,
        **dict.fromkeys(("output_sampled_indices", "output_first_difference", "output_nmse")),
        "output_bit_identical": True,
        "output_ulp_max": 0,
        "unlike": [],
        "wrong_plans": [],
        "training": None,
        "deterministic": True,
        "first_difference": None,
        "ulp_max": 0,
        "mae": 0.0,
        "max": 0.0,
        "nmse": None,
        "output_mae": 0.0,
        "output_max": 0.0,
        "chain": None,
        "digest": "b0e9",
        "output_digest": "44b4",
        "logits": [1.5, -2.0],
        "output": [0.75, 0.25],
    }


def test_the_figures_of_logits_and_output_are_kept_apart():
    result = document(folded(*run()))["results"][2]
    assert (result["bit_identical"], result["first_difference"], result["ulp_max"]) == (False, 3, 2)
    assert (result["mae"], result["max"], result["output_mae"], result["output_max"]) == (
        1.5e-8,
        1.25e-7,
        0,
        0,
    )


def test_what_is_missing_is_null():
    result = json.loads(encode(folded(*run())))["results"][3]
    known = {name for name, value in result.items() if value is not None}
    assert known == KNOWN_AHEAD | {
        "error",
        "broken_claim",
        "processes",
        "rounds",
        "preempted",
        "flags",
        "not_measured",
        "unlike",
        "wrong_plans",
        "arithmetic",
    }
    assert (result["processes"], result["rounds"], result["flags"], result["not_measured"]) == (0, 0, [], [])


def test_what_was_not_measured_is_said_in_order():
    assert json.loads(encode(folded(*run())))["results"][2]["not_measured"] == [
        "cold caches: out of memory",
        "chained runs: a run takes too long",
    ]


def test_a_result_without_an_end_counts_as_stopped():
    events = run()[:9]  # one result is running, two wait
    statuses = [result["status"] for result in document(folded(*events))["results"]]
    assert statuses == ["ok", "stopped", "stopped", "stopped"]


def test_the_encoded_document_is_json_that_gives_the_document_back():
    session = folded(*run())
    text = encode(session)
    assert text.endswith(b"}\n")
    assert json.loads(text, parse_constant=refuse_constant) == json.loads(json.dumps(document(session)))
    assert "™" in text.decode("utf-8")


def test_what_json_cannot_say_is_null():
    broken = Comparison(bit_identical=False, first_difference=0, ulp_max=1, mae=nan, max=float("inf"))
    session = folded(*run(), Compared(FAST.id, broken, SAME, ()))
    result = json.loads(encode(session), parse_constant=refuse_constant)["results"][1]
    assert (result["mae"], result["max"], result["ulp_max"]) == (None, None, 1)
