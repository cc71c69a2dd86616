"""A pretend workload of three variants, and one of a training: they have names and a schedule, and compute nothing."""

from __future__ import annotations

import pytest

from paragon_tui.operators.graph import Graph
from paragon_tui.operators.operator import Cost, Tier
from paragon_tui.suites.case import Case, TrainingSchedule
from paragon_tui.suites.workloads.registry import WORKLOADS
from paragon_tui.suites.workloads.workload import Trained, Workload

TEXTBOOK = Case("mlp", "textbook-small", "textbook", (8, 8, 2), ("small", "8x8x2"), 256)


class Textbook(Workload):
    """Three variants, which take a batch."""

    takes_batch = True

    def graph(self, case: Case, dtype: str) -> Graph:
        raise NotImplementedError("the textbook computes nothing")

    def describe(self, case: Case) -> str:
        return " → ".join(map(str, case.shape))

    def variants(self, dtype: str) -> tuple[str, ...]:
        return {"f32": ("tiled", "vector", "for-loop"), "f16": ("tiled", "vector")}.get(dtype, ())

    def cost(self, case: Case, dtype: str) -> Cost:
        return Cost(case.batch, case.batch)

    def tier(self, case: Case, dtype: str, variant: str) -> Tier:
        return "guarded"


class Lesson(Textbook, Trained):
    """A training: all that its rate needs is the schedule."""

    def schedule(self, case: Case) -> TrainingSchedule:
        return TrainingSchedule(steps=200, every=100, timed=50)


def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Register the workload ``textbook``."""
    monkeypatch.setitem(WORKLOADS, "textbook", Textbook())
