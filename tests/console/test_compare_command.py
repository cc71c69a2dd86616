"""``paragon-tui compare`` on real files and a real store: words, exit statuses, and the document."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from paragon_tui.cli import main
from paragon_tui.engine.messages.events import RunFinished, RunStarted
from paragon_tui.sessions import paths
from tests.console.conftest import refused
from tests.support.documents import HOST, failed, result, times, write_session
from tests.support.sessions import record


def compare(*argv: str) -> int:
    return main(["compare", *argv])


A = (result("S1"), result("S2"), result("S3"), result("M1", latency=times(1.0, None)))
B = (result("S1"), result("S2", latency=times(1.25)), result("S3", latency=times(0.5)), result("M1"))


# The report


@pytest.mark.usefixtures("folder")
class TestReport:
    def test_a_row_has_times_ratio_verdict_and_bits(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert compare(write_session("a.json", *A), write_session("b.json", *B)) == 0
        captured = capsys.readouterr()
        lines = {line.split()[0]: " ".join(line.split()) for line in captured.out.splitlines() if line}
        assert lines["case"] == "case dtype adapter A ms B ms A/B B is bits"
        assert lines["S1"] == "S1 f32 opencl:0 1.000 ±0.2 % 1.000 ±0.2 % 1.000× [0.997, 1.003] same same bits"
        assert lines["S2"] == "S2 f32 opencl:0 1.000 ±0.2 % 1.250 ±0.2 % 0.800× [0.798, 0.802] slower same bits"
        assert lines["S3"] == "S3 f32 opencl:0 1.000 ±0.2 % 0.500 ±0.2 % 2.000× [1.994, 2.006] faster same bits"
        assert lines["M1"] == "M1 f32 opencl:0 1.000 1.000 ±0.2 % 1.000× unclear same bits"
        assert captured.err == ""

    def test_the_last_sentence_counts(self, capsys: pytest.CaptureFixture[str]) -> None:
        compare(write_session("a.json", *A), write_session("b.json", *B))
        assert capsys.readouterr().out.splitlines()[-1] == ("1 same, 1 faster, 1 slower, 1 unclear; bits: 4 the same.")

    def test_what_is_on_one_side_alone_or_failed_is_said(self, capsys: pytest.CaptureFixture[str]) -> None:
        a = write_session("a.json", result("S1"), result("S2"), result("S3"))
        compare(a, write_session("b.json", failed("S2"), result("S3", digest="00"), result("M1", dtype="f16")))
        out = capsys.readouterr().out
        assert "only in A: S1 on opencl:0\nonly in B: M1:f16 on opencl:0\n" in out
        assert "failed in B  not compared" in out
        assert out.splitlines()[-1] == (
            "1 same, 0 faster, 0 slower, 0 unclear, 1 not compared; bits: 1 changed, 1 not compared; 1 only in A; "
            "1 only in B."
        )

    def test_flags_variants_and_device_times_have_their_place(self, capsys: pytest.CaptureFixture[str]) -> None:
        noisy = {"name": "noisy", "words": "the samples spread by 9 %"}
        a = write_session("a.json", result(variant="plain", device_ms=times(0.003), flags=[noisy]))
        compare(a, write_session("b.json", result(variant="plain", device_ms=times(0.001))))
        heading, row = (" ".join(line.split()) for line in capsys.readouterr().out.splitlines()[3:5])
        assert heading == "case dtype adapter A ms B ms A/B device A/B B is bits flags"
        assert row.startswith("S1 f32 plain opencl:0 ")
        assert row.endswith("3.000× [2.992, 3.008] same same bits A noisy")

    def test_a_small_time_is_not_shown_as_nothing(self, capsys: pytest.CaptureFixture[str]) -> None:
        compare(write_session("a.json", result(latency=times(0.000123))), write_session("b.json", result()))
        assert "0.000123 ±0.2 %" in capsys.readouterr().out

    def test_other_machines_are_said(self, capsys: pytest.CaptureFixture[str]) -> None:
        compare(write_session("a.json", *A), write_session("b.json", *B, host=HOST | {"cpu": "Other [CPU]"}))
        line = "measured on different machines or drivers: cpu: Example CPU in A, Other [CPU] in B\n"
        assert line in capsys.readouterr().out
        compare("a.json", "a.json")
        assert "different machines" not in capsys.readouterr().out

    def test_other_ways_to_measure_are_said(self, capsys: pytest.CaptureFixture[str]) -> None:
        a, b = (result("S1", "numpy", library="OpenBLAS [x]", threads=threads) for threads in (2, 1))
        compare(write_session("a.json", a), write_session("b.json", b))
        assert "measured with different settings: numpy: 2 threads in A, 1 in B\n" in capsys.readouterr().out
        assert compare("a.json", "b.json", "--json") == 0
        document = json.loads(capsys.readouterr().out)
        assert document["settings"] == ["numpy: 2 threads in A, 1 in B"]
        (row,) = document["rows"]
        assert (row["a"]["threads"], row["b"]["threads"], row["a"]["processes"]) == (2, 1, 3)

    def test_what_was_stopped_with_figures_is_shown_as_stopped(self, capsys: pytest.CaptureFixture[str]) -> None:
        compare(write_session("a.json", result()), write_session("b.json", result(status="stopped")))
        assert " – stopped in B same bits\n" in "\n".join(
            " ".join(line.split()) for line in capsys.readouterr().out.splitlines()
        )

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
        (worse,) = document["regressions"]
        assert (worse["case"], worse["kind"], worse["words"]) == ("S2", "slower", "25 % slower than in A")


# Regressions


@pytest.mark.usefixtures("folder")
class TestLimit:
    @pytest.mark.parametrize(("limit", "status"), [("24%", 1), ("24", 1), ("26%", 0), ("0", 1), ("0.5%", 1)])
    def test_slower_beyond_the_limit(self, limit: str, status: int, capsys: pytest.CaptureFixture[str]) -> None:
        assert compare(write_session("a.json", *A), write_session("b.json", *B), "--fail-above", limit) == status
        words = "S2 on opencl:0: 25 % slower than in A\n"
        percent = limit.removesuffix("%")
        out = capsys.readouterr().out
        assert (words in out) is (status == 1)
        assert out.endswith(f"{'1' if status else 'no'} regression beyond {percent} %.\n")

    def test_one_process_each_fails_on_no_time(self, capsys: pytest.CaptureFixture[str]) -> None:
        a = write_session("a.json", result("S1", processes=1), result("S2", processes=1))
        b = write_session("b.json", result("S1", processes=1, latency=times(1.5)), result("S2", processes=1))
        assert compare(a, b, "--fail-above", "5") == 0
        row, *_, closing, limit = capsys.readouterr().out.splitlines()[4:]
        assert " ".join(row.split()) == "S1 f32 opencl:0 1.000 ±0.2 % 1.500 ±0.2 % 0.667× unclear same bits"
        assert closing == (
            "0 same, 0 faster, 0 slower, 2 unclear; bits: 2 the same; "
            "2 unclear for lack of processes (fewer than 3 per side; use `run --repeat 3`)."
        )
        assert limit == (
            "no regression beyond 5 %; the times of 2 results were not checked (fewer than 3 processes per side), "
            "only bits and missing results."
        )

    def test_without_a_limit_nothing_is_a_regression(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert compare(write_session("a.json", *A), write_session("b.json", result("S1", digest="00"))) == 0
        assert "regression" not in capsys.readouterr().out

    def test_bits_and_losses_are_regressions_in_their_own_words(self, capsys: pytest.CaptureFixture[str]) -> None:
        b = write_session("b.json", result("S1", digest="00"), failed("S2", error="no [memory]"), result("M1"))
        assert compare(write_session("a.json", *A), b, "--fail-above", "50") == 1
        assert capsys.readouterr().out.splitlines()[-5:] == [
            "S1 on opencl:0: the bits have changed since A",
            "S2 on opencl:0: measured in A, failed in B: no [memory]",
            "S3 on opencl:0: measured in A, missing in B",
            "1 same, 0 faster, 0 slower, 1 unclear, 1 not compared; bits: 1 the same, 1 changed, 1 not compared; "
            "1 only in A.",
            "3 regressions beyond 50 %.",
        ]

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
        assert out.startswith("A  20260102-030405-aaaa  ") and "\nB  20260103-030405-bbbb  " in out
        assert compare("20260103", write_session("a.json", *A), "--fail-above", "5") == 0
        assert capsys.readouterr().out.startswith("A  20260103-030405-bbbb  ")

    def test_a_file_comes_before_a_session_of_its_name(self, capsys: pytest.CaptureFixture[str]) -> None:
        keep("20260102-030405-aaaa")
        assert compare(write_session("20260102", *A, name="from the file"), "20260102-0") == 0
        assert capsys.readouterr().out.startswith("A  from the file  ")

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
        [(1.0, "same", {"0.1%": 0}), (1.05, "slower", {"3%": 1, "8%": 0}), (0.95, "faster", {"3%": 0})],
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
        assert set(judged) == {"numpy", "gl:0"} and judged["gl:0"] == "slower"
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
