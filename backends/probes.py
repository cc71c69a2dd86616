"""Probes of a device's rounding (NUMERICS.md section 10): small kernels on data that separate right from wrong.

Every probe runs the same code twice: on data where a correct device gives ``expected``, and on a control with another
right answer, where possible the answer that a failing device would give to the first. A probe that cannot fail proves
nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from paragon_tui import shaders
from paragon_tui.backends.device import PlanDevice
from paragon_tui.backends.fingerprint import Fingerprint, ProbeResult, Standing, Tiers
from paragon_tui.backends.plan import Buffer, Plan, Step

PAIRS = 64
HARD = 8
INPUTS = 24 + 3 * PAIRS + 5 * HARD
OUTPUTS = 18
_SUMS = ("exact", "guarded")
_PRODUCTS = ("guarded",)
_QUOTIENTS = ("exact", "guarded")
_HALVES = ("exact",)


@dataclass(frozen=True, slots=True)
class _Probe:
    """A probe: the slots of its inputs, and the data of probe and control. Its index is that of the kernel's output."""

    name: str
    required: tuple[str, ...]
    slots: Sequence[int]
    inputs: tuple[float, ...]
    expected: float
    control_inputs: tuple[float, ...]
    control_expected: float


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

_LOOP = (15, *range(24, 24 + 2 * PAIRS))
_SUM = (23, *range(24 + 2 * PAIRS, 24 + 3 * PAIRS))
_QUOTIENT = range(24 + 3 * PAIRS, 24 + 3 * PAIRS + 3 * HARD)
_ROOT = range(24 + 3 * PAIRS + 3 * HARD, INPUTS)
_FUSABLE = (1 + 2.0**-12, 1 + 2.0**-12, -(1 + 2.0**-11))
_FUSED = (2.0**-12, 2.0**-12, 0.0)  # its answer, 2^-24, is the wrong answer to _FUSABLE with a fused multiply-add


def _probes() -> tuple[_Probe, ...]:
    """Return all probes, in the order of the kernel's outputs."""
    pairs, rounded, fused = _loop()
    quotients = [float(np.float32(a) / np.float32(b)) for a, b in _DIVIDED]
    roots = [float(np.sqrt(np.float32(x))) for (x,) in _ROOTED]
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
        _Probe("half: tie to even", _HALVES, range(16, 17), (1 + 2.0**-11,), 1.0, (1 + 2.0**-10,), 1 + 2.0**-10),
        _Probe("half: up", _HALVES, range(17, 18), (1 + 3 * 2.0**-11,), 1 + 2.0**-9, (1 + 2.0**-10,), 1 + 2.0**-10),
        _Probe("half: subnormal to zero", _HALVES, range(18, 19), (2.0**-15,), 0.0, (2.0**-14,), 2.0**-14),
        _Probe("a bare a*b+c stays unfused", (), range(0, 3), _FUSABLE, 0.0, _FUSED, 2.0**-24),
        _Probe("bare (x+c)-c is kept", (), range(14, 15), (0.75,), 1.0, (0.0,), 0.0),
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
        ),
        _Probe(
            "root to nearest",
            _QUOTIENTS,
            _ROOT,
            _with_answers(_ROOTED, roots),
            HARD,
            _with_answers(_ROOTED, _half_wrong(roots)),
            HARD / 2,
        ),
    )


_GUARDS = {
    shaders.GUARD_PRODUCTS: ("no contraction", "loop-carried accumulate"),
    shaders.GUARD_SUMS: (
        "no reassociation",
        "two-sum",
        "constants kept apart",
        "loop-carried accumulate",
        "loop-carried sum",
    ),
    shaders.GUARD_DIVISIONS: ("quotient to nearest", "root to nearest"),
}
"""The bit of ``GUARD`` to set if one of these probes fails."""


def probe(device: PlanDevice) -> Fingerprint:
    """Probe ``device``, with more guarding where less fails. Raises ``BackendError`` if it cannot run kernels."""
    guard = least = least_guard(device)
    results = _run(device, guard)
    for bit, names in _GUARDS.items():
        if not guard & bit and any(result.name in names and not result.holds for result in results):
            guard |= bit
            results = _run(device, guard)
    # A device that needs more guarding than its language always has does not keep its API's promise.
    promised = device.adapter.promises_rounding and guard == least
    return Fingerprint(guard, results, tiers(results, promised))


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


def _run(device: PlanDevice, guard: int) -> tuple[ProbeResult, ...]:
    probes = _probes()
    inputs = np.zeros((2, INPUTS), dtype=np.float32)
    for spec in probes:
        for row, values in enumerate((spec.inputs, spec.control_inputs)):
            inputs[row, list(spec.slots)] = values
    program = device.prepare(_plan().with_constant("GUARD", guard))
    try:
        program.run({"inputs": inputs})
        values, controls = program.read(("outputs",))["outputs"]
    finally:
        program.close()
    return tuple(
        ProbeResult(
            spec.name,
            f"{int(value):08x}",
            _pattern(spec.expected),
            f"{int(control):08x}" == _pattern(spec.control_expected),
            spec.required,
        )
        for spec, value, control in zip(probes, values, controls, strict=True)
    )


def _pattern(value: float) -> str:
    return f"{int(np.float32(value).view(np.uint32)):08x}"


def _plan() -> Plan:
    return Plan(
        "probes",
        (
            Buffer("inputs", (2, INPUTS), "f32", "input"),
            Buffer("outputs", (2, OUTPUTS), "u32", "output"),
        ),
        (
            Step(
                parts=("rounding", "probes"),
                entry="probes",
                buffers=("inputs", "outputs"),
                writes=1,
                parameters=(("rows", 2),),
                constants=(("PAIRS", PAIRS), ("HARD", HARD), ("INPUTS", INPUTS), ("OUTPUTS", OUTPUTS)),
                groups=2,
                group_items=1,
            ),
        ),
    )
