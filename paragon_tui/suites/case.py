"""What is measured: an operation at one size. Listing cases loads no numeric library."""

from dataclasses import dataclass
from typing import Literal

Tier = Literal["integer", "exact", "guarded", "plain"]


@dataclass(frozen=True, slots=True)
class Case:
    """An operation at one size: ``id`` is what people type, ``shape`` what the operation makes of its size."""

    suite: str
    id: str
    operation: str
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Suite:
    """A named list of cases."""

    name: str
    cases: tuple[Case, ...]
