"""Every real adapter passes the probes once it is guarded, and a kernel that contracts is caught."""

from __future__ import annotations

from typing import Any

import pytest

from paragon_tui import shaders
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.fingerprint import Fingerprint
from paragon_tui.backends.probes import probe
from tests.support.kernels import PRAGMA, language_of, opened, skip_unless_contracting

pytestmark = pytest.mark.device

CONTRACTED = {"no contraction", "loop-carried accumulate"}
INTEGER_STEP = "return bitcast<f32>(bitcast<u32>(product) ^ parameters.zero);"
FIRST = "settled_numbers(guarded_numbers(a * b) + c)"
LOOP = "sum + guarded_numbers(operand(at, first, k) * operand(at, others, k + PAIRS))"

VECTORS: dict[shaders.Language, str] = {"wgsl": "alias Numbers = vec4<f32>;", "cl": "#define WIDTH 8\n"}
"""What tells a source of vectors from one of scalars."""


def probed(adapter: Adapter) -> Fingerprint:
    with opened(adapter) as device:
        return probe(device)


def failing(seen: Fingerprint) -> set[str]:
    return {result.name for result in seen.probes if result.required and not result.holds}


def named(seen: Fingerprint) -> set[str]:
    """The failing probes, each with the forms in which it fails if these are not all."""
    return {str(result) for result in seen.probes if result.required and not result.holds}


def edit(monkeypatch: pytest.MonkeyPatch, *edits: tuple[str, str], only: str = "") -> None:
    """Make each of ``edits`` in the sources with ``only`` that drivers get; an edit that no longer fits is an error."""
    original = shaders.source

    def edited(parts: Any, language: shaders.Language, constants: Any) -> str:
        text = original(parts, language, constants)
        for before, after in edits if only in text else ():
            assert before in text, f"the edit of {before!r} no longer fits the kernel"
            text = text.replace(before, after)
        return text

    monkeypatch.setattr(shaders, "source", edited)


def test_all_required_probes_hold_and_every_tier_is_claimed(device_adapter: Adapter) -> None:
    seen = probed(device_adapter)
    assert not failing(seen), str(seen)
    assert all(result.control for result in seen.probes), str(seen)
    least = shaders.LEAST_GUARD[language_of(device_adapter)]
    assert seen.guard & least == least
    claim = "guaranteed" if device_adapter.promises_rounding else "observed"
    assert (seen.tiers.integer, seen.tiers.exact, seen.tiers.guarded) == ("guaranteed", claim, claim)


def test_asked_again_an_adapter_answers_the_same(device_adapter: Adapter) -> None:
    with opened(device_adapter) as device:
        assert probe(device) == probe(device)


def test_only_opencl_promises_rounding(device_adapter: Adapter) -> None:
    assert device_adapter.promises_rounding is False or device_adapter.api == "opencl"


