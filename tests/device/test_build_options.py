"""Build options in the environment that relax arithmetic: they are kept from the compiler, or it gets every guard."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import numpy as np
import pytest

from paragon_tui import shaders
from paragon_tui.backends import build_options
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.fingerprint import Fingerprint
from paragon_tui.backends.probes import least_guard, probe
from paragon_tui.cli import main
from paragon_tui.operators.graph import Graph
from paragon_tui.operators.layernorm import LayerNorm
from paragon_tui.operators.numerics.forms import canonical
from paragon_tui.operators.operator import Operator
from paragon_tui.operators.softmax import Softmax
from paragon_tui.operators.tensor import Tensor
from tests.support.floats import first_difference
from tests.support.graphs import planned, run
from tests.support.kernels import opened

pytestmark = pytest.mark.device

RELAXED = "-cl-unsafe-math-optimizations"
ROWS = [(Softmax(), (1, 1001)), (LayerNorm(), (3, 300))]


@pytest.fixture(params=["PYOPENCL_BUILD_OPTIONS", "POCL_EXTRA_BUILD_FLAGS"])
def relaxed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, device_adapter: Adapter) -> str:
    """The name of a variable that asks PoCL for relaxed arithmetic."""
    if device_adapter.driver != "Portable Computing Language":
        pytest.skip("reads no such variable")
    name: str = request.param
    monkeypatch.setenv(name, RELAXED)
    return name


def computed(adapter: Adapter, least: bool = False) -> tuple[Fingerprint, list[str | None]]:
    """What the probes find, and where results differ from the reference's: at the probes' guard, or the least."""
    with opened(adapter) as device:
        seen = probe(device)
        guard = least_guard(device) if least else seen.guard
        return seen, [difference(device, operator, shape, guard) for operator, shape in ROWS]


def computed_unhidden(adapter: Adapter) -> tuple[tuple[Fingerprint, list[str | None]], ...]:
    """The same where the variables are not hidden from the compiler, at the probes' guard and at the least."""
    build_options.VARIABLES = ()
    return computed(adapter), computed(adapter, least=True)


def difference(device: Any, operator: Operator, shape: tuple[int, ...], guard: int) -> str | None:
    shapes = (shape, *([shape[-1:]] * (len(operator.operands) - 1)))
    random = np.random.default_rng(7)
    arrays = [random.normal(1, 3, extents).astype(np.float32) for extents in shapes]
    values = dict(zip(operator.operands, arrays, strict=True))
    graph = Graph.of(operator, *(Tensor(extents, "f32") for extents in shapes))
    candidate, *_ = planned(graph, values, device.adapter, fed=operator.operands)
    return first_difference(run(device, candidate, values, guard)["y"], canonical(graph, values)["y"])


def test_the_compiler_does_not_see_them(relaxed: str, device_adapter: Adapter) -> None:
    seen, differences = computed(device_adapter)
    assert seen.guard == 0 and seen.tiers.guarded == "guaranteed", str(seen)
    assert differences == [None, None]


def test_a_compiler_that_has_them_gets_every_guard_and_its_results_have_the_right_bits(
    relaxed: str, device_adapter: Adapter
) -> None:
    """In a process of its own, since PoCL keeps for all later builds what it has once read."""
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        (seen, differences), (_, without_guards) = process.submit(computed_unhidden, device_adapter).result()
    assert (seen.guard, seen.tiers.exact, seen.tiers.guarded) == (shaders.EVERY_GUARD, "observed", "observed")
    assert differences == [None, None]
    assert None not in without_guards


def test_a_line_says_that_they_have_no_effect(relaxed: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "softmax-1k", "--adapter", "opencl:0", "--fast", "--iterations", "4"]) == 0
    captured = capsys.readouterr()
    assert captured.err.count(f"{relaxed} has no effect here") == 1
    assert "1 of 1 that claim the reference's bits have them" in captured.out
