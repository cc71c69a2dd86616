"""What is ticked is remembered, and nothing else about it."""

from pathlib import Path

import pytest

from paragon_tui.sessions.ticks import USUAL, Ticks, load, save


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    ticks = Ticks(frozenset({"S1", "add-1k"}), frozenset({"gl:0", "numpy"}), frozenset({"i8", "plain"}))
    save(tmp_path / "new" / "ticks.json", ticks)
    assert load(tmp_path / "new" / "ticks.json") == ticks


def test_no_case_at_all_is_remembered_too(tmp_path: Path) -> None:
    save(tmp_path / "ticks.json", Ticks(frozenset()))
    assert load(tmp_path / "ticks.json").cases == frozenset()


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"cases_in": 3, "adapters": []}', '{"cases": 3, "adapters": []}', '{"cases_in": []}']
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
    assert before.after(["numpy", "gl:0"], [], ["numpy"], ["f32"]).adapters_out == {"vulkan:0", "numpy"}
