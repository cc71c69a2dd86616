"""Saved choices: what is saved comes back, on the same devices, whatever their numbers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from paragon_tui.cli import main
from paragon_tui.engine.runner.selection import UnknownName
from paragon_tui.sessions import paths
from paragon_tui.sessions.choices import Choice, DamagedChoices, kept, load, named, save
from paragon_tui.suites.case import Arithmetic
from paragon_tui.suites.overrides import Overrides
from tests.support.examples import NUMPY, adapter

ONE = replace(adapter("vulkan:0"), name="Twin", uuid="aa")
OTHER = replace(adapter("vulkan:1"), name="Twin", uuid="bb")
ADAPTERS, ARITHMETIC = (kept(NUMPY), kept(OTHER)), (Arithmetic("f16"), Arithmetic("f32", "plain"))
NIGHTLY = Choice(("S1", "add-1k"), ADAPTERS, ARITHMETIC, Overrides((64,), 500_000))


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    file = tmp_path / "new" / "choices.json"
    assert load(file) == {}
    save(file, {"nightly": NIGHTLY, "gpu only": Choice((), (), ())})
    assert load(file) == {"nightly": NIGHTLY, "gpu only": Choice((), (), ())}
    assert list(load(file)) == ["nightly", "gpu only"]
    assert named(file, "nightly") == NIGHTLY


@pytest.mark.parametrize(("batch", "batches"), [("64", (64,)), ("null", ())])
def test_a_file_of_before_has_one_batch(batch: str, batches: tuple[int, ...], tmp_path: Path) -> None:
    overrides = f'{{"batch": {batch}, "millionths": 500000}}'
    text = f'{{"nightly": {{"cases": ["S1"], "adapters": [], "arithmetic": [], "overrides": {overrides}}}}}'
    (tmp_path / "choices.json").write_text(text)
    assert load(tmp_path / "choices.json") == {"nightly": Choice(("S1",), (), (), Overrides(batches, 500_000))}


def test_a_name_that_is_none_is_told_with_those_there_are(tmp_path: Path) -> None:
    file = tmp_path / "choices.json"
    with pytest.raises(UnknownName, match="there is no choice 'x'; C in the interface saves one"):
        named(file, "x")
    save(file, {"nightly": NIGHTLY})
    with pytest.raises(UnknownName, match="did you mean 'nightly'"):
        named(file, "nightl")
    with pytest.raises(UnknownName, match="there are 'nightly'"):
        named(file, "zzz")


def test_shells_complete_the_names(capsys: pytest.CaptureFixture[str]) -> None:
    save(paths.choices_file(), {"nightly": NIGHTLY, "two words": NIGHTLY})
    assert main(["completion", "--words", "choices"]) == 0
    assert capsys.readouterr().out == "nightly\n"  # a shell would make two of the other


@pytest.mark.parametrize("text", ["", "[]", "{", '{"x": {}}', '{"x": {"cases": 3}}', "[" * 5000, "\xff"])
def test_a_damaged_file_is_told(text: str, tmp_path: Path) -> None:
    (tmp_path / "choices.json").write_text(text, encoding="latin-1")
    with pytest.raises(DamagedChoices, match=r"choices.json holds no choices: .*; mend it or move it away"):
        load(tmp_path / "choices.json")


def test_a_device_is_found_under_another_number() -> None:
    moved = (NUMPY, replace(OTHER, id="vulkan:0"), replace(ONE, id="vulkan:1"))
    assert NIGHTLY.among(moved) == ([NUMPY, moved[1]], [])
    assert NIGHTLY.among([NUMPY, ONE]) == ([NUMPY], [kept(OTHER)])  # another unit of the same kind is another device


def test_where_several_fit_the_number_decides_and_none_is_taken_twice() -> None:
    twins = [replace(adapter(f"vulkan:{number}"), name="Twin") for number in range(3)]
    both = Choice((), (kept(twins[1]), kept(twins[0])), ())
    assert both.among(twins) == ([twins[1], twins[0]], [])
    assert both.among(twins[2:]) == ([twins[2]], [kept(twins[0])])
    assert both.among([replace(twins[0], driver="another")])[0] == []
    assert both.among([replace(twins[0], id="gl:0", api="gl")])[0] == []
