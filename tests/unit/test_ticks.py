"""What is ticked is remembered, and nothing else about it."""

from pathlib import Path

import pytest

from paragon_tui.sessions.ticks import Ticks, load, save


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    ticks = Ticks(frozenset({"S1"}), frozenset({"gl:0", "numpy"}), frozenset({"i8", "plain"}))
    save(tmp_path / "new" / "ticks.json", ticks)
    assert load(tmp_path / "new" / "ticks.json") == ticks


@pytest.mark.parametrize("text", ["", "[]", "{", '{"cases": 3, "adapters": []}', '{"cases": []}'])
def test_a_damaged_file_means_that_everything_is_ticked(text: str, tmp_path: Path) -> None:
    (tmp_path / "ticks.json").write_text(text, encoding="utf-8")
    assert load(tmp_path / "ticks.json") == Ticks()


def test_a_file_of_an_earlier_program_means_f32(tmp_path: Path) -> None:
    (tmp_path / "ticks.json").write_text('{"cases": ["S1"], "adapters": []}', encoding="utf-8")
    assert load(tmp_path / "ticks.json") == Ticks(frozenset({"S1"}), arithmetic=frozenset({"f32"}))


def test_a_missing_file_means_that_everything_is_ticked(tmp_path: Path) -> None:
    assert load(tmp_path / "ticks.json") == Ticks()


def test_an_adapter_that_is_not_shown_keeps_its_tick_or_its_want_of_one() -> None:
    before = Ticks(adapters_out=frozenset({"vulkan:0", "gl:0"}))
    assert before.after(["numpy", "gl:0"], [], ["numpy"], ["f32"]).adapters_out == {"vulkan:0", "numpy"}
