"""Bits in words: whether they are the reference's, what the claim rests on, how an adapter rounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paragon_tui.arithmetic.comparison import Comparison
    from paragon_tui.backends.fingerprint import Fingerprint
    from paragon_tui.engine.results.result import Result
    from paragon_tui.engine.results.verification import Verified
    from paragon_tui.suites.case import Chain

_GUARDED = ("products", "sums", "divisions")  # in the order of the bits of GUARD


def describe_bits(result: Result) -> str:
    """Whether the results have the reference's bits, and where they first do not."""
    values, output = result.comparison, result.output_comparison
    if values is None or (output is None and result.output_digest is not None):
        return "not compared"
    if result.claims_identity and result.first_mismatch is not None:
        return f"≠ its training left the reference's by step {result.first_mismatch.step:,}"
    if result.unlike:
        return f"≠ its digest is not that of {', '.join(result.unlike)}"
    if result.broken_claim and not result.differs:
        return "≠ they changed from run to run"
    sample = f"{values.sample:,} indices" if values.sample is not None else ""
    if not result.differs:
        return "✓ identical to the reference" + (f" at {sample}" if sample else "")
    where, comparison = ("after softmax, ", output) if values.bit_identical and output is not None else ("", values)
    unit = distance_unit(result, comparison)
    words = f"≠ {where}first at {comparison.first_difference}, at most {comparison.ulp_max} {unit}"
    words += f", of {sample} compared" if sample else ""
    if result.chain is not None:
        return f"{words}; the bits of {chain(result.chain)}"
    if result.tier is None:
        return f"{words}, none claimed"
    return words if result.claims_identity else f"{words}; the {result.tier} tier does not hold here, none claimed"


def loss(value: float) -> str:
    """``0.01234``, ``2.345e-07``: four significant digits."""
    return f"{value:.4g}"


def checkpoint_lines(result: Result) -> Iterator[str]:
    """What a training came to on the way, a line a look: its loss, and its parameters beside the reference's."""
    for look in result.checkpoints:
        same = "✓" if look.digest == look.right else f"≠ {look.right[:16]}…"
        yield f"step {look.step:,} of {look.steps:,}: loss {loss(look.losses[-1])}  sha256 {look.digest[:16]}… {same}"


def verification_failures(result: Verified) -> str:
    """What is wrong with a verified result, in words."""
    if result.error:
        return f"{result.status}: {result.error}"
    return "; ".join(
        f"{check.name} {'differs' if check.name.startswith('output') else 'differ'}"
        + (f" first at {check.first_difference}" if check.first_difference is not None else "")
        + f", sha256 {check.digest[:16]}… instead of {check.expected[:16]}…"
        for check in result.wrong
    )


def has_softmax(result: Result) -> bool:
    """Whether it is a network's of one sample: logits whose softmax is shown; a batch is values like any others."""
    return result.case.operation == "network" and result.case.batch == 1


def is_training(result: Result) -> bool:
    """Whether it is a training, which is looked at on the way."""
    return result.case.operation == "training"


def values_name(result: Result | None) -> str:
    """What the values of a result are called."""
    return "Logits" if result is None or has_softmax(result) else "Values"


def beside_reference(result: Result) -> Iterator[tuple[float, float]]:
    """The reference's value and the result's, index by index, where they are kept.

    What differs has a row, the first 256 of it at least: up to the last of those, the reference's value is known.
    """
    reference = {row.index: row.reference for row in result.differences}
    return ((reference.get(index, value), value) for index, value in enumerate(result.values or ()))


def why_no_values(result: Result) -> str:
    """Why a compared result has no values to show, and how it was compared."""
    kept = "Over 1,024 values: only the digest is kept."
    if result.comparison is None or result.comparison.sample is None:
        return kept
    return f"{kept} Compared with the reference at {result.comparison.sample:,} indices, with other adapters by digest."


def distance_unit(result: Result, comparison: Comparison) -> str:
    """What ``ulp_max`` counts: logits of i8 and indices are integers, so many apart."""
    integers = result.id.dtype == "i8" or result.case.operation.startswith("arg")
    return "apart" if integers and comparison is result.comparison else "ULP"


def claim(result: Result) -> str:
    """The tier of a result, and what its identity rests on: ``guarded, identity observed``."""
    return f"{result.tier}, identity {result.standing}" if result.claims_identity else f"{result.tier}, none claimed"


def chain(name: Chain) -> str:
    """What a compiler made of the naive kernel."""
    return {
        "multiply-then-add": "a multiply-then-add chain",
        "fma": "an fma chain",
        "neither": "neither a multiply-then-add nor an fma chain",
    }[name]


def tiers(seen: Fingerprint) -> str:
    """What identity rests on: ``integer guaranteed, exact observed, guarded not here``."""
    return ", ".join(f"{tier} {seen.tiers.standing(tier)}" for tier in ("integer", "exact", "guarded"))


def guard(seen: Fingerprint) -> str:
    """What an adapter's kernels do beside the language's own means."""
    *most, last = [name for bit, name in enumerate(_GUARDED) if seen.guard >> bit & 1] or [""]
    names = f"{', '.join(most)} and {last}" if most else last
    return f"{names} guarded" if names else "no guard beyond the language's"


def fingerprint(seen: Fingerprint) -> str:
    """How an adapter rounds, and what that means for each tier."""
    return f"{tiers(seen)}; {seen}; {guard(seen)}" if seen.probes else tiers(seen)


def verified_mark(result: Verified) -> str:
    """``✓``, ``≠3`` (the first index that differs), or what else became of it."""
    if result.holds:
        return "✓"
    if not result.fails:
        return "n/a" if result.status == "unsupported" else "…"
    indices = [check.first_difference for check in result.wrong if check.first_difference is not None]
    return f"≠{min(indices)}" if indices else "≠" if result.wrong else "✗"
