"""The sentences that the console and the screen share."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from paragon_tui.backends.fingerprint import Fingerprint, ProbeResult, Tiers
from paragon_tui.engine.messages.events import Check
from paragon_tui.engine.results.result import Result, planned_result
from paragon_tui.engine.results.verification import Tally, Verified
from paragon_tui.formatting import bits, quantities
from tests.support.examples import ALL_GUARANTEED, DIFFERENT, GPU, NUMPY, SAME, planned
from tests.support.sessions import changed

BAD = Check("logits of S1 rows", "0123456789abcdef" * 4, "fedcba9876543210" * 4, 3)
BAD_OUTPUT = Check("output of S1 rows", "1" * 64, "2" * 64, 1)
BAD_PARAMETERS = Check("parameters", "3" * 64, "4" * 64)
GOOD = Check("output", "5" * 64, "5" * 64)


def result(on=GPU, dtype="f32", **changes) -> Result:
    facts: dict[str, Any] = {
        "comparison": SAME,
        "output_comparison": SAME,
        "output_digest": "b0e9",
        "standing": "observed",
    } | changes
    return changed(planned_result(planned("S1", on, dtype)), **facts)


def test_one_sample_has_logits_and_their_softmax_a_batch_has_values():
    single = result()
    assert (bits.has_softmax(single), bits.values_name(single)) == (True, "Logits")
    batch = result(batch=64)
    assert (bits.has_softmax(batch), bits.values_name(batch)) == (False, "Values")


def verified(*checks: Check, status="ok", error=None) -> Verified:
    known = planned("S1", GPU)
    return Verified(known.id, known.case, GPU, known.tier, "observed", 1, status, error, checks)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "–"),
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1 KiB"),
        (1536, "1.5 KiB"),
        (128 * 2**20, "128 MiB"),
        (2**30, "1 GiB"),
        (150_754_820_096, "140.4 GiB"),
    ],
)
def test_sizes_are_in_binary_units(value, words):
    assert quantities.size(value) == words


# Bits


def test_identical_bits_are_said_to_be():
    assert bits.describe_bits(result()) == "✓ identical to the reference"


@pytest.mark.parametrize("missing", ["comparison", "output_comparison"])
def test_what_was_not_compared_has_no_bits_to_speak_of(missing):
    assert bits.describe_bits(result(**{missing: None})) == "not compared"


def test_what_has_no_softmax_is_compared_by_its_values_alone():
    assert bits.describe_bits(result(output_comparison=None, output_digest=None)) == "✓ identical to the reference"


def test_a_sample_is_said_to_be_one():
    sampled = replace(SAME, sample=32_768)
    words = bits.describe_bits(result(comparison=sampled, output_comparison=None, output_digest=None))
    assert words == "✓ identical to the reference at 32,768 indices"
    sampled = replace(DIFFERENT, sample=32_768)
    words = bits.describe_bits(result(comparison=sampled, output_comparison=None, output_digest=None))
    assert words == "≠ first at index 3, max 2 ULP, 32,768 indices compared"


def test_another_digest_than_its_peers_is_told():
    assert bits.describe_bits(result(unlike=("gl:0",))) == "≠ digest differs from that of gl:0"


def test_a_broken_claim_says_where_and_how_far():
    assert bits.describe_bits(result(comparison=DIFFERENT)) == "≠ first at index 3, max 2 ULP"


def test_a_difference_that_only_softmax_shows_is_said_to_be_there():
    assert bits.describe_bits(result(output_comparison=DIFFERENT)) == "≠ after softmax, first at index 3, max 2 ULP"


def test_integer_logits_are_apart_and_their_outputs_ulps():
    assert bits.describe_bits(result(dtype="i8", comparison=DIFFERENT)) == "≠ first at index 3, max 2 apart"
    assert bits.describe_bits(result(dtype="i8", output_comparison=DIFFERENT)).endswith("max 2 ULP")


def test_indices_are_apart_too():
    assert bits.describe_bits(result(operation="argmax", comparison=DIFFERENT)) == "≠ first at index 3, max 2 apart"


def test_a_host_library_claims_nothing():
    assert (
        bits.describe_bits(result(NUMPY, comparison=DIFFERENT)) == "≠ first at index 3, max 2 ULP; no identity claimed"
    )


@pytest.mark.parametrize(("dtype", "tier"), [("f32", "guarded"), ("f16", "exact")])
def test_a_tier_that_does_not_hold_here_claims_nothing(dtype, tier):
    words = bits.describe_bits(result(dtype=dtype, comparison=DIFFERENT, standing="not here"))
    assert words == f"≠ first at index 3, max 2 ULP; the {tier} tier does not hold here, no identity claimed"


@pytest.mark.parametrize(
    ("chain", "words"),
    [
        ("fma", "an fma chain"),
        ("multiply-then-add", "a multiply-then-add chain"),
        ("neither", "neither a multiply-then-add nor an fma chain"),
    ],
)
def test_the_naive_kernels_bits_are_somebodys(chain, words):
    naive = result(comparison=DIFFERENT, chain=chain, standing=None, tier="plain")
    assert bits.describe_bits(naive) == f"≠ first at index 3, max 2 ULP; the bits of {words}"
    assert bits.chain(chain) == words


# Fingerprints

PROBES = (
    ProbeResult("no contraction", "33800000", "00000000", True, ("guarded",)),
    ProbeResult("tie to even, up", "3f800002", "3f800002", True, ("exact", "guarded")),
    ProbeResult("bare sums kept", "00000000", "3f800000", True, ()),
)


def test_an_adapter_says_how_it_rounds_and_what_that_means():
    seen = Fingerprint(3, PROBES, Tiers("guaranteed", "observed", "not here"))
    assert bits.tiers(seen) == "integer guaranteed, exact observed, guarded not here"
    assert bits.describe_fingerprint(seen) == (
        "integer guaranteed, exact observed, guarded not here; "
        "1 of 2 probes pass (failing: no contraction); bare sums kept: no; products and sums guarded"
    )


def test_the_host_has_no_kernels_to_guard():
    sound = Fingerprint(0, PROBES[1:], ALL_GUARANTEED.tiers, has_kernels=False)
    assert bits.describe_fingerprint(sound) == (
        "integer guaranteed, exact guaranteed, guarded guaranteed; 1 of 1 probes pass; bare sums kept: no"
    )


def test_where_the_host_fails_a_probe_there_is_something_to_do():
    unsound = Fingerprint(0, PROBES, Tiers("guaranteed", "guaranteed", "not here"), has_kernels=False)
    words = bits.describe_fingerprint(unsound)
    assert words.startswith("integer guaranteed, exact guaranteed, guarded not here; 1 of 2 probes pass")
    assert words.endswith("run without what is preloaded or was built with -ffast-math, or install NumPy anew")


@pytest.mark.parametrize(
    ("guard", "words"),
    [
        (0, "no guards beyond the language's own"),
        (1, "products guarded"),
        (2, "sums guarded"),
        (3, "products and sums guarded"),
        (4, "divisions guarded"),
        (5, "products and divisions guarded"),
        (7, "products, sums and divisions guarded"),
    ],
)
def test_guards_in_words(guard, words):
    assert bits.guard(Fingerprint(guard, (), ALL_GUARANTEED.tiers)) == words


# Verified


def test_wrong_bits_are_named_with_their_digests():
    assert bits.verification_failures(verified(GOOD, BAD)) == (
        "logits of S1 rows differ first at index 3, sha256 0123456789abcdef… instead of fedcba9876543210…"
    )


def test_every_wrong_check_is_named():
    words = bits.verification_failures(verified(BAD_PARAMETERS, BAD_OUTPUT)).split("; ")
    assert words[0] == f"parameters differ, sha256 {'3' * 16}… instead of {'4' * 16}…"
    assert words[1] == f"output of S1 rows differs first at index 1, sha256 {'1' * 16}… instead of {'2' * 16}…"


def test_what_failed_says_why():
    assert (
        bits.verification_failures(verified(status="timeout", error="no result within 3 s"))
        == "timeout: no result within 3 s"
    )


HELD, WRONG, LOST = verified(GOOD), verified(GOOD, BAD), verified(status="failed", error="lost")
REFUSED, EARLY, GOING = (verified(status=status, error="why") for status in ("unsupported", "stopped", None))


@pytest.mark.parametrize(
    ("results", "mark"),
    [
        ([HELD], "✓ 1"),
        ([HELD, HELD, REFUSED], "✓ 2, 1 n/a"),
        ([HELD, WRONG, HELD], "≠ 1 of 3"),
        ([LOST], "≠ 1 of 1"),
        ([REFUSED, REFUSED], "n/a"),
        ([HELD, GOING, GOING], "1/3"),
        ([WRONG, GOING], "≠ 1 of 2"),
        ([EARLY], "0/1"),
        ([HELD, EARLY], "1/2"),
    ],
)
def test_marks_of_several_results(results, mark):
    tally = Tally()
    for each in results:
        tally = tally.plus(each)
    assert bits.tally_mark(tally) == mark


# A softmax whose standing is not that of the logits

APART: dict[str, Any] = {"dtype": "i8", "standing": "guaranteed", "output_standing": "not here"}


def test_a_softmax_that_claims_nothing_may_differ_and_says_why():
    words = bits.describe_bits(result(**APART, output_comparison=DIFFERENT))
    assert words == (
        "≠ after softmax, first at index 3, max 2 ULP; the guarded tier does not hold here, no identity claimed"
    )
    assert bits.describe_bits(result(**APART, comparison=DIFFERENT)) == "≠ first at index 3, max 2 apart"


@pytest.mark.parametrize(
    ("standing", "words"),
    [
        ("guaranteed", "integer, identity guaranteed"),
        ("observed", "integer, identity guaranteed; softmax guarded, observed"),
        ("not here", "integer, identity guaranteed; softmax guarded, not claimed"),
    ],
)
def test_a_claim_tells_the_two_apart(standing, words):
    assert bits.claim(result(**APART | {"output_standing": standing})) == words


def test_another_mask_of_dropout_is_said_beside_its_differences():
    drawn = result(NUMPY, comparison=DIFFERENT, output_comparison=None, output_digest=None, operation="dropout")
    assert bits.describe_bits(drawn).endswith("; its library draws another mask, so the differences mean nothing")
