"""A program that runs the kernels of small cases in Oclgrind, which prints every data race: ``python -m …races``.

With an argument, a barrier of the dense layer is taken away first, so that there is a race.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import pytest

from paragon_tui.backends import registry
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.device import BackendError, Unsupported
from paragon_tui.suites.case import DTYPES
from paragon_tui.suites.checks import CHECKS
from paragon_tui.suites.computation import Computation, computation
from paragon_tui.suites.workloads.registry import workload
from paragon_tui.suites.workloads.workload import Trained
from tests.support.graphs import run
from tests.support.kernels import as_gpu, edited, opened

_MOST_OPERATIONS = 50_000  # a simulator runs about a million a second
_BARRIER = "        barrier(CLK_LOCAL_MEM_FENCE);\n        // Block results"


def main() -> None:
    backend = registry.load(registry.BACKENDS["opencl"])
    (adapter,) = (each for each in backend.adapters("opencl") if "Oclgrind" in each.name)
    race = len(sys.argv) > 1
    with pytest.MonkeyPatch.context() as patch:
        edit = edited(patch, _BARRIER, "        // Block results") if race else nullcontext()
        with edit, opened(adapter) as device:
            for computed, variant in small_cases("network" if race else ""):
                for planned in (adapter, as_gpu(adapter)):
                    run_all(device, computed, planned, variant)


def small_cases(operation: str) -> Iterator[tuple[Computation, str]]:
    """Yield the small cases of verifications, of one operation if given, in all variants that claim bits."""
    for case in CHECKS:
        work = workload(case.operation)
        small = work.cost(case, "f32").operations <= _MOST_OPERATIONS and not isinstance(work, Trained)
        if not small or case.operation != (operation or case.operation):
            continue
        for dtype in DTYPES:
            for variant in work.variants(dtype):
                if variant != "plain":
                    yield computation(case, dtype), variant


def run_all(device: Any, computed: Computation, planned: Adapter, variant: str) -> None:
    """Run every plan once, and print its name."""
    try:
        candidates = computed.candidates(planned, variant)
    except Unsupported:
        return
    for candidate in candidates:
        name = f"{computed.case.id} {computed.dtype} {variant} {candidate.plan.name}"
        try:
            run(device, candidate, computed.fed)
        except BackendError as error:  # the simulator lacks a few instructions
            print(f"not run: {name}: {error}", flush=True)
        else:
            print(f"run: {name}", flush=True)


if __name__ == "__main__":
    main()
