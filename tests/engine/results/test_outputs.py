"""A network's softmax has a tier and a standing of its own, and so a claim of its own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from paragon_tui.arithmetic.comparison import Comparison
from paragon_tui.backends.fingerprint import Standing
from paragon_tui.engine.messages.events import Compared, Event
from paragon_tui.engine.results.session import Session
from tests.support.examples import DIFFERENT, GPU, SAME, adapter, job_id, measured, output, planned, prepared, started
from tests.support.sessions import folded

NAME = job_id("S1", GPU, "i8")
OTHER = adapter("gl:0", name="Other GPU")


def session_of(
    standing: Standing | None, softmax: Standing, values: Comparison = SAME, outputs: Comparison = DIFFERENT
) -> Session:
    return folded(
        started(planned("S1", GPU, "i8")),
        prepared(NAME, standing, softmax),
        replace(output("b0e9"), id=NAME),
        Compared(NAME, values, outputs, ()),
        *measured(NAME, 0.25),
    )


@pytest.mark.parametrize(
    ("softmax", "values", "outputs", "broken"),
    [
        ("not here", SAME, DIFFERENT, False),
        ("observed", SAME, DIFFERENT, True),
        ("guaranteed", SAME, DIFFERENT, True),
        ("not here", DIFFERENT, DIFFERENT, True),
        ("not here", SAME, SAME, False),
        ("observed", SAME, SAME, False),
    ],
)
def test_a_difference_breaks_the_claim_of_what_differs(
    softmax: Standing, values: Comparison, outputs: Comparison, broken: bool
) -> None:
    session = session_of("guaranteed", softmax, values, outputs)
    (result,) = session.listed
    assert (result.bits.tier, result.bits.output_tier) == ("integer", "guarded")
    assert (result.bits.standing, result.bits.output_standing) == ("guaranteed", softmax)
    assert result.bits.broken_claim is broken
    assert session.failures == ([result] if broken else [])
    assert session.claims == (0 if broken else 1, 1)


@pytest.mark.parametrize(
    ("values", "outputs", "identical"),
    [(SAME, SAME, True), (SAME, DIFFERENT, False), (DIFFERENT, SAME, False), (DIFFERENT, DIFFERENT, False)],
)
def test_bits_are_identical_where_logits_and_softmax_are(
    values: Comparison, outputs: Comparison, identical: bool
) -> None:
    (result,) = session_of("guaranteed", "observed", values, outputs).listed
    assert result.bits.bit_identical is identical


def test_what_was_not_compared_is_neither() -> None:
    bits = session_of("guaranteed", "observed").listed[0].bits
    assert replace(bits, output_comparison=None).bit_identical is None
    assert replace(bits, comparison=None).bit_identical is None
    assert replace(bits, comparison=SAME, output_comparison=None, output_digest=None).bit_identical is True


def test_where_there_is_one_standing_it_is_that_of_both() -> None:
    """Documents that are older than the second one have only the first."""
    bits = replace(session_of("guaranteed", "not here").listed[0].bits, output_standing=None)
    assert bits.output_claims_identity and bits.broken_claim


def test_right_bits_in_another_process_undo_a_broken_claim_of_the_softmax_as_little_as_one_of_the_logits() -> None:
    session = session_of("guaranteed", "observed")
    session.apply(Compared(NAME, SAME, SAME, ()))
    assert session.listed[0].bits.broken_claim
    session = session_of("guaranteed", "not here")
    session.apply(Compared(NAME, SAME, SAME, ()))
    assert session.listed[0].bits.bit_identical is True


def sampled_by(on, digest: str, softmax: Standing) -> tuple[Event, ...]:
    """The events of a large result, of which the reference has a sample; the digests of the logits are the same."""
    name, sample = job_id("S1", on, "i8"), replace(SAME, sample=4)
    return (
        prepared(name, "guaranteed", softmax),
        replace(output("b0e9", softmax=digest), id=name),
        Compared(name, sample, sample, ()),
    )


@pytest.mark.parametrize(("softmax", "unlike"), [("observed", True), ("not here", False)])
def test_outputs_are_held_against_one_another_where_both_claim_theirs(softmax: Standing, unlike: bool) -> None:
    run = started(planned("S1", GPU, "i8"), planned("S1", OTHER, "i8"), listed=("vulkan:0", "gl:0"))
    session = folded(run, *sampled_by(GPU, "44b4", "guaranteed"), *sampled_by(OTHER, "3e7d", softmax))
    first, second = (result.bits for result in session.listed)
    assert (first.unlike, second.unlike) == ((("gl:0",), ("vulkan:0",)) if unlike else ((), ()))
    assert first.contradicts(second) is unlike
