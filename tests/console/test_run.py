"""``paragon-tui run`` as people and programs use it, on the real host and a fake device."""

from __future__ import annotations

import csv
import json
import math
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from paragon_tui.backends import registry
from paragon_tui.cli import _parse, _sampling, main
from paragon_tui.engine.messages.job import FAST, Sampling
from paragon_tui.engine.runner.selection import all_cases
from paragon_tui.sessions import paths, store
from paragon_tui.sessions.choices import Choice, kept, save
from paragon_tui.sessions.document import SCHEMA
from paragon_tui.sessions.entries import declared
from paragon_tui.sessions.lock import MeasuringLock
from paragon_tui.sessions.settings import Settings
from paragon_tui.suites.case import Arithmetic
from paragon_tui.suites.overrides import Overrides
from tests.console.conftest import QUICK
from tests.support.documents import refuse_constant
from tests.support.examples import NUMPY, adapter

SUMMARY = {"median", "interval", "min", "q1", "q3", "p95", "mad", "mean", "stdev", "n", "max", "total"}


def run(*argv: str) -> int:
    return main(["run", *argv])


def run_json(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, dict[str, Any]]:
    status = run(*argv, *QUICK, "--json", "-")
    return status, json.loads(capsys.readouterr().out)


@pytest.fixture(scope="module")
def kept_runs() -> dict[tuple[str, ...], str]:
    """The output of runs, by their arguments."""
    return {}


@pytest.fixture
def shared_run(kept_runs: dict[tuple[str, ...], str], capsys: pytest.CaptureFixture[str]):
    """The printed document of a run, made by the first test that asks for it, for tests that only read."""

    def document(*argv: str) -> dict[str, Any]:
        if argv not in kept_runs:
            assert run(*argv, *QUICK, "--json", "-") == 0
            kept_runs[argv] = capsys.readouterr().out
        content: dict[str, Any] = json.loads(kept_runs[argv], parse_constant=refuse_constant)
        return content

    return document


