"""What is written of a session for others: CSV and JSON."""

from __future__ import annotations

import csv
import json
import re
import stat
import sys
from math import nan
from pathlib import Path
from typing import Any

import msgspec
import pytest
from unit_examples import (
    GPU,
    REFERENCE,
    SAME,
    adapter,
    measured,
    planned,
    ratio,
    started,
    summary,
)
from unit_sessions import BASE, FAST, LISTED, ODD, folded, run

from backends.fingerprint import CANONICAL_HOST
from paragon_tui.arithmetic.comparison import Comparison
from paragon_tui.engine.atomic import write_atomically
from paragon_tui.engine.events import Probed, Verdict
from paragon_tui.engine.job import Sampling
from paragon_tui.sessions.document import FIELDS, document, encode
from paragon_tui.sessions.table import COLUMNS, append_csv, export_csv

SUMMARY = ("median", "interval_low", "interval_high", "min", "q1", "q3", "p95", "mad", "mean", "stdev", "n")
HEADER = "id,shape,estMB,cpu_ms,gpu_ms,speedup,mae,max,gpu_init_ms,adapter"

KNOWN_AHEAD = {
    *("suite", "case", "dtype", "variant", "adapter", "adapter_name", "driver", "shape", "megabytes"),
    *("operations", "bytes", "tier", "status"),
}
"""What the fields say of a result that has none."""

# CSV of ten columns


def test_the_appended_csv_is_exactly_these_bytes(tmp_path):
    path = tmp_path / "results.csv"
    assert append_csv(folded(*run()), path) == 3
    assert (
        path.read_bytes()
        == (
            f"{HEADER}\n"
            'S1,"784 → 64 → 10",0.19,0.400,0.200,2.00,0.00E+00,0.00E+00,12.500,"Example GPU"\n'
            'S1,"784 → 64 → 10",0.19,0.400,1234.568,0.00,1.50E-08,1.25E-07,0.123,"Odd ""GPU"", 8 GB™"\n'
            'S2,"784 → 128 → 10",0.39,,,,,,,"Example GPU"\n'
        ).encode()
    )


def test_the_columns_are_paragons():
    assert ",".join(COLUMNS) == HEADER


def test_the_header_is_written_once_however_often_rows_are_appended(tmp_path):
    path = tmp_path / "results.csv"
    session = folded(*run())
    append_csv(session, path)
    once = path.read_bytes()
    append_csv(session, path)
    assert path.read_bytes() == once + once.removeprefix(HEADER.encode() + b"\n")


def test_an_empty_file_gets_its_header_too(tmp_path):
    path = tmp_path / "results.csv"
    path.touch()
    append_csv(folded(*run()), path)
    assert path.read_text(encoding="utf-8").startswith(HEADER + "\n")


def test_numpy_and_the_reference_get_no_rows(tmp_path):
    path = tmp_path / "results.csv"
    oracle = planned("S1", REFERENCE)
    events = (started(BASE, oracle, listed=LISTED), *measured(BASE.id, 0.4), *measured(oracle.id, 9.0))
    assert append_csv(folded(*events), path) == 0
    assert path.read_text(encoding="utf-8") == HEADER + "\n"


def test_torch_gets_a_row(tmp_path):
    torch = planned("S1", adapter("torch"))
    events = (started(torch, listed=("torch",)), *measured(torch.id, 0.3))
    assert append_csv(folded(*events), tmp_path / "results.csv") == 1


def test_only_results_that_ended_get_rows(tmp_path):
    events = run()[:20]  # the second device is running, the last result waits
    assert append_csv(folded(*events), tmp_path / "results.csv") == 1


def test_only_results_that_were_asked_for_get_rows(tmp_path):
    assert append_csv(folded(*run(listed=("vulkan:1",))), tmp_path / "results.csv") == 1


