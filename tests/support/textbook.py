"""A fake operation with three variants: it has their names and a training schedule, and computes nothing."""

from __future__ import annotations

import pytest

from paragon_tui.suites import families
from paragon_tui.suites.case import Case, TrainingSchedule

TEXTBOOK = Case("mlp", "textbook-small", "textbook", (8, 8, 2), ("small", "8x8x2"), 256)


def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Register this module as the operation ``textbook``, which takes a batch."""
    monkeypatch.setitem(families.MODULES, "textbook", __name__)


def variants(dtype: str) -> tuple[str, ...]:
    return {"f32": ("tiled", "vector", "for-loop"), "f16": ("tiled", "vector")}.get(dtype, ())


class Lesson:
    """The schedule of a training: all that its rate needs."""

    @staticmethod
    def schedule(case: Case) -> TrainingSchedule:
        return TrainingSchedule(steps=200, every=100, timed=50)