@pytest.mark.usefixtures("fakes")
class TestDocument:
    def test_stdout_holds_the_document_alone(self, shared_run) -> None:
        document = shared_run("S1", "S2")
        assert list(document) == [
            *("schema", "session", "started", "host", "sampling", "threads", "listed", "discovery_ms", "load"),
            *("fingerprints", "ceilings", "advice", "results"),
        ]
        assert document["schema"] == SCHEMA
        assert [(r["case"], r["adapter"]) for r in document["results"]] == [
            (case, adapter) for case in ("S1", "S2") for adapter in ("numpy", "reference", "vulkan:0", "gl:0")
        ]
        for result in document["results"]:
            assert list(result) == [entry.name for entry in declared()]

    def test_what_each_kind_of_adapter_reports(self, shared_run) -> None:
        numpy, reference, device, *_ = shared_run("S1", "S2")["results"]
        assert (numpy["tier"], reference["tier"], device["tier"]) == (None, "guarded", "guarded")
        assert numpy["device_ms"] is None and numpy["compile_ms"] is None and numpy["speedup"] is None
        assert reference["bit_identical"] is True and reference["ulp_max"] == 0
        assert device["adapter_name"] == device["device_name"] == "Fake device under vulkan"
        assert (device["driver"], device["driver_family"], device["adapter_type"]) == (
            "fake 1.0",
            "fake",
            "discrete-gpu",
        )
        assert device["latency_ms"]["n"] == 10
        assert device["cpu_ms"] == numpy["latency_ms"]["median"]
        assert device["speedup"] == pytest.approx(device["cpu_ms"] / device["latency_ms"]["median"])
        assert device["digest"] == reference["digest"] and len(device["digest"]) == 64
        assert len(device["logits"]) == len(device["output"]) == 10

    def test_the_figures_of_timing_are_all_there(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Measurements that ``--fast`` leaves out are null, and nothing is NaN or infinite."""
        status = run("S1", "--fast", "--json", "-")
        document = json.loads(capsys.readouterr().out, parse_constant=refuse_constant)
        numpy, _, _, device = document["results"]
        assert status == 0
        assert set(device["latency_ms"]) == set(numpy["latency_ms"]) == SUMMARY
        assert device["latency_ms"]["interval"]["low"] <= device["latency_ms"]["interval"]["high"]
        assert (device["processes"], device["rounds"] >= 5) == (1, True)
        # Beside other tests NumPy's real times may scatter too much for an interval; then there is no verdict either.
        interval = device["speedup_interval"] or {"low": 0.0, "high": math.inf}
        assert interval["low"] <= device["speedup"] <= interval["high"]
        # Two milliseconds on a clock of its own are slower than any NumPy.
        assert device["judgement"] == ("slower" if device["speedup_interval"] else "unclear")
        assert (device["cpu_library"], device["cpu_threads"]) == (numpy["cpu_library"], numpy["cpu_threads"])
        assert (device["deterministic"], device["device_bytes"]) == (True, 2**20)
        assert device["first_run_ms"] > 0 and device["elapsed_s"] > 0 and device["host_peak_bytes"] > 2**20
        assert (device["operations"], device["bytes"], device["driver"]) == (101_706, 206_736, "fake 1.0")
        left_out = ("cold_ms", "warm_ms", "launch_cost", "overhead")
        assert {device[name] for name in left_out} == {numpy["device_ms"]} == {None}
        assert device["roofline"]["gflop_s"] > 0 and device["roofline"]["share"] is None  # of a ceiling not measured
        assert set(document["discovery_ms"]) == {"host", "vulkan", "gl"}
        assert all(ms > 0 for ms in document["discovery_ms"].values())
        assert (document["ceilings"], document["advice"]) == ({}, [])
        assert (document["sampling"]["max_time_s"], document["sampling"]["repeat"]) == (0.08, 1)

    def test_a_usual_run_has_what_a_fast_one_leaves_out(self, capsys: pytest.CaptureFixture[str]) -> None:
        argv = ("L1", "--adapter", "gl:0", "--min-time", "0.05", "--timeout", "30", "--json", "-")
        assert run(*argv) == 0
        document = json.loads(capsys.readouterr().out, parse_constant=refuse_constant)
        (device,) = document["results"]
        assert set(document["ceilings"]) == {"numpy", "gl:0"}
        assert device["launch_cost"]["longest"] == 8
        assert device["roofline"]["by"] in ("memory", "arithmetic") and device["roofline"]["share"] > 0
        assert (device["overhead"]["host_ns"], device["overhead"]["round_trip_ns"]) == (5_000, 500_000)
        assert (document["sampling"]["min_time_s"], document["sampling"]["max_time_s"]) == (0.05, 30)

    def test_threads_are_those_asked_for(self, capsys: pytest.CaptureFixture[str]) -> None:
        _, document = run_json(capsys, "S1", "--adapter", "numpy", "--threads", "1")
        (numpy,) = document["results"]
        assert numpy["cpu_threads"] in (1, None)  # a library that does not tell has no number
        assert (numpy["cpu_threads"] is None) is (numpy["cpu_library"] is None)

    def test_an_adapter_is_chosen_by_words_of_its_name(self, capsys: pytest.CaptureFixture[str]) -> None:
        _, document = run_json(capsys, "S1", "--adapter", "DEVICE under gl", "--adapter", "*vulkan")
        assert [result["adapter"] for result in document["results"]] == ["vulkan:0", "gl:0"]

    def test_adapter_and_backend_add_up(self, capsys: pytest.CaptureFixture[str]) -> None:
        _, document = run_json(capsys, "s1", "--adapter", "gl:0", "--backend", "numpy")
        assert [result["adapter"] for result in document["results"]] == ["numpy", "gl:0"]

    def test_logits_over_a_thousand_are_left_out(self, capsys: pytest.CaptureFixture[str]) -> None:
        """And an adapter that is selected is listed alone, the baseline beside it not."""
        _, document = run_json(capsys, "--shape", "20,1025", "--adapter", "gl:0")
        (result,) = document["results"]
        assert result["adapter"] == "gl:0"
        assert result["cpu_ms"] is not None and result["bit_identical"] is True
        assert result["case"] == "20-1025"
        assert result["logits"] is None and result["output"] is None and result["digest"]


@pytest.mark.usefixtures("fakes")
class TestExitStatus:
    @pytest.mark.parametrize("fault", ["raise", "wrong", "segfault"])
    def test_one_where_something_failed_or_differed(
        self, fault: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("FAKE_FAULT", fault)
        table, document = tmp_path / "out.csv", tmp_path / "out.json"
        assert run("S1", *QUICK, "--quiet", "--csv", str(table), "--json", str(document)) == 1
        assert len(table.read_text(encoding="utf-8").splitlines()) == 3
        assert len(json.loads(document.read_text(encoding="utf-8"))["results"]) == 4

    def test_zero_where_something_is_unsupported(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("FAKE_FAULT", "unsupported")
        assert run("S1", *QUICK, "--quiet") == 0

    def test_a_hang_is_a_timeout(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        monkeypatch.setenv("FAKE_FAULT", "hang")
        status, document = run_json(capsys, "S1", "--adapter", "gl:0", "--timeout", "3")
        assert status == 1
        assert document["results"][0]["status"] == "timeout"
        assert document["results"][0]["latency_ms"] is None

    @pytest.mark.parametrize(
        ("argv", "words"),
        [
            (["XL9"], "XL1"),
            (["S1", "--adapter", "vulkan:7"], "vulkan:0"),
            (["S1", "--adapter", "nvidia"], "vulkan:0 (Fake device under vulkan), gl:0 (Fake device under gl)"),
            (["--suite", "inferance"], "inference"),
            (["S1", "--backend", "metal"], "no adapter found for metal"),
            (["Q*"], "`paragon-tui cases` lists all"),
        ],
    )
    def test_three_for_what_is_unknown(self, argv: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(*argv, *QUICK) == 3
        captured = capsys.readouterr()
        assert words in captured.err and captured.out == ""

    @pytest.mark.parametrize(
        "argv",
        [
            ["--iterations", "0"],
            ["--iterations", "many"],
            ["--warmup", "-1"],
            ["--timeout", "0"],
            ["--timeout", "nan"],
            ["--min-time", "0"],
            ["--threads", "0"],
            ["--repeat", "0"],
            ["--backend", "cuda"],
            ["--frobnicate"],
        ],
    )
    def test_two_for_usage(self, argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as ended:
            run(*argv)
        assert ended.value.code == 2
        assert "Traceback" not in capsys.readouterr().err

    def test_two_processes_are_refused_with_the_reason(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as ended:
            run("S1", "--repeat", "2")
        assert ended.value.code == 2
        assert (
            "is neither 1 nor at least 3; two processes cannot show how much processes differ"
            in capsys.readouterr().err
        )

    @pytest.mark.parametrize("shape", ["784", "784,x", "0,4", "784,-1", "99999999,99999999"])
    def test_two_for_a_shape_that_is_no_network(self, shape: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert run("--shape", shape) == 2
        assert "--shape" in capsys.readouterr().err

    @pytest.mark.parametrize("option", ["--csv", "--json"])
    def test_two_for_a_target_that_cannot_be_written(
        self, option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "file").touch()
        for target, words in (
            (tmp_path, "is a directory"),
            (tmp_path / "file" / "x.csv", "cannot be written"),
            ("a\0b", "null byte"),
        ):
            assert run("S1", *QUICK, option, str(target)) == 2
            assert words in capsys.readouterr().err
        assert not list(tmp_path.glob("data/*"))  # found before anything ran


@pytest.mark.usefixtures("fakes")
class TestKept:
    def test_csv_is_appended_under_one_header(self, tmp_path: Path) -> None:
        table = tmp_path / "out.csv"
        for _ in range(2):
            assert run("S1", *QUICK, "--quiet", "--csv", str(table)) == 0
        data = table.read_bytes()
        assert b"\r" not in data
        assert data.startswith(b"id,shape,estMB,cpu_ms,gpu_ms,speedup,mae,max,gpu_init_ms,adapter\n")
        rows = list(csv.DictReader(data.decode("utf-8").splitlines()))
        assert [row["adapter"] for row in rows] == [
            "Fake device under vulkan (Nobody) discrete-gpu [vulkan:0]",
            "Fake device under gl (Nobody) cpu [gl:0]",
        ] * 2
        assert rows[0]["shape"] == "784 → 64 → 10" and rows[0]["gpu_init_ms"] == "1.250"

    @pytest.fixture
    def without_store(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "blocked").touch()
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "blocked"))
        monkeypatch.setattr(store, "_HOPE_S", 0.1)

    @pytest.mark.usefixtures("without_store")
    def test_a_full_or_unwritable_data_directory_costs_the_store_alone(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run("S1", *QUICK, "--quiet", "--csv", str(tmp_path / "out.csv")) == 0
        errors = capsys.readouterr().err
        assert "sessions cannot be saved" in errors
        assert f"the session is only in --csv {tmp_path / 'out.csv'}: sessions cannot be saved" in errors
        assert "is saved" not in errors
        assert len((tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()) == 3

    @pytest.mark.usefixtures("without_store")
    def test_one_where_nothing_is_kept_anywhere(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run("S1", *QUICK, "--quiet") == 1
        assert "nothing is kept of session " in capsys.readouterr().err

    def test_the_session_is_in_the_store(self, capsys: pytest.CaptureFixture[str]) -> None:
        _, document = run_json(capsys, "S1")
        with sqlite3.connect(paths.database()) as database:
            rows = database.execute("SELECT adapter, fields FROM result WHERE session = ?", (document["session"],))
            kept = {adapter: json.loads(fields) for adapter, fields in rows}
        assert kept == {result["adapter"]: result for result in document["results"]}

    def test_a_second_instance_warns_and_runs(self, capsys: pytest.CaptureFixture[str]) -> None:
        other = MeasuringLock(paths.data_dir())
        assert other.acquire()
        try:
            assert run("S1", *QUICK, "--quiet") == 0
        finally:
            other.release()
        assert "another paragon-tui is measuring" in capsys.readouterr().err


def test_a_run_waits_for_another_to_end(tmp_path: Path) -> None:
    other = MeasuringLock(paths.data_dir())
    assert other.acquire()
    with subprocess.Popen(
        [sys.executable, "-m", "paragon_tui", "run", "S1", "--adapter", "reference", *QUICK, "--quiet", "--wait"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stderr is not None
            assert "this one waits until it has ended" in process.stderr.readline()
            other.release()
            _, errors = process.communicate(timeout=120)
        finally:
            process.kill()
    assert (process.returncode, errors) == (0, "")


@contextmanager
def endless_run(tmp_path: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """A run that takes samples until it is stopped, in a process group of its own as a shell's job is."""
    run = [sys.executable, "-m", "paragon_tui", "run", "S1", "S2", "--adapter", "reference"]
    forever = ["--iterations", "100000000", "--timeout", "600"]
    with subprocess.Popen(
        [*run, *forever, *options],
        env={**os.environ, "XDG_DATA_HOME": str(tmp_path / "data")},
        stdout=subprocess.PIPE,
        process_group=0,
    ) as process:
        wait_until(lambda: process.poll() is not None or samples_kept(tmp_path / "data/paragon-tui/sessions.sqlite3"))
        try:
            assert process.poll() is None
            yield process
        finally:
            process.kill()


def wait_until(met: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not met():
        assert time.monotonic() < deadline


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGHUP])
def test_every_way_to_end_writes_what_was_measured_and_exits_130(end: signal.Signals, tmp_path: Path) -> None:
    table, document = tmp_path / "out.csv", tmp_path / "out.json"
    with endless_run(tmp_path, "--csv", str(table), "--json", str(document)) as process:
        process.send_signal(end)
        process.communicate(timeout=120)
    assert process.returncode == 130
    statuses = [r["status"] for r in json.loads(document.read_text(encoding="utf-8"))["results"]]
    assert statuses == ["stopped", "stopped"]
    assert table.exists()