def test_another_dtype_than_f32_is_part_of_the_id(tmp_path):
    path = tmp_path / "results.csv"
    half = planned("S1", GPU, dtype="f16")
    append_csv(folded(started(half), *measured(half.id, 0.2)), path)
    assert path.read_text(encoding="utf-8").splitlines()[1] == ('S1:f16,"784 → 64 → 10",0.10,,0.200,,,,,"Example GPU"')


def test_a_csv_that_cannot_be_written_is_an_os_error(tmp_path):
    with pytest.raises(OSError, match=re.escape(str(tmp_path))):
        append_csv(folded(*run()), tmp_path)


# Exported CSV


def exported(tmp_path: Path) -> list[dict[str, str]]:
    path = export_csv(folded(*run()), tmp_path / "exports")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_an_export_is_named_after_its_session_and_leaves_nothing_beside_it(tmp_path):
    path = export_csv(folded(*run("session-7")), tmp_path / "deep" / "exports")
    assert path == tmp_path / "deep" / "exports" / "session-7.csv"
    assert list(path.parent.iterdir()) == [path]


def test_an_export_begins_with_the_ten_columns_and_no_name_comes_twice(tmp_path):
    names = list(exported(tmp_path)[0])
    assert names[:10] == list(COLUMNS)
    assert len(set(names)) == len(names)
    assert names[10:] == [
        *("suite", "case", "dtype", "variant", "adapter_id", "adapter_name", "driver"),
        *("shape_exact", "megabytes", "operations", "bytes", "tier", "standing", "plan", "status", "error"),
        *("elapsed_s", "init_ms", "compile_ms", "upload_ms", "first_run_ms"),
        *(f"{timed}_{figure}" for timed in ("latency", "device", "cold", "warm") for figure in SUMMARY),
        *("processes", "rounds", "library", "threads", "cpu_ms_exact", "cpu_library", "cpu_threads", "speedup_exact"),
        *("speedup_interval_low", "speedup_interval_high", "judgement"),
        *("throughput_synchronisation_ms", "throughput_synchronisation_interval_low"),
        *("throughput_synchronisation_interval_high", "throughput_forward_ms"),
        *("throughput_forward_interval_low", "throughput_forward_interval_high", "throughput_longest"),
        *("roofline_gflop_s", "roofline_gb_s", "roofline_by", "roofline_share", "roofline_cold_share"),
        *("overhead_loop_ns", "overhead_host_ns", "overhead_round_trip_ns"),
        *("flags", "not_measured", "device_bytes", "host_peak_bytes", "bit_identical", "deterministic"),
        *(
            "first_difference",
            "ulp_max",
            "mae_exact",
            "max_exact",
            "nmse",
            "output_mae",
            "output_max",
            "chain",
            "digest",
            "output_digest",
        ),
        *("logits", "output"),
    ]


def test_an_export_spreads_what_consists_of_several_figures_over_columns(tmp_path):
    _, fast, *_ = exported(tmp_path)
    assert [float(fast[f"cold_{figure}"]) for figure in SUMMARY] == pytest.approx(
        [0.3, 0.225, 0.375, 0.15, 0.225, 0.45, 0.6, 0.0375, 0.3375, 0.075, 12]
    )
    assert (fast["speedup_interval_low"], fast["speedup_interval_high"], fast["judgement"]) == ("1.5", "2.5", "faster")
    assert (fast["throughput_synchronisation_interval_high"], fast["throughput_forward_interval_low"]) == ("0.13", "")
    assert (fast["roofline_by"], fast["overhead_round_trip_ns"]) == ("memory", "40000")
    assert fast["throughput_longest"] == "8"
    assert fast["flags"] == (
        "noisy: half the samples lie within ±8.0 %; first run slow: the first run took 9.0 times as long (4.5 ms)"
    )
    assert float(fast["warm_median"]) == 0.15
    assert (fast["cpu_library"], fast["cpu_threads"]) == ("OpenBLAS 0.3.31 SkylakeX", "2")


