"""The host's copies and multiply-adds do what they are counted as."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from paragon_tui.engine.worker import peak_rates


@pytest.mark.parametrize(("implementation", "threads"), [("numpy", 1), ("numpy", 3), ("reference", 3)])
def test_a_host_copy_copies_all_of_it_by_as_many_threads_as_it_says(implementation, threads, monkeypatch):
    copied: list[tuple[str, np.ndarray, np.ndarray]] = []
    copyto = np.copyto

    def noted(target: np.ndarray, source: np.ndarray) -> None:
        copyto(target, source)
        copied.append((threading.current_thread().name, target, source))

    monkeypatch.setattr(np, "copyto", noted)
    assert peak_rates.host_copy(implementation, 4 * 1001, threads)() == {}
    assert len(copied) == threads
    whole = np.concatenate([target for _, target, _ in sorted(copied, key=lambda part: part[2][0])])
    assert whole.tolist() == list(range(1001))


def test_the_matrix_product_is_counted_as_a_multiply_add_for_every_term(monkeypatch):
    shapes = []
    matmul = np.matmul

    def noted(a: np.ndarray, b: np.ndarray, out: np.ndarray) -> np.ndarray:
        shapes.append((a.shape, b.shape, a.dtype, b.dtype))
        result = matmul(a, b, out=out)
        assert np.isfinite(result).all()
        return result

    monkeypatch.setattr(np, "matmul", noted)
    multiply_add, operations = peak_rates.host_multiply_add("numpy")
    assert multiply_add() == {}
    (((rows, inner), (_, columns), *dtypes),) = shapes
    assert operations == 2 * rows * inner * columns
    assert dtypes == [np.float32, np.float32]
