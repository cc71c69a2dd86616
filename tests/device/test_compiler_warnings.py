"""No kernel of any operation makes OpenCL's compiler warn: what it says would stand in everybody's log."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pytest

from paragon_tui import shaders
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.plan import Step
from paragon_tui.operators import layout
from paragon_tui.operators.conversion import conversion
from paragon_tui.operators.dense_kernel import vector_layout
from paragon_tui.operators.tensor import Tensor
from paragon_tui.suites.case import DTYPES
from paragon_tui.suites.catalogue import SUITES
from paragon_tui.suites.computation import computation
from paragon_tui.suites.workloads.registry import workload
from tests.support.kernels import as_gpu
from tests.support.operators import EXAMPLES

pytestmark = [pytest.mark.device, pytest.mark.exhaustive]


def steps_of(adapter: Adapter) -> list[Step]:
    """Return one step of each source that is compiled there, and on a GPU in its place."""
    every = (*steps_of_cases(adapter), *steps_of_examples(adapter), *steps_of_conversions())
    return list({(step.parts, step.all_constants): step for step in every}.values())


def steps_of_cases(adapter: Adapter) -> Iterator[Step]:
    for case in (case for suite in SUITES for case in suite.cases):
        for dtype in DTYPES:
            for variant in workload(case.operation).variants(dtype):
                for where in (adapter, as_gpu(adapter)):
                    for candidate in computation(case, dtype).candidates(where, variant):
                        yield from candidate.plan.steps


def steps_of_examples(adapter: Adapter) -> Iterator[Step]:
    """Yield those of lowerings that are for other neighbours than a case has."""
    for example, where in product(EXAMPLES, (adapter, as_gpu(adapter))):
        for lowering in example.lowerings(where):
            yield from lowering.steps


def steps_of_conversions() -> Iterator[Step]:
    halves, wide = Tensor((3, 5), "f16"), Tensor((3, 5))
    forms = (layout.in_rows(halves), layout.widened(halves), replace(vector_layout(halves), columns=5, row_words=5))
    padded = (layout.words(wide), layout.in_rows(wide, row_words=8))
    for source, target in (*product(forms, repeat=2), *product(padded, repeat=2)):
        yield from conversion(source, target).steps


def test_no_kernel_makes_the_compiler_warn(device):
    if device.adapter.api != "opencl":
        pytest.skip("only OpenCL's compiler tells")
    import pyopencl as cl

    warnings: dict[str, str] = {}
    steps = steps_of(device.adapter)
    for step in steps:
        source = shaders.source(step.parts, "cl", step.all_constants)
        program = cl.Program(device.context, source).build(["-cl-fp32-correctly-rounded-divide-sqrt"], cache_dir=False)
        said = program.get_build_info(device.device, cl.program_build_info.LOG)
        warnings |= {f"{step.parts}: {line}": said for line in re.findall(r"warning: [^:]*:(.*)", said)}
    assert len(steps) > 150
    assert list(warnings) == []
