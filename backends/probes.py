"""Probes of a device's rounding (NUMERICS.md section 10): small kernels on data that separate right from wrong.

Every probe runs the same code twice: on data where a correct device gives ``expected``, and on a control with another
right answer, where possible the answer that a failing device would give to the first. A probe that cannot fail proves
nothing. It runs in every form that the kernels' code has, since compilers treat them differently, and in many elements.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paragon_tui import shaders
from paragon_tui.backends.device import PlanDevice
from paragon_tui.backends.fingerprint import Fingerprint, ProbeResult, Standing, Tiers
from paragon_tui.backends.plan import Buffer, Plan, Step
from paragon_tui.shaders import Language

PAIRS = 64
HARD = 8
INPUTS = 31 + 3 * PAIRS + 7 * HARD
OUTPUTS = 23
ELEMENTS = 64
_CODE = ("scalars", "vectors")
_OPERANDS = ("non-uniform", "uniform", "mixed")
"""The forms of the kernels' code, a launch each for scalars and vectors. Mixed: the first operand is not uniform."""
GROUPS = 2 * len(_OPERANDS)
"""Each form has a group for the probes, and one for their controls."""
_SUMS = ("exact", "guarded")
_PRODUCTS = ("guarded",)
_QUOTIENTS = ("exact", "guarded")
_HALVES = ("exact",)
_BARE_SUM = "bare (x+c)-c is kept"


@dataclass(frozen=True, slots=True)
class _Probe:
    """A probe: the slots of its inputs, and the data of probe and control. Its index is that of the kernel's output.

    ``by_integers``: in WGSL integers decide it, in scalar code alone.
    """

    name: str
    required: tuple[str, ...]
    slots: Sequence[int]
    inputs: tuple[float, ...]
    expected: float
    control_inputs: tuple[float, ...]
    control_expected: float
    by_integers: bool = False


def _loop() -> tuple[tuple[float, ...], float, float]:
    """Return pairs with products that mostly do not fit f32, the sum of rounded products, and that of exact ones."""
    k = np.arange(PAIRS)
    a = (1 + (k + 1) * 2.0**-12).astype(np.float32)
    b = ((1 + (2 * k + 1) * 2.0**-13) * np.where(k % 2, -1, 1)).astype(np.float32)
    rounded, fused = np.float32(0), np.float32(0)
    for x, y in zip(a, b, strict=True):
        rounded = rounded + x * y
        fused = np.float32(np.float64(fused) + np.float64(x) * np.float64(y))
    return (*map(float, a), *map(float, b)), float(rounded), float(fused)


def _with_answers(operands: Sequence[tuple[int, ...]], answers: Sequence[float]) -> tuple[float, ...]:
    """Return operands by column, then the answers; the kernel counts the results that equal them."""
    return (*(float(value) for row in zip(*operands, strict=True) for value in row), *answers)


def _half_wrong(answers: Sequence[float]) -> list[float]:
    """Return the answers, every other one wrong by a unit in the last place, as a failing device would give."""
    return [float(np.nextafter(np.float32(v), np.float32(0))) if k % 2 else v for k, v in enumerate(answers)]


_DIVIDED = (
    *((9655591, 15767657), (9781643, 9956461), (9095181, 9613387), (9986465, 15697293)),
    *((10289161, 11604539), (11555325, 13974301), (9517867, 11525165), (12058916, 14916143)),
)
"""Significands whose quotients are within 2^-24 units of a tie, four above it and four below."""
_ROOTED = ((16519498,), (31270628,), (28688502,), (9590873,), (8388609,), (33554430,), (33554426,), (8388611,))
"""Numbers whose square roots are within 2^-21 units of a tie, four above it and four below."""
_DIVISOR = 16708573.0
_DIVIDENDS = (12358002.0, 12682078.0, 16361675.0, 15291959.0, 16346456.0, 11004439.0, 15678520.0, 15331880.0)
"""Numbers whose quotients by ``_DIVISOR`` are none of their products with its reciprocal, or with a neighbour of it."""
_FACTORS = (10156446 * 2.0**-23, 13980822 * 2.0**-23, 15125705 * 2.0**-23)
"""Factors that give another product if the last two, or the first and the last, are multiplied first."""
_SCALED = 8680972 * 2.0**-23
"""A number that times 1.1 times 1.3 is not what it is times 1.3 times 1.1, or times the product of both."""

