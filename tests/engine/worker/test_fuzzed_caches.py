"""Cached files with other bytes than were written: what is taken from them is what was written, or nothing."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from paragon_tui.engine.worker.cache import load_entry, store_entry
from paragon_tui.engine.worker.reference import reference_answer
from paragon_tui.sessions import ticks
from paragon_tui.suites.computation import computation
from paragon_tui.suites.inference import network_case
from tests.support.folders import only_file
from tests.support.fuzzing import changed, damaged, places

Drill = Callable[[random.Random, Path, int], None]
ENTRY = {"plan": "rows", "wrong": ["lanes"], "until": 1.79e9, "copy_gb_s": 8.25, "multiply_add_gflop_s": 64.5}
CASE = network_case("12-7-3", (12, 7, 3))


def entries(chance: random.Random, folder: Path, count: int) -> None:
    file = folder / "entry.json"
    store_entry(file, ENTRY, "the entry")
    sound = file.read_bytes()
    kept = json.loads(sound)
    for _ in range(count):
        spoilt = json.dumps(changed(chance, kept, places(kept))).encode() if chance.random() < 0.5 else sound
        file.write_bytes(damaged(chance, spoilt) if spoilt is sound else spoilt)
        assert load_entry(file) in (ENTRY, {}), file.read_bytes()


def answers(chance: random.Random, folder: Path, count: int) -> None:
    right = reference_answer(computation(CASE, "f32"), folder)
    file = only_file(folder)
    sound = file.read_bytes()
    for _ in range(count):
        file.write_bytes(damaged(chance, sound))
        answer = reference_answer(computation(CASE, "f32"), folder)
        assert answer.values.tobytes() == right.values.tobytes() and answer.digest == right.digest
        assert np.asarray(answer.output).tobytes() == np.asarray(right.output).tobytes()


def ticked(chance: random.Random, folder: Path, count: int) -> None:
    file = folder / "ticks.json"
    ticks.save(file, ticks.Ticks(adapters_out=frozenset({"gl:0"})))
    sound = file.read_bytes()
    kept = json.loads(sound)
    for _ in range(count):
        spoilt = json.dumps(changed(chance, kept, places(kept))).encode() if chance.random() < 0.5 else sound
        file.write_bytes(damaged(chance, spoilt) if spoilt is sound else spoilt)
        ticks.save(file, ticks.load(file))


DRILLS = {"entries": entries, "answers": answers, "ticks": ticked}


@pytest.mark.parametrize("name", DRILLS)
def test_a_sample_of_damaged_files_gives_nothing_wrong(name: str, tmp_path: Path) -> None:
    DRILLS[name](random.Random(1), tmp_path, 100)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", DRILLS)
def test_thirty_thousand_damaged_files_of_a_kind_give_nothing_wrong(name: str, tmp_path: Path) -> None:
    DRILLS[name](random.Random(2), tmp_path, 34_000)
