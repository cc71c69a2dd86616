"""Suites, cases and the arithmetic to compute them in. Listing cases loads no numeric library."""

from dataclasses import dataclass
from typing import Literal

DTYPES = ("f32", "f16", "i8")
"""The dtypes that a case can be computed in; the first is the usual one."""

VARIANTS = ("default", "plain", "barriers", "tiled", "vector", "for-loop")
"""The ways to write the kernels: canonical, naive, and the textbook's. The first is the usual one.

The last three are for batched networks: tiles in registers, cooperating lanes, and one thread per sample.
"""

USUAL = frozenset({"default", "tiled"})
"""The usual variants of their operations: a name without a variant means these."""

Chain = Literal["multiply-then-add", "fma", "neither"]
"""The arithmetic that a compiler made of the naive kernel's ``acc += w*x``, deduced from the bits of its result."""


@dataclass(frozen=True, slots=True, order=True)
class Arithmetic:
    """The arithmetic of a case: a dtype and a variant of the kernels."""

    dtype: str = DTYPES[0]
    variant: str = VARIANTS[0]


@dataclass(frozen=True, slots=True)
class Case:
    """An operation at one size: ``id`` is what users type, ``shape`` the size in the operation's own terms.

    ``sizes`` are the names of the size, the first one as it is shown: ``("1024x1024", "small")``. ``batch`` is the
    number of samples in a network's run.
    """

    suite: str
    id: str
    operation: str
    shape: tuple[int, ...]
    sizes: tuple[str, ...] = ()
    batch: int = 1

    @property
    def size(self) -> str:
        """The name of the size."""
        return self.sizes[0] if self.sizes else self.id


@dataclass(frozen=True, slots=True)
class Work:
    """The work of a run in the unit that users count: ``count`` of ``unit``, such as 256 samples."""

    count: float
    unit: str


@dataclass(frozen=True, slots=True)
class TrainingSchedule:
    """A whole training: ``steps`` steps, with a checkpoint after every ``every`` of them.

    A timed run does ``timed`` steps from the beginning.
    """

    steps: int
    every: int
    timed: int


@dataclass(frozen=True, slots=True)
class Suite:
    """A named list of cases. ``fast``: the sizes that a fast run measures if no case is named; empty means all."""

    name: str
    cases: tuple[Case, ...]
    fast: frozenset[str] = frozenset()