def test_an_export_says_what_a_result_computed_with_and_what_was_not_measured(tmp_path):
    baseline, fast, wrong, _ = exported(tmp_path)
    assert (baseline["library"], baseline["threads"]) == ("OpenBLAS 0.3.31 SkylakeX", "2")
    assert (fast["library"], fast["threads"], fast["not_measured"]) == ("", "", "")
    assert wrong["not_measured"] == "cold caches: out of memory; chained forwards: a forward takes too long"


def test_an_export_has_every_listed_result_the_baseline_among_them(tmp_path):
    assert [(row["case"], row["adapter_id"], row["status"]) for row in exported(tmp_path)] == [
        ("S1", "numpy", "ok"),
        ("S1", "vulkan:0", "ok"),
        ("S1", "vulkan:1", "stopped"),
        ("S2", "vulkan:0", "failed"),
    ]


def test_an_export_keeps_full_precision_and_awkward_text(tmp_path):
    _, fast, wrong, lost = exported(tmp_path)
    assert float(wrong["latency_median"]) == 1234.5678
    assert float(wrong["init_ms"]) == 0.1234567
    assert (wrong["gpu_ms"], wrong["gpu_init_ms"]) == ("1234.568", "0.123")
    assert (wrong["adapter"], wrong["adapter_name"]) == (ODD.name, ODD.name)
    assert (wrong["bit_identical"], wrong["first_difference"], wrong["ulp_max"]) == ("False", "3", "2")
    assert (fast["tier"], fast["digest"], fast["device_median"], fast["latency_n"]) == (
        "guarded",
        "b0e9",
        "0.1",
        "12",
    )
    assert lost["error"] == 'the driver said "no",\nthen nothing'


def test_an_export_leaves_empty_what_was_not_measured(tmp_path):
    baseline, fast, _, lost = exported(tmp_path)
    filled = {name for name, value in lost.items() if value}
    assert filled == {
        *("id", "shape", "estMB", "adapter"),
        *(KNOWN_AHEAD - {"adapter", "shape"}),
        *("adapter_id", "shape_exact", "error", "processes", "rounds"),
    }
    assert (lost["processes"], lost["rounds"]) == ("0", "0")
    assert baseline["tier"] == ""
    assert fast["first_difference"] == fast["upload_ms"] == ""
    assert baseline["speedup"] == baseline["judgement"] == baseline["roofline_share"] == ""


def test_an_exported_file_has_lf_line_ends_and_replaces_the_one_before(tmp_path):
    export_csv(folded(*run()[:1]), tmp_path)
    path = export_csv(folded(*run()), tmp_path)
    assert b"\r" not in path.read_bytes()
    assert b"Odd" in path.read_bytes()


def test_writing_atomically_replaces_the_whole_file(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"a longer text than the next")
    write_atomically(path, b"short")
    assert path.read_bytes() == b"short"


def test_writing_over_a_folder_fails_and_leaves_nothing_behind(tmp_path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="taken"):
        write_atomically(tmp_path / "taken", b"data")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
