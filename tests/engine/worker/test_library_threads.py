"""The threads of the CPU baselines, as the libraries themselves tell them."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from paragon_tui.backends.blas import THREAD_VARIABLES
from paragon_tui.engine.runner.environment import worker_environment
from paragon_tui.engine.worker.libraries import library
from paragon_tui.suites.workloads.registry import workload
from tests.support.child_python import run_python
from tests.support.examples import GPU, NUMPY, REFERENCE, adapter

ROOT = Path(__file__).parents[3]


def test_without_a_number_nothing_is_set():
    assert worker_environment(NUMPY, None) == {}


def test_a_number_is_set_for_every_library():
    assert {"OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"} <= {*THREAD_VARIABLES}
    assert worker_environment(NUMPY, 3) == dict.fromkeys(THREAD_VARIABLES, "3")


@pytest.mark.parametrize("canonical", [GPU, REFERENCE], ids=["gpu", "reference"])
def test_what_computes_canonically_starts_no_threads_of_a_blas_and_leaves_drivers_theirs(canonical):
    environment = worker_environment(canonical, 3)
    assert {environment[name] for name in THREAD_VARIABLES if name != "OMP_NUM_THREADS"} == {"1"}
    assert "OMP_NUM_THREADS" not in environment


def test_what_limits_an_adapter_is_set_beside_its_threads():
    limited = adapter("numpy", environment=(("OPENBLAS_CORETYPE", "Haswell"),))
    assert worker_environment(limited, None) == {"OPENBLAS_CORETYPE": "Haswell"}
    assert worker_environment(limited, 1) == dict.fromkeys(THREAD_VARIABLES, "1") | {"OPENBLAS_CORETYPE": "Haswell"}


def blas_of_numpy() -> str:
    return np.show_config(mode="dicts")["Build Dependencies"]["blas"]["name"]


needs_openblas = pytest.mark.skipif("openblas" not in blas_of_numpy(), reason="this NumPy multiplies with another BLAS")


@needs_openblas
def test_numpy_names_its_blas_with_version_and_threads():
    np.ones((8, 8)) @ np.ones((8, 8))
    name, threads = library(NUMPY, workload("network"), "f32")
    assert name.startswith("OpenBLAS 0.") and len(name.split()) == 3
    assert threads is not None
    assert 1 <= threads <= (os.cpu_count() or 1)


@needs_openblas
def test_numpys_narrow_dtypes_say_that_they_are_f32_inside():
    name, threads = library(NUMPY, workload("network"), "f32")
    assert library(NUMPY, workload("network"), "f16") == (f"{name} on widened f32, rounded back", threads)


def test_a_blas_that_does_not_tell_is_nameless_and_its_narrow_dtypes_are_f32_all_the_same(monkeypatch):
    monkeypatch.setattr("paragon_tui.engine.worker.libraries.loaded_blas", lambda: None)
    assert library(NUMPY, workload("network"), "f32") == (None, None)
    assert library(NUMPY, workload("network"), "f16") == ("BLAS on widened f32, rounded back", None)


@needs_openblas
@pytest.mark.parametrize("threads", [1, 2])
def test_numpy_takes_as_many_threads_as_its_environment_says(threads):
    if threads > (os.cpu_count() or 1):
        pytest.skip("OpenBLAS takes no more threads than there are processors")
    code = "import numpy; from paragon_tui.backends.blas import loaded_blas; print(loaded_blas()['num_threads'])"
    inherited = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    assert int(run_python(code, env=inherited | worker_environment(NUMPY, threads))) == threads


@pytest.mark.parametrize("dtype", ["f32", "f16"])
@pytest.mark.parametrize("other", [REFERENCE, GPU], ids=["reference", "gpu"])
def test_what_computes_canonically_has_no_library_to_name(other, dtype):
    assert library(other, workload("network"), dtype) == (None, None)


def test_what_numpy_does_without_its_blas_it_does_on_one_thread_and_says_so():
    assert (
        library(NUMPY, workload("add"), "f32")
        == library(NUMPY, workload("argmax-rows"), "f32")
        == (f"NumPy {np.__version__}", 1)
    )
    assert (
        library(NUMPY, workload("dot"), "f32")
        == library(NUMPY, workload("matmul"), "f32")
        == library(NUMPY, workload("network"), "f32")
    )


def test_halves_that_are_only_moved_are_not_widened():
    assert library(NUMPY, workload("transpose"), "f16") == (f"NumPy {np.__version__}", 1)
    assert library(NUMPY, workload("softmax"), "f16") == (f"NumPy {np.__version__} on widened f32, rounded back", 1)


def test_torch_says_its_version_and_threads_and_what_its_narrow_dtypes_are():
    torch = pytest.importorskip("torch")
    version = f"PyTorch {torch.__version__}"
    assert library(adapter("torch"), workload("network"), "f32") == (version, torch.get_num_threads())
    assert library(adapter("torch"), workload("network"), "f16") == (
        f"{version} on widened f32, rounded back",
        torch.get_num_threads(),
    )
