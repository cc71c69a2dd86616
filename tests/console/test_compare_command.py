"""``paragon-tui compare`` on real files and a real store: words, exit statuses, and the document."""

from __future__ import annotations

import json
import os
import re
import struct
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from paragon_tui.cli import main
from paragon_tui.engine.messages.events import RunFinished, RunStarted
from paragon_tui.sessions import paths
from tests.console.conftest import refused
from tests.support.documents import HOST, Document, failed, result, times, write_session
from tests.support.sessions import record


def compare(*argv: str) -> int:
    return main(["compare", *argv])


A = (result("S1"), result("S2"), result("S3"), result("M1", latency=times(1.0, None)))
B = (result("S1"), result("S2", latency=times(1.25)), result("S3", latency=times(0.5)), result("M1"))


# The report


def printed(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return the lines of what was printed, with single spaces; nothing may be wider than 80 columns."""
    captured = capsys.readouterr()
    assert captured.err == "" and max(map(len, captured.out.splitlines())) <= 80
    return [" ".join(line.split()) for line in captured.out.splitlines()]


@pytest.mark.usefixtures("folder")
class TestReport:
    def test_it_begins_with_its_conclusion(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert compare(write_session("a.json", *A), write_session("b.json", *B)) == 0
        assert printed(capsys)[:3] == [
            "Of 4 results, B is faster in 1, slower in 1, the same in 1, unclear in 1.",
            "Bits are the same in 4.",
            "",
        ]

    def test_a_row_has_times_ratio_verdict_and_bits(self, capsys: pytest.CaptureFixture[str]) -> None:
        compare(write_session("a.json", *A), write_session("b.json", *B))
        assert printed(capsys)[3:] == [
            "A 20260102-030405-aaaa 2026-01-02T03:04:05+00:00 paragon-tui 0.1.0",
            "B 20260102-030405-aaaa 2026-01-02T03:04:05+00:00 paragon-tui 0.1.0",
            "",
            "opencl:0 Example opencl:0",
            "case A ms B ms A/B B is bits",
            "S1 1.000 1.000 1.00× [0.997, 1.003] same same",
            "S2 1.000 1.250 0.80× [0.798, 0.802] slower same",
            "S3 1.000 0.500 2.00× [1.99, 2.01] faster same",
            "M1 1.000 1.000 1.00× unclear same",
        ]

    def test_each_adapter_has_a_table_with_the_same_columns(self, capsys: pytest.CaptureFixture[str]) -> None:
        results = (result("S1"), result("norm_l2-1M", "gl:0"), result("S1", "gl:0", dtype="f16"))
        compare(write_session("a.json", *results), write_session("b.json", *results))
        lines = capsys.readouterr().out.splitlines()
        first, second = lines.index("opencl:0  Example opencl:0"), lines.index("gl:0  Example gl:0")
        assert lines[first + 1] == lines[second + 1] and lines[first + 1].startswith("case         A ms")
        assert [line.split()[0] for line in lines[second + 2 :]] == ["norm_l2-1M", "S1:f16"]

    def test_what_is_on_one_side_alone_or_failed_is_said(self, capsys: pytest.CaptureFixture[str]) -> None:
        a = write_session("a.json", result("S1"), result("S2"), result("S3"))
        other = result("S1", "gl:0", adapter_name="llvmpipe (LLVM 15.0.6)", driver="OpenGL 4.5")
        b = write_session("b.json", failed("S2"), result("S3", digest="00"), result("M1", dtype="f16"), other)
        compare(a, b)
        lines = printed(capsys)
        assert lines[:3] == [
            "Of 2 results, B is faster in 0, slower in 0, the same in 1, unclear in 0, not",
            "compared in 1.",
            "Bits are other in 1, not compared in 1.",
        ]
        assert "S2 1.000 failed – – –" in lines and "S3 1.000 1.000 1.00× [0.997, 1.003] same other" in lines
        assert lines[-6:] == [
            "only in A:",
            "opencl:0 Example opencl:0: 1 result (S1)",
            "",
            "only in B:",
            "opencl:0 Example opencl:0: 1 result (M1:f16)",
            "gl:0 llvmpipe (OpenGL): 1 result (S1)",
        ]

    def test_nothing_in_common_is_said_first(self, capsys: pytest.CaptureFixture[str]) -> None:
        a, b = write_session("a.json", result("S1")), write_session("b.json", result("S2"))
        assert compare(a, b) == 0
        assert printed(capsys)[0] == "Nothing to compare: A and B have no result in common."
        assert compare(a, write_session("b.json", result("S1", "gl:0")), "--fail-above", "5%") == 0
        assert printed(capsys)[0] == "Nothing to compare: A and B have no device or library in common."

    def test_flags_mark_times_and_are_named_below(self, capsys: pytest.CaptureFixture[str]) -> None:
        noisy = {"name": "noisy", "words": "the samples spread by 9 %"}
        slow = {"name": "first run slow", "words": "the first run took 9 times the median"}
        rough = {"name": "imprecise", "words": "the median is known to ±9 %"}
        cases = ("S1", "S2", "S3", "M1", "M2")
        a = write_session("a.json", *(result(case, flags=[noisy, slow]) for case in cases))
        compare(a, write_session("b.json", result("S1", flags=[noisy, rough]), *(result(case) for case in cases[1:])))
        lines = printed(capsys)
        assert "S1 1.000! 1.000! 1.00× [0.997, 1.003] same same" in lines
        assert "S2 1.000! 1.000 1.00× [0.997, 1.003] same same" in lines
        assert lines[-2:] == [
            "! noisy in A: 5 of 5 results; in B: S1 on opencl:0",
            "~ imprecise in B: S1 on opencl:0",
        ]

    def test_the_device_time_has_a_line_where_its_verdict_is_another(self, capsys: pytest.CaptureFixture[str]) -> None:
        a = write_session("a.json", *(result(case, device_ms=times(0.003)) for case in ("S1", "S2", "S3")))
        b = [result("S1", device_ms=times(0.001)), result("S2", device_ms=times(0.003))]
        compare(a, write_session("b.json", *b, result("S3", device_ms=times(0.0028, 0.9))))
        lines = printed(capsys)
        index = lines.index("S1 1.000 1.000 1.00× [0.997, 1.003] same same")
        assert lines[index + 1] == "device 0.003 0.001 3.00× [2.99, 3.01] faster"
        assert [line.split()[0] for line in lines[index + 2 :]] == ["S2", "S3"]

    def test_a_small_time_is_not_shown_as_nothing(self, capsys: pytest.CaptureFixture[str]) -> None:
        compare(write_session("a.json", result(latency=times(0.000123))), write_session("b.json", result()))
        assert any(line.startswith("S1 0.000123 1.000 ") for line in printed(capsys))

    def test_other_machines_are_said(self, capsys: pytest.CaptureFixture[str]) -> None:
        compare(write_session("a.json", *A), write_session("b.json", *B, host=HOST | {"cpu": "Other [CPU]"}))
        lines = capsys.readouterr().out
        assert "different machines or drivers:\n  cpu: Example CPU in A, Other [CPU] in B\n" in lines
        compare("a.json", "a.json")
        assert "different" not in capsys.readouterr().out

    def test_other_ways_to_measure_are_said(self, capsys: pytest.CaptureFixture[str]) -> None:
        a, b = (result("S1", "numpy", library="OpenBLAS [x]", threads=threads) for threads in (2, 1))
        compare(write_session("a.json", a), write_session("b.json", b))
        assert "different settings:\n  numpy: 2 threads in A, 1 in B\n" in capsys.readouterr().out
        assert compare("a.json", "b.json", "--json") == 0
        document = json.loads(capsys.readouterr().out)
        assert document["settings"] == ["numpy: 2 threads in A, 1 in B"]
        (row,) = document["rows"]
        assert (row["a"]["threads"], row["b"]["threads"], row["a"]["processes"]) == (2, 1, 3)

    def test_what_was_stopped_with_figures_is_shown_as_stopped(self, capsys: pytest.CaptureFixture[str]) -> None:
        compare(write_session("a.json", result()), write_session("b.json", result(status="stopped")))
        assert "S1 1.000 stopped – – same" in printed(capsys)

    def test_the_document(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert (
            compare(
                write_session("a.json", *A, name="one"), write_session("b.json", *B), "--json", "--fail-above", "5%"
            )
            == 1
        )
        document = json.loads(capsys.readouterr().out)
        assert document["schema"] == 1
        assert (document["a"]["session"], document["a"]["host"]) == ("one", HOST)
        assert document["judgements"] == {"same": 1, "slower": 1, "faster": 1, "unclear": 1}
        assert (document["bits"], document["fail_above_percent"]) == ({"same bits": 4}, 5)
        row = document["rows"][2]
        assert (row["case"], row["adapter"], row["bits"]) == ("S3", "opencl:0", "same bits")
        assert row["latency"]["value"] == 2 and row["latency"]["judgement"] == "faster"
        assert row["latency"]["interval"]["low"] < 2 < row["latency"]["interval"]["high"]
        assert row["b"]["latency_ms"] == times(0.5) and row["device"] is None
        same = {"device_name": "Example opencl:0", "by_order": False}
        assert document["adapters"] == [{"a": "opencl:0", "b": "opencl:0"} | same] and row["adapter_b"] == "opencl:0"
        (worse,) = document["regressions"]
        assert (worse["case"], worse["kind"], worse["words"]) == ("S2", "slower", "25 % slower than in A")


# Regressions


@pytest.mark.usefixtures("folder")
class TestLimit:
    @pytest.mark.parametrize(("limit", "status"), [("24%", 1), ("24", 1), ("26%", 0), ("0", 1), ("0.5%", 1)])
    def test_slower_beyond_the_limit(self, limit: str, status: int, capsys: pytest.CaptureFixture[str]) -> None:
        assert compare(write_session("a.json", *A), write_session("b.json", *B), "--fail-above", limit) == status
        percent = limit.removesuffix("%")
        assert printed(capsys)[2:4] == (
            [f"1 regression beyond {percent} %:", "S2 on opencl:0: 25 % slower than in A"]
            if status
            else [f"No regression beyond {percent} %.", ""]
        )

    def test_one_process_each_fails_on_no_time(self, capsys: pytest.CaptureFixture[str]) -> None:
        a = write_session("a.json", result("S1", processes=1), result("S2", processes=1))
        b = write_session("b.json", result("S1", processes=1, latency=times(1.5)), result("S2", processes=2))
        assert compare(a, b, "--fail-above", "5") == 0
        lines = printed(capsys)
        assert lines[:5] == [
            "Of 2 results, B is faster in 0, slower in 0, the same in 0, unclear in 2.",
            "Bits are the same in 2.",
            "Too few processes for a verdict on 2 times: fewer than 3 in A and B. Measure",
            "both sides with `run --repeat 3`.",
            "No regression beyond 5 % (2 times not checked: too few processes).",
        ]
        assert "S1 1.000 1.500 0.67× unclear same" in lines

    @pytest.mark.parametrize("side", ["A", "B"])
    def test_the_side_of_too_few_processes_is_named(self, side: str, capsys: pytest.CaptureFixture[str]) -> None:
        files = [
            write_session(f"{name}.json", result("S1", processes=1 if name == side else 3), result("S2"))
            for name in ("A", "B")
        ]
        compare(*files)
        assert printed(capsys)[2].startswith(f"Too few processes for a verdict on 1 time: fewer than 3 in {side}. ")

    def test_without_a_limit_nothing_is_a_regression(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert compare(write_session("a.json", *A), write_session("b.json", result("S1", digest="00"))) == 0
        assert "regression" not in capsys.readouterr().out

    def test_bits_and_losses_are_regressions_in_their_own_words(self, capsys: pytest.CaptureFixture[str]) -> None:
        b = write_session("b.json", result("S1", digest="00"), failed("S2", error="no [memory]"), result("M1"))
        assert compare(write_session("a.json", *A), b, "--fail-above", "50") == 1
        lines = printed(capsys)
        assert lines[3:6] == [
            "2 regressions beyond 50 %:",
            "S1 on opencl:0: the bits have changed since A",
            "S2 on opencl:0: measured in A, failed in B: no [memory]",
        ]
        assert lines[-2:] == ["only in A:", "opencl:0 Example opencl:0: 1 result (S3)"]

    @pytest.mark.parametrize("limit", ["-5", "five", "", "%", "nan", "inf", "5%%", "5 percent"])
    def test_nonsense_is_refused_in_words(self, limit: str, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as ended:
            compare("a", "b", f"--fail-above={limit}")
        assert ended.value.code == 2
        assert f"{limit!r} is not a percentage such as 5%" in capsys.readouterr().err

    def test_a_bare_fraction_is_asked_back(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as ended:
            compare("a", "b", "--fail-above", "0.05")
        assert ended.value.code == 2
        assert "'0.05' is ambiguous: write 0.05% or 5%" in capsys.readouterr().err

    def test_help_says_what_a_regression_is(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit):
            compare("--help")
        help_text = capsys.readouterr().out
        assert (
            "its bits have changed" in help_text
            and "more than 5 % above A's" in help_text
            and "in B it failed" in help_text
        )


# Devices


def gpu(adapter: str, case: str = "S1", **known: Any) -> Document:
    name = {"adapter_name": "NVIDIA H200", "device_name": "NVIDIA H200", "driver_family": "NVIDIA CUDA"}
    return result(case, adapter, **(name | {"driver": "NVIDIA CUDA 570.1"} | known))


@pytest.mark.usefixtures("folder")
class TestDevices:
    def test_another_device_under_one_id_is_not_judged(self, capsys: pytest.CaptureFixture[str]) -> None:
        pocl = result("S1", adapter_name="pthread-Intel(R) Xeon(R) Processor", driver="Portable Computing Language 3.0")
        a = write_session("a.json", pocl, result("S1", "gl:0"))
        b = write_session("b.json", gpu("opencl:0", latency=times(9.0), digest="00"), result("S1", "gl:0"))
        assert compare(a, b, "--fail-above", "0") == 0
        lines = printed(capsys)
        assert lines[0] == "Of 1 result, B is faster in 0, slower in 0, the same in 1, unclear in 0."
        assert lines[6:9] == [
            "devices:",
            "opencl:0 is another device in B, so it is not compared: Intel(R) Xeon(R)",
            "Processor (Portable Computing Language) in A, NVIDIA H200 (NVIDIA CUDA) in B",
        ]
        assert lines[-6:] == [
            "only in A:",
            "opencl:0 Intel(R) Xeon(R) Processor (Portable Computing Language): 1 result",
            "(S1)",
            "",
            "only in B:",
            "opencl:0 NVIDIA H200 (NVIDIA CUDA): 1 result (S1)",
        ]

    def test_a_device_with_a_new_number_is_judged_and_named(self, capsys: pytest.CaptureFixture[str]) -> None:
        a = write_session("a.json", gpu("opencl:0"))
        b = write_session("b.json", result("S1"), gpu("opencl:1", latency=times(2.0), driver="NVIDIA CUDA 580.2"))
        assert compare(a, b, "--fail-above", "5") == 1
        lines = printed(capsys)
        assert lines[2:4] == ["1 regression beyond 5 %:", "S1 on opencl:0: 100 % slower than in A"]
        assert "driver of opencl:0: NVIDIA CUDA 570.1 in A, NVIDIA CUDA 580.2 in B" in lines
        assert "opencl:0 in A is opencl:1 in B: NVIDIA H200" in lines
        assert "opencl:0 in A, opencl:1 in B NVIDIA H200 (NVIDIA CUDA)" in lines
        compare(a, b, "--json")
        document = json.loads(capsys.readouterr().out)
        assert [(row["adapter"], row["adapter_b"]) for row in document["rows"]] == [("opencl:0", "opencl:1")]
        assert document["adapters"] == [
            {"a": "opencl:0", "b": "opencl:1", "device_name": "NVIDIA H200", "by_order": False}
        ]

    def test_two_equal_devices_are_paired_by_order_and_that_is_said(self, capsys: pytest.CaptureFixture[str]) -> None:
        a = write_session("a.json", gpu("opencl:0"), gpu("opencl:1", latency=times(2.0)))
        compare(a, write_session("b.json", gpu("opencl:1"), gpu("opencl:2", latency=times(2.0))))
        lines = printed(capsys)
        assert lines[0] == "Of 2 results, B is faster in 0, slower in 0, the same in 2, unclear in 0."
        words = (
            "devices: several are NVIDIA H200, which no UUID or PCI address tells apart; paired by order: opencl:0 "
            "with opencl:1, opencl:1 with opencl:2"
        )
        assert words in " ".join(lines)

    def test_other_units_of_one_kind_are_told_apart_by_their_uuids(self, capsys: pytest.CaptureFixture[str]) -> None:
        one, other = "6fb07f4c-11b8-4d07-a2b4-a63f4ab34ab0", "0d5c5c3e-7a0e-4f43-9df4-3f8f0a6f2f11"
        a, b = (write_session(f"{uuid[0]}.json", gpu("opencl:0", uuid=uuid)) for uuid in (one, other))
        assert compare(a, b, "--fail-above", "5") == 0
        text = " ".join(printed(capsys))
        assert f"NVIDIA H200 (NVIDIA CUDA) {one} in A, NVIDIA H200 (NVIDIA CUDA) {other} in B" in text


# Width


LONG = "norm_linf-columns-4096x4096"


def wide_sessions() -> tuple[str, str]:
    """Two sessions in which everything that may be long is long."""
    flags = [{"name": name, "words": "so it is"} for name in ("noisy", "other load", "processes differ")]
    known = {"adapter_name": "Intel(R) Data Center GPU Max 1550 of a very long name indeed", "driver": "x" * 90}
    facts: dict[str, Any] = {"flags": flags, "device_ms": times(123456.789, 0.1)} | known
    results = [
        result(case, adapter, latency=times(123456.789, 0.1), dtype="f16", **facts)
        for case in (LONG, f"{LONG}@64@0.000001", "S1")
        for adapter in ("opencl:0", "opencl:1", "numpy-baseline")
    ]
    a = write_session("a.json", *results, result("S2"), host=HOST | {"cpu": "An old processor"}, threads=2)
    slower = [one | {"latency_ms": times(623456.789, 0.1), "device_ms": times(1.0)} for one in results[1:]]
    b = write_session("b.json", failed(LONG, "opencl:0", error="no memory " * 30) | {"dtype": "f16"} | known, *slower)
    return a, b


@pytest.mark.usefixtures("folder")
class TestWidth:
    def test_a_file_of_the_output_has_at_most_80_columns(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert compare(*wide_sessions(), "--fail-above", "5") == 1
        lines = printed(capsys)
        assert lines[0].startswith("Of 9 results, B is faster in 0, slower in 8")
        first = lines.index(next(line for line in lines if line.startswith("norm_linf-c 123456.789!")))
        assert "".join(line.split()[0] for line in lines[first : first + 3]) == f"{LONG}:f16"

    @pytest.mark.skipif(sys.platform == "win32", reason="has no pseudo-terminals")
    def test_a_terminal_of_80_columns_shows_every_line_whole(self) -> None:
        argv = [sys.executable, "-m", "paragon_tui", "compare", *wide_sessions(), "--fail-above", "5"]
        shown = in_terminal(argv, columns=80)
        assert "slower in 8" in shown and "9 regressions beyond 5 %:" in shown
        assert max(map(len, shown.splitlines())) <= 80


def in_terminal(argv: list[str], columns: int) -> str:
    """Return what a program prints on a terminal, without the codes of its colours."""
    import fcntl
    import pty
    import termios

    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen(argv, stdin=child, stdout=child, stderr=child, env=os.environ | {"TERM": "xterm"}) as program:
        os.close(child)
        output = b""
        with suppress(OSError):  # Linux reports in this way that the other end is closed
            while data := os.read(parent, 65536):
                output += data
        program.wait()
    os.close(parent)
    return re.sub(r"\x1b\[[0-9;]*m", "", output.decode()).replace("\r\n", "\n")


# What is not there


@pytest.mark.usefixtures("folder")
class TestNames:
    def test_a_file_that_is_no_session_is_usage(self, capsys: pytest.CaptureFixture[str]) -> None:
        a = write_session("a.json", *A)
        Path("letter.txt").write_text("dear friend", encoding="utf-8")
        Path("other.json").write_text("[1, 2]", encoding="utf-8")
        assert refused(capsys, "compare", a, "letter.txt")[0] == 2
        assert refused(capsys, "compare", "other.json", a) == (
            2,
            "paragon-tui: other.json is not a paragon-tui session; `paragon-tui run --json FILE` writes one\n",
        )
        status, words = refused(capsys, "compare", a, "none.json")
        assert status == 2 and "none.json cannot be read: No such file" in words
        status, words = refused(capsys, "compare", a, write_session("old.json", *A, schema=1))
        assert status == 2 and "old.json was written by an older paragon-tui" in words

    def test_an_unknown_session_is_unknown(self, capsys: pytest.CaptureFixture[str]) -> None:
        status, words = refused(capsys, "compare", "last", "previous")
        assert status == 3 and "none has been saved yet" in words
        keep("20260102-030405-aaaa")
        status, words = refused(capsys, "compare", "20260102-030405-aaab", "last")
        assert status == 3 and "did you mean 20260102-030405-aaaa?" in words

    def test_sessions_of_the_store_are_compared(self, capsys: pytest.CaptureFixture[str]) -> None:
        keep("20260102-030405-aaaa")
        keep("20260103-030405-bbbb")
        assert compare("previous", "last") == 0
        out = capsys.readouterr().out
        assert "\nA  20260102-030405-aaaa  " in out and "\nB  20260103-030405-bbbb  " in out
        assert compare("20260103", write_session("a.json", *A), "--fail-above", "5") == 0
        assert "\nA  20260103-030405-bbbb  " in capsys.readouterr().out

    def test_a_file_comes_before_a_session_of_its_name(self, capsys: pytest.CaptureFixture[str]) -> None:
        keep("20260102-030405-aaaa")
        assert compare(write_session("20260102", *A, name="from the file"), "20260102-0") == 0
        assert "\nA  from the file  " in capsys.readouterr().out

    def test_a_store_that_cannot_be_read_is_usage(self, capsys: pytest.CaptureFixture[str]) -> None:
        paths.data_dir().mkdir(parents=True)
        paths.database().write_text("this is a letter to a friend, not a database " * 30)
        status, words = refused(capsys, "compare", "last", "previous")
        assert status == 2 and "file is not a database" in words


# Two runs, from one end to the other


@pytest.mark.usefixtures("folder", "fakes")
class TestRuns:
    """The fake device's samples are seeded and on its own clock; NumPy's are this machine's, and not looked at."""

    @pytest.fixture
    def measured(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
        monkeypatch.setenv("FAKE_TIMES", "quiet")

        def measure(file: str, slower: float = 1.0, *argv: str) -> str:
            monkeypatch.setenv("FAKE_SLOWER", str(slower))
            command = ["run", *(argv or ("S1",)), "--adapter", "gl:0", "--fast", "--repeat", "3", "--quiet"]
            assert main([*command, "--json", file]) == 0
            capsys.readouterr()
            return file

        return measure

    @pytest.fixture(scope="class")
    def usual(self) -> dict[str, str]:
        """The document of the usual run, once one test has measured it."""
        return {}

    @pytest.fixture
    def before(self, measured, usual: dict[str, str]) -> str:
        """The file of the usual run of S1."""
        if "S1" not in usual:
            usual["S1"] = Path(measured("a.json")).read_text(encoding="utf-8")
        Path("a.json").write_text(usual["S1"], encoding="utf-8")
        return "a.json"

    @pytest.mark.parametrize(
        ("slower", "judgement", "limits"),
        [
            (1.0, "same", {"0.1%": 0}),
            (1.05, "slower", {"3%": 1, "8%": 0}),
            pytest.param(0.95, "faster", {"3%": 0}, marks=pytest.mark.exhaustive),
        ],
    )
    def test_a_planted_change_is_seen_in_two_files(
        self,
        slower: float,
        judgement: str,
        limits: dict[str, int],
        before: str,
        measured,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        after = measured("b.json", slower)
        for fail_above, status in limits.items():
            assert compare(before, after, "--json", "--fail-above", fail_above) == status
            document = json.loads(capsys.readouterr().out)
            (row,) = document["rows"]
            assert (row["adapter"], row["latency"]["judgement"], row["bits"]) == ("gl:0", judgement, "same bits")
            assert row["latency"]["value"] == pytest.approx(1 / slower, rel=0.01)
            assert row["device"]["value"] == pytest.approx(1 / slower, rel=0.01)
            assert [regression["kind"] for regression in document["regressions"]] == ["slower"] * status

    def test_the_last_two_sessions_are_found_by_what_people_call_them(
        self, measured, capsys: pytest.CaptureFixture[str]
    ) -> None:
        measured("a.json", 1.0, "S1", "S2")
        measured("b.json", 1.05, "S2", "S3")
        assert compare("previous", "last", "--json") == 0
        document = json.loads(capsys.readouterr().out)
        sessions = [json.loads(Path(file).read_text(encoding="utf-8"))["session"] for file in ("a.json", "b.json")]
        assert [document[side]["session"] for side in ("a", "b")] == sessions
        judged = {row["adapter"]: row["latency"]["judgement"] for row in document["rows"]}
        assert judged == {"gl:0": "slower"}  # NumPy was measured beside it and not asked for
        alone = [[(result["case"], result["adapter"]) for result in document[side]] for side in ("only_a", "only_b")]
        assert [{case for case, _ in side} for side in alone] == [{"S1"}, {"S3"}]

    def test_bits_that_were_right_and_are_wrong_now_are_a_regression(
        self, before: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("FAKE_FAULT", "wrong")
        assert main(["run", "S1", "--adapter", "gl:0", "--fast", "--quiet", "--json", "b.json"]) == 1
        assert compare(before, "b.json", "--fail-above", "50%") == 1
        assert "S1 on gl:0: the bits have changed since A" in capsys.readouterr().out

    def test_what_is_missing_now_is_a_regression(
        self, before: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("FAKE_FAULT", "raise")
        assert main(["run", "S1", "--adapter", "gl:0", "--fast", "--quiet", "--json", "b.json"]) == 1
        assert compare(before, "b.json", "--fail-above", "50%") == 1
        assert "measured in A, failed in B: the fake device was lost" in capsys.readouterr().out


def keep(name: str) -> None:
    """A finished session of no results, in the store of the program itself."""
    started = RunStarted(name, f"2026-01-0{name[7]}T03:04:05+00:00", HOST, (), (), {}, None)
    record(paths.database(), started, RunFinished(name, False))
