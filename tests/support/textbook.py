"""An operation of three textbook variants, of which nothing but the names and the course is there."""

from __future__ import annotations

import pytest

from paragon_tui.suites import families
from paragon_tui.suites.case import Case, TrainingSchedule

TEXTBOOK = Case("mlp", "textbook-small", "textbook", (8, 8, 2), ("small", "8x8x2"), 256)


def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this module be the operation ``textbook``, which takes a batch."""
    monkeypatch.setitem(families.MODULES, "textbook", __name__)


def variants(dtype: str) -> tuple[str, ...]:
    return {"f32": ("tiled", "vector", "for-loop"), "f16": ("tiled", "vector")}.get(dtype, ())


class Lesson:
    """A training, as far as its rate goes."""

    @staticmethod
    def schedule(case: Case) -> TrainingSchedule:
        return TrainingSchedule(steps=200, every=100, timed=50)
