"""Devices in memory: the probe kernel in exact rationals, whose rounding or compiler a test can break."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paragon_tui import shaders
from paragon_tui.arithmetic.rounding import divide, half, sqrt
from paragon_tui.backends.plan import Plan
from paragon_tui.backends.probes import ELEMENTS, GROUPS, HARD, PAIRS
from tests.support.exact import ZERO, bits, exact, rounded
from tests.support.examples import adapter
from tests.support.floats import f32

Arrays = dict[str, NDArray[Any]]
Inputs = Mapping[str, NDArray[Any]]

_MAGIC = Fraction(3 * 2**22)
_UP, _DOWN = exact(f32(1.1, 1.3))
_SMALLEST_NORMAL = Fraction(1, 2**126)


def truncated(value: Fraction) -> Fraction:
    """Rounded toward zero to binary32. Only for fractions over a power of two."""
    if value == 0:
        return ZERO
    unit = Fraction(2) ** (abs(value.numerator).bit_length() - value.denominator.bit_length() - 23)
    return Fraction(int(value / unit)) * unit


def flushed(value: Fraction) -> Fraction:
    return ZERO if abs(value) < _SMALLEST_NORMAL else value


class Arithmetic:
    """Correct arithmetic. ``guard`` is the kernel's ``GUARD``; WGSL guards constants and divisions in any case."""

    def __init__(self, guard: int, wgsl: bool) -> None:
        self.products_guarded = bool(guard & shaders.GUARD_PRODUCTS)
        self.sums_guarded = bool(guard & shaders.GUARD_SUMS)
        self.constants_guarded = wgsl or self.sums_guarded
        self.divisions_guarded = wgsl or bool(guard & shaders.GUARD_DIVISIONS)

    def mul(self, a: Fraction, b: Fraction) -> Fraction:
        return rounded(a * b)

    def add(self, a: Fraction, b: Fraction) -> Fraction:
        return rounded(a + b)

    def mul_add(self, a: Fraction, b: Fraction, c: Fraction, guarded: bool) -> Fraction:
        return self.add(self.mul(a, b), c)

    def three(self, a: Fraction, b: Fraction, c: Fraction) -> Fraction:
        return self.add(self.add(a, b), c)

    def two_sum(self, a: Fraction, b: Fraction) -> Fraction:
        s = self.add(a, b)
        part = self.add(s, -a)
        return self.add(self.add(a, -self.add(s, -part)), self.add(b, -part))

    def there_and_back(self, x: Fraction, guarded: bool) -> Fraction:
        return self.add(self.add(x, _MAGIC), -_MAGIC)

    def bare_there_and_back(self, x: Fraction) -> Fraction:
        return self.there_and_back(x, False)

    def loop(self, start: Fraction, pairs: list[tuple[Fraction, Fraction]]) -> Fraction:
        total = start
        for a, b in pairs:
            total = self.mul_add(a, b, total, self.products_guarded)
        return total

    def quotient(self, a: Fraction, b: Fraction) -> Fraction:
        return Fraction(float(divide(f32(float(a)), f32(float(b)))[0]))

    def shared_quotient(self, a: Fraction, b: Fraction) -> Fraction:
        return self.quotient(a, b)

    def product(self, a: Fraction, b: Fraction, c: Fraction, guarded: bool) -> Fraction:
        return self.mul(self.mul(a, b), c)

    def root(self, x: Fraction) -> Fraction:
        return Fraction(float(sqrt(f32(float(x)))[0]))

    def half(self, x: Fraction) -> Fraction:
        return Fraction(float(half(f32(float(x)))[0]))

    def widened(self, half_bits: int) -> Fraction:
        return Fraction(float(np.uint16(half_bits).view(np.float16)))


class Fusing(Arithmetic):
    """A product that reaches its add unguarded is not rounded."""

    def mul_add(self, a: Fraction, b: Fraction, c: Fraction, guarded: bool) -> Fraction:
        return super().mul_add(a, b, c, guarded) if guarded else rounded(a * b + c)


class FusingThroughEverything(Arithmetic):
    def mul_add(self, a: Fraction, b: Fraction, c: Fraction, guarded: bool) -> Fraction:
        return rounded(a * b + c)


class TruncatingSums(Arithmetic):
    def add(self, a: Fraction, b: Fraction) -> Fraction:
        return truncated(a + b)


