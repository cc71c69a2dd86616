"""The reference's answers are computed once and kept; a damaged file is computed anew."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from paragon_tui.arithmetic.digest import digest
from paragon_tui.engine.worker.reference import reference_answer
from paragon_tui.suites.computation import computation
from paragon_tui.suites.inference import network_case
from tests.support.folders import only_file
from tests.support.programs import CASE, right

WIDE = network_case("3-1025", (3, 1025))


def recall(cache: Path, case=CASE) -> np.ndarray:
    return reference_answer(computation(case, "f32"), cache).values


def test_the_reference_is_computed_kept_and_named_after_all_it_depends_on(tmp_path):
    cache = tmp_path / "new" / "reference"
    assert recall(cache).tobytes() == right().tobytes()
    assert only_file(cache).name == "v1-inference-network-13x7x3-f32.npz"


def test_the_second_call_loads_what_the_first_one_kept(tmp_path):
    recall(tmp_path)
    planted, output = np.array([1, 2, 3], dtype=np.float32), np.array([0, 0, 1], dtype=np.float32)
    check = digest(planted, output)
    np.savez(only_file(tmp_path), values=planted, output=output, checkpoints=["44b4"], digest="b0e9", check=check)
    answer = reference_answer(computation(CASE, "f32"), tmp_path)
    assert (answer.values.tolist(), answer.output.tolist(), answer.digest) == ([1, 2, 3], [0, 0, 1], "b0e9")
    assert answer.checkpoints == ("44b4",)


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
