"""A session as CSV."""

from __future__ import annotations

import csv
import stat
import sys
from pathlib import Path

import pytest

from paragon_tui.atomic_write import write_atomically
from paragon_tui.engine.messages.figures import Dropped, SensorSummary
from paragon_tui.sessions.csv_export import export_csv
from paragon_tui.sessions.ten_columns import COLUMNS
from tests.support.examples import (
    adapter,
    measured,
    planned,
    started,
)
from tests.support.sessions import FAST, KNOWN_AHEAD, ODD, fast_result, folded, run

SUMMARY = ("median", "interval_low", "interval_high", "min", "q1", "q3", "p95", "mad", "mean", "stdev", "n")
LATER = (
    "training_accuracy",
    *(f"{timed}_{figure}" for timed in ("latency", "device", "cold", "warm") for figure in ("max", "total")),
)
GPU_CELL = "Example GPU (Example) discrete-gpu [vulkan:0]"
HEADER = "id,shape,estMB,cpu_ms,gpu_ms,speedup,mae,max,gpu_init_ms,adapter"


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
        *("suite", "case", "operation", "size", "dtype", "variant", "adapter_id", "adapter_name", "driver"),
        *("shape_exact", "batch", "megabytes", "operations", "bytes", "tier", "standing", "plan", "status", "error"),
        *("elapsed_s", "init_ms", "compile_ms", "upload_ms", "first_run_ms"),
        *(f"{timed}_{figure}" for timed in ("latency", "device", "cold", "warm") for figure in SUMMARY),
        *("processes", "rounds", "library", "threads", "cpu_ms_exact", "cpu_library", "cpu_threads", "speedup_exact"),
        *("speedup_interval_low", "speedup_interval_high", "judgement"),
        *("variant_speedup_value", "variant_speedup_interval_low", "variant_speedup_interval_high"),
        *("variant_speedup_judgement", "rate_value", "rate_interval_low", "rate_interval_high", "rate_unit"),
        *("rate_count",),
        *("throughput_synchronisation_ms", "throughput_synchronisation_interval_low"),
        *("throughput_synchronisation_interval_high", "throughput_forward_ms"),
        *("throughput_forward_interval_low", "throughput_forward_interval_high", "throughput_longest"),
        *("roofline_gflop_s", "roofline_gb_s", "roofline_by", "roofline_share", "roofline_cold_share"),
        *("overhead_loop_ns", "overhead_host_ns", "overhead_round_trip_ns"),
        *("flags", "not_measured", "device_bytes", "host_peak_bytes"),
        *("bit_identical", "compared", "unlike", "training_step", "training_loss", "deterministic"),
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
        *("logits", "output", "output_standing", "speedup_baseline_ms", "machine_busy"),
        *("adapter_type", "device_name", "driver_family", "uuid", "pci_address"),
        *("dropped_slept", "dropped_stopped"),
        *("sensors_clock_mhz", "sensors_temperature_c", "sensors_power_w", "sensors_joules_per_run"),
        "preempted",
        "adapter_vendor",
        *LATER,
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
        "noisy: only half of the samples are within ±8.0 % of the median; "
        "first run slow: the first run took 9.0 times the median (4.5 ms)"
    )
    assert float(fast["warm_median"]) == 0.15
    assert [float(fast[f"cold_{figure}"]) for figure in ("max", "total")] == pytest.approx([1.2, 4.05])
    assert (fast["cpu_library"], fast["cpu_threads"]) == ("OpenBLAS 0.3.31 SkylakeX", "2")


def test_an_export_ends_with_what_was_dropped_and_what_sensors_told(tmp_path):
    session = folded(*run())
    changes = {"dropped": Dropped(stopped=1), "sensors": SensorSummary(4800.0, None, 45.5, 0.0125)}
    session.results[FAST.id] = fast_result(**changes)
    _, fast, *_ = csv.DictReader(export_csv(session, tmp_path).open(encoding="utf-8"))
    told = list(fast.values())[: -len(LATER)]
    assert told[-8:] == ["0", "1", "4800.0", "", "45.5", "0.0125", "3", "Example"]


def test_an_export_says_what_a_result_computed_with_and_what_was_not_measured(tmp_path):
    baseline, fast, wrong, _ = exported(tmp_path)
    assert (baseline["library"], baseline["threads"]) == ("OpenBLAS 0.3.31 SkylakeX", "2")
    assert (fast["library"], fast["threads"], fast["not_measured"]) == ("", "", "")
    assert wrong["not_measured"] == "cold caches: out of memory; chained runs: a run takes too long"


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
    assert (wrong["adapter"], wrong["adapter_name"]) == (f"{ODD.name} (Example) discrete-gpu [vulkan:1]", ODD.name)
    assert (wrong["bit_identical"], wrong["first_difference"], wrong["ulp_max"]) == ("False", "3", "2")
    assert (fast["tier"], fast["digest"], fast["device_median"], fast["latency_n"]) == (
        "guarded",
        "b0e9",
        "0.1",
        "12",
    )
    assert lost["error"] == 'the driver said "no",\nthen nothing'


def test_an_export_says_which_device_an_adapter_was(tmp_path):
    gpu = adapter("opencl:1", name="llvmpipe (LLVM 15.0.6)", driver="rusticl", uuid="6fb07f4c", pci_address="65:00.0")
    found = planned("S1", gpu)
    path = export_csv(folded(started(found, listed=(gpu.id,)), *measured(found.id, 0.2)), tmp_path)
    with path.open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["adapter_id"], row["adapter_type"], row["driver"]) == ("opencl:1", "discrete-gpu", "rusticl 1.2.3")
    assert (row["device_name"], row["driver_family"]) == ("llvmpipe", "rusticl")
    assert (row["uuid"], row["pci_address"]) == ("6fb07f4c", "65:00.0")
    assert row["adapter"] == "llvmpipe (LLVM 15.0.6) (Example) discrete-gpu [opencl:1]"


def test_an_export_leaves_empty_what_was_not_measured(tmp_path):
    baseline, fast, _, lost = exported(tmp_path)
    filled = {name for name, value in lost.items() if value}
    assert filled == {
        *("id", "shape", "estMB", "adapter"),
        *(KNOWN_AHEAD - {"adapter", "shape", "output_tier"}),
        *("adapter_id", "shape_exact", "error", "processes", "rounds", "preempted"),
    }
    assert (lost["processes"], lost["rounds"], lost["preempted"]) == ("0", "0", "0")
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
def test_an_exported_file_is_for_its_user_alone(tmp_path):
    path = export_csv(folded(*run()), tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
