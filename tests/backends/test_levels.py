"""NumPy at an instruction level: what can be had, how it is asked for, and whether it came about."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from paragon_tui.backends import host, levels
from paragon_tui.backends.device import BackendError, NoSuchAdapter
from paragon_tui.backends.levels import LEVELS, available_levels, check_limited, environment, highest_feature, level_of
from paragon_tui.engine.messages.figures import Ceiling
from paragon_tui.engine.worker.cache import load_entry
from paragon_tui.engine.worker.ceilings import cached_ceiling, measure_ceiling
from paragon_tui.engine.worker.device_session import DeviceSession
from paragon_tui.engine.worker.libraries import library
from paragon_tui.suites.workloads.registry import workload
from tests.support.examples import GPU, adapter

ROOT = Path(__file__).parents[2]
BASELINE, AVX2, AVX512 = LEVELS
WHEEL = "OpenBLAS 0.3.31 USE64BITINT DYNAMIC_ARCH NO_AFFINITY Haswell MAX_THREADS=64"
SINGLE = ["SSSE3", "SSE41", "POPCNT", "SSE42", "AVX", "F16C", "FMA3", "AVX2"]
SINGLE_512 = ["AVX512F", "AVX512CD", "AVX512_SKX", "AVX512_CLX", "AVX512_CNL", "AVX512_ICL"]
GROUPS = (["X86_V2"], ["X86_V3", "X86_V4", "AVX512_ICL"], ["AVX512_SPR"])
"""The features in NumPy 2.4's wheel on a processor with AVX-512: baseline, found, not found."""
NAMES = (["SSE", "SSE2", "SSE3"], SINGLE + SINGLE_512, ["AVX512_KNL", "AVX512_KNM"])
"""The same of NumPy 2.0's wheel."""