class TruncatingProducts(Arithmetic):
    def mul(self, a: Fraction, b: Fraction) -> Fraction:
        return truncated(a * b)


class Reassociating(Arithmetic):
    """Adds up constants, cancels terms and splits loops, wherever sums are not guarded."""

    def three(self, a: Fraction, b: Fraction, c: Fraction) -> Fraction:
        return super().three(a, b, c) if self.sums_guarded else self.add(self.add(a, c), b)

    def two_sum(self, a: Fraction, b: Fraction) -> Fraction:
        return super().two_sum(a, b) if self.sums_guarded else ZERO

    def there_and_back(self, x: Fraction, guarded: bool) -> Fraction:
        return super().there_and_back(x, guarded) if guarded else x

    def loop(self, start: Fraction, pairs: list[tuple[Fraction, Fraction]]) -> Fraction:
        if self.sums_guarded:
            return super().loop(start, pairs)
        return self.add(super().loop(start, pairs[::2]), super().loop(ZERO, pairs[1::2]))


class ReassociatingThroughEverything(Reassociating):
    def __init__(self, guard: int, wgsl: bool) -> None:
        super().__init__(guard, wgsl)
        self.sums_guarded = self.constants_guarded = False


class Flushing(Arithmetic):
    """Subnormal operands and results are zero."""

    def mul(self, a: Fraction, b: Fraction) -> Fraction:
        return flushed(rounded(flushed(a) * flushed(b)))


class DividingLoosely(Arithmetic):
    """Its quotients are products with a rounded reciprocal, its roots products too, wherever integers do not decide."""

    def quotient(self, a: Fraction, b: Fraction) -> Fraction:
        return super().quotient(a, b) if self.divisions_guarded else self.mul(a, super().quotient(Fraction(1), b))

    def root(self, x: Fraction) -> Fraction:
        if self.divisions_guarded:
            return super().root(x)
        return self.mul(x, super().quotient(Fraction(1), super().root(x)))


class CombiningBareConstants(Arithmetic):
    """Adds up constants where nothing at all stands between the sums."""

    def bare_there_and_back(self, x: Fraction) -> Fraction:
        return x


class SharingReciprocals(Arithmetic):
    """Its quotients by one divisor are products with a rounded reciprocal, wherever integers do not decide."""

    def shared_quotient(self, a: Fraction, b: Fraction) -> Fraction:
        return self.quotient(a, b) if self.divisions_guarded else self.mul(a, self.quotient(Fraction(1), b))


class ReorderingProducts(Arithmetic):
    """Multiplies the last factors first, wherever products are not guarded."""

    def product(self, a: Fraction, b: Fraction, c: Fraction, guarded: bool) -> Fraction:
        return super().product(a, b, c, guarded) if guarded else self.mul(a, self.mul(b, c))


class TruncatingHalves(Arithmetic):
    def half(self, x: Fraction) -> Fraction:
        return Fraction(int(x * 2**10), 2**10) if x >= 1 else Fraction(int(x * 2**24), 2**24)


class WithoutSubnormalHalves(Arithmetic):
    """Halves below 2^-14 are zero, both ways."""

    def half(self, x: Fraction) -> Fraction:
        return super().half(x) if x >= Fraction(1, 2**14) else ZERO

    def widened(self, half_bits: int) -> Fraction:
        return super().widened(half_bits) if half_bits >= 0x400 else ZERO


def outputs(arithmetic: Arithmetic, v: list[Fraction]) -> list[Fraction]:
    """The results of the kernel ``probes`` in one form, line by line."""
    a = arithmetic
    loop = v[29 : 29 + 3 * PAIRS]
    d = v[29 + 3 * PAIRS :]
    r = d[3 * HARD :]
    e = r[2 * HARD :]
    return [
        a.mul_add(v[0], v[1], v[2], a.products_guarded),
        a.mul(v[3], v[4]),
        a.add(v[5], v[6]),
        a.add(v[7], v[8]),
        a.three(v[9], v[10], v[11]),
        a.two_sum(v[12], v[13]),
        a.there_and_back(v[14], a.constants_guarded),
        a.loop(v[15], list(zip(loop[:PAIRS], loop[PAIRS : 2 * PAIRS], strict=True))),
        *(a.half(x) for x in v[16:19]),
        a.mul_add(v[0], v[1], v[2], False),
        a.bare_there_and_back(v[14]),
        a.mul(v[19], v[20]),
        a.mul(v[21], v[22]),
        a.loop(v[23], [(x, Fraction(1)) for x in loop[2 * PAIRS :]]),
        Fraction(sum(a.quotient(d[k], d[HARD + k]) == d[2 * HARD + k] for k in range(HARD))),
        Fraction(sum(a.root(r[k]) == r[HARD + k] for k in range(HARD))),
        Fraction(sum(a.shared_quotient(e[k], v[27]) == e[HARD + k] for k in range(HARD))),
        a.product(v[24], v[25], v[26], a.products_guarded),
        a.product(v[28], _UP, _DOWN, a.products_guarded),
        a.half(v[-2]),
        a.widened(int(v[-1])),
    ]


