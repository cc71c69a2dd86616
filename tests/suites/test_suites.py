"""Properties of every case of every suite: ids, sizes, and operands for the buffers that need them."""

from __future__ import annotations

from collections import Counter

import pytest

from paragon_tui.backends.adapter import Adapter
from paragon_tui.engine.worker.reference import COSTLY, is_costly
from paragon_tui.suites.case import DTYPES, Case
from paragon_tui.suites.catalogue import SUITES
from paragon_tui.suites.families import MODULES
from paragon_tui.suites.operation import operation, trained
from tests.support.examples import GPU, POCL, adapter

LLVMPIPE = adapter("vulkan:0", type="cpu", local_memory_bytes=32768)
BIG_GPU = adapter("vulkan:0", local_memory_bytes=32768, max_group_items=256)
CASES = [case for suite in SUITES for case in suite.cases]
SINGLE: dict[str, Case] = {case.operation: case for case in CASES if case.operation != "network"}


def test_an_id_names_one_case():
    assert [name for name, count in Counter(case.id for case in CASES).items() if count > 1] == []


def test_every_operation_has_cases_and_every_case_an_operation():
    assert {case.operation for case in CASES} == set(MODULES)


def test_every_size_of_a_fast_run_is_one_of_its_suite():
    for suite in SUITES:
        assert suite.fast <= {size for case in suite.cases for size in case.sizes}


@pytest.mark.parametrize("where", [POCL, LLVMPIPE, BIG_GPU], ids=["pocl", "llvmpipe", "gpu"])
@pytest.mark.parametrize("name", SINGLE)
def test_operands_are_resident_and_the_result_stays(name: str, where: Adapter):
    """Nothing travels in a run: the engine asks only operations with input buffers what these hold."""
    module = operation(name)
    for dtype in (dtype for dtype in DTYPES if module.variants(dtype)):
        for plan in module.plans(SINGLE[name], dtype, module.variants(dtype)[0], where):
            assert plan.with_role("input") == plan.with_role("output") == (), plan.name
            results = [buffer.name for buffer in plan.with_role("result")]
            states = [buffer.name for buffer in plan.with_role("state")]
            assert results == ([] if trained(name) else list(module.RESULTS))
            assert [state for state in states if state in module.RESULTS] == (
                list(module.RESULTS) if trained(name) else []
            )
            assert plan.with_role("weight")


def test_a_networks_input_travels():
    (plan, *_) = operation("network").plans(CASES[0], "f32", "default", GPU)
    assert [buffer.name for buffer in plan.with_role("input")] == ["x"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_what_is_too_much_for_the_reference_can_be_computed_at_some_indices(case: Case):
    assert is_costly(case, "f32") == (operation(case.operation).cost(case, "f32").operations >= COSTLY)
