"""The ticks of the screen, remembered from one launch to the next."""

from pathlib import Path

import pytest

from paragon_tui.sessions.ticks import USUAL, Ticks, load, save
from paragon_tui.suites.overrides import Overrides
from tests.support.examples import NUMPY, adapter

LIMITED = adapter("numpy-avx2", api="host", on_request=True)


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    ticks = Ticks(
        frozenset({"S1", "add-1k"}), frozenset({"gl:0", "numpy"}), frozenset({"i8", "plain"}), frozenset({"numpy-avx2"})
    )
    save(tmp_path / "new" / "ticks.json", ticks)
    assert load(tmp_path / "new" / "ticks.json") == ticks


@pytest.mark.parametrize(
    "overrides", [Overrides(), Overrides(batches=(64,)), Overrides((1, 8), 500_000), Overrides(millionths=1)]
)
def test_a_batch_and_a_learning_rate_are_remembered(overrides: Overrides, tmp_path: Path) -> None:
    ticks = Ticks(overrides=overrides)
    save(tmp_path / "ticks.json", ticks)
    assert load(tmp_path / "ticks.json") == ticks
    assert ticks.after([NUMPY], [], ["numpy"], ["f32"]).overrides == overrides


def test_no_case_at_all_is_remembered_too(tmp_path: Path) -> None:
    save(tmp_path / "ticks.json", Ticks(frozenset()))
    assert load(tmp_path / "ticks.json").cases == frozenset()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"cases_in": [], "adapters": [], "batch": "0"}',
        '{"cases_in": 3, "adapters": []}',
        '{"cases": 3, "adapters": []}',
        '{"cases_in": []}',
    ],
)
def test_a_damaged_file_means_the_first_launch(text: str, tmp_path: Path) -> None:
    (tmp_path / "ticks.json").write_text(text, encoding="utf-8")
    assert load(tmp_path / "ticks.json") == Ticks()


def test_a_file_of_an_earlier_program_has_what_is_out_of_the_usual_suite_and_means_f32(tmp_path: Path) -> None:
    (tmp_path / "ticks.json").write_text('{"cases": ["S1"], "adapters": ["gl:0"]}', encoding="utf-8")
    assert load(tmp_path / "ticks.json") == Ticks(USUAL - {"S1"}, frozenset({"gl:0"}), frozenset({"f32"}))


def test_at_the_first_launch_the_usual_suite_is_ticked() -> None:
    assert Ticks().cases == {"S1", "S2", "S3", "M1", "M2", "M3", "L1", "L2", "XL1", "XL2"}


def test_a_missing_file_means_the_first_launch(tmp_path: Path) -> None:
    assert load(tmp_path / "ticks.json") == Ticks()


def test_an_adapter_that_is_not_shown_keeps_its_tick_or_its_want_of_one() -> None:
    before = Ticks(adapters_out=frozenset({"vulkan:0", "gl:0"}))
    assert before.after([NUMPY, adapter("gl:0")], [], ["gl:0"], ["f32"]).adapters_out == {"vulkan:0", "numpy"}


def test_what_runs_on_request_is_ticked_once_a_person_has_ticked_it() -> None:
    first = Ticks()
    assert first.has(NUMPY) and not first.has(LIMITED)
    then = first.after([NUMPY, LIMITED], [], ["numpy", "numpy-avx2"], ["f32"])
    assert then.has(NUMPY) and then.has(LIMITED)
    elsewhere = then.after([NUMPY], [], ["numpy"], ["f32"])  # a machine without it, or a NumPy
    assert elsewhere.has(LIMITED)
    assert not elsewhere.after([NUMPY, LIMITED], [], ["numpy"], ["f32"]).has(LIMITED)
