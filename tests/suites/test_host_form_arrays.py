"""The baselines compute into arrays that they made beforehand: a call of NumPy's or PyTorch's form makes none."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from paragon_tui.suites.case import DTYPES, Case
from paragon_tui.suites.catalogue import SUITES
from paragon_tui.suites.computation import Computation, computation
from paragon_tui.suites.workloads.registry import workload
from tests.support.examples import CASES, batched
from tests.support.host_forms import skip_without

LEAST_ELEMENTS = 2**16
MOST_BYTES = (
    2**16
)  # in a call: NumPy casts through buffers of 8,192 elements; an array takes at least four times as much

COPIED_BY_NUMPY = {
    **dict.fromkeys(("argsort", "argsort-u32"), "`argsort` has no `out=`"),
    **dict.fromkeys(("argmax-columns", "argmin-columns"), "`argmax` copies the columns before it searches them"),
}
MADE_BY_PYTORCH = dict.fromkeys(
    ("attention", "attention-batched", "attention-causal", "convolve2d", "layernorm", "layernorm-batched"),
    "the function has no `out=`",
)


def examples() -> dict[str, Case]:
    """Return the least case of every operation in which a tensor has many elements; of networks, a large batch."""
    found: dict[str, tuple[int, Case]] = {}
    for case in (*(case for suite in SUITES for case in suite.cases), batched(CASES["S2"], 512)):
        dtype = next(dtype for dtype in DTYPES if workload(case.operation).variants(dtype))
        elements = max(tensor.count for tensor in computation(case, dtype).graph.tensors.values())
        if elements >= LEAST_ELEMENTS and (case.operation not in found or elements < found[case.operation][0]):
            found[case.operation] = (elements, case)
    return {operation: case for operation, (_, case) in found.items()}


EXAMPLES = examples()


def computations(case: Case) -> list[Computation]:
    return [computation(case, dtype) for dtype in DTYPES if workload(case.operation).variants(dtype)]


def test_there_is_an_example_of_every_operation_that_can_be_large():
    operations = {case.operation for suite in SUITES for case in suite.cases}
    assert operations - EXAMPLES.keys() == {"tree-sum", "fibonacci-tree"}  # without operands, one number the result


@pytest.mark.parametrize("operation", sorted(EXAMPLES.keys() - COPIED_BY_NUMPY.keys()))
def test_a_call_of_numpy_makes_no_array(operation: str):
    for computed in computations(EXAMPLES[operation]):
        form, fed = computed.host_form("numpy"), computed.fed
        form(**fed)
        tracemalloc.start()
        form(**fed)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak <= MOST_BYTES, (computed.case.id, computed.dtype)


@pytest.mark.parametrize(
    ("library", "operation"),
    [
        *(("numpy", operation) for operation in sorted(EXAMPLES.keys() - COPIED_BY_NUMPY.keys())),
        *(("torch", operation) for operation in sorted(EXAMPLES.keys() - MADE_BY_PYTORCH.keys())),
    ],
)
def test_results_lie_in_the_same_arrays_after_every_call(library: str, operation: str):
    skip_without(library)
    for computed in computations(EXAMPLES[operation]):
        assert_same_arrays(computed, library)


@pytest.mark.parametrize("library", ["numpy", "torch"])
@pytest.mark.parametrize("case", [CASES["S1"], CASES["XL1"]], ids=["S1", "XL1"])
def test_so_do_those_of_one_sample(case: Case, library: str):
    skip_without(library)
    for computed in computations(case):
        assert_same_arrays(computed, library)


def assert_same_arrays(computed: Computation, library: str) -> None:
    form, fed = computed.host_form(library), computed.fed
    first, second = form(**fed), form(**fed)
    for name, values in first.items():
        number = isinstance(values, np.generic)  # a dot's: no array at all
        assert number or np.shares_memory(values, second[name]), (computed.case.id, computed.dtype, name)
