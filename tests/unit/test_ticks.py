"""What is ticked is remembered, and nothing else about it."""

from pathlib import Path

import pytest
from unit_examples import NUMPY, adapter

from paragon_tui.sessions.ticks import Ticks, load, save

LIMITED = adapter("numpy-avx2", api="host", on_request=True)


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    ticks = Ticks(
        frozenset({"S1"}), frozenset({"gl:0", "numpy"}), frozenset({"i8", "plain"}), frozenset({"numpy-avx2"})
    )
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
    assert before.after([NUMPY, adapter("gl:0")], [], ["gl:0"], ["f32"]).adapters_out == {"vulkan:0", "numpy"}


def test_what_runs_on_request_is_ticked_once_a_person_has_ticked_it() -> None:
    first = Ticks()
    assert first.has(NUMPY) and not first.has(LIMITED)
    then = first.after([NUMPY, LIMITED], [], ["numpy", "numpy-avx2"], ["f32"])
    assert then.has(NUMPY) and then.has(LIMITED)
    elsewhere = then.after([NUMPY], [], ["numpy"], ["f32"])  # a machine without it, or a NumPy
    assert elsewhere.has(LIMITED)
    assert not elsewhere.after([NUMPY, LIMITED], [], ["numpy"], ["f32"]).has(LIMITED)
