"""A ratio to a baseline in the words of both predecessors, and whether the ratio's interval carries the word.

The words are trueno's (faster, within 20 %, slower; a success is 80 % of the operations within 20 %) and Genesis's
(excellent, good, fair, needs work). trueno counted what was much faster as a failure; here faster counts as within.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paragon_tui.engine.messages.figures import Ratio

WITHIN = 1 / 1.2
"""The least ratio of what is within 20 %: it takes at most 1.2 times as long."""

SUCCESS = 0.8
"""The share of operations within 20 % that makes a success."""

_ABOVE_ONE = math.nextafter(1.0, 2.0)

SPEEDS = ((_ABOVE_ONE, "faster"), (WITHIN, "within 20 %"), (0.0, "slower"))
"""trueno's words, each with the least ratio that earns it."""

BANDS = ((0.8, "excellent"), (0.5, "good"), (0.2, "fair"), (0.0, "needs work"))
"""Genesis's words, likewise."""


@dataclass(frozen=True, slots=True)
class Grade:
    """A word for a median; ``sure`` where the whole 95 % interval earns the same, and there is one."""

    word: str
    sure: bool

    def __str__(self) -> str:
        return self.word if self.sure else f"{self.word} ?"


def grade(ratio: Ratio, words: Sequence[tuple[float, str]]) -> Grade:
    """The word of a ratio (above 1: faster than the baseline) on one of the scales above."""
    word = _word(ratio.value, words)
    ends = (ratio.interval.low, ratio.interval.high) if ratio.interval else ()
    return Grade(word, bool(ends) and all(_word(end, words) == word for end in ends))


def _word(value: float, words: Sequence[tuple[float, str]]) -> str:
    return next(word for least, word in words if value >= least)
