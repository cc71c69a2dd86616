"""A result's comparison with the reference, as its two events."""

from __future__ import annotations

from paragon_tui.engine.messages.events import Compared, Output
from paragon_tui.engine.messages.job import Job
from paragon_tui.engine.worker.parity import compare_with_reference
from paragon_tui.engine.worker.reference import Reference
from paragon_tui.suites.computation import computation
from paragon_tui.suites.data.case_data import Answer


def compared(job: Job, answer: Answer, reference: Reference) -> tuple[Output, Compared]:
    """Return the two events."""
    output, verdict = compare_with_reference(job, computation(job.case, job.dtype), answer, reference, None)
    assert isinstance(output, Output) and isinstance(verdict, Compared)
    return output, verdict
