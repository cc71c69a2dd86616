"""What an adapter's arithmetic was seen to do: plain data, made by ``backends/probes.py``."""

from dataclasses import dataclass
from typing import Literal

Standing = Literal["guaranteed", "observed", "not here"]
"""Guaranteed by the API's specification and seen; seen only; or seen not to hold, so that nothing is claimed."""


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """One probe: ``value`` and ``expected`` are bit patterns.

    ``control`` says whether the same code, given other data, came out as a failing device would: without that the
    probe proves nothing. ``required`` names the tiers that rest on it, none where it is only told.
    """

    name: str
    value: str
    expected: str
    control: bool
    required: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether it came out as expected, and its control the other way."""
        return self.control and self.value == self.expected


@dataclass(frozen=True, slots=True)
class Tiers:
    """For each tier of NUMERICS.md section 1 whether identity can be claimed here."""

    integer: Standing
    exact: Standing
    guarded: Standing

    def standing(self, tier: str) -> Standing:
        """The standing of ``tier``; the naive kernel (``plain``) claims nothing anywhere."""
        match tier:
            case "integer":
                return self.integer
            case "exact":
                return self.exact
            case "guarded":
                return self.guarded
            case _:
                return "not here"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What was seen of one adapter. ``guard`` is the constant ``GUARD`` (``shaders``) its kernels are built with."""

    guard: int
    probes: tuple[ProbeResult, ...]
    tiers: Tiers

    def __str__(self) -> str:
        """``11 of 11 probes hold; subnormal operands kept: no``, …: those that are required, then those only told."""
        required = [probe for probe in self.probes if probe.required]
        failing = [probe.name for probe in required if not probe.holds]
        seen = f"{len(required) - len(failing)} of {len(required)} probes hold"
        if failing:
            seen += f" (not: {', '.join(failing)})"
        told = [f"{probe.name}: {'yes' if probe.holds else 'no'}" for probe in self.probes if not probe.required]
        return "; ".join([seen, *told])


CANONICAL_HOST = Fingerprint(0, (), Tiers("guaranteed", "guaranteed", "guaranteed"))
"""The NumPy reference: each of its operations is one IEEE 754 operation of its own."""