_LOOP = (15, *range(29, 29 + 2 * PAIRS))
_SUM = (23, *range(29 + 2 * PAIRS, 29 + 3 * PAIRS))
_QUOTIENT = range(29 + 3 * PAIRS, 29 + 3 * PAIRS + 3 * HARD)
_ROOT = range(_QUOTIENT.stop, _QUOTIENT.stop + 2 * HARD)
_SERIES = (27, *range(_ROOT.stop, _ROOT.stop + 2 * HARD))
_FUSABLE = (1 + 2.0**-12, 1 + 2.0**-12, -(1 + 2.0**-11))
_FUSED = (2.0**-12, 2.0**-12, 0.0)  # its answer, 2^-24, is the wrong answer to _FUSABLE with a fused multiply-add


def _probes() -> tuple[_Probe, ...]:
    """Return all probes, in the order of the kernel's outputs."""
    pairs, rounded, fused = _loop()
    quotients = [float(np.float32(a) / np.float32(b)) for a, b in _DIVIDED]
    roots = [float(np.sqrt(np.float32(x))) for (x,) in _ROOTED]
    series = [float(np.float32(a) / np.float32(_DIVISOR)) for a in _DIVIDENDS]
    a, b, c = map(np.float32, _FACTORS)
    up, down = np.float32(1.1), np.float32(1.3)
    zero_pairs, zeros, ones = (0.0,) * (2 * PAIRS), (0.0,) * PAIRS, (1.0,) * PAIRS
    return (
        _Probe("no contraction", _PRODUCTS, range(0, 3), _FUSABLE, 0.0, _FUSED, 2.0**-24),
        _Probe(
            "product to nearest",
            _PRODUCTS,
            range(3, 5),
            (1 + 2.0**-12, 1 + 3 * 2.0**-12),
            1 + 2.0**-10 + 2.0**-22,
            (1 + 2.0**-10 + 2.0**-23, 1.0),
            1 + 2.0**-10 + 2.0**-23,
        ),
        _Probe("tie to even, down", _SUMS, range(5, 7), (1.0, 2.0**-24), 1.0, (1.0, 2.0**-23), 1 + 2.0**-23),
        _Probe("tie to even, up", _SUMS, range(7, 9), (1.0, 3 * 2.0**-24), 1 + 2.0**-22, (1.0, 2.0**-23), 1 + 2.0**-23),
        _Probe(
            "no reassociation", _SUMS, range(9, 12), (2.0**24, 1.0, -(2.0**24)), 0.0, (2.0**23, 1.0, -(2.0**23)), 1.0
        ),
        _Probe("two-sum", _SUMS, range(12, 14), (1.0, 2.0**-30), 2.0**-30, (1.0, 2.0**-10), 0.0),
        _Probe("constants kept apart", _SUMS, range(14, 15), (0.75,), 1.0, (0.0,), 0.0),
        _Probe("loop-carried accumulate", _PRODUCTS, _LOOP, (0.0, *pairs), rounded, (fused, *zero_pairs), fused),
        _Probe(
            "half: tie to even",
            _HALVES,
            range(16, 17),
            (1 + 2.0**-11,),
            1.0,
            (1 + 2.0**-10,),
            1 + 2.0**-10,
            by_integers=True,
        ),
        _Probe(
            "half: up",
            _HALVES,
            range(17, 18),
            (1 + 3 * 2.0**-11,),
            1 + 2.0**-9,
            (1 + 2.0**-10,),
            1 + 2.0**-10,
            by_integers=True,
        ),
        _Probe("half: tie to zero", _HALVES, range(18, 19), (2.0**-25,), 0.0, (2.0**-24,), 2.0**-24, by_integers=True),
        _Probe("a bare a*b+c stays unfused", (), range(0, 3), _FUSABLE, 0.0, _FUSED, 2.0**-24),
        _Probe(_BARE_SUM, (), range(14, 15), (0.75,), 1.0, (0.0,), 0.0),
        _Probe("subnormal operands kept", (), range(19, 21), (2.0**-130, 2.0**10), 2.0**-120, (2.0**-120, 0.0), 0.0),
        _Probe("subnormal results kept", (), range(21, 23), (2.0**-100, 2.0**-30), 2.0**-130, (2.0**-100, 0.0), 0.0),
        # Added one at a time, the ones are lost beside 2^24; reassociated partial sums would count them.
        _Probe("loop-carried sum", _SUMS, _SUM, (2.0**24, *ones), 2.0**24, (2.0**24 + PAIRS, *zeros), 2.0**24 + PAIRS),
        _Probe(
            "quotient to nearest",
            _QUOTIENTS,
            _QUOTIENT,
            _with_answers(_DIVIDED, quotients),
            HARD,
            _with_answers(_DIVIDED, _half_wrong(quotients)),
            HARD / 2,
            by_integers=True,
        ),
        _Probe(
            "root to nearest",
            _QUOTIENTS,
            _ROOT,
            _with_answers(_ROOTED, roots),
            HARD,
            _with_answers(_ROOTED, _half_wrong(roots)),
            HARD / 2,
            by_integers=True,
        ),
        _Probe(
            "quotients by one divisor",
            _QUOTIENTS,
            _SERIES,
            (_DIVISOR, *_DIVIDENDS, *series),
            HARD,
            (_DIVISOR, *_DIVIDENDS, *_half_wrong(series)),
            HARD / 2,
            by_integers=True,
        ),
        _Probe(
            "product of three",
            _PRODUCTS,
            range(24, 27),
            _FACTORS,
            float(a * b * c),
            (float(a * (b * c)), 1.0, 1.0),
            float(a * (b * c)),
        ),
        _Probe(
            "constant factors kept apart",
            _PRODUCTS,
            range(28, 29),
            (_SCALED,),
            float(np.float32(_SCALED) * up * down),
            (1.0,),
            float(up * down),
        ),
        _Probe(
            "half: subnormal, up",
            _HALVES,
            range(INPUTS - 2, INPUTS - 1),
            (3 * 2.0**-25,),
            2.0**-23,
            (2.0**-24,),
            2.0**-24,
            by_integers=True,
        ),
        # The numbers are the bits of halves: of the largest subnormal one, and of the least normal one.
        _Probe(
            "half: subnormal widened",
            _HALVES,
            range(INPUTS - 1, INPUTS),
            (1023.0,),
            1023 * 2.0**-24,
            (1024.0,),
            2.0**-14,
            by_integers=True,
        ),
    )


