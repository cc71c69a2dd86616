"""A training on the screen: its curve, its speed and its digests as it goes, and a view that is held still."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
from rich.text import Text
from textual.pilot import Pilot

from paragon_tui.backends.adapter import Adapter
from paragon_tui.engine.messages.events import CheckpointReached, Planned
from paragon_tui.engine.messages.job import JobId
from paragon_tui.engine.results.result import Result, planned_result
from paragon_tui.suites.score import Prediction, Score
from paragon_tui.suites.training import SUITE
from paragon_tui.tui.app import ParagonApp
from paragon_tui.tui.widgets.results_table import ResultsTable
from paragon_tui.tui.widgets.tick_tree import TickTree
from paragon_tui.tui.widgets.training import training
from paragon_tui.tui.widgets.vectors import Bars
from tests.support.screen_sources import ADAPTERS, FakeBackendSource
from tests.support.sessions import changed
from tests.tui.conftest import Make, text_of, until

XOR = SUITE.cases[0]
ID = JobId("training", "train-xor", "f32", "default", "reference")


def result(*checkpoints: CheckpointReached, adapter: Adapter = ADAPTERS[1], **changes: Any) -> Result:
    plan = Planned(replace(ID, adapter=adapter.id), XOR, adapter, "2 → 8 → 1", 0.1, "guarded")
    usual = reduce(Result.after, checkpoints, planned_result(plan))
    return changed(usual, **({"standing": "guaranteed"} | changes))


def checkpoint(
    step: int,
    digest: str = "b0e9" * 16,
    losses: tuple[float, ...] = (0.5, 0.25),
    score: Score | None = None,
) -> CheckpointReached:
    return CheckpointReached(ID, step, 1000, losses, digest, "b0e9" * 16, step / 500, score)


def words(lines: list[Text]) -> str:
    return "\n".join(line.plain for line in lines)


def test_before_the_first_checkpoint_it_says_so() -> None:
    assert words(training(result(), 30)) == "Not trained yet."
    assert words(training(result(status="failed", error="the device was lost"), 30)) == "the device was lost"


def test_the_latest_checkpoint_tells_how_far_and_how_fast() -> None:
    shown = words(training(result(checkpoint(100), checkpoint(200)), 30))
    assert "200 of 1,000 steps · 500 steps/s" in shown
    assert shown.endswith("   200      0.25 ✓ b0e9b0\n   100      0.25 ✓ b0e9b0")


def test_parameters_that_differ_stand_beside_the_references() -> None:
    lines = training(result(checkpoint(100), checkpoint(200, digest="44b4" * 16)), 30)
    assert lines[-2].plain == "   200      0.25 ≠ 44b444 b0e9b0"
    assert [span.style for span in lines[-2].spans] == ["dim", "red", "dim"]
    unclaimed = training(result(checkpoint(100, digest="44b4" * 16), standing=None), 30)
    assert "red" not in [span.style for span in unclaimed[-1].spans]


def test_accuracy_stands_beside_the_loss_and_answers_below() -> None:
    answers = tuple(
        Prediction((float(a), float(b)), a ^ b, output, int(output > 0.5))
        for (a, b), output in {(0, 0): 0.02, (0, 1): 0.9, (1, 0): 0.4, (1, 1): -0.12}.items()
    )
    score = Score(3, 4, answers)
    lines = training(result(checkpoint(100, score=Score(1, 4)), checkpoint(200, "44b4" * 16, score=score)), 32)
    shown = [line.plain for line in lines]
    begin = shown.index("3 of 4 right, 75.0 %")
    assert shown[begin + 1 :] == [
        "0 0 → 0.020 ✓   0 1 → 0.900 ✓",
        "1 0 → 0.400 ✗   1 1 → -0.120 ✓",
        "   200      0.25 75.0 % ≠ 44b444",
        "   100      0.25 25.0 % ✓ b0e9b0",
    ]
    assert max(map(len, shown)) <= 32
    wide = training(result(checkpoint(200, "44b4" * 16, score=score)), 39)
    assert wide[-1].plain == "   200      0.25 75.0 % ≠ 44b444 b0e9b0"


@pytest.mark.parametrize("losses", [(float("nan"),), (float("inf"), 0.0)])
def test_a_loss_that_is_no_number_is_shown_as_it_is(losses: tuple[float, ...]) -> None:
    assert str(losses[-1]).removesuffix(".0") in words(training(result(checkpoint(100, losses=losses)), 30))


async def trained(app: ParagonApp, pilot: Pilot[int]) -> None:
    """Start XOR on the host's adapters."""
    await until(pilot, lambda: not app.model.searching)
    cases, adapters = (app.main.query_one(name, TickTree) for name in ("#cases", "#adapters"))
    cases.tick(app.main.ticked_cases, on=False)
    cases.tick(("train-xor",), on=True)
    adapters.tick(app.main.ticked_adapters, on=False)
    adapters.tick(("numpy", "reference"), on=True)
    await pilot.press("r")


@pytest.mark.usefixtures("fake_path")
async def test_the_view_is_held_while_the_run_goes_on_and_shows_the_course_behind_it(
    make: Make, tmp_path: Path
) -> None:
    app = make(FakeBackendSource(tmp_path / "reference"))
    async with app.run_test(size=(120, 50)) as pilot:
        await trained(app, pilot)
        await until(pilot, lambda: app.model.session.results)
        await pilot.press("P")
        await pilot.pause()
        before = text_of(app)
        assert "View paused; P resumes" in before
        await until(pilot, lambda: app.model.session.finished and app._run is None, seconds=60)
        meanwhile = text_of(app)
        assert meanwhile.splitlines()[1:20] == before.splitlines()[1:20]
        assert "1,000 of 1,000 steps" not in meanwhile
        await pilot.press("P")
        await pilot.pause()
        app.main.query_one(ResultsTable).select("train-xor", "reference")
        await pilot.pause()
        shown = text_of(app)
        assert "paused" not in shown
        assert "train-xor on reference─" in shown and "1,000 of 1,000 steps" in shown
        assert "4 of 4 right, 100 %" in shown and "1 0 → 0.984 ✓  1 1 → 0.016 ✓" in shown
        assert shown.count("✓ ") >= 5
        assert any("⠀" < character <= "⣿" for character in shown)
        assert not app.main.query_one(Bars).display
        await pilot.resize_terminal(80, 24)  # its tab is hidden at first
        back, forth = "left_square_bracket", "right_square_bracket"
        for key in (forth, forth, back, forth):
            await pilot.press(key)
            await pilot.pause()
        assert max(line.rfind("step 1,000") for line in text_of(app).splitlines()) > 20
        await app.stop_probing()  # it goes on behind the run; its process would outlive the loop of the test
