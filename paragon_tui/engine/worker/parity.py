"""Comparison of a result with the reference: of all values, or where that is too much, of a sample and the digest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paragon_tui.arithmetic.compare import compare, differences
from paragon_tui.arithmetic.comparison import Comparison, Difference
from paragon_tui.arithmetic.digest import digest
from paragon_tui.engine.messages.events import Compared, Event, Output
from paragon_tui.engine.messages.job import Job
from paragon_tui.engine.worker.open_job import WrongResult
from paragon_tui.engine.worker.reference import Reference, is_costly, whole_answer
from paragon_tui.suites.case import Chain
from paragon_tui.suites.computation import Computation
from paragon_tui.suites.data.case_data import Answer, Arrays, DigestedData

VALUES_SHOWN = 1024
DIFFERENCE_ROWS = 256


def check_finite(results: Arrays) -> None:
    """Raise ``WrongResult`` for the first NaN or infinity."""
    for name, values in results.items():
        not_finite = np.flatnonzero(~np.isfinite(values))
        if not_finite.size:
            index = int(not_finite[0])
            value = float(values.ravel()[index])
            raise WrongResult(f"{name}[{index}] is {value}: the arithmetic or its inputs overflowed")


def compare_with_reference(
    job: Job, computed: Computation, answer: Answer, reference: Reference, first_run_ms: float | None
) -> Iterator[Event]:
    """Yield the ``Output`` and ``Compared`` of a result."""
    shown = answer.values.size <= VALUES_SHOWN
    values_digest, output_digest = digest(answer.values), None if answer.output is None else digest(answer.output)
    yield Output(
        job.id,
        first_run_ms,
        values_digest,
        output_digest,
        _floats(answer.values) if shown else None,
        _floats(answer.output) if shown else None,
        _floats(reference.output) if shown and reference.indices is None else None,
    )
    comparison, rows = _compare_values(answer.values.ravel(), reference)
    comparison = _with_digest(comparison, values_digest, reference.digest)
    output = _compare_output(answer, reference)
    if output is not None:
        output = _with_digest(output, output_digest, reference.output_digest)
    unseen = any(each is not None and _differs_unseen(each) for each in (comparison, output))
    if unseen and not is_costly(computed):  # all of the reference's values show where
        right, _ = whole_answer(computed)
        whole = Reference(right.values.ravel(), right.output, None, reference.digest)
        comparison, rows = _compare_values(answer.values.ravel(), whole)
        output = _compare_output(answer, whole)
    yield Compared(job.id, comparison, output, rows, _chain(job, computed, answer))


def _compare_output(answer: Answer, reference: Reference) -> Comparison | None:
    if answer.output is None or reference.output is None:
        return None
    values, indices = answer.output.ravel(), reference.indices
    comparison = compare(values if indices is None else values[indices], reference.output.ravel())
    return comparison if indices is None else _with_whole_indices(comparison, indices)


def _with_digest(comparison: Comparison, found: str | None, right: str | None) -> Comparison:
    """Return the comparison of a sample with what the digest of all values adds, where the right one is known."""
    if comparison.sample is None or not comparison.bit_identical or right is None:
        return comparison
    return replace(comparison, sample=None) if found == right else replace(comparison, bit_identical=False)


def _differs_unseen(comparison: Comparison) -> bool:
    """Return whether only the digest shows a difference."""
    return not comparison.bit_identical and comparison.first_difference is None


def _with_whole_indices(comparison: Comparison, indices: NDArray[np.int64]) -> Comparison:
    """Return a comparison of the values at ``indices``, its first difference as an index into all values."""
    first = comparison.first_difference
    return replace(comparison, first_difference=None if first is None else int(indices[first]), sample=indices.size)


def _compare_values(values: NDArray[Any], reference: Reference) -> tuple[Comparison, tuple[Difference, ...]]:
    indices = reference.indices
    if indices is None:
        return compare(values, reference.values), differences(values, reference.values, DIFFERENCE_ROWS)
    sampled = values[indices]
    return (
        _with_whole_indices(compare(sampled, reference.values), indices),
        tuple(
            replace(row, index=int(indices[row.index]))
            for row in differences(sampled, reference.values, DIFFERENCE_ROWS)
        ),
    )


def _floats(values: NDArray[Any] | None) -> tuple[float, ...] | None:
    return None if values is None else tuple(map(float, values.ravel()))


def _chain(job: Job, computed: Computation, answer: Answer) -> Chain | None:
    """Return whose bits the naive kernel's values have: they show what the compiler made of ``acc += w*x``."""
    data = computed.data
    if job.variant != "plain" or not isinstance(data, DigestedData):
        return None
    for chain, values in data.chains(job.case):
        if values.tobytes() == answer.values.tobytes():
            return chain
    return "neither"