def probe(device: PlanDevice) -> Fingerprint:
    """Probe ``device``; where anything is relaxed, again with every guard. Raises ``BackendError`` if it runs nothing.

    A compiler that is caught in one liberty may take others that no probe is about. Scalars are probed first, since
    many a compiler is caught there, and to compile vectors twice takes long.
    """
    guard = least_guard(device)
    for code in (_CODE[:1], _CODE):
        results = _run(device, guard, code)
        if guard != shaders.EVERY_GUARD and any(map(_is_relaxed, results)):
            guard = shaders.EVERY_GUARD
            results = _run(device, guard, _CODE)
            break
    return _fingerprint(device, guard, results)


def _fingerprint(device: PlanDevice, guard: int, results: tuple[ProbeResult, ...]) -> Fingerprint:
    # A device that needs more guarding than its language always has does not keep its API's promise.
    promised = device.adapter.promises_rounding and guard == least_guard(device)
    return Fingerprint(guard, results, tiers(results, promised))


def known_fingerprint(device: PlanDevice, guard: int, results: tuple[ProbeResult, ...]) -> Fingerprint | None:
    """Return the fingerprint that ``results`` of earlier probes with ``guard`` make, for ``device`` as it is now.

    ``None`` where they are no outcome of the probes as they are now, or one on which not every tier rests.
    """
    asked = [(spec.name, f"{_bits(spec.expected):08x}", spec.required) for spec in _probes()]
    if asked != [(result.name, result.expected, result.required) for result in results]:
        return None
    if guard != shaders.EVERY_GUARD and (guard != least_guard(device) or any(map(_is_relaxed, results))):
        return None
    seen = _fingerprint(device, guard, results)
    return None if "not here" in (seen.tiers.exact, seen.tiers.guarded) else seen


def probes_digest(device: PlanDevice) -> str:
    """Return SHA-256 (hex) of all that ``device`` may compile for its probes, and of the data that they run on."""
    plans = [_plan(device.language, code) for code in range(1, len(_CODE) + 1)]
    guards = (least_guard(device), shaders.EVERY_GUARD)
    digests = [plan.with_constant("GUARD", guard).digest(device.language) for plan in plans for guard in guards]
    return hashlib.sha256(repr((digests, _probes())).encode()).hexdigest()


def _is_relaxed(result: ProbeResult) -> bool:
    """Return whether the result asks for guards: of a required probe, or of sums, which have guards of their own.

    A bare product that is fused into its sum does not: WGSL allows that, and guards all products.
    """
    return not result.holds and (bool(result.required) or result.name == _BARE_SUM)


