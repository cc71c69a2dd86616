"""The lanes of matrix products: shared out to cores, and compiled by Numba, with the bits of one sum at a time."""

from __future__ import annotations

import sys

import numba
import numpy as np
import pytest

from paragon_tui.arithmetic import compiled, products
from paragon_tui.arithmetic.compiled import LanesInTurn, compiled_lanes
from paragon_tui.arithmetic.lanes import numpy_lanes
from paragon_tui.arithmetic.reduction import reduce

SHAPES = [(1, 1, 1), (5, 7, 3), (67, 130, 33), (3, 4096, 300), (2, 0, 5)]


def factors(rows: int, depth: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(depth)
    a, b = random.standard_normal((rows, depth)), random.standard_normal((depth, columns))
    return a.astype(np.float32), b.astype(np.float32)


def one_by_one(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return reduce(a[:, np.newaxis] * b.T)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("lanes", [numpy_lanes, compiled_lanes()], ids=["numpy", "compiled"])
def test_lanes_are_the_sums_of_reduce(lanes, shape):
    a, b = factors(*shape)
    sums = np.full((len(a), b.shape[1]), 7, dtype=np.float32)
    lanes(a, b, sums)
    assert sums.tobytes() == one_by_one(a, b).tobytes()


@pytest.mark.parametrize("cores", [1, 2, 7])
@pytest.mark.parametrize("shape", [(3, 4099, 400), (64, 300, 257), (5, 9000, 130)])
def test_a_product_has_the_same_bits_on_any_number_of_cores(shape, cores, monkeypatch):
    monkeypatch.setattr(products, "usable_cores", lambda: cores)
    monkeypatch.setattr(products, "_CACHED_ITEMS", 2**11)
    a, b = factors(*shape)
    assert products.matmul(a, b).tobytes() == one_by_one(a, b).tobytes()


def test_lanes_are_compiled_once_a_process_has_computed_much(monkeypatch):
    lanes = LanesInTurn()
    assert lanes.choose(2**20) is numpy_lanes
    assert lanes.choose(2**30) is compiled_lanes() is not None
    monkeypatch.setattr(compiled, "compiled_lanes", lambda: None)
    assert lanes.choose(2**30) is numpy_lanes


def test_fused_and_reordered_code_is_not_used(monkeypatch, capsys):
    njit = numba.njit
    monkeypatch.setattr(numba, "njit", lambda signature, **options: njit(signature, fastmath={"reassoc", "contract"}))
    assert compiled_lanes.__wrapped__() is None
    assert "other bits than NumPy" in capsys.readouterr().out


def test_without_a_folder_to_keep_code_in_it_is_compiled_all_the_same(monkeypatch):
    def njit(signature, cache=False, **options):
        if cache:
            raise RuntimeError("cannot cache function '_lanes': no locator available")
        return lambda lanes: numpy_lanes

    monkeypatch.setattr(numba, "njit", njit)
    assert compiled_lanes.__wrapped__() is numpy_lanes


def test_numba_that_cannot_be_loaded_is_told_and_one_that_is_absent_is_not_missed(monkeypatch, tmp_path, capsys):
    (tmp_path / "numba.py").write_text("raise ImportError('Numba needs an older NumPy')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "numba")
    assert compiled_lanes.__wrapped__() is None
    assert "Numba needs an older NumPy" in capsys.readouterr().out
    monkeypatch.setattr(compiled, "find_spec", lambda name: None)
    assert compiled_lanes.__wrapped__() is None
    assert capsys.readouterr().out == ""
