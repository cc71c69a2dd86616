"""No kernel of any operation makes OpenCL's compiler warn: what it says would stand in everybody's log."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from paragon_tui import shaders
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.plan import Step
from paragon_tui.suites.case import DTYPES
from paragon_tui.suites.catalogue import SUITES
from paragon_tui.suites.operation import operation

pytestmark = [pytest.mark.device, pytest.mark.exhaustive]


def steps_of(adapter: Adapter) -> list[Step]:
    """One of each source that is compiled there, and on a GPU in its place."""
    steps: dict[object, Step] = {}
    for case in (case for suite in SUITES for case in suite.cases):
        module = operation(case.operation)
        for dtype in DTYPES:
            for variant in module.variants(dtype):
                for where in (adapter, replace(adapter, type="discrete-gpu")):
                    for plan in module.plans(case, dtype, variant, where):
                        steps |= {(step.parts, step.all_constants): step for step in plan.steps}
    return list(steps.values())


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
