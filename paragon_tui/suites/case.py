"""What is measured: an operation at one size. Listing cases loads no numeric library."""

from dataclasses import dataclass
from typing import Literal

DTYPES = ("f32", "f16", "i8")
"""What a case can be computed in; the first is the usual."""

VARIANTS = ("default", "plain", "barriers", "tiled", "vector", "for-loop")
"""Ways to write the kernels: the canonical ones, the naive one, and the textbook's. The first is the usual.

The last three are those of networks in batch: tiles in registers, cooperating lanes, and a thread for each sample.
"""

USUAL = frozenset({"default", "tiled"})
"""The variants that are the usual ones of their operations: a name that says nothing else means these."""

Tier = Literal["integer", "exact", "guarded", "plain"]

Chain = Literal["multiply-then-add", "fma", "neither"]
"""What a compiler made of the naive kernel's ``acc += w*x``, told from the bits of its result."""


@dataclass(frozen=True, slots=True, order=True)
class Arithmetic:
    """What a case is computed in: a dtype, and how the kernels are written."""

    dtype: str = DTYPES[0]
    variant: str = VARIANTS[0]


@dataclass(frozen=True, slots=True)
class Case:
    """An operation at one size: ``id`` is what people type, ``shape`` what the operation makes of its size.

    ``sizes`` are the names of its size, the first as it is shown: ``("1024x1024", "small")``. ``batch`` is the number
    of samples that a network's run takes.
    """

    suite: str
    id: str
    operation: str
    shape: tuple[int, ...]
    sizes: tuple[str, ...] = ()
    batch: int = 1

    @property
    def size(self) -> str:
        """What its size is called."""
        return self.sizes[0] if self.sizes else self.id


@dataclass(frozen=True, slots=True)
class Cost:
    """What a case takes at least, however it is computed: additions and multiplications, and bytes moved."""

    operations: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Work:
    """What a run gets done, in the unit in which people count it: ``count`` of ``unit``, such as 256 samples."""

    count: float
    unit: str


@dataclass(frozen=True, slots=True)
class TrainingSchedule:
    """A training from its beginning to its end: ``steps``, looked at after every ``every`` of them.

    A run that is timed is ``timed`` steps, from the beginning.
    """

    steps: int
    every: int
    timed: int


@dataclass(frozen=True, slots=True)
class Suite:
    """A named list of cases. ``fast`` are the sizes that a fast run measures where none is named; empty: all."""

    name: str
    cases: tuple[Case, ...]
    fast: frozenset[str] = frozenset()
