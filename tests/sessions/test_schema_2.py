"""Documents and a store of schema 2, kept from the last program that wrote it (``schema_2/README.md``)."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from paragon_tui import arithmetic
from paragon_tui.console.compare_command import CompareOptions, compare_command
from paragon_tui.console.report_markdown import markdown
from paragon_tui.engine.messages.job import Sampling
from paragon_tui.engine.results.result import Result
from paragon_tui.exit_status import FAILED
from paragon_tui.sessions import paths
from paragon_tui.sessions.comparison import compare_sessions, regressions
from paragon_tui.sessions.durations import known_seconds
from paragon_tui.sessions.red_flags import red_flags
from paragon_tui.sessions.review import review
from paragon_tui.sessions.saved_session import SavedSession, UnreadableSession, saved_session
from paragon_tui.sessions.session_lookup import open_session
from tests.support.documents import refuse_constant
from tests.support.sessions import record, run

KEPT = Path(__file__).parent / "schema_2"


def kept_document(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((KEPT / name).read_text(encoding="utf-8"), parse_constant=refuse_constant)
    return document


def read(name: str) -> SavedSession:
    return open_session(str(KEPT / name), Path("no store"))


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "sessions.sqlite3"
    with closing(sqlite3.connect(path)) as store, store:
        store.executescript((KEPT / "sessions.sql").read_text(encoding="utf-8"))
    return path


def by_name(session: SavedSession, name: str) -> Result:
    return next(result for result in session.results if str(result.id) == name)


def changed_document(adapter: str, case: str, **changes: Any) -> dict[str, Any]:
    """Return the first session with other entries in one result, edited by hand."""
    document = kept_document("one.json")
    (result,) = [
        result
        for result in document["results"]
        if (result["case"], result["adapter"], result["variant"]) == (case, adapter, "default")
    ]
    result |= changes
    return document


def test_every_entry_that_kept_its_name_is_read() -> None:
    document, session = kept_document("one.json"), read("one.json")
    assert len(session.results) == len(document["results"]) == 8
    for kept, result in zip(document["results"], session.results, strict=True):
        timings, bits = result.timings, result.bits
        assert (result.operation, result.size, result.driver) == (kept["operation"], kept["size"], kept["driver"])
        assert (result.status, result.elapsed_s, bits.digest) == (kept["status"], kept["elapsed_s"], kept["digest"])
        assert (timings.latency_ms.median, timings.rounds) == (kept["latency_ms"]["median"], kept["rounds"])
        assert (timings.speedup and timings.speedup.value) == kept["speedup"]
        assert (result.derived.cpu_ms, result.derived.cpu_threads) == (kept["cpu_ms"], kept["cpu_threads"])
        assert [flag.name for flag in result.conditions.flags] == [flag["name"] for flag in kept["flags"]]
        assert bits.output == (kept["output"] and tuple(kept["output"]))
        assert (bits.comparison.ulp_max, bits.comparison.mae) == (kept["ulp_max"], kept["mae"])
        assert bits.arithmetic == 1


def test_the_softmax_is_read_as_far_as_it_was_kept() -> None:
    session = read("one.json")
    assert by_name(session, "S1 on opencl:0").bits.output_comparison.bit_identical
    naive = by_name(session, "S1:plain on opencl:0").bits
    assert naive.output_comparison.max > 0 and naive.differs and not naive.output_comparison.bit_identical
    assert by_name(session, "softmax-1k on opencl:0").bits.output_comparison is None


def test_a_training_is_read_with_its_checkpoints() -> None:
    kept, training = kept_document("two.json")["results"][1]["training"], read("two.json").results[1].bits.training
    assert [checkpoint.step for checkpoint in training.checkpoints] == [look["step"] for look in kept["looks"]]
    assert (training.step, training.loss, training.losses) == (kept["step"], kept["loss"], tuple(kept["losses"]))
    assert training.first_mismatch is None


def test_what_was_renamed_is_read_under_its_new_name() -> None:
    chained: dict[str, Any] = {"synchronisation_ms": 0.125, "forward_ms": 0.0625, "longest": 8}
    chained |= {"synchronisation_interval": {"low": 0.12, "high": 0.13}, "forward_interval": None}
    edited = changed_document("opencl:0", "S1", throughput=chained, compared=32_768)
    result = by_name(saved_session(edited, "it"), "S1 on opencl:0")
    assert (result.timings.launch_cost.forward_ms, result.timings.launch_cost.longest) == (0.0625, 8)
    assert result.bits.comparison.sample == 32_768


@pytest.mark.parametrize("name", ["one.json", "two.json"])
def test_no_claim_of_the_kept_sessions_is_broken(name: str) -> None:
    assert not any(result.bits.broken_claim for result in read(name).results)
    assert not [flag for flag in red_flags(read(name)) if flag.kind == "wrong bits"]


def test_a_training_that_strayed_breaks_its_claim(tmp_path: Path) -> None:
    """The last checkpoint of the training is edited by hand; nothing else shows that it went astray."""
    training = kept_document("two.json")["results"][1]["training"]
    training["looks"][-1] |= {"identical": False, "digest": "b0e9" * 16}
    edited = changed_document("opencl:0", "train-xor", training=training)
    strayed = saved_session(edited, "it")
    result = by_name(strayed, "train-xor on opencl:0")
    assert not result.bits.differs and result.bits.deterministic
    assert result.bits.broken_claim and result.bits.first_mismatch.step == training["step"]
    (flag,) = [flag for flag in red_flags(strayed) if flag.kind == "wrong bits"]
    assert (flag.name, str(flag.id)) == ("claim broken", "train-xor on opencl:0")
    assert [cell.bits for cell in review(strayed, "numpy").cells if cell.result is result] == ["claim broken"]
    assert "| train-xor on opencl:0 | claim broken |" in markdown(review(strayed, "numpy"))
    (regression,) = regressions(compare_sessions(read("one.json"), strayed), 5)
    assert (regression.kind, str(regression.id)) == ("claim broken", "train-xor on opencl:0")
    assert regressions(compare_sessions(strayed, strayed), 5) == ()
    path = tmp_path / "strayed.json"
    path.write_text(json.dumps(edited), encoding="utf-8")
    assert compare_command(CompareOptions(str(KEPT / "one.json"), str(path), fail_above=5)) == FAILED


def test_the_kept_store_has_the_sessions_of_the_kept_documents(database: Path) -> None:
    """A document has no baseline that was not listed; the store has it too."""
    for name, file in (("previous", "one.json"), ("last", "two.json")):
        session, document = open_session(name, database), read(file)
        assert (session.session, session.ended) == (document.session, "finished")
        stored = {result.id: result for result in session.results}
        assert stored.keys() >= {result.id for result in document.results}
        assert all(stored[result.id] == result for result in document.results)


def test_the_kept_sessions_are_compared_and_nothing_is_worse(database: Path) -> None:
    """The second measured less; what it was not asked for is in the first alone."""
    compared = compare_sessions(open_session("previous", database), open_session("last", database))
    assert [str(row.id) for row in compared.rows] == [
        *("S1 on numpy", "S1 on opencl:0", "train-xor on numpy", "train-xor on opencl:0")
    ]
    assert compared.bits == {"same bits": 4}
    assert compared.settings == ("sampling repeat: 1 in A, 3 in B",)
    assert len(compared.only_a) == 5 and regressions(compared, 5) == ()


def test_a_kept_session_and_a_new_one_are_compared_from_one_store(
    database: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    record(database, *run("new"))
    monkeypatch.setattr(paths, "database", lambda: database)
    assert compare_command(CompareOptions("20261129-210635", "new", json=True)) == 0
    compared = json.loads(capsys.readouterr().out, parse_constant=refuse_constant)
    (row,) = compared["rows"]
    assert (row["adapter"], row["a"]["arithmetic"], row["b"]["arithmetic"]) == ("numpy", 1, arithmetic.VERSION)


def test_a_run_is_not_estimated_by_the_times_of_sessions_that_were_sampled_in_another_way(database: Path) -> None:
    assert known_seconds(database, Sampling()) == {}


@pytest.mark.parametrize("results", [None, {}, "none", [None], [[]], ["S1"]], ids=str)
def test_damage_is_told_in_words(results: Any) -> None:
    with pytest.raises(UnreadableSession, match=r"^it is damaged: .*\$\.results"):
        saved_session(kept_document("two.json") | {"results": results}, "it")
    damaged = changed_document("opencl:0", "train-xor", training={"looks": results})
    with pytest.raises(UnreadableSession, match=r"^it is damaged: .*\$\.results\[\d\]\.training"):
        saved_session(damaged, "it")
