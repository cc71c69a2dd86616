"""``paragon-tui sessions``: every saved session can be found, taken elsewhere and brought back without loss."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from paragon_tui.cli import main
from paragon_tui.printable import all_printable
from paragon_tui.sessions import paths
from paragon_tui.sessions.csv_export import export_csv
from paragon_tui.sessions.document import encode
from paragon_tui.sessions.lock import MeasuringLock
from tests.support.sessions import folded, record, rows, run


@pytest.fixture(autouse=True)
def two_sessions(own_folders: Path) -> None:
    record(paths.database(), *run("one"))
    record(paths.database(), *run("two")[:-3])  # it was killed


def told(capsys: pytest.CaptureFixture[str], *argv: str, status: int = 0) -> str:
    assert main(["sessions", *argv]) == status
    captured = capsys.readouterr()
    return captured.err if status else captured.out


def listed(capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, Any]]:
    return {line["id"]: line for line in json.loads(told(capsys, "--json"))["sessions"]}


def test_killed_sessions_are_listed_too(capsys: pytest.CaptureFixture[str]) -> None:
    sessions = listed(capsys)
    assert {name: line["ended"] for name, line in sessions.items()} == {"one": "finished", "two": "unfinished"}
    assert sessions["one"]["cases"] == ["S1", "S2"] and sessions["one"]["results"] == 4
    assert told(capsys).splitlines() == [
        "two  2026-01-02T03:04:05Z, unfinished, 2 of 4 measured",
        "     S1, S2 on numpy, vulkan:0, vulkan:1",
        "one  2026-01-02T03:04:05Z, finished, 2 of 4 measured",
        "     S1, S2 on numpy, vulkan:0, vulkan:1",
    ]
    assert told(capsys, "list", "--json") == told(capsys, "--json")


def test_a_store_that_is_not_there_has_no_sessions(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "elsewhere"))
    assert "no session yet" in told(capsys)
    assert not (tmp_path / "elsewhere").exists()


def test_results_of_any_session_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    shown = told(capsys, "show", "two")
    assert shown.startswith("two  2026-01-02T03:04:05Z, interrupted, 4 results")
    assert "Example CPU" in shown and "vulkan:0" in shown


def test_an_exported_document_comes_back_without_loss(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(capsys, "rename", "one", "the first")
    file = tmp_path / "one.json"
    assert told(capsys, "export", "one", "-o", str(file)) == ""
    assert told(capsys, "export", "one") == file.read_text(encoding="utf-8")
    results = "SELECT case_id, adapter, fields FROM result WHERE session = 'one' ORDER BY rowid"
    facts = "SELECT id, started, host, ended, sampling, fields, name, note FROM session WHERE id = 'one'"
    before, (session,) = rows(paths.database(), results), rows(paths.database(), facts)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "elsewhere"))
    assert told(capsys, "import", str(file)) == f"imported one from {file}\n"
    assert told(capsys, "export", "the first") == file.read_text(encoding="utf-8")
    assert [(*names, json.loads(fields)) for *names, fields in rows(paths.database(), results)] == [
        (*names, all_printable(json.loads(fields))) for *names, fields in before
    ]
    (imported,) = rows(paths.database(), facts)
    assert decoded(imported) == decoded(session)


def decoded(row: tuple[Any, ...]) -> list[Any]:
    return [json.loads(cell) if str(cell).startswith("{") else cell for cell in row]


def test_the_document_of_a_run_can_be_imported(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    file.write_bytes(encode(folded(*run("three"))))
    told(capsys, "import", str(file))
    assert listed(capsys)["three"]["ended"] == "interrupted"  # one of its results was stopped
    assert "is in the store already" in told(capsys, "import", str(file), status=2)


def test_what_is_no_session_is_not_imported(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{}")
    assert "is not a paragon-tui session" in told(capsys, "import", str(tmp_path / "x.json"), status=2)


def test_csv_of_a_saved_session_is_that_of_the_interface(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    saved = csv.DictReader(told(capsys, "export", "one", "--format", "csv").splitlines())
    by_id = {(row["id"], row["adapter_id"]): row for row in saved}
    path = export_csv(folded(*run("one")), tmp_path)
    with path.open(encoding="utf-8", newline="") as file:
        live = list(csv.DictReader(file))
    assert live
    for row in live:
        kept = by_id[row["id"], row["adapter_id"]]
        assert {name: (cell, kept[name]) for name, cell in row.items() if all_printable(cell) != kept[name]} == {}


def test_raw_samples_are_rows(capsys: pytest.CaptureFixture[str]) -> None:
    samples = list(csv.DictReader(told(capsys, "export", "one", "--format", "samples").splitlines()))
    assert [(row["kind"], row["round"], row["sample"], row["latency_ns"], row["device_ns"]) for row in samples][:4] == [
        ("visit", "0", "0", "100000", "90000"),
        ("visit", "0", "1", "250000", "240000"),
        ("visit", "0", "2", str(2**62), ""),
        ("visit", "1", "0", "300000", ""),
    ]


def test_a_name_finds_a_session_and_is_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "rename", "one", "before the fix") == "one: name 'before the fix'\n"
    told(capsys, "note", "before the fix", "on the old driver")
    assert (listed(capsys)["one"]["name"], listed(capsys)["one"]["note"]) == ("before the fix", "on the old driver")
    assert "called 'before the fix' already" in told(capsys, "rename", "two", "before the fix", status=2)
    assert main(["report", "before the fix"]) == 0
    capsys.readouterr()
    assert told(capsys, "rename", "one", "") == "one: no name\n"
    assert listed(capsys)["one"]["name"] is None


def test_what_is_deleted_has_left_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "delete", "one") == "deleted one\n"
    assert list(listed(capsys)) == ["two"]
    for table in ("result", "sample_batch"):
        assert {name for (name,) in rows(paths.database(), f"SELECT DISTINCT session FROM {table}")} <= {"two"}
    assert "there is neither a file nor a session" in told(capsys, "delete", "two", "nonsense", status=3)
    assert list(listed(capsys)) == ["two"]  # all or none


def test_what_another_program_measures_is_not_deleted(capsys: pytest.CaptureFixture[str]) -> None:
    other = MeasuringLock(paths.database().parent)
    assert other.acquire()
    assert "the session two is being measured" in told(capsys, "delete", "one", "two", status=2)
    assert list(listed(capsys)) == ["two", "one"]
    assert told(capsys, "delete", "one") == "deleted one\n"
    other.release()
    assert told(capsys, "delete", "two") == "deleted two\n"


def test_pruning_spares_what_a_person_has_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert "prune takes --keep N" in told(capsys, "prune", status=2)
    record(paths.database(), *run("three"))
    told(capsys, "note", "one", "the first")
    assert told(capsys, "prune", "--keep", "1") == "deleted 1 session\n"
    assert set(listed(capsys)) == {"one", "three"}
    assert told(capsys, "prune", "--older-than", "1") == "deleted 1 session\n"  # they are of January
    assert set(listed(capsys)) == {"one"}
    assert told(capsys, "prune", "--older-than", "1000000000") == "nothing to delete\n"


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (".", "is a directory"),
        ("missing/file", "cannot be written: No such file or directory"),
        pytest.param(
            "/dev/full",
            "cannot be written: No space left on device",
            marks=pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no such device"),
        ),
    ],
)
def test_an_export_that_cannot_be_written_is_told(
    target: str, words: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert words in told(capsys, "export", "one", "-o", str(tmp_path / target), status=2)
