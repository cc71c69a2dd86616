"""What is written of a session for others: CSV and JSON."""

from __future__ import annotations

import csv
import json
import re
import stat
import sys
from math import nan
from pathlib import Path

import pytest
from unit_examples import (
    GPU,
    REFERENCE,
    SAME,
    adapter,
    finished,
    planned,
    started,
)
from unit_sessions import BASE, FAST, LISTED, ODD, folded, run

from paragon_tui.arithmetic.comparison import Comparison
from paragon_tui.engine.atomic import write_atomically
from paragon_tui.engine.events import (
    Verdict,
)
from paragon_tui.sessions.document import FIELDS, document, encode
from paragon_tui.sessions.table import COLUMNS, append_csv, export_csv

HEADER = "id,shape,estMB,cpu_ms,gpu_ms,speedup,mae,max,gpu_init_ms,adapter"

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
    events = (started(BASE, oracle, listed=LISTED), finished(BASE.id, 0.4), finished(oracle.id, 9.0))
    assert append_csv(folded(*events), path) == 0
    assert path.read_text(encoding="utf-8") == HEADER + "\n"


def test_torch_gets_a_row(tmp_path):
    torch = planned("S1", adapter("torch"))
    events = (started(torch, listed=("torch",)), finished(torch.id, 0.3))
    assert append_csv(folded(*events), tmp_path / "results.csv") == 1


def test_only_results_that_ended_get_rows(tmp_path):
    events = run()[:12]  # the second device is running, the last result waits
    assert append_csv(folded(*events), tmp_path / "results.csv") == 1


def test_only_results_that_were_asked_for_get_rows(tmp_path):
    assert append_csv(folded(*run(listed=("vulkan:1",))), tmp_path / "results.csv") == 1


def test_another_dtype_than_f32_is_part_of_the_id(tmp_path):
    path = tmp_path / "results.csv"
    half = planned("S1", GPU, dtype="f16")
    append_csv(folded(started(half), finished(half.id, 0.2)), path)
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
        *(
            "suite",
            "case",
            "dtype",
            "variant",
            "adapter_id",
            "adapter_name",
            "tier",
            "standing",
            "plan",
            "status",
            "error",
        ),
        *("init_ms", "compile_ms", "upload_ms"),
        *("latency_median", "latency_min", "latency_q1", "latency_q3", "latency_mad", "latency_n"),
        *("device_median", "device_min", "device_q1", "device_q3", "device_mad", "device_n"),
        *(
            "cpu_ms_exact",
            "speedup_exact",
            "bit_identical",
            "first_difference",
            "ulp_max",
            "mae_exact",
            "max_exact",
            "nmse",
        ),
        *("output_mae", "output_max", "chain", "digest", "output_digest", "logits", "output"),
    ]


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
        *(
            "suite",
            "case",
            "dtype",
            "variant",
            "adapter_id",
            "adapter_name",
            "tier",
            "status",
            "error",
        ),
    }
    assert baseline["tier"] == ""
    assert fast["first_difference"] == fast["upload_ms"] == ""


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
        "schema": 1,
        "session": "one",
        "started": "2026-01-02T03:04:05Z",
        "host": {"cpu": "Example CPU", "os": "Linux"},
    }
    assert [(result["case"], result["adapter"]) for result in content["results"]] == [
        ("S1", "vulkan:0"),
        ("S2", "vulkan:0"),
    ]


def test_every_result_has_exactly_the_fields_in_order():
    for result in document(folded(*run()))["results"]:
        assert list(result) == list(FIELDS)


def test_a_measured_result_says_everything():
    result = document(folded(*run()))["results"][1]
    assert result == {
        "suite": "inference",
        "case": "S1",
        "dtype": "f32",
        "variant": "default",
        "adapter": "vulkan:0",
        "adapter_name": "Example GPU",
        "tier": "guarded",
        "standing": "observed",
        "plan": "rows",
        "status": "ok",
        "error": None,
        "init_ms": 12.5,
        "compile_ms": 3.25,
        "upload_ms": None,
        "latency_ms": {"median": 0.2, "min": 0.1, "q1": 0.2 * 0.75, "q3": 0.2 * 1.5, "mad": 0.025, "n": 12},
        "device_ms": {"median": 0.1, "min": 0.05, "q1": 0.1 * 0.75, "q3": 0.1 * 1.5, "mad": 0.0125, "n": 12},
        "cpu_ms": 0.4,
        "speedup": 2.0,
        "bit_identical": True,
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
        "logits": (1.5, -2.0),
        "output": (0.75, 0.25),
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
    assert known == {
        *(
            "suite",
            "case",
            "dtype",
            "variant",
            "adapter",
            "adapter_name",
            "tier",
            "status",
            "error",
        ),
    }


def test_a_result_without_an_end_counts_as_stopped():
    events = run()[:6]  # one result is running, two wait
    statuses = [result["status"] for result in document(folded(*events))["results"]]
    assert statuses == ["ok", "stopped", "stopped", "stopped"]


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")


def test_the_encoded_document_is_json_that_gives_the_document_back():
    session = folded(*run())
    text = encode(session)
    assert text.endswith(b"}\n")
    assert json.loads(text, parse_constant=refuse) == json.loads(json.dumps(document(session)))
    assert "→" not in text.decode("utf-8")  # shapes are for people, and not in the document
    assert "™" in text.decode("utf-8")


def test_what_json_cannot_say_is_null():
    broken = Comparison(bit_identical=False, first_difference=0, ulp_max=1, mae=nan, max=float("inf"))
    session = folded(*run(), Verdict(FAST.id, broken, SAME, ()))
    result = json.loads(encode(session), parse_constant=refuse)["results"][1]
    assert (result["mae"], result["max"], result["ulp_max"]) == (None, None, 1)
