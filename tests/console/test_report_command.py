"""``paragon-tui report`` on real files, a real store and a real run: the words, the document, the exit statuses."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from paragon_tui.backends.adapter import Adapter
from paragon_tui.cli import main
from paragon_tui.engine.messages.events import RunFinished, RunStarted
from paragon_tui.sessions import paths
from tests.conftest import expected_adapters
from tests.console.conftest import refused
from tests.support.documents import HOST, Document, failed, numpy, rated, result, times, write_session
from tests.support.sessions import record

pytestmark = pytest.mark.usefixtures("folder")

NOISY = {"name": "noisy", "words": "only half of the samples are within ±9 % of the median"}
SLOW_START = {"name": "first run slow", "words": "the first run took 9 times the median"}
RESULTS = (
    rated(2.0, "add-1k", operation="add", size="1k", cpu_library="OpenBLAS 0.3", cpu_threads=2, flags=[NOISY]),
    rated(0.82, "add-1k", "gl:0", width=0.1, operation="add", size="1k", flags=[SLOW_START]),
    rated(0.3, "add-1M", operation="add", size="1M", bit_identical=False),
    failed("add-1M", "gl:0", "2 GiB are needed | 1 GiB\nis there") | {"status": "unsupported", "size": "1M"},
    rated(0.9, "dot-1k", operation="dot", size="1k", standing=None, bit_identical=False),
)
RESULTS[3]["operation"] = "add"
FAST = {"warmup": 1, "min_time_s": 0.05, "max_time_s": 0.08, "rounds": 5, "cold": 0, "chained": 0, "examine": False}


def write(*results: Document, **changes: Any) -> str:
    return write_session("a.json", *results, **changes)


def report(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    assert main(["report", *argv]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def section(text: str, heading: str) -> list[str]:
    """The lines of a section but empty ones, up to the next of its level."""
    level = heading.partition(" ")[0] + " "
    all_lines = iter(text.splitlines())
    assert heading in all_lines  # which leaves what is behind it
    section_lines = []
    for line in all_lines:
        if line.startswith(level):
            break
        section_lines += [line] if line else []
    return section_lines


class TestMarkdown:
    def test_the_head_says_what_was_measured_where_and_how(self, capsys: pytest.CaptureFixture[str]) -> None:
        text = report(capsys, write(*RESULTS, sampling=FAST, threads=2))
        assert section(text, "# Session 20260102-030405-aaaa vs NumPy")[:17] == [
            "|  |  |",
            "| --- | --- |",
            "| started | 2026-01-02T03:04:05+00:00 |",
            "| program | paragon-tui 0.1.0 |",
            "| system | Linux 6.1 |",
            "| machine | x86_64 |",
            "| cpu | Example CPU |",
            "| cores | 2 |",
            "| sampling | in turns, at least 5 rounds, 0.05 to 0.08 s of samples per result, "
            "1 warm-up run before each visit, in 1 process; 0.05 s of samples per result, so intervals are wide; "
            "left out: cold caches, chained runs, peak rates |",
            "| threads requested | 2 |",
            "| baseline | NumPy on OpenBLAS 0.3, 2 threads |",
            "| red flags | wrong bits 1, failures none, memory and limits 1, spread 1 |",
            "| adapter | name | driver | library | threads |",
            "| --- | --- | --- | --- | --- |",
            "| opencl:0 | Example opencl:0 | – | – | – |",
            "| gl:0 | Example gl:0 | – | – | – |",
            "## How to read it",
        ]

    def test_an_operation_has_a_row_a_size_and_says_why_a_number_is_missing(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        text = report(capsys, write(*RESULTS))
        assert section(text, "## inference: add, f32") == [
            "| size | numpy ms | opencl:0 ms | vs numpy | gl:0 ms | vs numpy | fastest |",
            "| --- | --- | --- | --- | --- | --- | --- |",
            "| 1k | 1.000 | 0.500 ✓ ! | 2.00× [2, 2] faster, excellent | "
            "1.220 ✓ | 0.82× [0.738, 0.902] slower ?, excellent ? | opencl:0 |",
            "| 1M | 1.000 | 3.333 ✗ | it claimed the reference's bits but differs | "
            "– | unsupported: 2 GiB are needed \\| 1 GiB is there | numpy |",
        ]
        assert section(text, "## inference: dot, f32")[2] == (
            "| 1k | 1.000 | 1.111 ≠ | 0.90× [0.898, 0.902] within 20 %, excellent | numpy |"
        )

    def test_what_it_comes_to(self, capsys: pytest.CaptureFixture[str]) -> None:
        text = report(capsys, write(*RESULTS))
        assert section(text, "## Within 20 % of NumPy") == [
            "| adapter | dtype | operations within 20 % of NumPy | by the intervals | verdict | excellent | good "
            "| fair | needs work | not counted | doubtful |",
            "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
            "| opencl:0 | f32 | 67 % (2 of 3) | 2 | no success | 2 | 0 | 0 | 0 | 0 | 1 |",
            "| gl:0 | f32 | 0 % (0 of 1) | 0 to 1 | no success ? | 1 | 0 | 0 | 0 | 1 | 0 |",
        ]
        assert section(text, "## Fastest adapter by size, number of operations") == [
            "| suite | size | dtype | numpy | opencl:0 |",
            "| --- | --- | --- | --- | --- |",
            "| inference | 1k | f32 | 1 | 1 |",
            "| inference | 1M | f32 | 1 | 0 |",
            "| all |  |  | 2 | 1 |",
        ]
        assert [line.split(" | ")[3] for line in section(text, "## Slowest ten")[2:]] == [
            *("gl:0", "opencl:0", "opencl:0"),
        ]

    def test_red_flags(self, capsys: pytest.CaptureFixture[str]) -> None:
        heading, line = "| result | flag | details |", "| --- | --- | --- |"
        assert section(report(capsys, write(*RESULTS)), "## Red flags") == [
            "### Wrong bits: 1",
            *(heading, line),
            "| add-1M on opencl:0 | claim broken | it claims the reference's bits but differs |",
            "### Failures: none",
            "### Memory and limits: 1",
            *(heading, line),
            "| add-1M on gl:0 | unsupported | 2 GiB are needed \\| 1 GiB is there |",
            "### Spread: 1",
            *(heading, line),
            "| add-1k on opencl:0 | noisy | only half of the samples are within ±9 % of the median |",
        ]

    def test_beside_pytorch(self, capsys: pytest.CaptureFixture[str]) -> None:
        torch = result(adapter="torch", latency=times(2.0, None), library="MKL", threads=1)
        text = report(capsys, write(torch, rated(1.0)), "--baseline", "torch")
        assert "| baseline | PyTorch on MKL, 1 thread |" in text and "the session pairs visits with NumPy only" in text
        assert section(text, "## inference, f32")[2] == (
            "| S1 | 2.000 | 1.000 ✓ | 2.00× faster ?, excellent ? | opencl:0 ? |"
        )
        assert "torch was not measured" in report(capsys, write(rated(1.0)), "--baseline", "torch")

    def test_doubts_of_the_baseline_stand_beside_its_time(self, capsys: pytest.CaptureFixture[str]) -> None:
        text = report(capsys, write(numpy(flags=[NOISY]), rated(0.5)))
        assert section(text, "## inference, f32")[2].startswith("| S1 | 1.000 ! | 2.000 ✓ | ")

    def test_sizes_of_one_name_are_told_apart_and_gaps_are_said(self, capsys: pytest.CaptureFixture[str]) -> None:
        same: Document = {"operation": "matmul", "size": "64"}
        text = report(capsys, write(rated(1.0, "a", **same), rated(1.0, "b", "gl:0", **same)))
        rows = section(text, "## inference: matmul, f32")[2:]
        assert [row.split(" | ")[0] for row in rows] == ["| 64 (a)", "| 64 (b)"]
        assert "| – | not in this session |" in rows[0]

    def test_what_people_and_drivers_wrote_is_no_markup(self, capsys: pytest.CaptureFixture[str]) -> None:
        odd = "<b>*no* `x`|_y_ [a](b) snake_case\\"
        text = report(capsys, write(failed(error=odd)))
        plain = "\\<b\\>\\*no\\* \\`x\\`\\|\\_y\\_ [a]\\(b) snake_case\\\\"
        assert f"failed: {plain} |" in text

    def test_an_interrupted_session_says_so(self, capsys: pytest.CaptureFixture[str]) -> None:
        text = report(capsys, write(rated(1.0), rated(1.0, "S2", status="stopped", error="stopped by the user")))
        assert "| ended | interrupted: 1 result stopped; results that had not started may be missing |" in text
        assert "| ended |" not in report(capsys, write(rated(1.0)))
        keep("20260102-030405-aaaa", ended=True, interrupted=True)
        keep("20260103-030405-bbbb", ended=False)
        assert "| ended | interrupted: 0 results stopped" in report(capsys, "20260102")
        assert "| ended | no: it was killed or is still running" in report(capsys, "20260103")
        assert refused(capsys, "report", "last")[0] == 3

    def test_a_session_of_nothing_is_reported(self, capsys: pytest.CaptureFixture[str]) -> None:
        text = report(capsys, write())
        assert section(text, "## Slowest ten") == ["None."]

    def test_a_way_to_sample_that_is_not_known_is_said(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert "| sampling | unknown |" in report(capsys, write())
        assert "not readable by this version of the program" in report(capsys, write(sampling={"rounds": "many"}))
        assert ", 7 samples per result, " in report(capsys, write(sampling=FAST | {"iterations": 7}))


class TestSpread:
    """What predecessors showed: mean and deviation, minimum and maximum, where they are asked for."""

    def test_they_have_a_table_of_their_own(self, capsys: pytest.CaptureFixture[str]) -> None:
        single = {**times(2.0), "stdev": None, "n": 1, "total": 2.0}
        older = {name: value for name, value in times(3.0).items() if name not in ("max", "total")}
        file = write(rated(2.0), result("S2", latency=single), result("S3", latency=older), failed("M1"))
        assert section(report(capsys, file, "--spread"), "## Spread of the samples, ms") == [
            "| result | samples | median | mean ± standard deviation | minimum | maximum | total |",
            "| --- | --- | --- | --- | --- | --- | --- |",
            "| S1 on opencl:0 | 30 | 0.500 | 0.500 ± 0.025 | 0.450 | 0.750 | 15.000 |",
            "| S2 on opencl:0 | 1 | 2.000 | 2.000 | 1.800 | 3.000 | 2.000 |",
            "| S3 on opencl:0 | 30 | 3.000 | 3.000 ± 0.150 | 2.700 | – | – |",
        ]

    def test_nothing_else_changes(self, capsys: pytest.CaptureFixture[str]) -> None:
        file = write(*RESULTS)
        before, _, after = report(capsys, file, "--spread").partition("## Spread of the samples, ms")
        assert after and before + after[after.index("## Red flags") :] == report(capsys, file)

    def test_the_document_always_has_them(self, capsys: pytest.CaptureFixture[str]) -> None:
        document = json.loads(report(capsys, write(numpy(), rated(0.5), failed("S2")), "--format", "json"))
        measured, lost = document["operations"][0]["sizes"]
        figures = {"mean_ms": 2.0, "stdev_ms": 0.1, "min_ms": 1.8, "max_ms": 3.0, "samples": 30, "total_ms": 60.0}
        assert measured["results"][0]["spread"] == figures
        assert measured["baseline_spread"]["max_ms"] == 1.5
        assert (lost["results"][0]["spread"], lost["baseline_spread"]) == (None, None)


class TestGate:
    """80 % of the operations within 20 % of the baseline decide the exit status, where that is asked for."""

    def gated(self, capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str]:
        status = main(["report", *argv, "--gate"])
        captured = capsys.readouterr()
        assert captured.err == ""
        return status, captured.out

    def last_line(self, capsys: pytest.CaptureFixture[str], *results: Document, baseline: str = "numpy") -> str:
        status, text = self.gated(capsys, write(*results), "--baseline", baseline)
        line = text.splitlines()[-1]
        assert status == (0 if line.startswith("Gate met: ") else 1)
        return line

    def test_four_of_five_are_enough_and_faster_counts(self, capsys: pytest.CaptureFixture[str]) -> None:
        enough = [rated(ratio, f"add-{ratio}") for ratio in (0.5, 0.84, 1.0, 1.5, 3.0)]
        assert self.last_line(capsys, *enough) == (
            "Gate met: at least 80 % of the operations within 20 % of NumPy, on every adapter and in every dtype."
        )

    def test_every_adapter_and_dtype_counts(self, capsys: pytest.CaptureFixture[str]) -> None:
        slow = [rated(ratio, f"add-{ratio}", "gl:0", dtype="f16") for ratio in (0.1, 0.2, 1.0)]
        assert self.last_line(capsys, rated(1.0), *slow) == (
            "Gate missed: at least 80 % of the operations within 20 % of NumPy; 33 % on gl:0 in f16."
        )

    def test_what_failed_or_broke_its_claim_is_not_within(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.last_line(capsys, rated(1.0), failed("S2")).endswith("; 50 % on opencl:0 in f32.")
        assert self.last_line(capsys, rated(1.0, bit_identical=False)).endswith("; 0 % on opencl:0 in f32.")

    def test_what_cannot_be_rated_does_not_count(self, capsys: pytest.CaptureFixture[str]) -> None:
        unsupported = failed("S2", "gl:0") | {"status": "unsupported"}
        assert self.last_line(capsys, rated(1.0), unsupported).startswith("Gate met: ")

    def test_nothing_is_no_success(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.last_line(capsys).endswith("; there is nothing to count.")

    def test_it_is_of_the_baseline_that_is_named(self, capsys: pytest.CaptureFixture[str]) -> None:
        torch = result(adapter="torch", latency=times(2.0), library="MKL", threads=1)
        assert "within 20 % of PyTorch" in self.last_line(capsys, torch, rated(1.0), baseline="torch")

    def test_the_document_says_it_too(self, capsys: pytest.CaptureFixture[str]) -> None:
        status, text = self.gated(capsys, write(rated(0.5)), "--format", "json")
        gate = json.loads(text)["gate"]
        assert (status, gate) == (
            1,
            {"met": False, "missed": [{"adapter": "opencl:0", "dtype": "f32", "percent": 0.0}]},
        )
        assert self.gated(capsys, write(rated(1.0)), "--format", "json")[0] == 0

    def test_without_it_there_is_neither_line_nor_status(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert "Gate" not in report(capsys, write(rated(0.5)))
        assert json.loads(report(capsys, write(rated(0.5)), "--format", "json"))["gate"] is None


class TestDocument:
    def test_it_has_all_that_the_tables_have(self, capsys: pytest.CaptureFixture[str]) -> None:
        document = json.loads(report(capsys, write(*RESULTS, sampling=FAST), "--format", "json"))
        assert (document["schema"], document["session"], document["baseline"]) == (1, "20260102-030405-aaaa", "numpy")
        assert (document["host"], document["sampling"], document["interrupted"]) == (HOST, FAST, False)
        assert [adapter["adapter"] for adapter in document["adapters"]] == ["opencl:0", "gl:0"]
        add, dot = document["operations"]
        assert [(size["size"], size["baseline_ms"]) for size in add["sizes"]] == [("1k", 1.0), ("1M", 1.0)]
        assert (dot["operation"], dot["dtype"], dot["suite"]) == ("dot", "f32", "inference")
        quick, slow = add["sizes"][0]["results"]
        assert (quick["adapter"], quick["latency_ms"], quick["ratio"]["value"]) == ("opencl:0", 0.5, 2.0)
        assert quick["speed"] == {"word": "faster", "sure": True} and quick["flags"] == [NOISY]
        assert slow["band"] == {"word": "excellent", "sure": False}
        wrong, unsupported = add["sizes"][1]["results"]
        assert (wrong["ratio"], wrong["bits"], wrong["speed"]) == (None, "claim broken", None)
        assert unsupported["latency_ms"] is None and unsupported["no_ratio"].startswith("unsupported: 2 GiB")
        assert add["sizes"][0]["best"] == {"column": "opencl:0", "ms": 0.5, "clear": True}
        assert [share["percent"] for share in document["within"]] == [pytest.approx(200 / 3), 0]
        assert document["within"][1]["success"] == {"word": "no success", "sure": False}
        assert document["best_by_size"][0]["counts"] == {"opencl:0": 1, "numpy": 1}
        assert [result["case"] for result in document["slowest"]] == ["add-1k", "dot-1k", "add-1k"]
        assert [flag["what"] for flag in document["red_flags"]] == ["claim broken", "unsupported", "noisy"]


class TestNames:
    def test_what_is_no_session_is_usage_and_what_is_not_there_unknown(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        Path("other.json").write_text("[1, 2]", encoding="utf-8")
        status, words = refused(capsys, "report", "other.json")
        assert status == 2 and "other.json is not a paragon-tui session" in words
        status, words = refused(capsys, "report", "none.json")
        assert status == 2 and "none.json cannot be read" in words
        status, words = refused(capsys, "report", "last")
        assert status == 3 and "none has been saved yet" in words

    def test_help_says_what_a_session_is(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit):
            main(["report", "--help"])
        help_text = " ".join(capsys.readouterr().out.split())
        assert (
            "the share within 20 %" in help_text
            and "`last` and `previous`" in help_text
            and "3 unknown session" in help_text
        )

    @pytest.mark.parametrize("argv", [(), ("a.json", "--format", "xml"), ("a.json", "--baseline", "gl:0")], ids=str)
    def test_nonsense_is_refused(self, argv: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as ended:
            main(["report", *argv])
        assert ended.value.code == 2
        assert "usage: paragon-tui report" in capsys.readouterr().err


def test_a_real_run_is_reported_from_its_file_and_from_the_store(
    real_adapters: list[Adapter], capsys: pytest.CaptureFixture[str]
) -> None:
    if "opencl:0" not in {adapter.id for adapter in real_adapters}:
        assert "opencl" not in expected_adapters()
        pytest.skip("this machine has no OpenCL device")
    assert main(["run", "S1", "S2", "--adapter", "opencl:0", "--fast", "--quiet", "--json", "run.json"]) == 0
    capsys.readouterr()
    from_file = report(capsys, "run.json")
    assert from_file == report(capsys, "run.json")
    from_store = report(capsys, "last")
    shared = [
        *("## Within 20 % of NumPy", "## Fastest adapter by size, number of operations", "## Slowest ten"),
        next(line for line in from_file.splitlines() if line.startswith("## ") and line.endswith(", f32")),
    ]
    for heading in shared:
        marks = re.compile(" [!~](?= )")
        stored = [marks.sub("", line) for line in section(from_store, heading)]  # which the file does not have
        assert [marks.sub("", line) for line in section(from_file, heading)] == stored
    _, _, *rows = section(from_file, shared[-1])
    assert [row.split(" | ")[0] for row in rows] == ["| S1", "| S2"]
    assert all(" ✓ " in row for row in rows)

    source = json.loads(Path("run.json").read_text(encoding="utf-8"))
    document = json.loads(report(capsys, "last", "--format", "json"))
    ratios = [size["results"][0]["ratio"]["value"] for size in document["operations"][0]["sizes"]]
    assert ratios == [result["speedup"] for result in source["results"]]
    assert document["session"] == source["session"] and document["ended"] == "finished"
    assert [adapter["adapter"] for adapter in document["adapters"]] == ["numpy", "opencl:0"]


def keep(name: str, ended: bool, interrupted: bool = False) -> None:
    """A session of no results, in the store of the program itself."""
    started = RunStarted(name, "2026-01-02T03:04:05+00:00", HOST, (), (), {}, None)
    record(paths.database(), started, *([RunFinished(name, interrupted)] if ended else []))
