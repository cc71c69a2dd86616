"""What every operator keeps to: checked operands, the results that it infers, and lowerings of these and no others."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from paragon_tui.arithmetic.rounding import half
from paragon_tui.backends.plan import Step
from paragon_tui.operators.dropout import Dropout
from paragon_tui.operators.graph import Graph
from paragon_tui.operators.lowering import Lowering
from paragon_tui.operators.numerics.forms import host_form
from paragon_tui.operators.numerics.numerics import Sampled
from paragon_tui.operators.numerics.registry import NUMERICS, numerics
from paragon_tui.operators.operator import TIERS, Operator
from paragon_tui.operators.reducing import PLACEHOLDER
from paragon_tui.operators.tensor import ITEM_BYTES, Tensor, WrongOperands
from tests.support.examples import GPU, LLVMPIPE, POCL
from tests.support.host_forms import skip_without
from tests.support.operators import EXAMPLES, REFUSED, Example, first

CLASSES = pytest.mark.parametrize("operator", NUMERICS, ids=lambda operator: operator.__name__)
OF_EXAMPLES = pytest.mark.parametrize("example", EXAMPLES, ids=str)
LIBRARIES = pytest.mark.parametrize("library", ["reference", "numpy", "torch"])
SAMPLED = [example for example in EXAMPLES if isinstance(numerics(example.operator), Sampled)]
STATELESS = [example for example in EXAMPLES if not set(example.operator.operands) & set(example.operator.results)]
EVERYWHERE = pytest.mark.parametrize("adapter", [POCL, LLVMPIPE, GPU], ids=["opencl-cpu", "cpu", "gpu"])
KINDS = {"f32": "f", "f16": "f", "i8": "if", "i32": "i", "u32": "u"}
"""The kinds of arrays that libraries return: integers of any width, and at i8 floats of whole numbers."""
ARRAYS = {"f32": np.float32, "i32": np.int32, "u32": np.uint32}
SHAPES = [(), (1,), (5,), (7,), (3, 5), (5, 7), (2, 3, 5), (1, 1, 1, 1)]


def test_every_operator_has_examples_and_operands_that_it_refuses() -> None:
    assert {type(example.operator) for example in EXAMPLES} == set(REFUSED) == set(NUMERICS)
    for operator in NUMERICS:
        assert set(REFUSED[operator]) == set(first(operator).operands)


# The class


@CLASSES
def test_an_operator_is_a_frozen_dataclass_with_slots(operator: type[Operator]) -> None:
    assert dataclasses.is_dataclass(operator) and "__slots__" in vars(operator)
    example = first(operator).operator
    copy = dataclasses.replace(example)
    assert copy == example and hash(copy) == hash(example)
    for field in dataclasses.fields(operator):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(example, field.name, getattr(example, field.name))


@OF_EXAMPLES
def test_a_cost_is_not_negative_and_counts_every_byte_once(example: Example) -> None:
    cost = example.operator.cost(*example.tensors)
    moved = [*example.tensors, *example.results.values()]
    assert cost.operations >= 0 and cost.bytes == sum(tensor.count * ITEM_BYTES[tensor.dtype] for tensor in moved)
    assert example.operator.tier(*example.tensors) in TIERS[:3]


# Operands


@CLASSES
def test_operands_that_do_not_fit_are_refused_and_named(operator: type[Operator]) -> None:
    example = first(operator)
    for name, tensors in REFUSED[operator].items():
        for tensor in tensors:
            with pytest.raises(WrongOperands) as refused:
                example.operator.infer(*example.replaced(**{name: tensor}))
            assert str(tensor) in str(refused.value), (name, str(refused.value))


@CLASSES
def test_any_other_operands_are_taken_or_refused_in_the_same_way(operator: type[Operator]) -> None:
    """No shape and no dtype ends in another error than ``WrongOperands``."""
    example = first(operator)
    for name in example.operands:
        for shape in SHAPES:
            for dtype in ITEM_BYTES:
                tensors = example.replaced(**{name: Tensor(shape, dtype)})
                try:
                    results = example.operator.infer(*tensors)
                except WrongOperands:
                    continue
                assert len(results) == len(example.operator.results)


# Arrays


def results_of(example: Example, library: str) -> dict[str, NDArray[Any]]:
    operator, values = example.operator, example.values()
    implementation = numerics(operator)
    if library == "reference":
        form = implementation.canonical(operator, *example.tensors)
    else:
        form = implementation.numpy(operator, *example.tensors)
        held = implementation.held_by_numpy
        values = {name: held(operator, name, example.operands[name], value) for name, value in values.items()}
    before = {name: value.copy() for name, value in values.items()}
    results = form(*values.values())
    replaced = set(operator.operands) & set(operator.results)
    for name in values.keys() - replaced:
        np.testing.assert_array_equal(values[name], before[name], err_msg=f"{name} was changed")
    return dict(zip(operator.results, (np.asarray(result) for result in results), strict=True))


@OF_EXAMPLES
def test_canonical_results_have_the_inferred_shapes_and_dtypes(example: Example) -> None:
    for name, values in results_of(example, "reference").items():
        tensor = example.results[name]
        assert values.shape == tensor.shape, name
        if tensor.dtype == "f16":
            assert values.dtype == np.float32
            np.testing.assert_array_equal(half(values), values)
        elif tensor.dtype == "i8":
            assert values.dtype.kind == "i" and values.min() >= -127 and values.max() <= 127
        else:
            assert values.dtype == ARRAYS[tensor.dtype], name


@OF_EXAMPLES
def test_canonical_results_have_no_negative_zero(example: Example) -> None:
    """Of operands that have none: what only moves them keeps their signs."""
    for values in results_of(example, "reference").values():
        assert not np.any(np.signbit(values) & (values == 0))


def assert_near(example: Example, name: str, actual: NDArray[Any], right: NDArray[Any]) -> None:
    """Assert that a library's result is near the canonical one; dropout draws another mask in every library."""
    tensor, values = example.results[name], np.asarray(actual, dtype=np.float64)
    assert values.shape == tensor.shape
    tolerance = 2.0**-9 if tensor.dtype == "f16" else 1e-5
    if isinstance(example.operator, Dropout):
        right = np.where(values == 0, 0, example.values()["x"].astype(np.float64) / (1 - example.operator.rate))
    np.testing.assert_allclose(values, right.astype(np.float64), rtol=tolerance, atol=tolerance, err_msg=name)


