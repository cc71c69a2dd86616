"""Adapters limited to numbers of threads: which can be, by what, and what they are called."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from paragon_tui.backends import threads
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.blas import THREAD_VARIABLES
from paragon_tui.backends.device import BackendError
from paragon_tui.backends.threads import check_limited, limited, on_threads, threads_of, without_threads
from tests.support.examples import GPU, NUMPY, REFERENCE, adapter

POCL = replace(adapter("opencl:0"), type="cpu", driver="Portable Computing Language", compute_units=16)
LLVMPIPE = replace(adapter("vulkan:0"), type="cpu", name="llvmpipe (LLVM 15.0.6, 256 bits)")


@pytest.mark.parametrize(
    ("id_", "number", "plain"),
    [
        ("numpy@2", 2, "numpy"),
        ("opencl:0@16", 16, "opencl:0"),
        ("numpy", None, "numpy"),
        ("odd@name", None, "odd@name"),
    ],
)
def test_an_id_tells_its_threads(id_: str, number: int | None, plain: str) -> None:
    assert (threads_of(id_), without_threads(id_)) == (number, plain)
    assert on_threads(plain, number) == id_


@pytest.mark.parametrize(
    ("of", "variables"),
    [
        (NUMPY, THREAD_VARIABLES),
        (replace(NUMPY, id="numpy-avx2", identity="numpy-avx2", environment=(("A", "b"),)), THREAD_VARIABLES),
        (POCL, ("POCL_CPU_MAX_CU_COUNT", "POCL_MAX_PTHREAD_COUNT")),
        (LLVMPIPE, ("LP_NUM_THREADS",)),
        (replace(LLVMPIPE, id="opencl:1", api="opencl", driver="rusticl"), ("LP_NUM_THREADS",)),
    ],
    ids=lambda value: value.id if isinstance(value, Adapter) else "",
)
def test_what_computes_on_the_processor_is_limited_by_its_own_variables(
    of: Adapter, variables: tuple[str, ...]
) -> None:
    found = limited(of, 3)
    assert found is not None
    assert (found.id, found.identity, found.implementation) == (f"{of.id}@3", of.identity, of.implementation)
    assert found.environment == (*of.environment, *((name, "3") for name in variables))
    assert found.compute_units == (3 if of is POCL else of.compute_units)


@pytest.mark.parametrize("of", [REFERENCE, GPU, replace(POCL, driver="Intel(R) OpenCL"), replace(POCL, type="unknown")])
def test_what_nothing_limits_stays_as_it_is(of: Adapter) -> None:
    assert limited(of, 2) is None


def test_a_driver_that_did_not_heed_its_limit_is_told() -> None:
    pocl = limited(POCL, 2)
    assert pocl is not None
    check_limited(pocl, SimpleNamespace(device=SimpleNamespace(max_compute_units=2)))
    with pytest.raises(BackendError, match="was not limited to 2 threads: it has 16"):
        check_limited(pocl, SimpleNamespace(device=SimpleNamespace(max_compute_units=16)))
    check_limited(POCL, None)


def test_llvmpipe_is_counted_where_the_system_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    lavapipe = limited(LLVMPIPE, 2)
    assert lavapipe is not None
    monkeypatch.setattr(threads, "_llvmpipe_threads", lambda: 4)
    with pytest.raises(BackendError, match=r"llvmpipe .* was not limited to 2 threads: it has 4"):
        check_limited(lavapipe, None)
    for found in (2, None):
        monkeypatch.setattr(threads, "_llvmpipe_threads", lambda found=found: found)
        check_limited(lavapipe, None)
