"""Red flags of a session: wrong bits, failures, memory, spread."""

from __future__ import annotations

import pytest

from paragon_tui.sessions.red_flags import RedFlag, red_flags
from paragon_tui.sessions.saved_session import saved_session
from tests.support.documents import Document, compared, failed, numpy, result, session


def flags(*results: Document) -> tuple[RedFlag, ...]:
    return red_flags(saved_session(session(*results), "it"))


def flagged(*results: Document) -> list[tuple[str, str, str]]:
    return [(flag.kind, str(flag.id), flag.name) for flag in flags(*results)]


def test_nothing_wrong_is_no_flag() -> None:
    assert flags(numpy(), result(), result(adapter="gl:0"), result(status="stopped", case="S2")) == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"bit_identical": False}, "it claims the reference's bits but differs"),
        (compared(False, "output_"), "it claims the reference's bits but differs after softmax"),
        ({"deterministic": False}, "it claims the reference's bits, but its bits changed from run to run"),
        ({"unlike": ["gl:0"]}, "it claims the same bits as gl:0, but its digest differs"),
    ],
)
def test_a_broken_claim_is_wrong_bits(changes: Document, words: str) -> None:
    (flag,) = flags(result(**changes))
    assert (flag.kind, flag.name, flag.words) == ("wrong bits", "claim broken", words)
    assert flags(result(**changes, standing="not here")) == ()


def test_a_training_that_strayed_is_wrong_bits_even_if_nothing_else_differs() -> None:
    checkpoints = [
        {"step": step, "loss": 0.5, "digest": digest, "identical": digest == "b0e9", "expected": "b0e9"}
        for step, digest in ((100, "b0e9"), (1_200, "44b4"))
    ]
    training = {"steps": 2000, "step": 1_200, "loss": 0.5, "losses": [0.5], "checkpoints": checkpoints}
    (flag,) = flags(result(training=training))
    assert flag.words == "it claims the reference's bits, but the training differs from it at step 1,200"
    assert flags(result(training=training, standing="not here")) == ()


def test_digests_of_other_arithmetic_are_not_held_against_each_other() -> None:
    assert flags(result(adapter="reference"), result(arithmetic=2, digest="ef" * 32)) == ()


def test_digests_that_differ_among_claims_accuse_those_that_differ_from_the_reference() -> None:
    odd = result(adapter="gl:0", digest="ef" * 32)
    (flag,) = flags(result(adapter="reference"), result(), odd, numpy(digest="00" * 32))
    assert (flag.kind, str(flag.id), flag.name) == ("wrong bits", "S1 on gl:0", "digests differ")
    assert "opencl:0 abababababababab/cdcdcdcdcdcdcdcd, gl:0 efefefefefefefef/cdcdcdcdcdcdcdcd" in flag.words


def test_a_softmax_that_is_not_claimed_may_differ() -> None:
    apart: Document = {"standing": "guaranteed", "output_standing": "not here"}
    assert flags(result(**compared(False, "output_"), **apart)) == ()
    assert flags(result(adapter="reference"), result(output_digest="ef" * 32, **apart)) == ()
    (flag,) = flags(result(adapter="reference"), result(digest="ef" * 32, **apart))
    assert (flag.name, str(flag.id)) == ("digests differ", "S1 on opencl:0")
    assert "opencl:0 efefefefefefefef" in flag.words and "opencl:0 efefefefefefefef/" not in flag.words
    (flag,) = flags(result(**compared(False), **apart))
    assert flag.words == "it claims the reference's bits but differs"


def test_without_the_reference_all_who_disagree_are_named() -> None:
    assert flagged(result(adapter="gl:0", output_digest="00" * 32), result()) == [
        ("wrong bits", "S1 on opencl:0", "digests differ"),
        ("wrong bits", "S1 on gl:0", "digests differ"),
    ]
    assert flagged(result(), result("S2", "gl:0", digest="00"), result(adapter="gl:0", dtype="f16", digest="00")) == []


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        ("failed", "the device was lost", "failures"),
        ("timeout", "no answer within 60 s", "failures"),
        ("failed", "Out of memory: 4 GiB", "memory and limits"),
        ("failed", "clEnqueue: MEM_OBJECT_ALLOCATION_FAILURE", "memory and limits"),
        ("unsupported", "no kernel at i8", "memory and limits"),
        ("failed", None, "failures"),
    ],
)
def test_what_did_not_end_well_says_why(status: str, error: str | None, kind: str) -> None:
    (flag,) = flags(failed() | {"status": status, "error": error})
    assert (flag.kind, flag.name, flag.words) == (kind, status, error or "no reason given")


def test_doubts_of_a_figure_are_spread_and_a_slow_first_run_is_none() -> None:
    names = ("imprecise", "bimodal", "drifting", "first run slow", "throttled", "processes differ")
    measured = numpy(flags=[{"name": name, "words": f"{name} indeed"} for name in names])
    assert [(flag.name, flag.words) for flag in flags(measured)] == [
        (name, f"{name} indeed") for name in names if name not in ("first run slow", "processes differ")
    ]


def test_the_gravest_come_first_and_each_kind_in_the_sessions_order() -> None:
    noisy = [{"name": "noisy", "words": "±9 %"}]
    results = (
        result("S1", flags=noisy),
        failed("S2") | {"status": "unsupported"},
        failed("S3"),
        result("M1", bit_identical=False, flags=noisy),
        failed("M2"),
    )
    assert flagged(*results) == [
        ("wrong bits", "M1 on opencl:0", "claim broken"),
        ("failures", "S3 on opencl:0", "failed"),
        ("failures", "M2 on opencl:0", "failed"),
        ("memory and limits", "S2 on opencl:0", "unsupported"),
        ("spread", "S1 on opencl:0", "noisy"),
        ("spread", "M1 on opencl:0", "noisy"),
    ]