class MemoryProgramBase:
    """The base of programs in memory, which add ``run``, ``read`` and ``close``."""

    compile_ms: float | None = None
    upload_ms: float | None = None
    device_bytes: int | None = 4096

    def run(self, inputs: Inputs, times: int = 1) -> int | None:
        raise NotImplementedError

    def read(self, names: tuple[str, ...]) -> Arrays:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    def run_unclocked(self, inputs: Inputs, times: int = 1) -> None:
        self.run(inputs, times)

    def reset(self) -> None:
        """Do nothing: there is no state."""

    def round_trip(self) -> None:
        pass

    def host_ns(self, inputs: Inputs) -> int | None:
        return None


class ProbedDevice:
    """Answers the probe plan in ``arithmetic``; ``answer`` replaces the kernel altogether.

    ``answer`` takes the inputs of probes and controls, and returns the outputs of both. ``scalars`` is the arithmetic
    of scalar code, where that is another. ``spoil`` is the index of an output whose last bit is turned.
    """

    init_ms = 1.0
    runs_directly = False
    clock = staticmethod(lambda: 0)

    def __init__(
        self,
        arithmetic: type[Arithmetic] = Arithmetic,
        language: shaders.Language = "wgsl",
        promises: bool = False,
        divides: bool = False,
        answer: Callable[[np.ndarray], np.ndarray] | None = None,
        scalars: type[Arithmetic] | None = None,
    ) -> None:
        self.arithmetic, self.language, self.answer = arithmetic, language, answer
        self.scalars = scalars or arithmetic
        self.adapter = adapter(
            "opencl:0" if language == "cl" else "vulkan:0", promises_rounding=promises, promises_division=divides
        )
        self.guards: list[int] = []
        self.spoil: tuple[int, int, int, int] | None = None
        self.open_programs = 0

    def prepare(self, plan: Plan) -> ProbeProgram:
        (guard,) = {dict(step.all_constants)["GUARD"] for step in plan.steps}
        self.guards.append(guard)
        self.open_programs += 1
        return ProbeProgram(self, guard, len(plan.steps))

    def close(self) -> None:
        pass


class ProbeProgram(MemoryProgramBase):
    def __init__(self, device: ProbedDevice, guard: int, launches: int) -> None:
        self.device = device
        wgsl = device.language == "wgsl"
        self.arithmetic = [of_code(guard, wgsl) for of_code in (device.scalars, device.arithmetic)][:launches]

    def run(self, inputs: Inputs, times: int = 1) -> None:
        rows = inputs["uniforms"]
        assert (inputs["own"] == rows[..., np.newaxis]).all()
        self.outputs = np.stack([spread(self._outputs(arithmetic, rows)) for arithmetic in self.arithmetic])
        if self.device.spoil is not None:
            self.outputs[self.device.spoil] ^= 1

    def _outputs(self, arithmetic: Arithmetic, rows: np.ndarray) -> np.ndarray:
        if self.device.answer is not None:
            return self.device.answer(rows)
        return np.array([[bits(y) for y in outputs(arithmetic, exact(row))] for row in rows], dtype=np.uint32)

    def read(self, names: tuple[str, ...]) -> Arrays:
        assert names == ("outputs",)
        return {"outputs": self.outputs}

    def close(self) -> None:
        self.device.open_programs -= 1


def spread(rows: np.ndarray) -> np.ndarray:
    """The outputs of a launch whose probes and controls have these outputs, in every group and element."""
    return np.repeat(np.tile(rows.T, GROUPS // 2)[..., np.newaxis], ELEMENTS, axis=2)
