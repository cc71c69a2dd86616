"""Launches of more groups than one dimension takes are folded into rows, and every kernel counts them row by row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from paragon_tui.arithmetic.compare import compare
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.probes import probe
from paragon_tui.engine.worker.device_session import DeviceSession
from paragon_tui.suites.case import Case
from paragon_tui.suites.computation import computation
from tests.support.graphs import run
from tests.support.host_forms import host_values
from tests.support.kernels import open_device

pytestmark = pytest.mark.device

A_DIMENSION = 7  # groups: most of the launches below leave groups without work in their last row
SHAPES: dict[str, tuple[int, ...]] = {
    "clamp": (61, 677),
    "lerp": (61, 677),
    "fma": (61, 677),
    "dot": (61_001,),
    "argmin": (61_001,),
    "mean-columns": (4099, 259),
    "logsumexp-columns": (4099, 259),
    "softmax": (11, 515),
    "layernorm": (11, 515),
    "matmul": (131, 67, 259),
    "matmul-transposed": (131, 67, 259),
    "matmul-batched": (5, 37, 67, 131),
    "matvec": (259, 67),
    "convolve2d": (71, 197, 5, 3),
    "attention": (3, 61, 35),
    "attention-causal": (3, 61, 35),
    "attention-projected": (3, 61, 35),
    **dict.fromkeys(("dropout", "transpose", "reshape", "broadcast", "stack", "concat"), (131, 259)),
}


@pytest.fixture(scope="module")
def narrow() -> Iterator[dict[str, DeviceSession]]:
    """By id, adapters of few groups a dimension."""
    sessions: dict[str, DeviceSession] = {}
    yield sessions
    for each in sessions.values():
        each.device.close()


def narrowed(adapter: Adapter, narrow: dict[str, DeviceSession]) -> DeviceSession:
    if adapter.id not in narrow:
        few = replace(adapter, max_groups_per_dimension=A_DIMENSION)
        device = open_device(few)
        narrow[adapter.id] = DeviceSession(device, probe(device))
    return narrow[adapter.id]


@pytest.mark.parametrize("name", SHAPES)
def test_every_group_of_a_folded_launch_has_work_of_its_own(
    name: str, device_adapter: Adapter, narrow: dict[str, DeviceSession]
) -> None:
    if device_adapter.max_groups_per_dimension is None:
        pytest.skip("this API has no such limit")
    session, case = narrowed(device_adapter, narrow), Case("vector", name, name, SHAPES[name])
    assert session.fingerprint is not None
    computed, right = computation(case, "f32"), host_values(case, "f32", "reference")
    for kind in ("cpu", "discrete-gpu"):
        for candidate in computed.candidates(replace(device_adapter, type=kind), "default"):
            assert max(step.groups for step in candidate.plan.steps) > A_DIMENSION
            results = run(session.device, candidate, computed.fed, session.fingerprint.guard)
            assert compare(computed.answer(results).values, right).bit_identical, candidate.plan.name
