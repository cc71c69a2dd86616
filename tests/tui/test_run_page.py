"""What a person does with a run: holds it, skips a case, goes on, measures again; and how results are shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from textual.pilot import Pilot

from paragon_tui.tui.app import ParagonApp
from paragon_tui.tui.model import Model
from paragon_tui.tui.widgets.results_table import ResultsTable
from tests.support.screen_sources import ScriptedSource
from tests.tui.conftest import WIDE, Make, every_size, finished, notified, searched, text_of, until


async def ready(pilot: Pilot[int], app: ParagonApp) -> None:
    await until(pilot, lambda: searched(app))


async def measured(pilot: Pilot[int], app: ParagonApp) -> None:
    await ready(pilot, app)
    await pilot.press("r")
    await until(pilot, lambda: finished(app))
    table = app.main.query_one(ResultsTable)
    table.focus()
    table.select("L2", "opencl:0")
    await pilot.pause()


def statuses(app: ParagonApp) -> set[str]:
    return {result.status for result in app.model.session.results.values()}


def line_of(app: ParagonApp, case: str) -> str:
    return next(line for line in text_of(app).splitlines() if f" {case} " in f" {line.split('│')[-1]} ")


@every_size
async def test_measuring_is_held_and_goes_on(size: tuple[int, int], make: Make) -> None:
    app = make(ScriptedSource(hold_run_at="M1 on opencl:0"))
    async with app.run_test(size=size) as pilot:
        await ready(pilot, app)
        await pilot.press("p")
        assert "Nothing is measured" in notified(app)
        await pilot.press("r")
        await until(pilot, lambda: app.model.progress()[0] > 10)
        await pilot.press("p")
        await pilot.pause()
        assert "measuring is held; p goes on" in text_of(app)
        assert app._run is not None and app._run.held  # type: ignore[attr-defined]
        await pilot.press("p")
        await pilot.pause()
        assert "held" not in text_of(app)
        assert not app._run.held  # type: ignore[attr-defined]


async def test_time_that_is_held_is_no_time_of_the_run(tmp_path: Path) -> None:
    now = [0.0]
    model = Model(("host",), tmp_path / "sessions.sqlite3", lambda: now[0])
    model.begin_run()
    now[0] = 10.0
    model.hold(True)
    now[0] = 610.0
    assert model.held and model.elapsed_s == 10.0
    model.hold(False)
    now[0] = 615.0
    assert not model.held and model.elapsed_s == 15.0
    model.hold(True)
    model.end_run()
    assert not model.held and model.last_run_s == 15.0


async def test_a_case_is_skipped_and_the_next_is_measured(make: Make) -> None:
    app = make(ScriptedSource(hold_run_at="M1 on opencl:0"))
    async with app.run_test(size=WIDE) as pilot:
        await ready(pilot, app)
        await pilot.press("r")
        await until(pilot, lambda: app.model.running() is not None and app.model.progress()[0] > 10)
        await pilot.press("S")
        await until(pilot, lambda: finished(app))
        assert "Skipping M1" in notified(app)
        skipped = [result for result in app.model.session.listed if result.status == "stopped"]
        assert [str(result.id) for result in skipped] == ["M1 on opencl:0"]


@every_size
async def test_a_stopped_run_goes_on_where_it_stood(size: tuple[int, int], make: Make) -> None:
    app = make(ScriptedSource(hold_run_at="M1 on opencl:0"))
    async with app.run_test(size=size) as pilot:
        await ready(pilot, app)
        await pilot.press("o")
        assert "no stopped run" in notified(app)
        await pilot.press("r")
        await until(pilot, lambda: app.model.progress()[0] > 10)
        await pilot.press("X", "y")
        await until(pilot, lambda: finished(app) and app._run is None)
        assert "stopped (o goes on)" in text_of(app)
        stopped = app.model.session
        kept = {id_: result for id_, result in stopped.results.items() if result.id.case in ("S1", "S2", "S3")}
        assert {result.status for result in kept.values()} == {"ok"} and "stopped" in statuses(app)
        await pilot.press("o")
        await until(pilot, lambda: finished(app) and app._run is None)
        session = app.model.session
        assert session.id != stopped.id and "stopped" not in statuses(app)
        assert {id_: session.results[id_] for id_ in kept} == {
            id_: replace(result, measured_in=stopped.id) for id_, result in kept.items()
        }
        assert stopped.interrupted


async def test_the_selected_case_and_what_failed_are_measured_again(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await measured(pilot, app)
        first = app.model.session
        await pilot.press("y")
        await until(pilot, lambda: finished(app) and app._run is None)
        assert first.id != app.model.session.id
        again = {id_ for id_, result in app.model.session.results.items() if result.measured_in is None}
        assert {id_.case for id_ in again} == {"L2"} and len(again) == 5
        await pilot.press("Y")
        await until(pilot, lambda: finished(app) and app._run is None)
        again = {id_ for id_, result in app.model.session.results.items() if result.measured_in is None}
        assert {id_.case for id_ in again} == {"M3", "S2"}  # one failed, and one was doubtful


@every_size
async def test_another_figure_is_shown(size: tuple[int, int], make: Make) -> None:
    app = make()
    async with app.run_test(size=size) as pilot:
        await measured(pilot, app)
        seen = []
        for _ in range(6):
            line = next(line for line in text_of(app).splitlines() if "Results: " in line)
            seen.append((line.split("Results: ")[1].strip(" ─━").split("·")[0].strip(" ─━"), line_of(app, "L2")))
            await pilot.press("u")
            await pilot.pause()
        assert [unit for unit, _ in seen] == ["latency", "device time", "FLOP/s", "B/s", "per second", "times NumPy"]
        assert "14.5  ms" in seen[0][1] and "16.2  ms" in seen[1][1]
        assert " G " in seen[2][1] or " M " in seen[2][1]
        assert len({line for _, line in seen}) == 6
        assert "Results: latency" in text_of(app)


async def test_another_adapter_is_the_baseline(make: Make) -> None:
    app = make()
    async with app.run_test(size=(150, 36)) as pilot:
        await measured(pilot, app)
        assert "slower than numpy" in text_of(app)
        await pilot.press("B")
        await pilot.pause()
        assert "slower than opencl:0" in text_of(app)
        row = line_of(app, "L2")
        figures = row.split("L2 ")[1].split()
        assert figures[:2] == ["16.2", "ms"], "the baseline stands first and is pinned"
        assert "14.5  ms  1.1×↑" in row and "18.0  ms  1.1×↓" in row
        await pilot.press("B")
        await pilot.pause()
        assert "slower than numpy" in text_of(app)


@every_size
async def test_rows_are_filtered_by_words(size: tuple[int, int], make: Make) -> None:
    app = make()
    async with app.run_test(size=size) as pilot:
        await measured(pilot, app)
        for words, rows in (("failed", ["M3"]), ("wrong bits", ["M1"]), ("doubtful", ["S2"]), ("xl2", ["XL2"])):
            await pilot.press("slash", *words)
            await pilot.pause()
            assert [*app.main.query_one(ResultsTable)._cases] == rows
            assert "1 of 10 rows" in text_of(app)
            await pilot.press("enter", "escape")
            await pilot.pause()
            assert len(app.main.query_one(ResultsTable)._cases) == 10


async def test_noisy_results_are_counted_and_listed(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await measured(pilot, app)
        assert "47 of 50 clean, 1 doubtful (!), 1 with wrong bits, 1 failed" in text_of(app)
        await pilot.press("N")
        await pilot.pause()
        assert [*app.main.query_one(ResultsTable)._cases] == ["S2"]
        await pilot.press("N")
        await pilot.pause()
        assert len(app.main.query_one(ResultsTable)._cases) == 10


async def test_the_chooser_folds_away(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await measured(pilot, app)
        before = app.main.query_one(ResultsTable).size.width
        await pilot.press("t")
        await pilot.pause()
        assert app.main.query_one(ResultsTable).size.width > before + 15
        await pilot.press("t")
        await pilot.pause()
        assert app.main.query_one(ResultsTable).size.width == before
