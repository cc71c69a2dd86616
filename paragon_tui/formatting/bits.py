"""Bits in words: comparison with the reference, the basis of an identity claim, an adapter's rounding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paragon_tui.backends.fingerprint import HOST_REMEDY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paragon_tui.arithmetic.comparison import Comparison
    from paragon_tui.backends.fingerprint import Fingerprint
    from paragon_tui.engine.results.result import Result
    from paragon_tui.engine.results.verification import Tally, Verification, Verified
    from paragon_tui.suites.case import Chain
    from paragon_tui.suites.score import Score

_RANDOM = "dropout"  # the operation in which libraries use random generators of their own
_GUARDED = ("products", "sums", "divisions")  # in the order of the bits in GUARD


def describe_bits(result: Result) -> str:
    """Return whether a result has the reference's bits, and the first index where it does not."""
    bits = result.bits
    values, output = bits.comparison, bits.output_comparison
    if values is None or (output is None and bits.output_digest is not None):
        return "not compared"
    if bits.claims_identity and bits.first_mismatch is not None:
        return f"≠ the training no longer matches the reference at step {bits.first_mismatch.step:,}"
    if bits.unlike:
        return f"≠ digest differs from that of {', '.join(bits.unlike)}"
    if bits.claims_identity and bits.wrong_plans and not bits.differs:
        return f"≠ other bits from {', '.join(bits.wrong_plans)}; ✓ as it runs here"
    if bits.broken_claim and not bits.differs:
        return "≠ bits changed from run to run"
    sample = f"{values.sample:,} indices" if values.sample is not None else ""
    if not bits.differs:
        return "✓ identical to the reference" + (f" at {sample}" if sample else "")
    where, comparison = ("after softmax, ", output) if values.bit_identical and output is not None else ("", values)
    if comparison.first_difference is None:
        return f"≠ {where}outside the {sample} compared: the digest is not the one that ships"
    unit = distance_unit(result, comparison)
    difference = f"≠ {where}first at index {comparison.first_difference}, max {comparison.ulp_max} {unit}"
    difference += f", {sample} compared" if sample else ""
    if bits.chain is not None:
        return f"{difference}; the bits of {chain(bits.chain)}"
    if bits.tier is None and result.operation == _RANDOM:
        return f"{difference}; its library draws another mask, so the differences mean nothing"
    if bits.tier is None:
        return f"{difference}; no identity claimed"
    if bits.output_claims_identity if where else bits.claims_identity:
        return difference
    tier = bits.output_tier or bits.tier if where else bits.tier
    return f"{difference}; the {tier} tier does not hold here, no identity claimed"


def mark_words(result: Result) -> str:
    """Return a compared result's mark with a word: ``✓``, ``≠ 2 ULP``, ``≠ changed``, ``≠ digest``, ``≠ gl:0``."""
    bits = result.bits
    comparisons = (bits.comparison, bits.output_comparison)
    differing = [comparison for comparison in comparisons if comparison and not comparison.bit_identical]
    if bits.unlike:
        return f"≠ {', '.join(bits.unlike)}"
    if not differing:
        return "≠ changed" if bits.broken_claim else "✓"
    if differing[0].first_difference is None:
        return "≠ digest"
    return f"≠ {differing[0].ulp_max} {distance_unit(result, differing[0])}"


def loss(value: float) -> str:
    """Format a loss with four significant digits: ``0.01234``, ``2.345e-07``."""
    return f"{value:.4g}"


def accuracy(score: Score) -> str:
    """Return the share of right answers as ``97.7 %``, rounded down, so that ``100 %`` means all of them."""
    tenths = 1000 * score.right // max(1, score.samples)
    return f"{tenths // 10} %" if tenths in (0, 1000) else f"{tenths / 10:.1f} %"


def score_words(score: Score) -> str:
    """Return how many answers are right: ``1,000 of 1,024 right, 97.6 %``."""
    return f"{score.right:,} of {score.samples:,} right, {accuracy(score)}"


def prediction_rows(score: Score) -> tuple[tuple[str, ...], ...]:
    """Return a row per kept answer: the inputs, the wanted answer, the output, and the answer with its mark."""
    return tuple(
        (
            " ".join(f"{value:g}" for value in prediction.inputs),
            str(prediction.wanted),
            f"{prediction.output:.3f}",
            f"{prediction.answer} {'✓' if prediction.right else '✗'}",
        )
        for prediction in score.predictions
    )


def answers(score: Score) -> tuple[str, ...]:
    """Return each kept answer in a few characters: ``0 1 → 0.984 ✓``."""
    return tuple(f"{inputs} → {output} {answer[-1]}" for inputs, _, output, answer in prediction_rows(score))


PREDICTION_HEADING = ("inputs", "wanted", "output", "answer")
"""The heading of ``prediction_rows``."""


def prediction_lines(score: Score) -> Iterator[str]:
    """Yield the table of kept answers as lines of equal columns; nothing where none is kept."""
    if score.predictions:
        for row in (PREDICTION_HEADING, *prediction_rows(score)):
            yield "  ".join(f"{text:>6}" for text in row)


def checkpoint_lines(result: Result) -> Iterator[str]:
    """Yield a line per checkpoint of a training: its loss, its accuracy, its parameters' digest and the reference's.

    The answers after the latest one follow, where they are kept.
    """
    training = result.bits.training
    if training is None:
        return
    for checkpoint in training.checkpoints:
        mark = "✓" if checkpoint.identical else f"≠ {(checkpoint.expected or '')[:16]}…"
        progress = f"step {checkpoint.step:,} of {training.steps:,}: loss {loss(checkpoint.loss)}"
        right = f"  {score_words(checkpoint.score)}" if checkpoint.score else ""
        yield f"{progress}{right}  sha256 {checkpoint.digest[:16]}… {mark}"
    if training.score is not None:
        yield from prediction_lines(training.score)


