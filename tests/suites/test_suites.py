"""Properties of every case of every suite: ids, sizes, and operands for the buffers that need them."""

from __future__ import annotations

from collections import Counter

import pytest

from paragon_tui.backends.adapter import Adapter
from paragon_tui.engine.worker.reference import COSTLY, is_costly
from paragon_tui.suites.case import DTYPES, Case
from paragon_tui.suites.catalogue import SUITES
from paragon_tui.suites.computation import computation
from paragon_tui.suites.data.registry import DATA
from paragon_tui.suites.workloads.registry import OPERATIONS, workload
from paragon_tui.suites.workloads.workload import Trained
from tests.support.examples import GPU, POCL, adapter

LLVMPIPE = adapter("vulkan:0", type="cpu", local_memory_bytes=32768)
BIG_GPU = adapter("vulkan:0", local_memory_bytes=32768, max_group_items=256)
CASES = [case for suite in SUITES for case in suite.cases]
SINGLE: dict[str, Case] = {case.operation: case for case in CASES if case.operation != "network"}


def test_an_id_names_one_case():
    assert [name for name, count in Counter(case.id for case in CASES).items() if count > 1] == []


def test_every_operation_has_cases_and_every_case_an_operation():
    assert {case.operation for case in CASES} == set(OPERATIONS)


def test_every_workload_has_its_arrays():
    assert {type(workload(name)) for name in OPERATIONS} == set(DATA)


def test_every_size_of_a_fast_run_is_one_of_its_suite():
    for suite in SUITES:
        assert suite.fast <= {size for case in suite.cases for size in case.sizes}


@pytest.mark.parametrize("where", [POCL, LLVMPIPE, BIG_GPU], ids=["pocl", "llvmpipe", "gpu"])
@pytest.mark.parametrize("name", SINGLE)
def test_operands_are_resident_and_the_result_stays(name: str, where: Adapter):
    """Nothing travels in a run: the engine asks only operations with input buffers what these hold."""
    single = workload(name)
    for dtype in (dtype for dtype in DTYPES if single.variants(dtype)):
        computed = computation(SINGLE[name], dtype)
        assert computed.fed == {}
        for candidate in computed.candidates(where, single.variants(dtype)[0]):
            plan = candidate.plan
            assert plan.with_role("input") == plan.with_role("output") == () == candidate.inputs, plan.name
            results = [bound.buffer for bound in candidate.results]
            assert [bound.name for bound in candidate.results] == list(computed.graph.results)
            states = {buffer.name for buffer in plan.with_role("state")}
            if isinstance(single, Trained):
                assert not plan.with_role("result") and states.issuperset(results)
            else:
                assert sorted(buffer.name for buffer in plan.with_role("result")) == sorted(results) and not states
            assert plan.with_role("weight")


def test_a_networks_input_travels():
    (candidate, *_) = computation(CASES[0], "f32").candidates(GPU, "default")
    assert [buffer.name for buffer in candidate.plan.with_role("input")] == ["x"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_what_is_too_much_for_the_reference_can_be_computed_at_some_indices(case: Case):
    computed = computation(case, "f32")
    assert is_costly(computed) == (computed.cost.operations >= COSTLY)