@OF_EXAMPLES
def test_numpys_results_have_the_inferred_shapes_and_dtypes_and_are_near(example: Example) -> None:
    right = results_of(example, "reference")
    for name, values in results_of(example, "numpy").items():
        tensor = example.results[name]
        assert values.shape == tensor.shape, name
        assert values.dtype.kind in KINDS[tensor.dtype] and values.dtype != np.float64, name
        assert_near(example, name, values, right[name])


@pytest.mark.parametrize("example", STATELESS, ids=str)
@LIBRARIES
def test_every_library_computes_the_graph_of_one_operator(library: str, example: Example) -> None:
    """With operands that it holds, and with operands that a call is given."""
    skip_without(library)
    graph, values = Graph.of(example.operator, *example.tensors), example.values()
    held, given = host_form(graph, library, values)(), host_form(graph, library, {})(**values)
    for name, right in results_of(example, "reference").items():
        for actual in (held[name], given[name]):
            assert_near(example, name, actual, right)


@pytest.mark.parametrize("example", SAMPLED, ids=str)
def test_some_values_alone_have_the_bits_that_they_have_among_all(example: Example) -> None:
    operator, sampled = example.operator, numerics(example.operator)
    assert isinstance(sampled, Sampled)
    (whole,) = results_of(example, "reference").values()
    indices = np.arange(0, whole.size, 2)
    values = sampled.canonical_at(operator, indices, *example.tensors)(*example.values().values())
    assert values.tobytes() == np.ascontiguousarray(whole).ravel()[indices].tobytes()


# Lowerings


def written(step: Step) -> tuple[str, ...]:
    return step.buffers[len(step.buffers) - step.writes :]


def members(lowering: Lowering) -> Iterator[str]:
    for joined in lowering.joined:
        yield from (name for name, _ in joined.members)


@EVERYWHERE
@OF_EXAMPLES
def test_layouts_are_those_of_operands_and_results_and_of_no_other(example: Example, adapter: Any) -> None:
    tensors = example.operands | example.results
    for lowering in example.lowerings(adapter):
        assert {*lowering.layouts, *members(lowering)} == set(tensors), lowering.name
        for name, layout in lowering.layouts.items():
            assert layout.count == tensors[name].count, name
            assert layout.words % layout.row_words == 0, name
        for name in example.operands:
            assert lowering.layouts[name].padding is not None, f"{name} would be padded with any bits"


@EVERYWHERE
@OF_EXAMPLES
def test_steps_name_operands_results_and_buffers_of_their_own(example: Example, adapter: Any) -> None:
    for lowering in example.lowerings(adapter):
        own = {buffer.name for buffer in lowering.own}
        joined = {joined.name for joined in lowering.joined}
        assert len(own) == len(lowering.own) and not own & {*lowering.layouts, *joined}
        bound = {name for step in lowering.steps for name in step.buffers}
        assert bound <= {*lowering.layouts, *own, *joined}, lowering.name
        assert own - bound <= {PLACEHOLDER.name}, f"{lowering.name} has a buffer that no step uses"
        changed = {name for step in lowering.steps for name in written(step)}
        assert set(example.results) <= changed, lowering.name
        assert not changed & (example.operands.keys() - example.results.keys()), f"{lowering.name} writes to operands"
        for step in lowering.steps:
            assert step.groups >= 1 and step.group_items >= 1
            assert not any(step.buffers.count(name) > 1 for name in written(step))
            assert all(0 <= value < 2**32 for _, value in step.parameters)


@EVERYWHERE
@OF_EXAMPLES
def test_scratch_is_not_filled_and_what_is_reused_is_written_first(example: Example, adapter: Any) -> None:
    for lowering in example.lowerings(adapter):
        roles = {buffer.name: buffer.role for buffer in lowering.own}
        assert set(roles.values()) <= {"scratch", "weight"}
        assert all((buffer.fill is not None) == (buffer.role == "weight") for buffer in lowering.own)
        assert {roles[name] for name in lowering.reusable} <= {"scratch"}
        for name in lowering.reusable:
            first_use = next(step for step in lowering.steps if name in step.buffers)
            assert name in written(first_use), f"{lowering.name} reads {name} before it is written"
