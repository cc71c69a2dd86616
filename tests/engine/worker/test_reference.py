"""The reference's answers are computed once and kept; a damaged file is computed anew."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from paragon_tui import arithmetic
from paragon_tui.arithmetic.digest import digest
from paragon_tui.backends.host_probes import UnsoundHost
from paragon_tui.engine.worker import reference
from paragon_tui.engine.worker.reference import Reference, reference_answer, whole_answer
from paragon_tui.engine.worker.sources import sources_digest
from paragon_tui.suites.computation import computation
from paragon_tui.suites.digests import shipped
from paragon_tui.suites.inference import network_case
from tests.support.examples import CASES
from tests.support.floating_point import TOWARD_ZERO, mode
from tests.support.floats import turned
from tests.support.folders import only_file
from tests.support.host_forms import host_outputs

CASE, WIDE = network_case("12-7-3", (12, 7, 3)), network_case("3-1025", (3, 1025))
"""Cases of which no digests ship."""


def right() -> np.ndarray:
    return host_outputs(CASE, "f32", "reference")["logits"]


def recall(cache: Path, case=CASE) -> np.ndarray:
    return reference_answer(computation(case, "f32"), cache).values


def test_the_reference_is_computed_kept_and_named_after_all_it_depends_on(tmp_path):
    cache = tmp_path / "new" / "reference"
    assert recall(cache).tobytes() == right().tobytes()
    assert only_file(cache).name == f"v{arithmetic.VERSION}-{sources_digest()[:16]}-inference-network-12x7x3-f32.npz"


def plant(path: Path, answer: Reference) -> None:
    """Keep a wrong answer, intact, in place of the right one."""
    path.unlink()
    reference._store(path, answer)


def test_the_second_call_loads_what_the_first_one_kept(tmp_path):
    recall(tmp_path)
    planted, output = np.array([1, 2, 3], dtype=np.float32), np.array([0, 0, 1], dtype=np.float32)
    plant(only_file(tmp_path), Reference(planted, output, None, "b0e9", "44b4", ("3e7d",)))
    answer = reference_answer(computation(CASE, "f32"), tmp_path)
    assert (answer.values.tolist(), answer.output.tolist(), answer.digest) == ([1, 2, 3], [0, 0, 1], "b0e9")
    assert (answer.output_digest, answer.checkpoints, answer.indices) == ("44b4", ("3e7d",), None)


def test_what_is_used_is_marked_as_used(tmp_path):
    recall(tmp_path)
    os.utime(only_file(tmp_path), (0, 0))
    recall(tmp_path)
    assert only_file(tmp_path).stat().st_mtime > 0


def test_an_answer_of_other_sources_is_not_taken(tmp_path, monkeypatch):
    recall(tmp_path)
    monkeypatch.setattr(reference, "sources_digest", lambda: "5e" * 32)
    recall(tmp_path)
    assert {path.name.split("-")[1] for path in tmp_path.iterdir()} == {sources_digest()[:16], "5e" * 8}


def test_an_answer_under_the_name_of_another_is_computed_anew(tmp_path):
    recall(tmp_path, WIDE)
    other = only_file(tmp_path)
    other.rename(other.with_name(other.name.replace("3x1025", "12x7x3")))
    assert recall(tmp_path).tobytes() == right().tobytes()


def altered(path: Path, name: str) -> None:
    """Change one array of an entry and leave its checksum as it is."""
    with np.load(path) as stored:
        arrays = {key: stored[key] for key in stored}
    values = arrays[name]
    arrays[name] = values[::-1].copy() if values.size > 1 else np.array(str(values)[::-1])
    np.savez(path, **arrays)


@pytest.mark.parametrize("name", ["values", "output", "digest", "output_digest", "checkpoints"])
def test_the_checksum_covers_all_that_an_entry_says(name, tmp_path):
    recall(tmp_path)
    answer = reference_answer(computation(CASE, "f32"), tmp_path)
    plant(only_file(tmp_path), replace(answer, checkpoints=("b0e9", "44b4")))
    altered(only_file(tmp_path), name)
    assert reference_answer(computation(CASE, "f32"), tmp_path).checkpoints == ()


def test_the_checksum_covers_the_indices_of_a_sample(tmp_path):
    recall(tmp_path)
    plant(only_file(tmp_path), Reference(right()[:2], None, np.array([0, 1]), None))
    altered(only_file(tmp_path), "indices")
    assert recall(tmp_path).size == right().size


S1 = computation(CASES["S1"], "f32")


def test_a_kept_answer_without_the_shipped_digest_is_computed_anew(tmp_path):
    answer = reference_answer(S1, tmp_path)
    wrong = turned(answer.values, 3)
    plant(only_file(tmp_path), replace(answer, values=wrong, digest=digest(wrong)))
    assert reference_answer(S1, tmp_path).digest == digest(answer.values) == shipped(CASES["S1"], "f32").values
    with np.load(only_file(tmp_path)) as stored:
        assert str(stored["digest"]) == digest(answer.values)


@pytest.mark.parametrize(("changed", "word"), [("values", "values"), ("output", "softmax")])
def test_an_answer_without_the_shipped_digest_is_no_reference_and_is_not_kept(changed, word, tmp_path, monkeypatch):
    """As where NumPy computes wrongly and its probes do not show it."""
    right = shipped(CASES["S1"], "f32")
    assert right is not None
    other = replace(right, values="00" * 32) if changed == "values" else replace(right, output="00" * 32)
    monkeypatch.setattr(reference, "shipped", lambda case, dtype: other)
    with pytest.raises(UnsoundHost, match=f"reference for S1 in f32 does not have the shipped digest of its {word}"):
        reference_answer(S1, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_computed_where_the_processor_rounds_in_another_way(tmp_path):
    with mode(TOWARD_ZERO), pytest.raises(UnsoundHost, match="sum to nearest"):
        recall(tmp_path)
    assert list(tmp_path.iterdir()) == []
    with mode(TOWARD_ZERO), pytest.raises(UnsoundHost):
        whole_answer(computation(CASE, "f32"))
    assert recall(tmp_path).tobytes() == right().tobytes()


def test_each_case_has_a_file_of_its_own(tmp_path):
    recall(tmp_path)
    assert recall(tmp_path, WIDE).shape == (1025,)
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: b"not a zip file",
        lambda data: data[: len(data) // 2],
        lambda data: data.replace(right().tobytes(), (right() + 1).tobytes()),
    ],
    ids=["empty", "rubbish", "cut short", "other values"],
)
def test_a_damaged_file_is_computed_anew_and_replaced(tmp_path, damage):
    recall(tmp_path)
    path = only_file(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    assert path.read_bytes() != whole
    assert recall(tmp_path).tobytes() == right().tobytes()
    assert only_file(tmp_path) == path
    with np.load(path) as stored:
        assert stored["values"].tobytes() == right().tobytes()


def test_an_intact_file_whose_digest_does_not_fit_is_computed_anew(tmp_path):
    recall(tmp_path)
    wrong = np.array([1, 2, 3], dtype=np.float32)
    np.savez(only_file(tmp_path), values=wrong, output=wrong, digest="", check=digest(wrong))
    assert recall(tmp_path).tobytes() == right().tobytes()


def test_a_file_without_the_expected_arrays_is_computed_anew(tmp_path):
    recall(tmp_path)
    np.savez(only_file(tmp_path), other=np.zeros(3, dtype=np.float32))
    assert recall(tmp_path).tobytes() == right().tobytes()


def test_a_cache_that_cannot_be_written_costs_time_only(tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    assert recall(tmp_path / "file" / "reference").tobytes() == right().tobytes()
    assert "the reference result was not cached" in capsys.readouterr().out
