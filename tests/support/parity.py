"""A result's comparison with the reference, as its two events."""

from __future__ import annotations

from paragon_tui.engine.messages.events import Compared, Output
from paragon_tui.engine.messages.job import Job
from paragon_tui.engine.worker.parity import compare_with_reference
from paragon_tui.engine.worker.reference import Reference
from paragon_tui.suites.operation import Answer
from tests.support.devices import Arrays


def compared(job: Job, answer: Answer, reference: Reference, inputs: Arrays | None = None) -> tuple[Output, Compared]:
    """Return the two events; ``inputs`` are needed where the answer differs outside a sample of the reference."""
    output, verdict = compare_with_reference(job, answer, reference, inputs or {}, None)
    assert isinstance(output, Output) and isinstance(verdict, Compared)
    return output, verdict
