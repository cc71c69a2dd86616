"""The probes tell a faithful device from one that fuses, truncates, reassociates or flushes; guards where they help."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from paragon_tui import shaders
from paragon_tui.backends.device import BackendError
from paragon_tui.backends.fingerprint import Fingerprint, ProbeResult, Tiers
from paragon_tui.backends.probes import (
    ELEMENTS,
    GROUPS,
    INPUTS,
    OUTPUTS,
    PAIRS,
    _loop,
    _plan,
    _probes,
    _run,
    probe,
    tiers,
)
from tests.support.devices import (
    Arithmetic,
    CombiningBareConstants,
    DividingLoosely,
    Flushing,
    Fusing,
    FusingThroughEverything,
    ProbedDevice,
    Reassociating,
    ReassociatingThroughEverything,
    ReorderingProducts,
    SharingReciprocals,
    TruncatingHalves,
    TruncatingProducts,
    TruncatingSums,
    WithoutSubnormalHalves,
    outputs,
    truncated,
)
from tests.support.exact import bits, exact, rounded
from tests.support.examples import ALL_GUARANTEED

SPECS = _probes()
NAMES = [spec.name for spec in SPECS]
HALVES = (8, 9, 10)  # written in a loop in WGSL
SUMS = {"no reassociation", "two-sum", "constants kept apart", "loop-carried accumulate", "loop-carried sum"}
BARE_PRODUCT, BARE_CONSTANTS = "a bare a*b+c stays unfused", "bare (x+c)-c is kept"


def failing(device: ProbedDevice, guard: int | None = None) -> set[str]:
    """The probes that do not hold at a guard, the language's least where none is given."""
    results = _run(device, shaders.LEAST_GUARD[device.language] if guard is None else guard)
    assert [result.name for result in results] == NAMES
    return {result.name for result in results if not result.holds}


def rows() -> np.ndarray:
    """The inputs of the probes, and of their controls."""
    seen: list[np.ndarray] = []

    def answer(given: np.ndarray) -> np.ndarray:
        seen.append(given.copy())
        return np.zeros((2, OUTPUTS), dtype=np.uint32)

    _run(ProbedDevice(answer=answer), 1)
    return seen[0]


# The specs


@pytest.mark.parametrize("spec", SPECS, ids=NAMES)
def test_a_probe_and_its_control_differ_or_it_could_not_fail(spec):
    assert bits(np.float32(spec.expected)) != bits(np.float32(spec.control_expected))
    assert len(spec.inputs) == len(spec.control_inputs)


@pytest.mark.parametrize("spec", SPECS, ids=NAMES)
def test_every_number_of_a_probe_is_a_binary32(spec):
    for value in (*spec.inputs, *spec.control_inputs, spec.expected, spec.control_expected):
        assert float(np.float32(value)) == value


def slots(spec) -> set[int]:
    return set(spec.slots)


def test_inputs_lie_in_slots_of_their_own_or_are_shared_on_purpose():
    for index, spec in enumerate(SPECS):
        assert len(slots(spec)) == len(spec.inputs) and max(slots(spec)) < INPUTS
        for other in SPECS[index + 1 :]:
            if slots(spec) & slots(other):
                assert (spec.slots, spec.inputs, spec.control_inputs) == (
                    other.slots,
                    other.inputs,
                    other.control_inputs,
                )


@pytest.mark.parametrize(("language", "width"), [("wgsl", 4), ("cl", 8)])
def test_there_is_an_output_for_each_probe_and_the_plan_holds_them(language, width):
    assert len(SPECS) == OUTPUTS == len(set(NAMES))
    plan = _plan(language)
    assert {buffer.name: buffer.shape for buffer in plan.buffers} == {
        "own": (2, INPUTS, ELEMENTS),
        "uniforms": (2, INPUTS),
        "outputs": (2, OUTPUTS, GROUPS, ELEMENTS),
    }
    for step, numbers in zip(plan.steps, (1, width), strict=True):
        constants = dict(step.all_constants)
        assert (constants["PAIRS"], constants["INPUTS"], constants["OUTPUTS"]) == (PAIRS, INPUTS, OUTPUTS)
        assert constants["GROUP"] * numbers == ELEMENTS


