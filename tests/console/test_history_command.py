"""``paragon-tui compare B --against last:N`` on a store that the recorder made: words, statuses, the document."""

from __future__ import annotations

import json

import pytest

from paragon_tui.cli import main
from paragon_tui.sessions import paths
from tests.console.conftest import refused
from tests.support.examples import GPU, planned
from tests.support.histories import keep_history, keep_session

S1, S2 = planned("S1", GPU), planned("S2", GPU)
QUIET = [1.0, 1.01, 0.99, 1.005, 0.995, 1.0, 1.01, 0.99]


def compare(*argv: str) -> int:
    return main(["compare", *argv])


def printed(capsys: pytest.CaptureFixture[str], *argv: str, status: int = 0) -> list[str]:
    assert compare(*argv) == status
    captured = capsys.readouterr()
    assert captured.err == ""
    return [" ".join(line.split()) for line in captured.out.splitlines() if line]


def test_a_step_fails_the_gate_and_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    keep_history(paths.database(), S1, [*QUIET, 1.3, 1.31, 1.29])
    lines = printed(capsys, "last", "--against", "last:20", "--fail-above", "5%", status=1)
    assert lines[0].startswith("B 20260111-030405-aaaa 2026-01-11T03:04:05+00:00")
    assert lines[1].startswith(
        "A of each result the last 20 finished sessions before B that measured it in the same way"
    )
    assert lines[2] == "case adapter before usual ms B ms B/usual step a step shows from"
    assert lines[3].startswith("S1 vulkan:0 10 1.000 1.290 1.290× 1.300× since 3 sessions ")
    assert lines[3].endswith("× later")
    assert lines[4:] == [
        "S1 on vulkan:0: 30 % slower since 3 sessions than in the sessions before",
        "0 without a step, 1 with a step up.",
        "1 regression beyond 5 %.",
    ]
    assert printed(capsys, "last", "--against", "last:20", "--fail-above", "50%")[-2:] == [
        "1 without a step, 0 with a step up.",
        "no regression beyond 50 %.",
    ]
    assert printed(capsys, "last", "--against", "last:20")[-1] == "0 without a step, 1 with a step up."


def test_what_is_undecided_passes_and_says_what_it_needs(capsys: pytest.CaptureFixture[str]) -> None:
    keep_history(paths.database(), S1, QUIET)
    keep_session(paths.database(), 20, {S1: 1.1, S2: 9.0})
    lines = printed(capsys, "last", "--against", "last:20", "--fail-above", "5%")
    assert lines[3].startswith("S1 vulkan:0 8 1.000 1.100 1.100× 1.100×? measure again ")
    assert lines[4] == "S2 vulkan:0 0 – 9.000 – too short –"
    assert lines[5] == (
        "0 without a step, 0 with a step up, 1 unconfirmed, 1 too short; unconfirmed: one more session tells a step "
        "from an accident; too short: a history of at least 3 sessions is needed."
    )
    assert lines[6] == "no regression beyond 5 %."


def test_a_failure_is_a_regression_and_has_no_time(capsys: pytest.CaptureFixture[str]) -> None:
    keep_history(paths.database(), S1, QUIET)
    keep_session(paths.database(), 20, {S1: None})
    lines = printed(capsys, "last", "--against", "last:5", "--fail-above", "5%", status=1)
    assert lines[3] == "S1 vulkan:0 5 1.000 – – failed in B –"
    assert lines[4:] == [
        "S1 on vulkan:0: measured in A, failed in B: the driver said no",
        "0 without a step, 0 with a step up, 1 without a time in B.",
        "1 regression beyond 5 %.",
    ]


def test_a_short_history_of_a_wild_machine_shows_that_it_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    keep_history(paths.database(), S1, [1.0, 9.0, 0.1, 2.0])
    lines = printed(capsys, "last", "--against", "last:3", "--fail-above", "5%")
    assert lines[3].endswith(" none over 100× at once, over 100× later")


def test_the_document(capsys: pytest.CaptureFixture[str]) -> None:
    keep_history(paths.database(), S1, [*QUIET, 1.3, 1.31])
    assert compare("last", "--against", "last:6", "--fail-above", "5%", "--json") == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["schema"], document["against"], document["fail_above_percent"]) == (1, "last:6", 5.0)
    assert document["b"]["session"] == "20260110-030405-aaaa"
    (row,) = document["rows"]
    assert (row["case"], row["adapter"], row["status"], row["too_short"]) == ("S1", "vulkan:0", "ok", False)
    assert row["medians_ms"] == [*QUIET[3:], 1.3, 1.31]
    assert (row["step"]["sessions"], row["step"]["confirmed"]) == (2, True)
    assert row["step"]["size"] == pytest.approx(row["step"]["after_ms"] / row["step"]["before_ms"] - 1)
    assert row["smallest_steps"]["at_once"] > row["smallest_steps"]["at_the_latest"] > 0
    (worse,) = document["regressions"]
    assert (worse["case"], worse["kind"]) == ("S1", "slower")
    keep_session(paths.database(), 20, {S2: None})
    assert compare("last", "--against", "last:6", "--json") == 0
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    assert (row["medians_ms"], row["step"], row["smallest_steps"], row["too_short"]) == ([], None, None, True)


@pytest.mark.parametrize("argv", [("last",), ("last", "previous", "--against", "last:5")], ids=" ".join)
def test_two_sessions_or_one_and_a_history(argv: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    status, words = refused(capsys, "compare", *argv)
    assert (status, words) == (2, "paragon-tui: compare takes two sessions, or one and --against last:N\n")


@pytest.mark.parametrize("text", ["last", "last:2", "last:-5", "last:five", "previous:5", "5", ""])
def test_nonsense_is_refused_in_words(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        compare("last", "--against", text)
    assert ended.value.code == 2
    assert f"{text!r} is not last:N with a number N of at least 3 sessions" in capsys.readouterr().err


def test_what_is_not_there_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    status, words = refused(capsys, "compare", "last", "--against", "last:5")
    assert status == 3 and "none has been saved yet" in words
    paths.data_dir().mkdir(parents=True, exist_ok=True)
    paths.database().write_text("this is a letter to a friend, not a database " * 30)
    assert refused(capsys, "compare", "last", "--against", "last:5")[0] == 2


@pytest.mark.usefixtures("fakes", "folder")
def test_real_runs_of_a_device_that_becomes_slower(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The fake device's samples are seeded, on its own clock; NumPy's are this machine's."""
    monkeypatch.setenv("FAKE_TIMES", "quiet")
    for slower in (1.0, 1.01, 0.99, 1.3, 1.3):
        monkeypatch.setenv("FAKE_SLOWER", str(slower))
        assert main(["run", "S1", "--adapter", "gl:0", "--fast", "--iterations", "20", "--quiet"]) == 0
    monkeypatch.delenv("FAKE_SLOWER")
    capsys.readouterr()
    compare("last", "--against", "last:20", "--fail-above", "5%", "--json")
    document = json.loads(capsys.readouterr().out)
    rows = {row["adapter"]: row for row in document["rows"]}
    assert len(rows["gl:0"]["medians_ms"]) == 5
    assert (rows["gl:0"]["step"]["sessions"], rows["gl:0"]["step"]["confirmed"]) == (2, True)
    assert "slower" in [worse["kind"] for worse in document["regressions"] if worse["adapter"] == "gl:0"]
