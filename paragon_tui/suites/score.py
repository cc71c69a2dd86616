"""How many of its samples a trained network answers right, and what it answers where they are few."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import msgspec

Count = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


@dataclass(frozen=True, slots=True)
class Prediction:
    """The answer to one sample: its ``inputs``, the ``wanted`` class, the network's ``output``, the class it means."""

    inputs: tuple[float, ...]
    wanted: Count
    output: float
    answer: Count

    @property
    def right(self) -> bool:
        """True if the answer is the wanted one."""
        return self.answer == self.wanted


@dataclass(frozen=True, slots=True)
class Score:
    """The number of ``samples``, how many of them are answered ``right``, and the answers to each where kept."""

    right: Count
    samples: Count
    predictions: tuple[Prediction, ...] = ()

    @property
    def accuracy(self) -> float:
        """The share of samples that are answered right, 0 to 1; 0 where there are none."""
        return self.right / max(1, self.samples)