def test_ctrl_z_stops_the_workers_too_and_what_nohup_has_ignored_is_ignored(tmp_path: Path) -> None:
    document = tmp_path / "out.json"
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with endless_run(tmp_path, "--json", str(document)) as process:
            program = psutil.Process(process.pid)

            def running() -> list[psutil.Process]:
                """Return what still runs, a worker that has just been started among it."""
                return [each for each in (program, *program.children()) if each.status() != psutil.STATUS_STOPPED]

            process.send_signal(signal.SIGTSTP)
            wait_until(lambda: not running())
            process.send_signal(signal.SIGCONT)
            wait_until(lambda: len(running()) > 1)
            process.send_signal(signal.SIGHUP)
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=120)
    finally:
        signal.signal(signal.SIGHUP, before)
    assert process.returncode == 130  # a second signal that is heeded would have ended it at once
    first, _ = json.loads(document.read_text(encoding="utf-8"))["results"]
    assert first["status"] == "stopped" and first["dropped"] in (None, {"slept": 0, "stopped": 1})


def samples_kept(path: Path) -> bool:
    if not path.exists():
        return False
    try:
        with sqlite3.connect(path) as database:
            return database.execute("SELECT 1 FROM sample_batch").fetchone() is not None
    except sqlite3.OperationalError:
        return False  # its tables are being made


