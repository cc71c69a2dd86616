"""Fingerprints: plain data about an adapter's arithmetic, as ``probes.py`` and ``host_probes.py`` observe it."""

from dataclasses import dataclass
from typing import Literal

Standing = Literal["guaranteed", "observed", "not here"]
"""Guaranteed by the API's specification and observed; only observed; or observed not to hold, so nothing is claimed."""

STANDINGS: tuple[Standing, ...] = ("guaranteed", "observed", "not here")
"""All of them, the strongest first."""
CLAIMED: tuple[Standing, ...] = ("guaranteed", "observed")
"""The standings with which a result claims the reference's bits."""

HOST_REMEDY = (
    "a library in the process has changed how the processor rounds or flushes, or NumPy is damaged: run without what "
    "is preloaded or was built with -ffast-math, or install NumPy anew"
)
"""What may be wrong, and what to do, where a probe of the host's own arithmetic fails."""


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """The result of one probe; ``value`` and ``expected`` are bit patterns.

    ``value`` is the first wrong one of all elements and forms of the probe, if there is one. ``control`` is true if the
    same code gave its other answer on other data, as a failing device would: without that the probe proves nothing.
    ``required`` names the tiers that depend on the probe, none if it is only for information. ``only_in``
    names the forms of code in which it does not hold, none if it holds in all or in none.
    """

    name: str
    value: str
    expected: str
    control: bool
    required: tuple[str, ...]
    only_in: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """True if both the probe and its control gave the expected values."""
        return self.control and self.value == self.expected

    def __str__(self) -> str:
        """Return the name, and where the probe does not hold: ``no contraction (in vectors)``."""
        return f"{self.name} (in {' and '.join(self.only_in)})" if self.only_in else self.name


@dataclass(frozen=True, slots=True)
class Tiers:
    """The standing of each tier of NUMERICS.md section 1: whether bit identity can be claimed on this adapter."""

    integer: Standing
    exact: Standing
    guarded: Standing

    def standing(self, tier: str) -> Standing:
        """Return the standing of ``tier``; the naive kernel (``plain``) claims nothing on any adapter."""
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
    """The probes of one adapter.

    Its kernels are built with ``guard`` as the constant ``GUARD`` (``shaders``). ``has_kernels`` is false for the host,
    where NumPy is probed.
    """

    guard: int
    probes: tuple[ProbeResult, ...]
    tiers: Tiers
    has_kernels: bool = True

    def __str__(self) -> str:
        """Return the required probes, then the others: ``11 of 11 probes pass; subnormal operands kept: no``, …."""
        required = [probe for probe in self.probes if probe.required]
        failing = [str(probe) for probe in required if not probe.holds]
        text = f"{len(required) - len(failing)} of {len(required)} probes pass"
        if failing:
            text += f" (failing: {', '.join(failing)})"
        informative = [f"{probe.name}: {'yes' if probe.holds else 'no'}" for probe in self.probes if not probe.required]
        return "; ".join([text, *informative])