@pytest.fixture
def features(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Have NumPy say this of its build and the processor, which is x86-64."""

    def say(baseline: list[str], found: list[str], missing: list[str]) -> None:
        monkeypatch.setattr(platform, "machine", lambda: "x86_64")
        monkeypatch.setattr(levels, "_features", lambda: (baseline, found, missing))

    return say


# What can be had


@pytest.mark.parametrize("said", [GROUPS, NAMES], ids=["2.4", "2.0"])
def test_a_processor_with_avx512_has_all_levels(features, said):
    features(*said)
    assert available_levels(WHEEL) == [BASELINE, AVX2, AVX512]


@pytest.mark.parametrize(
    "said",
    [(["X86_V2"], ["X86_V3"], ["X86_V4", "AVX512_ICL"]), (["SSE", "SSE2", "SSE3"], SINGLE, SINGLE_512)],
    ids=["2.4", "2.0"],
)
def test_a_processor_without_avx512_lacks_that_level(features, said):
    features(*said)
    assert available_levels(WHEEL) == [BASELINE, AVX2]


def test_a_build_that_takes_avx512_for_granted_cannot_go_below(features):
    features(["X86_V2", "X86_V3", "X86_V4"], ["AVX512_ICL"], [])
    assert available_levels(WHEEL) == [BASELINE, AVX512]


@pytest.mark.parametrize("openblas", ["None", "OpenBLAS 0.3.31 USE64BITINT NO_AFFINITY Haswell MAX_THREADS=64"])
def test_without_an_openblas_of_several_processors_there_is_no_level(features, openblas):
    features(*GROUPS)
    assert available_levels(openblas) == []


@pytest.mark.parametrize("machine", ["aarch64", "arm64", ""])
def test_elsewhere_than_on_x86_64_there_is_no_level(features, monkeypatch, machine):
    features(*GROUPS)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert available_levels(WHEEL) == []


def test_windows_calls_it_otherwise(features, monkeypatch):
    features(*GROUPS)
    monkeypatch.setattr(platform, "machine", lambda: "AMD64")
    assert available_levels(WHEEL) == [BASELINE, AVX2, AVX512]


# How it is asked for


@pytest.mark.parametrize(
    ("said", "level", "switched_off"),
    [
        (GROUPS, BASELINE, ["X86_V3", "X86_V4", "AVX512_ICL", "AVX512_SPR"]),
        (GROUPS, AVX2, ["X86_V4", "AVX512_ICL", "AVX512_SPR"]),
        (GROUPS, AVX512, []),
        (NAMES, BASELINE, [*SINGLE, *SINGLE_512, "AVX512_KNL", "AVX512_KNM"]),
        (NAMES, AVX2, [*SINGLE_512, "AVX512_KNL", "AVX512_KNM"]),
        (NAMES, AVX512, []),
    ],
)
def test_everything_beyond_a_level_is_switched_off_by_numpys_own_names(features, said, level, switched_off):
    features(*said)
    assert dict(environment(level)) == {
        "NPY_DISABLE_CPU_FEATURES": " ".join(switched_off),
        "NPY_ENABLE_CPU_FEATURES": "",
        "OPENBLAS_CORETYPE": level.core,
    }


def test_discovery_lists_what_is_here_behind_the_usual_ones_to_be_run_on_request():
    adapters = host.adapters("host")
    limited = [adapter for adapter in adapters if level_of(adapter.identity)]
    config: dict[str, Any] = dict(np.show_config(mode="dicts"))
    here = available_levels(str(config["Build Dependencies"]["blas"].get("openblas configuration")))
    assert [adapter.id for adapter in limited] == [level.id for level in here]
    assert adapters[-len(limited) :] == limited or not limited
    assert all(adapter.on_request and adapter.implementation == "numpy" and adapter.environment for adapter in limited)
    assert not any(adapter.on_request or adapter.environment for adapter in adapters if adapter not in limited)
    assert len({(adapter.name, adapter.driver_version) for adapter in adapters}) == len(adapters)


# Whether it came about


def test_this_process_is_not_limited_and_a_level_refuses_to_be_opened_in_it():
    found = levels._features()[1]
    if not found:
        pytest.skip("this NumPy uses no more than its baseline here")
    with pytest.raises(BackendError, match=f"NumPy was not limited to baseline: it still uses {found[0]}"):
        host.open(adapter("numpy-baseline", api="host", identity="numpy-baseline"))


def test_a_level_that_numpy_does_not_reach_is_refused(features):
    features(["X86_V2"], [], ["X86_V3"])
    with pytest.raises(BackendError, match="NumPy does not use AVX2 in this environment, only up to X86_V2"):
        check_limited(AVX2)


@pytest.mark.parametrize(
    ("blas", "message"), [({"architecture": "SkylakeX"}, "SkylakeX"), ({}, "an unknown"), (None, "an unknown")]
)
def test_a_blas_that_did_not_take_the_switch_is_refused(features, monkeypatch, blas, message):
    features(["X86_V2"], ["X86_V3"], ["X86_V4"])
    monkeypatch.setattr(levels, "loaded_blas", lambda: blas)
    with pytest.raises(
        BackendError, match=rf"not limited to AVX2: it runs the kernels of {message}.*not those of Haswell"
    ):
        check_limited(AVX2)


def test_a_level_that_does_not_exist_is_no_adapter():
    with pytest.raises(NoSuchAdapter, match=r"'numpy-avx9'; there are numpy, .*numpy-avx512"):
        host.open(adapter("numpy-avx9", api="host", identity="numpy-avx9"))


@pytest.mark.parametrize(
    ("said", "most"), [(GROUPS, "AVX512_ICL"), ((["X86_V2"], [], ["X86_V3"]), "X86_V2"), (NAMES, "AVX512_ICL")]
)
def test_the_most_that_numpy_uses_is_the_last_of_what_it_found(features, said, most):
    features(*said)
    assert highest_feature() == most


LOOK = """
import json, sys
from msgspec import convert
from paragon_tui.backends import host
from paragon_tui.backends.adapter import Adapter
from paragon_tui.engine.worker.libraries import library
from paragon_tui.suites.workloads.registry import workload
one = convert(json.load(sys.stdin), Adapter)
host.open(one)
from numpy._core._multiarray_umath import __cpu_features__
from threadpoolctl import threadpool_info
blas = [pool["architecture"] for pool in threadpool_info() if pool["user_api"] == "blas"]
print(json.dumps([__cpu_features__, blas, library(one, workload("network"), "f32")[0]]))
"""
OWN = {"numpy-avx2": {"X86_V3", "AVX2"}, "numpy-avx512": {"X86_V4", "AVX512_SKX"}}


@pytest.mark.parametrize("inherited", [{}, {"NPY_ENABLE_CPU_FEATURES": "X86_V4", "OPENBLAS_CORETYPE": "Nehalem"}])
@pytest.mark.parametrize("level", LEVELS, ids=[level.id for level in LEVELS])
def test_a_process_with_a_levels_environment_is_limited_to_it(level, inherited):
    """Asked of NumPy's own table of features and of threadpoolctl, whatever the user's own switches say."""
    from msgspec.json import encode

    limited = next((adapter for adapter in host.adapters("host") if adapter.id == level.id), None)
    if limited is None:
        pytest.skip(f"there is no {level.id} on this machine")
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", LOOK],
        env=os.environ | {"PYTHONPATH": path} | inherited | dict(limited.environment),
        input=encode(limited).decode(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen, blas, library = json.loads(done.stdout)
    off = dict(limited.environment)["NPY_DISABLE_CPU_FEATURES"].split()
    assert off or level is AVX512
    assert [name for name in off if seen.get(name)] == []
    assert all(seen[name] for name in OWN.get(level.id, set()) if name in seen)
    assert blas == [level.core]
    assert library.startswith(f"{level.label}: NumPy ") and library.endswith(level.core)


# What is remembered of it


def test_a_level_has_ceilings_of_its_own(tmp_path):
    """Its figures are another adapter's, though it computes with the same library."""
    opened = {
        adapter.id: host.OpenHost(adapter, 0.0)
        for adapter in host.adapters("host")
        if adapter.implementation == "numpy"
    }
    if "numpy-baseline" not in opened:
        pytest.skip("NumPy cannot be limited on this machine")
    first = measure_ceiling(DeviceSession(opened["numpy"], None), tmp_path)
    assert cached_ceiling(DeviceSession(opened["numpy-baseline"], None), tmp_path) is None
    assert isinstance(measure_ceiling(DeviceSession(opened["numpy-baseline"], None), tmp_path), Ceiling)
    assert cached_ceiling(DeviceSession(opened["numpy"], None), tmp_path) == first
    assert len([load_entry(path) for path in tmp_path.iterdir()]) == 2


def test_a_device_is_no_level_and_has_no_library():
    assert level_of(GPU.identity) is None
    assert library(GPU, workload("network"), "f32") == (None, None)