def test_version_and_listings(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cases", "--json"]) == 0
    cases = json.loads(capsys.readouterr().out)["cases"]
    assert len(cases) == len(all_cases())
    assert cases[10]["id"] == "add-100" and cases[10]["sizes"] == ["100"]
    assert main(["cases"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "784 → 2048 → 2048 → 2048 → 2048 → 10" in lines[10]
    assert lines[13].split() == [
        "add",
        "vector",
        "–",
        "100",
        "1k",
        "10k",
        "100k",
        "1M",
        "1024x1024",
        "2048x2048",
        "4096x4096",
    ]
    others = {(case.suite, case.operation) for case in all_cases() if case.suite != "inference"}
    assert len(lines) == 1 + 10 + 1 + 1 + len(others)
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("paragon-tui 0.")


def test_adapters_lists_the_host_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["adapters", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [adapter["id"] for adapter in document["adapters"]][:2] == ["numpy", "reference"]
    assert document["failures"] == []


def test_adapters_that_run_on_request_are_named_and_run_only_where_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # The instruction levels are the host's.
    monkeypatch.setattr(registry, "BACKENDS", {"host": "paragon_tui.backends.host"})
    assert main(["adapters", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["adapters"]
    on_request = [adapter["id"] for adapter in listed if adapter["on_request"]]
    if not on_request:
        pytest.skip("NumPy cannot be limited on this machine")
    assert main(["adapters"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in shown if line.endswith("(only on request)")] == on_request
    assert run("S1", "--adapter", "NUMPY-*", *QUICK, "--dtype", "f16", "--json", "-") == 0
    results = json.loads(capsys.readouterr().out)["results"]
    assert [result["adapter"] for result in results] == on_request
    assert all(result["library"].endswith(" on widened f32, rounded back") for result in results)
    assert {result["cpu_library"].split(":")[0] for result in results}.isdisjoint({"baseline", "AVX2", "AVX-512"})


def test_no_opencl_platform_is_said_with_a_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """PoCL hidden behind an empty package of its name, and no vendor file: pyopencl finds no platform at all."""
    (tmp_path / "shadow" / "pocl_binary_distribution").mkdir(parents=True)
    (tmp_path / "shadow" / "pocl_binary_distribution" / "__init__.py").touch()
    ahead = [str(tmp_path / "shadow"), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, ahead)))
    monkeypatch.setenv("OCL_ICD_VENDORS", str(tmp_path / "none.icd"))
    assert run("S1", "--backend", "opencl", *QUICK) == 3
    assert "no OpenCL platform; install" in capsys.readouterr().err
    assert run("S1", "--backend", "numpy", *QUICK, "--quiet") == 0


def test_no_vulkan_is_said_with_a_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The loader's own variables hide every driver, as on a machine that has none."""
    monkeypatch.setenv("VK_DRIVER_FILES", str(tmp_path / "none.json"))
    monkeypatch.setenv("VK_ICD_FILENAMES", str(tmp_path / "none.json"))
    assert run("S1", "--backend", "vulkan", *QUICK) == 3
    assert "mesa-vulkan-drivers" in capsys.readouterr().err


def test_two_where_nothing_would_be_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """The host libraries have no kernels to write in another way, and the baseline alone is not what was asked for."""
    assert run("S1", "--variant", "plain", "--adapter", "reference", *QUICK) == 2
    assert "no plain kernel in f32 on reference" in capsys.readouterr().err
    assert run("add-1k", "--dtype", "i8", "--adapter", "reference", *QUICK) == 2
    assert "none of these cases runs in i8 on reference" in capsys.readouterr().err


def test_what_is_not_there_in_a_dtype_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("tree-sum-10", "softmax-100", "--dtype", "f32", "--dtype", "f16", "--adapter", "reference", *QUICK) == 0
    lines = capsys.readouterr().out.splitlines()
    assert ": 3 results: 3 cases (softmax-100, softmax-100:f16, tree-sum-10)" in lines[0]
    assert lines[1] == "not available in f16: tree-sum"


def set_to(text: str) -> None:
    paths.settings_file().parent.mkdir(parents=True, exist_ok=True)
    paths.settings_file().write_text(text)


def test_settings_count_where_no_option_says_otherwise() -> None:
    def sampling(*argv: str) -> Sampling:
        return _sampling(_parse(["run", *argv]), Settings(min_time_s=2, precision_percent=1))

    assert sampling() == Sampling().for_at_least(2).to_precision(0.01)
    assert sampling("--precision", "5%") == Sampling().for_at_least(2).to_precision(0.05)
    assert sampling("--min-time", "3") == Sampling().for_at_least(3).to_precision(0.01)
    assert sampling("--fast") == FAST
    assert sampling("--fast", "--precision", "5%") == FAST.to_precision(0.05)
    assert sampling("--iterations", "9") == replace(Sampling(), iterations=9)


def test_csv_is_written_as_the_settings_say(capsys: pytest.CaptureFixture[str], tmp_path: Path, fakes: None) -> None:
    set_to('csv_separator = ";"\ncsv_decimal_comma = true\nbell = 1\n')
    assert run("S1", *QUICK, "--csv", str(tmp_path / "out.csv")) == 0
    assert f"paragon-tui: {paths.settings_file()}, line 3: bell is 1" in capsys.readouterr().err
    header, *rows = csv.reader((tmp_path / "out.csv").read_text().splitlines(), delimiter=";")
    assert header[0] == "id" and len(header) == 10 and rows
    assert all(row[2] == "0,19" and "," in row[3] for row in rows)
    capsys.readouterr()
    assert main(["sessions", "export", "last", "--format", "csv"]) == 0
    header, *rows = csv.reader(capsys.readouterr().out.splitlines(), delimiter=";")
    assert len(header) > 100 and {row[2] for row in rows} == {"0,19"}
    assert main(["sessions", "export", "last", "--format", "samples"]) == 0
    assert capsys.readouterr().out.startswith("suite;case;")


def test_a_saved_choice_is_run_and_options_replace_its_parts(capsys: pytest.CaptureFixture[str], fakes: None) -> None:
    adapters = tuple(map(kept, (NUMPY, adapter("vulkan:7"))))
    save(paths.choices_file(), {"nightly": Choice(("S1", "add-100"), adapters, (Arithmetic("f16"),), Overrides((4,)))})
    status, document = run_json(capsys, "--choice", "nightly")
    assert status == 0 and document["listed"] == ["numpy"]
    assert {(r["case"], r["dtype"]) for r in document["results"]} == {("S1@4", "f16"), ("add-100", "f16")}
    assert run("--choice", "nightly", "S1", "--dtype", "f32", "--batch-size", "2", *QUICK) == 0
    shown = capsys.readouterr()
    assert "nightly: vulkan:7 Example vulkan:7 is not here" in shown.err and "S1@2" in shown.out
    assert run("--choice", "nightl") == 3
    assert "there is no choice 'nightl'; did you mean 'nightly'?" in capsys.readouterr().err
    paths.choices_file().write_text("{")
    assert run("--choice", "nightly") == 2