def test_an_exported_file_can_be_read_by_others(tmp_path):
    path = export_csv(folded(*run()), tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


# JSON


def test_the_document_has_the_sessions_facts_and_the_listed_results():
    content = document(folded(*run(listed=("vulkan:0",))))
    assert {name: content[name] for name in ("schema", "session", "started", "host")} == {
        "schema": 2,
        "session": "one",
        "started": "2026-01-02T03:04:05Z",
        "host": {"cpu": "Example CPU", "os": "Linux"},
    }
    assert [(result["case"], result["adapter"]) for result in content["results"]] == [
        ("S1", "vulkan:0"),
        ("S2", "vulkan:0"),
    ]


def test_the_document_says_what_holds_for_all_results():
    content = json.loads(encode(folded(*run(), Probed("vulkan:0", CANONICAL_HOST))))
    assert list(content)[3:] == [
        *("host", "sampling", "threads", "discovery_ms", "fingerprints", "ceilings", "advice", "results"),
    ]
    assert content["threads"] == 2
    assert content["sampling"] == msgspec.to_builtins(Sampling())
    assert content["discovery_ms"] == {"host": 1.5, "vulkan": 250.25}
    assert content["fingerprints"]["vulkan:0"]["tiers"]["guarded"] == "guaranteed"
    assert content["ceilings"] == {"vulkan:0": {"copy_gb_s": 8.0, "multiply_add_gflop_s": 64.0}}
    assert content["advice"] == []


def test_advice_is_in_the_document():
    names = [planned(case, GPU) for case in ("S1", "M1", "L1")]
    faster = [event for one in names for event in measured(one.id, 1.0, ratio(2.0, "faster"))]
    (advice,) = document(folded(started(*names), *faster))["advice"]
    assert (advice["adapter"], advice["words"]) == (
        "vulkan:0",
        "faster than NumPy at every size measured, S1 to L1",
    )


def test_every_result_has_exactly_the_fields_in_order():
    for result in document(folded(*run()))["results"]:
        assert list(result) == list(FIELDS)


def times(median: float) -> dict[str, Any]:
    return msgspec.to_builtins(summary(median))


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
        "suite": "inference",
        "case": "S1",
        "dtype": "f32",
        "variant": "default",
        "adapter": "vulkan:0",
        "adapter_name": "Example GPU",
        "driver": "example 1.2.3",
        "shape": "784 → 64 → 10",
        "megabytes": pytest.approx(0.194, abs=1e-3),
        "operations": 101_706,
        "bytes": 206_736,
        "tier": "guarded",
        "standing": "observed",
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
        "library": None,
        "threads": None,
        "cpu_ms": 0.4,
        "cpu_library": "OpenBLAS 0.3.31 SkylakeX",
        "cpu_threads": 2,
        "speedup": 2.0,
        "speedup_interval": {"low": 1.5, "high": 2.5},
        "judgement": "faster",
        "throughput": {
            "synchronisation_ms": 0.125,
            "forward_ms": 0.0625,
            "synchronisation_interval": {"low": 0.12, "high": 0.13},
            "forward_interval": None,
            "longest": 8,
        },
        "overhead": {"loop_ns": 600, "host_ns": 5_000, "round_trip_ns": 40_000},
        "flags": [
            {"name": "noisy", "words": "half the samples lie within ±8.0 %"},
            {"name": "first run slow", "words": "the first run took 9.0 times as long (4.5 ms)"},
        ],
        "not_measured": [],
        "device_bytes": 4096,
        "host_peak_bytes": 2**26,
        "bit_identical": True,
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
    assert known == KNOWN_AHEAD | {"error", "processes", "rounds", "flags", "not_measured"}
    assert (result["processes"], result["rounds"], result["flags"], result["not_measured"]) == (0, 0, [], [])


def test_what_was_not_measured_is_said_in_order():
    assert json.loads(encode(folded(*run())))["results"][2]["not_measured"] == [
        "cold caches: out of memory",
        "chained forwards: a forward takes too long",
    ]


def test_a_result_without_an_end_counts_as_stopped():
    events = run()[:9]  # one result is running, two wait
    statuses = [result["status"] for result in document(folded(*events))["results"]]
    assert statuses == ["ok", "stopped", "stopped", "stopped"]


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")


def test_the_encoded_document_is_json_that_gives_the_document_back():
    session = folded(*run())
    text = encode(session)
    assert text.endswith(b"}\n")
    assert json.loads(text, parse_constant=refuse) == json.loads(json.dumps(document(session)))
    assert "™" in text.decode("utf-8")


def test_what_json_cannot_say_is_null():
    broken = Comparison(bit_identical=False, first_difference=0, ulp_max=1, mae=nan, max=float("inf"))
    session = folded(*run(), Verdict(FAST.id, broken, SAME, ()))
    result = json.loads(encode(session), parse_constant=refuse)["results"][1]
    assert (result["mae"], result["max"], result["ulp_max"]) == (None, None, 1)
