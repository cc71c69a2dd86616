"""The threads of the CPU baselines, as the libraries themselves tell them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from paragon_tui.engine.threads import VARIABLES, environment, library

ROOT = Path(__file__).parents[2]


def test_without_a_number_nothing_is_set():
    assert environment(None) == {}


def test_a_number_is_set_for_every_library():
    assert {"OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"} <= {*VARIABLES}
    assert environment(3) == dict.fromkeys(VARIABLES, "3")


def blas_of_numpy() -> str:
    return np.show_config(mode="dicts")["Build Dependencies"]["blas"]["name"]


needs_openblas = pytest.mark.skipif("openblas" not in blas_of_numpy(), reason="this NumPy multiplies with another BLAS")


@needs_openblas
def test_numpy_names_its_blas_with_version_and_threads():
    np.ones((8, 8)) @ np.ones((8, 8))
    told = library("numpy")
    assert told is not None
    name, threads = told
    assert name.startswith("OpenBLAS 0.") and len(name.split()) == 3
    assert 1 <= threads <= (os.cpu_count() or 1)


@needs_openblas
@pytest.mark.parametrize("threads", [1, 2])
def test_numpy_takes_as_many_threads_as_its_environment_says(threads):
    if threads > (os.cpu_count() or 1):
        pytest.skip("OpenBLAS takes no more threads than there are processors")
    code = "import json, numpy; from paragon_tui.engine.threads import library; print(json.dumps(library('numpy')))"
    inherited = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=inherited | environment(threads),
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout)[1] == threads


def test_the_reference_has_no_library_to_name():
    assert library("reference") is None


def test_torch_says_its_version_and_threads():
    torch = pytest.importorskip("torch")
    assert library("torch") == (f"PyTorch {torch.__version__}", torch.get_num_threads())
