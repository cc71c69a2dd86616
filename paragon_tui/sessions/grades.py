"""Grades: a ratio to a baseline in the words of both predecessors, and whether its interval supports the word.

The words are trueno's (faster, within 20 %, slower; a success is 80 % of the operations within 20 %) and Genesis's
(excellent, good, fair, needs work). trueno counted a much faster result as a failure; here faster counts as within.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paragon_tui.engine.messages.figures import Ratio

WITHIN = 1 / 1.2
"""The least ratio within 20 %: a time at most 1.2 times the baseline's."""

SUCCESS = 0.8
"""The least share of operations within 20 % for a success."""

_ABOVE_ONE = math.nextafter(1.0, 2.0)

SPEEDS = ((_ABOVE_ONE, "faster"), (WITHIN, "within 20 %"), (0.0, "slower"))
"""trueno's words, each after the least ratio that earns it."""

BANDS = ((0.8, "excellent"), (0.5, "good"), (0.2, "fair"), (0.0, "needs work"))
"""Genesis's words, each after the least ratio that earns it."""


@dataclass(frozen=True, slots=True)
class Grade:
    """A word for a median; ``sure`` if there is a 95 % interval and all of it earns the same word."""

    word: str
    sure: bool

    def __str__(self) -> str:
        return self.word if self.sure else f"{self.word} ?"


def grade(ratio: Ratio, scale: Sequence[tuple[float, str]]) -> Grade:
    """Return the grade of a ratio (above 1: faster than the baseline) on ``SPEEDS`` or ``BANDS``."""
    word = _word(ratio.value, scale)
    ends = (ratio.interval.low, ratio.interval.high) if ratio.interval else ()
    return Grade(word, bool(ends) and all(_word(end, scale) == word for end in ends))


def _word(value: float, scale: Sequence[tuple[float, str]]) -> str:
    return next(word for least, word in scale if value >= least)