def verification_failures(result: Verified) -> str:
    """Return what is wrong with a verified result, in words."""
    if result.error:
        return f"{result.status}: {result.error}"
    return "; ".join(
        f"{check.name} {'differs' if check.name.startswith('output') else 'differ'}"
        + (f" first at index {check.first_difference}" if check.first_difference is not None else "")
        + f", sha256 {check.digest[:16]}… instead of {check.expected[:16]}…"
        for check in result.wrong
    )


def has_softmax(result: Result) -> bool:
    """True for a network on one sample, whose logits have a softmax; a batch has only values."""
    return result.operation == "network" and result.batch == 1


def is_training(result: Result) -> bool:
    """True for a training, which has checkpoints."""
    return result.operation == "training"


def values_name(result: Result | None) -> str:
    """Return the name of a result's values: ``Logits`` or ``Values``."""
    return "Logits" if result is None or has_softmax(result) else "Values"


def beside_reference(result: Result) -> Iterator[tuple[float, float]]:
    """Yield the reference's value and the result's for each index whose value is kept.

    At least the first 256 differing indices have a row, so up to the last of those the reference's value is known.
    """
    reference = {row.index: row.reference for row in result.bits.differences}
    return ((reference.get(index, value), value) for index, value in enumerate(result.bits.values or ()))


def reference_known(result: Result) -> bool:
    """Return whether the reference's values are known: where they differ, a saved session does not have them."""
    return not result.bits.differs or bool(result.bits.differences)


def why_no_values(result: Result) -> str:
    """Return why a compared result has no values to show, and how it was compared."""
    if not reference_known(result):
        return "The values differ from the reference's, which a saved session does not have."
    reason = "More than 1,024 values: only the digest is kept."
    comparison = result.bits.comparison
    if comparison is None or comparison.sample is None:
        return reason
    return f"{reason} Compared with the reference at {comparison.sample:,} indices, with other adapters by digest."


def distance_unit(result: Result, comparison: Comparison) -> str:
    """Return the unit of ``ulp_max``: ``apart`` for integers (logits of i8, and indices), otherwise ``ULP``."""
    integers = result.id.dtype == "i8" or result.operation.startswith("arg")
    return "apart" if integers and comparison is result.bits.comparison else "ULP"


def claim(result: Result) -> str:
    """Return the tier of a result and the basis of its identity: ``guarded, identity observed``.

    That of its softmax follows where it is another: ``integer, identity guaranteed; softmax guarded, observed``.
    """
    bits = result.bits
    words = f"{bits.tier}, identity {bits.standing}" if bits.claims_identity else f"{bits.tier}, no identity claimed"
    if bits.output_standing in (None, bits.standing):
        return words
    output = bits.output_standing if bits.output_claims_identity else "not claimed"
    return f"{words}; softmax {bits.output_tier}, {output}"


def chain(name: Chain) -> str:
    """Return how a compiler combined the multiplies and adds of the naive kernel, in words."""
    return {
        "multiply-then-add": "a multiply-then-add chain",
        "fma": "an fma chain",
        "neither": "neither a multiply-then-add nor an fma chain",
    }[name]


def tiers(fingerprint: Fingerprint) -> str:
    """Return the basis of identity in each tier: ``integer guaranteed, exact observed, guarded not here``."""
    return ", ".join(f"{tier} {fingerprint.tiers.standing(tier)}" for tier in ("integer", "exact", "guarded"))


def guard(fingerprint: Fingerprint) -> str:
    """Return which operations an adapter's kernels guard beyond what the language guarantees; nothing for the host."""
    if not fingerprint.has_kernels:
        return ""
    *most, last = [name for bit, name in enumerate(_GUARDED) if fingerprint.guard >> bit & 1] or [""]
    names = f"{', '.join(most)} and {last}" if most else last
    return f"{names} guarded" if names else "no guards beyond the language's own"


def describe_fingerprint(fingerprint: Fingerprint) -> str:
    """Return how an adapter rounds, what that means for each tier, and what to do where it is the host that fails."""
    unsound = not fingerprint.has_kernels and any(probe.required and not probe.holds for probe in fingerprint.probes)
    parts = (tiers(fingerprint), str(fingerprint), guard(fingerprint), HOST_REMEDY if unsound else "")
    return "; ".join(part for part in parts if part)


def verified_words(verification: Verification) -> str:
    """Return how many results have the shipped bits, and how many were not checked: ``3 of 3 results have …``."""
    tally = verification.tally
    words = f"{tally.holding:,} of {tally.checked:,} results have the shipped bits"
    if verification.finished and not verification.interrupted:
        return words
    return f"stopped early, {tally.planned - tally.ended:,} of {tally.planned:,} results were not checked; {words}"


def tally_mark(tally: Tally) -> str:
    """Return ``✓ 12`` results, ``≠ 2 of 12``, ``3/12`` where some have not ended, ``n/a`` where none is supported.

    Those that are not supported beside others that are count apart: ``✓ 10, 2 n/a``.
    """
    if tally.failing:
        return f"≠ {tally.failing} of {tally.planned}"
    if tally.ended < tally.planned:
        return f"{tally.ended}/{tally.planned}"
    if not tally.holding:
        return "n/a"
    others = f", {tally.unsupported} n/a" if tally.unsupported else ""
    return f"✓ {tally.holding}{others}"
