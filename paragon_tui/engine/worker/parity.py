"""How a result compares with the reference: all of it, or where that is too much, a sample and the digest of all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from paragon_tui.arithmetic.comparison import Comparison, Difference, compare, differences
from paragon_tui.arithmetic.digest import digest
from paragon_tui.engine.messages.events import Compared, Event, Output
from paragon_tui.engine.messages.job import Job
from paragon_tui.engine.worker.reference import Reference, whole_answer
from paragon_tui.suites.case import Chain
from paragon_tui.suites.operation import Answer, digested, operation

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from paragon_tui.suites.operation import Arrays

VALUES_SHOWN = 1024
DIFFERENCE_ROWS = 256


def compare_with_reference(
    job: Job, answer: Answer, reference: Reference, inputs: Arrays, first_run_ms: float | None
) -> Iterator[Event]:
    """``Output`` and ``Compared`` of a result. ``inputs`` are those that the reference takes."""
    shown = answer.values.size <= VALUES_SHOWN
    whole, whole_output = digest(answer.values), None if answer.output is None else digest(answer.output)
    yield Output(
        job.id,
        first_run_ms,
        whole,
        whole_output,
        _numbers(answer.values) if shown else None,
        _numbers(answer.output) if shown else None,
        _numbers(reference.output) if shown and reference.indices is None else None,
    )
    comparison, rows = _values(answer.values.ravel(), reference)
    output = _output(answer, reference)
    values_differ = comparison.bit_identical and reference.digest not in (None, whole)
    output_differs = output is not None and output.bit_identical and reference.output_digest not in (None, whole_output)
    if values_differ or output_differs:
        # It differs outside the sample, which only all of the reference's values can tell more about.
        right = whole_answer(job.case, job.dtype, inputs)
        everything = Reference(right.values.ravel(), right.output, None, reference.digest)
        comparison, rows = _values(answer.values.ravel(), everything)
        output = _output(answer, everything)
    yield Compared(job.id, comparison, output, rows, _chain(job, answer))


def _output(answer: Answer, reference: Reference) -> Comparison | None:
    if answer.output is None or reference.output is None:
        return None
    values, indices = answer.output.ravel(), reference.indices
    comparison = compare(values if indices is None else values[indices], reference.output.ravel())
    return comparison if indices is None else _in_the_whole(comparison, indices)


def _in_the_whole(comparison: Comparison, indices: NDArray[np.int64]) -> Comparison:
    """A comparison of what is at ``indices`` with the first difference as it is counted in the whole."""
    first = comparison.first_difference
    return replace(comparison, first_difference=None if first is None else int(indices[first]), sample=indices.size)


def _values(values: NDArray[Any], reference: Reference) -> tuple[Comparison, tuple[Difference, ...]]:
    indices = reference.indices
    if indices is None:
        return compare(values, reference.values), differences(values, reference.values, DIFFERENCE_ROWS)
    picked = values[indices]
    return (
        _in_the_whole(compare(picked, reference.values), indices),
        tuple(
            replace(row, index=int(indices[row.index]))
            for row in differences(picked, reference.values, DIFFERENCE_ROWS)
        ),
    )


def _numbers(values: NDArray[Any] | None) -> tuple[float, ...] | None:
    return None if values is None else tuple(map(float, values.ravel()))


def _chain(job: Job, answer: Answer) -> Chain | None:
    """Whose bits the naive kernel's values have: they tell what the compiler made of ``acc += w*x``."""
    if operation(job.case.operation).tier(job.dtype, job.variant) != "plain":
        return None
    for chain, values in digested(job.case.operation).chains(job.case):
        if values.tobytes() == answer.values.tobytes():
            return chain
    return "neither"