def least_guard(device: PlanDevice) -> int:
    """Return the least guarding of a device: that of its language, and of division unless its API promises that."""
    division = 0 if device.adapter.promises_division else shaders.GUARD_DIVISIONS
    return shaders.LEAST_GUARD[device.language] | division


def tiers(results: tuple[ProbeResult, ...], promised: bool) -> Tiers:
    """Return the standing of each tier, from the probes that it depends on; integers need none."""

    def standing(tier: str) -> Standing:
        if not all(result.holds for result in results if tier in result.required):
            return "not here"
        return "guaranteed" if promised else "observed"

    return Tiers("guaranteed", standing("exact"), standing("guarded"))


def _run(device: PlanDevice, guard: int, code: tuple[str, ...] = _CODE) -> tuple[ProbeResult, ...]:
    """Return the results of all probes in the forms of ``code``."""
    probes = _probes()
    uniforms = np.zeros((2, INPUTS), dtype=np.float32)
    for spec in probes:
        for row, values in enumerate((spec.inputs, spec.control_inputs)):
            uniforms[row, list(spec.slots)] = values
    own = np.repeat(uniforms[..., np.newaxis], ELEMENTS, axis=2)
    program = device.prepare(_plan(device.language, len(code)).with_constant("GUARD", guard))
    try:
        program.run({"own": own, "uniforms": uniforms})
        outputs = program.read(("outputs",))["outputs"].reshape(len(code), OUTPUTS, len(_OPERANDS), 2, ELEMENTS).copy()
    finally:
        program.close()
    scalars = 1 if device.language == "wgsl" else None
    return tuple(
        _result(spec, code, outputs[: scalars if spec.by_integers else None, k]) for k, spec in enumerate(probes)
    )


def _result(spec: _Probe, code: tuple[str, ...], outputs: NDArray[np.uint32]) -> ProbeResult:
    """Return the result of a probe from its outputs: (code, operands, probe and control, elements)."""
    values, controls = outputs[..., 0, :], outputs[..., 1, :]
    expected = _bits(spec.expected)
    wrong, wrong_controls = values != expected, controls != _bits(spec.control_expected)
    return ProbeResult(
        spec.name,
        f"{values[wrong][0] if wrong.any() else expected:08x}",
        f"{expected:08x}",
        not wrong_controls.any(),
        spec.required,
        _only_in(code, (wrong | wrong_controls).any(axis=-1)),
    )


def _only_in(code: tuple[str, ...], failing: NDArray[np.bool_]) -> tuple[str, ...]:
    """Return the names of the forms, code by operands, where a probe does not hold; none where that is all."""
    if failing.all():
        return ()
    names: list[str] = []
    for kind, by_operands in zip(code, failing, strict=False):
        some = [f"{kind} with {name} operands" for name, fails in zip(_OPERANDS, by_operands, strict=True) if fails]
        names += [kind] if by_operands.all() else some
    return tuple(names)


def _bits(value: float) -> np.uint32:
    return np.float32(value).view(np.uint32)


_WIDTHS: dict[Language, int] = {"wgsl": 4, "cl": 8}
"""The numbers of the kernels' vectors."""
_PARTS: dict[Language, tuple[tuple[str, ...], ...]] = {
    "wgsl": (("rounding", "one_number", "probes"), ("rounding", "four_numbers", "probes")),
    "cl": (("rounding", "probes"), ("rounding", "probes")),
}


def _plan(language: Language, launches: int = len(_CODE)) -> Plan:
    """Return the first ``launches``: of scalars, of vectors."""
    widths = (1, _WIDTHS[language])
    return Plan(
        "probes",
        (
            Buffer("own", (2, INPUTS, ELEMENTS), "f32", "input"),
            Buffer("uniforms", (2, INPUTS), "f32", "input"),
            Buffer("outputs", (launches, OUTPUTS, GROUPS, ELEMENTS), "u32", "output"),
        ),
        tuple(
            Step(
                parts=parts,
                entry="probes",
                buffers=("own", "uniforms", "outputs"),
                writes=1,
                parameters=(("launch", launch), ("pairs", PAIRS), ("hard", HARD)),
                constants=(
                    *(("PAIRS", PAIRS), ("HARD", HARD), ("INPUTS", INPUTS), ("OUTPUTS", OUTPUTS)),
                    *(("ELEMENTS", ELEMENTS), ("WIDTH", width)),
                ),
                groups=GROUPS,
                group_items=ELEMENTS // width,
            )
            for launch, (parts, width) in enumerate(tuple(zip(_PARTS[language], widths, strict=True))[:launches])
        ),
    )