def test_a_fused_multiply_add_in_wgsl_is_caught_and_costs_the_guarded_tier(
    device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The edit is what a driver would compile if it saw through the opaque step, or if there were none."""
    if language_of(device_adapter) != "wgsl":
        pytest.skip("that edit is WGSL's")
    edit(monkeypatch, *FUSING)
    seen = probed(device_adapter)
    assert failing(seen) == CONTRACTED, str(seen)
    assert seen.guard & shaders.GUARD_SUMS  # everything was tried
    assert (seen.tiers.exact, seen.tiers.guarded) == ("observed", "not here")


# WGSL's own fma may be two operations, so one rounding is made of many: the product's error is added with the sum's.
FUSED = """
fn opaque(x: Numbers) -> Numbers { return bitcast<Numbers>(bitcast<Bits>(x) ^ Bits(parameters.zero)); }
fn split(x: Numbers) -> Numbers { return bitcast<Numbers>(bitcast<Bits>(x) & Bits(0xfffff000u)); }
fn fused(a: Numbers, b: Numbers, c: Numbers) -> Numbers {
    let p = opaque(a * b);
    let ah = split(a);
    let al = opaque(a - ah);
    let bh = split(b);
    let bl = opaque(b - bh);
    let e = opaque(opaque(opaque(opaque(ah * bh) - p) + opaque(ah * bl)) + opaque(al * bh)) + opaque(al * bl);
    let s = opaque(p + c);
    let t = opaque(s - p);
    let r = opaque(opaque(p - opaque(s - t)) + opaque(c - t));
    return opaque(s + opaque(opaque(e) + r));
}
"""


FUSING = (
    (FIRST, "fused(a, b, c)"),
    (LOOP, "fused(operand(at, first, k), operand(at, others, k + PAIRS), sum)"),
    ("@compute", f"{FUSED}\n@compute"),
)
"""The edits that fuse the products of WGSL's probes into their sums."""


def test_without_the_integer_step_wgsl_loses_exactly_what_its_bare_forms_lose(
    device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mesa adds up and multiplies constants, and does not contract; the step is what keeps them apart there."""
    if language_of(device_adapter) != "wgsl":
        pytest.skip("that edit is WGSL's")
    bare = {result.name: result.holds for result in probed(device_adapter).probes}
    edit(monkeypatch, (INTEGER_STEP, "return product;"))
    lost = failing(probed(device_adapter))
    assert ("constants kept apart" in lost) is not bare["bare (x+c)-c is kept"]
    assert lost <= {"constants kept apart", "constant factors kept apart", *CONTRACTED}
    assert ("no contraction" in lost) is not bare["a bare a*b+c stays unfused"]


def test_contraction_in_opencl_is_caught_and_the_integer_step_is_chosen(
    device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    skip_unless_contracting(device_adapter)
    edit(monkeypatch, (PRAGMA, "#pragma OPENCL FP_CONTRACT ON"))
    seen = probed(device_adapter)
    assert not failing(seen), str(seen)
    assert seen.guard == shaders.EVERY_GUARD
    assert seen.tiers.guarded != "not here"


def test_contraction_in_opencl_without_the_integer_step_costs_the_guarded_tier(
    device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    skip_unless_contracting(device_adapter)
    edit(monkeypatch, (PRAGMA, "#pragma OPENCL FP_CONTRACT ON"), ("#if GUARD & 1", "#if 0"))
    seen = probed(device_adapter)
    assert failing(seen) == CONTRACTED, str(seen)
    assert seen.tiers.guarded == "not here" != seen.tiers.exact


def test_reassociated_sums_are_caught(device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sum as a compiler would order it that may: the large terms first."""
    if language_of(device_adapter) == "cl":
        edit(monkeypatch, ("settled(settled(A(9) + B(10)) + B(11))", "settled(settled(A(9) + B(11)) + B(10))"))
    else:
        two = "settled_numbers(operand(at, first, 9u) + operand(at, others, 10u))"
        edit(
            monkeypatch,
            (two, two.replace("10u", "11u")),
            ("settled_numbers(two + operand(at, others, 11u))", "settled_numbers(two + operand(at, others, 10u))"),
        )
    seen = probed(device_adapter)
    assert failing(seen) == {"no reassociation"}, str(seen)
    assert (seen.tiers.exact, seen.tiers.guarded) == ("not here", "not here")
    assert seen.guard & shaders.GUARD_SUMS


LIBERTIES: dict[shaders.Language, tuple[tuple[str, str], ...]] = {
    "cl": (
        ("canonical_divide(A(e + k), B(27), zero)", "A(e + k) * canonical_divide(1.0f, B(27), zero)"),
        ("mul(mul(A(24), B(25)), B(26))", "mul(A(24), mul(B(25), B(26)))"),
        ("mul(mul(A(28), 1.1f), 1.3f)", "mul(A(28), 1.1f * 1.3f)"),
    ),
    "wgsl": (
        ("guarded_numbers(product * operand(at, others, 26u))", "operand(at, first, 24u) * product"),
        ("let product = guarded_numbers(operand(at, first, 24u)", "let product = (operand(at, others, 26u)"),
        ("guarded_numbers(guarded_numbers(operand(at, first, 28u) * 1.1) * 1.3)", "operand(at, first, 28u) * 1.43"),
    ),
}
"""One reciprocal for many divisions (integers decide those of WGSL), factors in another order, constants multiplied."""


def test_one_reciprocal_for_many_quotients_and_reordered_products_are_caught(
    device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    language = language_of(device_adapter)
    edit(monkeypatch, *LIBERTIES[language], only="void probes(" if language == "cl" else "fn probes(")
    seen = probed(device_adapter)
    quotients = {"quotients by one divisor"} if language == "cl" else set()
    assert named(seen) == {"product of three", "constant factors kept apart"} | quotients
    assert seen.guard == shaders.EVERY_GUARD  # everything was tried
    assert seen.tiers.guarded == "not here"


def test_one_reciprocal_for_many_quotients_is_caught_where_integers_decide(
    device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    if language_of(device_adapter) != "wgsl":
        pytest.skip("that edit is WGSL's")
    divided = "canonical_divide(operand(at, first, e + k), operand(at, others, 27u))"
    shared = "operand(at, first, e + k) * canonical_divide(1.0, operand(at, others, 27u))"
    edit(monkeypatch, (divided, shared), only=divided)
    assert named(probed(device_adapter)) == {"quotients by one divisor"}


REORDERED: dict[shaders.Language, tuple[str, str]] = {
    "cl": (
        "for (uint k = 29 + 2 * PAIRS; k < 29 + 2 * PAIRS + pairs; ++k) plain_sum = settled(plain_sum + A(k));",
        """real other_sum = 0.0f;
        for (uint k = 29 + 2 * PAIRS; k < 29 + 2 * PAIRS + pairs; k += 2) {
            plain_sum = settled(plain_sum + A(k));
            other_sum = settled(other_sum + A(k + 1));
        }
        plain_sum = settled(plain_sum + other_sum);""",
    ),
    "wgsl": (
        "        plain_sum = settled_numbers(plain_sum + operand(at, first, k));\n    }\n",
        """        other_sum = settled_numbers(other_sum + operand(at, first, k));
    }
    plain_sum = settled_numbers(plain_sum + other_sum);
""",
    ),
}
"""The running sum with a second accumulator, as a vectorising compiler has it."""


def test_a_sum_reordered_and_products_fused_in_vectors_alone_are_caught_and_named(
    device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    language = language_of(device_adapter)
    fusing = {
        "cl": (
            ("settled(guarded(A(0) * B(1)) + B(2))", "fma(A(0), B(1), B(2))"),
            ("settled(sum + guarded(A(k) * B(k + PAIRS)))", "fma(A(k), B(k + PAIRS), sum)"),
        ),
        "wgsl": (*FUSING, ("var plain_sum", "var other_sum = Numbers();\n    var plain_sum")),
    }
    edit(monkeypatch, REORDERED[language], *fusing[language], only=VECTORS[language])
    seen = probed(device_adapter)
    assert named(seen) == {f"{name} (in vectors)" for name in (*CONTRACTED, "loop-carried sum")}, str(seen)
    assert seen.guard == shaders.EVERY_GUARD
    assert (seen.tiers.exact, seen.tiers.guarded) == ("not here", "not here")


def test_contraction_in_opencls_vectors_alone_is_caught_and_cured(
    device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The compiler itself contracts: the pragma allows it in the source of vectors."""
    skip_unless_contracting(device_adapter)
    edit(monkeypatch, (PRAGMA, "#pragma OPENCL FP_CONTRACT ON"), only=VECTORS["cl"])
    seen = probed(device_adapter)
    assert not failing(seen), str(seen)
    assert seen.guard == shaders.EVERY_GUARD
    edit(monkeypatch, ("#if GUARD & 1", "#if 0"), only=VECTORS["cl"])
    assert named(probed(device_adapter)) == {f"{name} (in vectors)" for name in CONTRACTED}


def test_quotients_and_roots_that_are_not_as_promised_are_caught_and_integers_make_them(
    device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not device_adapter.promises_division:
        pytest.skip("promises nothing of the kind")
    assert not probed(device_adapter).guard & shaders.GUARD_DIVISIONS
    quotient = "as_real(flushed_bits(dividend)) / as_real(flushed_bits(divisor))"
    root = "sqrt(as_real(flushed_bits(x)))"
    edit(monkeypatch, (quotient, "dividend * (1.0f / divisor)"), (root, "x * (1.0f / sqrt(x))"))
    seen = probed(device_adapter)
    assert not failing(seen), str(seen)
    assert seen.guard == shaders.EVERY_GUARD
    assert (seen.tiers.exact, seen.tiers.guarded) == ("observed", "observed")
