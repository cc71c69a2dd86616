"""Comparison with the reference: of a whole result, or of a sample of it and a digest of all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from paragon_tui.arithmetic.digest import digest
from paragon_tui.engine.messages.events import Compared, Output
from paragon_tui.engine.messages.job import Job
from paragon_tui.engine.worker import parity
from paragon_tui.engine.worker.reference import SAMPLE, Reference, sample
from paragon_tui.suites.data.case_data import Answer
from tests.support.examples import CASES, GPU
from tests.support.floats import turned
from tests.support.parity import compared

JOB = Job(CASES["S1"], GPU)
RIGHT = np.linspace(-3, 5, 10_000, dtype=np.float32)
INDICES = np.array([0, 7, 4000, 9999])


def of(values: np.ndarray, reference: Reference) -> tuple[Output, Compared]:
    return compared(JOB, Answer(values), reference)


def sampled(whole: str | None) -> Reference:
    return Reference(RIGHT[INDICES], None, INDICES, whole)


def test_what_is_kept_whole_is_compared_whole():
    output, verdict = of(turned(RIGHT, 4321), Reference(RIGHT, None, None, digest(RIGHT)))
    assert (output.digest, output.output_digest, output.values) == (digest(turned(RIGHT, 4321)), None, None)
    assert (verdict.values.first_difference, verdict.values.sample, verdict.output) == (4321, None, None)


def test_up_to_1024_values_are_shown_and_no_softmax_where_there_is_none():
    few = RIGHT[:1024]
    output, _ = of(few, Reference(few, None, None, digest(few)))
    assert output.values is not None
    assert np.array(output.values, np.float32).tobytes() == few.tobytes()
    assert (output.output, output.reference_output) == (None, None)


def test_a_sample_with_the_right_bits_is_identical_where_the_digest_is_right_too():
    _, verdict = of(RIGHT, sampled(digest(RIGHT)))
    assert (verdict.values.bit_identical, verdict.values.sample) == (True, None)  # all of them were compared


def test_a_difference_in_the_sample_is_told_by_its_index_in_the_whole():
    _, verdict = of(turned(RIGHT, 4000, 5000), sampled(digest(RIGHT)))
    assert (verdict.values.bit_identical, verdict.values.first_difference, verdict.values.sample) == (False, 4000, 4)
    assert [row.index for row in verdict.rows] == [0, 7, 4000, 9999]


def test_a_difference_outside_the_sample_is_found_by_the_digest_and_told(monkeypatch):
    monkeypatch.setattr(parity, "whole_answer", lambda computed: (Answer(RIGHT), ()))
    _, verdict = of(turned(RIGHT, 5000), sampled(digest(RIGHT)))
    assert (verdict.values.bit_identical, verdict.values.first_difference, verdict.values.sample) == (False, 5000, None)


def test_where_all_of_the_reference_would_take_minutes_the_digest_alone_tells(monkeypatch):
    monkeypatch.setattr(parity, "is_costly", lambda computed: True)
    _, verdict = of(turned(RIGHT, 5000), sampled(digest(RIGHT)))
    assert (verdict.values.bit_identical, verdict.values.first_difference, verdict.values.sample) == (False, None, 4)
    _, verdict = of(RIGHT, sampled(digest(RIGHT)))
    assert verdict.values.bit_identical


def test_where_nobody_knows_all_the_sample_decides():
    _, verdict = of(turned(RIGHT, 5000), sampled(None))
    assert (verdict.values.bit_identical, verdict.values.sample) == (True, 4)
    _, verdict = of(turned(RIGHT, 7), sampled(None))
    assert verdict.values.first_difference == 7


def test_a_networks_softmax_is_compared_beside_its_logits():
    logits, right = np.array([1, 2, 3], np.float32), np.array([0.25, 0.25, 0.5], np.float32)
    reference = Reference(logits, right, None, digest(logits))
    _, verdict = compared(JOB, Answer(logits, right.copy()), reference)
    assert verdict.output.bit_identical
    wrong = right.copy()
    wrong.view(np.uint32)[2] ^= 1
    _, verdict = compared(JOB, Answer(logits, wrong), reference)
    assert (verdict.values.bit_identical, verdict.output.first_difference) == (True, 2)


def test_a_naive_kernels_chain_is_told_by_its_bits():
    job = replace(JOB, variant="plain")
    _, verdict = compared(job, Answer(RIGHT[:10]), Reference(RIGHT[:10], None, None, None))
    assert verdict.chain == "neither"


def test_a_sample_has_the_ends_and_is_the_same_each_time():
    indices = sample(2**24)
    assert (indices[0], indices[-1]) == (0, 2**24 - 1)
    assert SAMPLE * 0.99 < indices.size <= SAMPLE
    assert (np.diff(indices) > 0).all()
    assert indices.tobytes() == sample(2**24).tobytes()