@pytest.mark.parametrize("language", ["wgsl", "cl"])
def test_both_kernels_write_every_output_once(language):
    text = shaders.source(("one_number", "probes") if language == "wgsl" else ("probes",), language, ())
    targets = {
        "cl": [f"GIVE({k}," for k in range(OUTPUTS)],
        "wgsl": [f"y[{k}] =" if k < 16 or k in (19, 20) else f"(*y)[{k}] =" for k in range(OUTPUTS) if k not in HALVES],
    }
    assert all(text.count(target) == 1 for target in targets[language])


def test_exact_rationals_give_every_expected_value_and_every_control():
    probes, controls = ([bits(y) for y in outputs(Arithmetic(0, False), exact(row))] for row in rows())
    assert probes == [bits(np.float32(spec.expected)) for spec in SPECS]
    assert controls == [bits(np.float32(spec.control_expected)) for spec in SPECS]


def test_numpys_own_f32_gives_them_too():
    v = rows()[0]
    expected = {spec.name: np.float32(spec.expected) for spec in SPECS}
    assert v[0] * v[1] + v[2] == expected["no contraction"]
    assert v[3] * v[4] == expected["product to nearest"]
    assert v[5] + v[6] == expected["tie to even, down"]
    assert v[7] + v[8] == expected["tie to even, up"]
    assert (v[9] + v[10]) + v[11] == expected["no reassociation"]
    total = v[15]
    for a, b in zip(*v[29 : 29 + 2 * PAIRS].reshape(2, PAIRS), strict=True):
        total = total + a * b
    assert total == expected["loop-carried accumulate"]


def test_the_loop_has_the_sums_of_a_rounded_and_of_a_fused_chain():
    pairs, chained, fused = _loop()
    separate = together = Fraction(0)
    for a, b in zip(exact(pairs[:PAIRS]), exact(pairs[PAIRS:]), strict=True):
        separate, together = rounded(separate + rounded(a * b)), rounded(together + a * b)
    assert (Fraction(chained), Fraction(fused)) == (separate, together)
    assert separate != together


def test_the_truncation_of_these_tests_truncates():
    ulp = Fraction(1, 2**23)
    assert [truncated(x) for x in (1 + ulp / 2, 1 + ulp * 3 / 2, -1 - ulp * 3 / 2, 2 - ulp / 4)] == [
        1,
        1 + ulp,
        -1 - ulp,
        2 - ulp,
    ]


# What each broken device is caught at

CAUGHT = [
    (Arithmetic, "wgsl", set()),
    (Arithmetic, "cl", set()),
    (Fusing, "wgsl", {BARE_PRODUCT}),
    (Fusing, "cl", {"no contraction", "loop-carried accumulate", BARE_PRODUCT}),
    (FusingThroughEverything, "wgsl", {"no contraction", "loop-carried accumulate", BARE_PRODUCT}),
    (TruncatingSums, "cl", {"tie to even, up", "constants kept apart", BARE_CONSTANTS}),
    (TruncatingProducts, "cl", {"product to nearest", "loop-carried accumulate"}),
    (Reassociating, "cl", SUMS | {BARE_CONSTANTS}),
    (Reassociating, "wgsl", SUMS - {"constants kept apart"} | {BARE_CONSTANTS}),
    (Flushing, "wgsl", {"subnormal operands kept", "subnormal results kept"}),
    (TruncatingHalves, "wgsl", {"half: up", "half: subnormal, up"}),
    (WithoutSubnormalHalves, "cl", {"half: tie to zero", "half: subnormal, up", "half: subnormal widened"}),
    (DividingLoosely, "wgsl", set()),
    (DividingLoosely, "cl", {"quotient to nearest", "root to nearest", "quotients by one divisor"}),
    (SharingReciprocals, "wgsl", set()),
    (SharingReciprocals, "cl", {"quotients by one divisor"}),
    (ReorderingProducts, "wgsl", set()),
    (ReorderingProducts, "cl", {"product of three", "constant factors kept apart"}),
]


@pytest.mark.parametrize(("arithmetic", "language", "caught"), CAUGHT, ids=lambda p: getattr(p, "__name__", None))
def test_a_broken_device_is_caught_at_exactly_the_probes_that_are_about_it(arithmetic, language, caught):
    assert failing(ProbedDevice(arithmetic, language)) == caught


@pytest.mark.parametrize("language", ["wgsl", "cl"])
def test_what_a_compiler_does_in_vectors_alone_is_caught_and_named(language):
    results = {r.name: r for r in _run(ProbedDevice(FusingThroughEverything, language, scalars=Arithmetic), 7)}
    assert not results["no contraction"].holds
    assert str(results["no contraction"]) == "no contraction (in vectors)"
    assert str(results["product to nearest"]) == "product to nearest"


@pytest.mark.parametrize("wrong", [(0, 5, 0, 17), (1, 5, 2, 0), (1, 5, 4, ELEMENTS - 1)])
@pytest.mark.parametrize("control", [0, 1])
def test_one_wrong_element_of_one_group_is_enough(wrong, control):
    launch, probe, group, element = wrong
    device = ProbedDevice()
    device.spoil = (launch, probe, group + control, element)
    (result,) = (result for result in _run(device, 7) if not result.holds)
    assert result.name == NAMES[probe]
    assert result.control == (control == 0)
    assert (result.value == result.expected) == (control == 1)
    operands = ("non-uniform", "uniform", "mixed")[group // 2]
    assert result.only_in == (f"{('scalars', 'vectors')[launch]} with {operands} operands",)


# Guards

GUARDED = [
    (Arithmetic, "wgsl", [5, 5], 5),
    (Arithmetic, "cl", [0, 0], 0),
    (Flushing, "cl", [0, 0], 0),
    (Fusing, "wgsl", [5, 5], 5),
    (Fusing, "cl", [0, 7], 7),
    (Reassociating, "wgsl", [5, 7], 7),
    (FusingThroughEverything, "cl", [0, 7], 7),
    (TruncatingProducts, "cl", [0, 7], 7),
    (DividingLoosely, "cl", [0, 7], 7),
    (SharingReciprocals, "cl", [0, 7], 7),
    (ReorderingProducts, "cl", [0, 7], 7),
]


@pytest.mark.parametrize(("arithmetic", "language", "tried", "guard"), GUARDED)
def test_a_compiler_caught_in_anything_gets_every_guard(arithmetic, language, tried, guard):
    device = ProbedDevice(arithmetic, language, divides=language == "cl")
    assert probe(device).guard == guard
    assert device.guards == tried
    assert device.open_programs == 0


def test_a_compiler_caught_in_vectors_alone_gets_every_guard_too():
    device = ProbedDevice(Fusing, "cl", divides=True, scalars=Arithmetic)
    seen = probe(device)
    assert (seen.guard, device.guards) == (7, [0, 0, 7])
    assert seen.tiers == Tiers("guaranteed", "observed", "observed")


def test_a_bare_sum_that_is_not_kept_is_reason_enough():
    device = ProbedDevice(CombiningBareConstants)
    assert failing(device) == {BARE_CONSTANTS}
    assert probe(device).guard == 7


def test_who_promises_no_division_divides_by_integers_and_loses_nothing():
    device = ProbedDevice(DividingLoosely, "cl", promises=True)
    assert probe(device).tiers == Tiers("guaranteed", "guaranteed", "guaranteed")
    assert set(device.guards) == {shaders.GUARD_DIVISIONS}


def test_a_promise_of_division_that_is_not_kept_costs_the_trust_in_the_others():
    device = ProbedDevice(DividingLoosely, "cl", promises=True, divides=True)
    assert probe(device).tiers == Tiers("guaranteed", "observed", "observed")


def test_reassociation_in_opencl_is_cured_by_guarded_sums():
    device = ProbedDevice(Reassociating, "cl", promises=True)
    seen = probe(device)
    assert seen.guard & shaders.GUARD_SUMS
    assert {result.name for result in seen.probes if not result.holds} == {BARE_CONSTANTS}
    assert seen.tiers == Tiers("guaranteed", "observed", "observed")  # the standard was seen not to be kept


CLAIMS = [
    (Fusing, "observed", "observed"),
    (Flushing, "observed", "observed"),
    (FusingThroughEverything, "observed", "not here"),
    (TruncatingProducts, "observed", "not here"),
    (TruncatingSums, "not here", "not here"),
    (ReassociatingThroughEverything, "not here", "not here"),
    (TruncatingHalves, "not here", "observed"),
]


@pytest.mark.parametrize("language", ["wgsl", "cl"])
@pytest.mark.parametrize(("arithmetic", "exact_tier", "guarded_tier"), CLAIMS)
def test_what_no_guard_cures_is_not_claimed(arithmetic, exact_tier, guarded_tier, language):
    assert probe(ProbedDevice(arithmetic, language)).tiers == Tiers("guaranteed", exact_tier, guarded_tier)


def test_a_device_that_says_what_is_expected_whatever_it_is_asked_proves_nothing():
    row = [bits(np.float32(spec.expected)) for spec in SPECS]
    seen = probe(ProbedDevice(answer=lambda given: np.array([row, row], dtype=np.uint32)))
    assert all(result.value == result.expected for result in seen.probes)
    assert not any(result.control or result.holds for result in seen.probes)
    assert seen.tiers == Tiers("guaranteed", "not here", "not here")


def test_a_program_is_given_back_even_where_it_cannot_run():
    def lost(given: np.ndarray) -> np.ndarray:
        raise BackendError("the device was lost")

    device = ProbedDevice(answer=lost)
    with pytest.raises(BackendError, match="was lost"):
        probe(device)
    assert device.open_programs == 0


# Standings and words


def results(**changes: bool) -> tuple[ProbeResult, ...]:
    """All probes holding, but for those of the named tiers (``no_exact``, ``no_guarded``), and one that is told."""
    return (
        ProbeResult("for exact", "01", "00" if changes.get("no_exact") else "01", True, ("exact",)),
        ProbeResult("for guarded", "01", "01", not changes.get("no_guarded"), ("guarded",)),
        ProbeResult("told", "00", "01", True, ()),
    )


@pytest.mark.parametrize(
    ("changes", "promised", "standings"),
    [
        ({}, True, ("guaranteed", "guaranteed", "guaranteed")),
        ({}, False, ("guaranteed", "observed", "observed")),
        ({"no_exact": True}, True, ("guaranteed", "not here", "guaranteed")),
        ({"no_guarded": True}, True, ("guaranteed", "guaranteed", "not here")),
        ({"no_exact": True, "no_guarded": True}, False, ("guaranteed", "not here", "not here")),
    ],
)
def test_a_tier_stands_on_its_probes_and_on_what_the_api_promises(changes, promised, standings):
    assert tiers(results(**changes), promised) == Tiers(*standings)


def test_the_naive_kernel_stands_on_nothing_even_on_the_reference():
    standing = ALL_GUARANTEED.tiers.standing
    assert [standing(tier) for tier in ("integer", "exact", "guarded", "plain")] == [*["guaranteed"] * 3, "not here"]


def test_a_fingerprint_says_which_required_probes_fail_and_what_it_was_told():
    seen = Fingerprint(1, results(no_guarded=True), Tiers("guaranteed", "observed", "not here"))
    assert str(seen) == "1 of 2 probes pass (failing: for guarded); told: no"
    assert str(Fingerprint(1, results(), seen.tiers)) == "2 of 2 probes pass; told: no"
