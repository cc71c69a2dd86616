"""Every key does what the help says."""

from __future__ import annotations

import asyncio
import csv
import gc
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from paragon_tui.engine.messages.events import AdapterFound, Log
from paragon_tui.engine.messages.job import Sampling
from paragon_tui.engine.runner.discovery import DiscoveryEvent
from paragon_tui.engine.runner.requests import Selection
from paragon_tui.sessions.lock import MeasuringLock
from paragon_tui.tui.actions import ACTIONS
from paragon_tui.tui.app import ParagonApp
from paragon_tui.tui.dialogs.help import HelpScreen, sections
from paragon_tui.tui.dialogs.question import Question
from paragon_tui.tui.dialogs.turn import TurnScreen
from paragon_tui.tui.pages.adapters import AdaptersPage
from paragon_tui.tui.widgets.results_table import ResultsTable
from paragon_tui.tui.widgets.tick_tree import TickTree
from tests.support.screen_sources import ADAPTERS, ScriptedRun, ScriptedSource
from tests.tui.conftest import WIDE, Make, finished, notified, searched, text_of, until, until_left

CASES = ["S1", "S2", "S3", "M1", "M2", "M3", "L1", "L2", "XL1", "XL2"]


async def test_at_first_the_usual_suite_is_ticked_on_every_adapter(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        assert app.main.ticked_cases == CASES
        assert app.main.ticked_adapters == [adapter.id for adapter in ADAPTERS]


async def test_what_was_unticked_is_so_at_the_next_launch(make: Make) -> None:
    first = make()
    async with first.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(first))
        await pilot.press("down", "space")
        first.main.query_one("#adapters", TickTree).tick(["gl:0"], on=False)
        await pilot.press("q")
    second = make()
    async with second.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(second))
        assert second.main.ticked_cases == CASES[1:]
        assert second.main.ticked_adapters == ["numpy", "reference", "opencl:0", "vulkan:0"]


async def test_n_and_a_untick_and_tick_the_focused_list(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        await pilot.press("n")
        assert app.main.ticked_cases == []
        assert len(app.main.ticked_adapters) == 5
        app.main.query_one("#adapters").focus()
        await pilot.press("n")
        assert app.main.ticked_adapters == []
        await pilot.press("a")
        assert len(app.main.ticked_adapters) == 5
        app.main.query_one("#table").focus()
        await pilot.press("a")  # the focus is in no list: the cases are meant, of all suites
        assert len(app.main.ticked_cases) == 562


async def test_space_ticks_a_line_and_on_a_heading_everything_below(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        await pilot.press("down", "space")
        assert app.main.ticked_cases == CASES[1:]
        await pilot.press("up", "space")
        assert app.main.ticked_cases == CASES
        await pilot.press("space")
        assert app.main.ticked_cases == []


async def test_a_click_ticks(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        await pilot.click("#cases", offset=(6, 3))
        assert app.main.ticked_cases == ["S1", *CASES[2:]]


async def test_r_runs_everything_and_the_table_tells(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        await pilot.press("r")
        await until(pilot, lambda: app.model.session.finished)
        shown = text_of(app)
        assert all(case in shown for case in CASES)
        assert shown.count("✓") >= 38
        assert "≠4·3" in shown  # M1 on opencl:0
        assert "✗ failed" in shown  # M3 on gl:0
        assert "1 with wrong bits, 1 failed; first: M1 on opencl:0" in shown


async def test_r_before_all_adapters_are_found_starts_when_they_are(make: Make) -> None:
    hold = asyncio.Event()
    app = make(ScriptedSource(hold_discovery=hold))
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: True)
        await pilot.press("r")
        await pilot.pause()
        assert "The run starts when all adapters are found" in notified(app)
        assert not app.model.run_active
        hold.set()
        await until(pilot, lambda: app.model.session.finished)
        assert len(app.model.session.listed) == 50


async def test_arrows_choose_the_result_whose_vectors_are_shown(make: Make) -> None:
    app = make()
    async with app.run_test(size=(120, 50)) as pilot:
        await until(pilot, lambda: searched(app))
        await pilot.press("r")
        await until(pilot, lambda: app.model.session.finished)
        table = app.main.query_one(ResultsTable)
        table.focus()
        await pilot.press("home", *["left"] * 5, "right", "right", "down", "down", "down")
        await pilot.pause()
        assert table.selected == ("M1", "opencl:0")
        shown = text_of(app)
        assert "Softmax · M1 on opencl:0" in shown
        assert "≠ first at index 4, max 3 ULP" in shown
        await pilot.click("#table", offset=(45, 2))
        assert table.selected == ("S1", "opencl:0")


async def test_the_selection_follows_the_run_until_a_person_moves_it(make: Make) -> None:
    app = make(ScriptedSource(hold_run_at="S2 on opencl:0"))
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        table = app.main.query_one(ResultsTable)
        table.focus()
        await pilot.press("r")
        await until(pilot, lambda: table.selected == ("S2", "gl:0"))  # the last of its case to be compared
        await pilot.press("up")
        app.main._model.changed = True
        await until(pilot, lambda: not app.main._model.changed)
        assert table.selected == ("S1", "gl:0")
        await pilot.press("escape")


async def test_a_driver_that_repeats_itself_is_heard_once(make: Make) -> None:
    app = make()
    for text in ("no runtime folder", "no runtime folder", "another thing"):
        app.model.apply(Log("vulkan", "driver", text))
    assert [line.text for line in app.model.log] == ["vulkan: no runtime folder", "vulkan: another thing"]


async def test_r_without_ticks_says_what_is_missing(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        await pilot.press("n", "r")
        await pilot.pause()
        assert "No case is ticked" in notified(app)
        assert not app.model.run_active


async def test_r_counts_adapters_that_were_found_a_moment_ago(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        while app.model.searching:
            await pilot.pause(0.001)
        app.action_run()
        assert app.model.run_active, notified(app)
        await until(pilot, lambda: finished(app))


async def test_what_is_not_there_in_an_arithmetic_has_no_row_and_no_run(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        cases, arithmetic = (app.main.query_one(name, TickTree) for name in ("#cases", "#arithmetic"))
        cases.tick(cases.leaf_keys(), on=False)
        cases.tick(["tree-sum-10", "softmax-1k"], on=True)
        arithmetic.tick(["f16", "i8"], on=True)
        await until(pilot, lambda: "softmax-1k:f16" in text_of(app))
        shown = text_of(app)
        assert "tree-sum-10" in shown and "tree-sum-10:f16" not in shown and ":i8" not in shown
        cases.tick(["softmax-1k"], on=False)
        arithmetic.tick(["f32"], on=False)
        await pilot.press("r")
        await pilot.pause()
        assert "None of the ticked cases runs in the ticked arithmetic" in notified(app)
        assert not app.model.run_active and not app.model.session.id


async def test_x_asks_and_stops_and_what_was_measured_stays(make: Make) -> None:
    app = make(ScriptedSource(hold_run_at="S2 on opencl:0"))
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        await pilot.press("X")  # nothing to stop
        assert app.screen is app.main
        await pilot.press("r")
        await until(pilot, lambda: app.model.progress()[0] == 7)
        await pilot.press("r")
        assert "A run is in progress" in notified(app)
        await pilot.press("X")
        assert "7 of 50 results are done" in text_of(app)
        await pilot.press("n", "X", "escape")  # neither no nor esc stops anything
        assert app.screen is app.main and app.model.run_active
        await pilot.press("X", "right", "enter")
        await until(pilot, lambda: app.model.session.finished)
        assert app.model.session.interrupted
        measured = [r for r in app.model.session.listed if r.timings.latency_ms is not None]
        assert len(measured) == 8
        assert "stopped" in text_of(app)


async def test_escape_only_closes(make: Make) -> None:
    app = make(ScriptedSource(hold_run_at="S2 on opencl:0"))
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        await pilot.press("r")
        await until(pilot, lambda: app.model.progress()[0] == 7)
        await pilot.press("question_mark", "escape", "escape", "escape")
        await pilot.pause()
        assert app.screen is app.main
        assert app.model.run_active and not app.model.session.interrupted


@pytest.mark.parametrize("key", ["question_mark", "w", "b", "V"])
async def test_a_dialog_is_left_by_mouse_too(make: Make, key: str) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        for place in ("beside", "its own words"):
            await pilot.press(key)
            await pilot.pause()
            dialog = app.screen.query_one(".dialog")
            assert app.screen is not app.main
            x, y = dialog.region.center
            await pilot.click(offset=(int(x), int(y)))  # inside, nothing closes
            assert app.screen is not app.main
            if place == "beside":
                await pilot.click(offset=(1, 1))
            else:
                await pilot.click(offset=(dialog.region.right - 6, dialog.region.bottom - 1))
            await pilot.pause()
            assert app.screen is app.main, place


async def test_a_long_run_is_asked_for(make: Make) -> None:
    class Long(ScriptedSource):
        def expected(self, chosen: Selection, sampling: Sampling | None = None) -> tuple[int, float]:
            return 50, 400.0 if sampling is None else 12.0

    app = make(Long())
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        await pilot.press("r")
        assert "Measure for about 6 min 40 s?" in text_of(app) and "50 results" in text_of(app)
        await pilot.press("enter")  # the safe answer has the focus
        assert app.screen is app.main and not app.model.run_active
        await pilot.press("F")
        await until(pilot, lambda: finished(app))
        first = app.model.session
        await pilot.press("r", "y")
        await until(pilot, lambda: app.model.session is not first and finished(app))


async def test_that_no_gpu_was_found_is_told(make: Make) -> None:
    class Bare(ScriptedSource):
        async def discover(self) -> AsyncIterator[DiscoveryEvent]:
            async for event in super().discover():
                if not (isinstance(event, AdapterFound) and event.adapter.type.endswith("gpu")):
                    yield event

    for source, told in ((Bare(), True), (ScriptedSource(), False)):
        app = make(source)
        async with app.run_test(size=WIDE) as pilot:
            await until(pilot, partial(searched, app))
            assert any(line.text.startswith("no GPU was found") for line in app.model.log) == told


async def test_a_second_program_waits_for_its_turn(make: Make, tmp_path: Path) -> None:
    app, other = make(), MeasuringLock(tmp_path / "data")
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        assert other.acquire()
        await pilot.press("r")
        await pilot.pause()
        assert "Another paragon-tui is measuring" in text_of(app) and not app.model.run_active
        await pilot.press("n", "r", "y")  # not now; after all, at once
        await until(pilot, lambda: finished(app))
        assert any("another paragon-tui is measuring" in line.text for line in app.model.log)
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, TurnScreen))
        first = app.model.session
        other.release()
        await until(pilot, lambda: app.screen is app.main and app.model.session is not first and finished(app))


async def test_e_exports_where_it_says(make: Make, tmp_path: Path) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        await pilot.press("e")
        assert "Nothing to export yet" in notified(app)
        await pilot.press("r")
        await until(pilot, lambda: app.model.session.finished)
        await pilot.press("e")
        path = tmp_path / "exports" / "20261121-120000-beef.csv"
        assert str(path) in notified(app)
        rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
        assert len(rows) == 50
        assert list(rows[0])[:10] == [
            "id",
            "shape",
            "estMB",
            "cpu_ms",
            "gpu_ms",
            "speedup",
            "mae",
            "max",
            "gpu_init_ms",
            "adapter",
        ]


async def test_an_export_that_cannot_be_written_says_so_and_loses_nothing(make: Make, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    app = make(exports=tmp_path / "file" / "exports")
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        await pilot.press("r")
        await until(pilot, lambda: app.model.session.finished)
        await pilot.press("e")
        assert "Cannot write to" in notified(app) and "Nothing is lost" in notified(app)
        assert len(app.model.session.listed) == 50


async def test_a_store_that_cannot_be_written_is_in_the_log(make: Make, tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        await pilot.press("r")
        # The thread that writes tells it, when it comes to it.
        await until(pilot, lambda: any("sessions cannot be saved" in line.text for line in app.model.log))


async def test_c_copies_the_selected_result(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        await pilot.press("r")
        await until(pilot, lambda: app.model.session.finished)
        app.main.query_one(ResultsTable).select("S1", "numpy")
        await pilot.press("c")
        assert app.clipboard == (
            "S1: numpy 11.2 µs ★ ≠, reference 44.9 µs 1.9×↓ ✓, opencl:0 101 µs 1.0×= ✓, "
            "vulkan:0 180 µs 1.0×? ✓, gl:0 281 µs 2.3×↑ ✓"
        )
        await pilot.press("v", "c")
        assert app.clipboard.startswith("index\treference\tvalue") and len(app.clipboard.splitlines()) == 11


@pytest.mark.parametrize(("key", "dialog"), [("question_mark", HelpScreen), ("d", AdaptersPage)])
async def test_dialogs_open_and_close(key: str, dialog: type, make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        await pilot.press(key)
        assert isinstance(app.screen, dialog)
        await pilot.press("escape")
        assert app.screen is app.main


async def test_a_page_is_left_by_mouse_and_by_its_key(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        head = text_of(app).splitlines()[0]
        for leave in ("click", "1", "escape"):
            await pilot.click(offset=(head.index("Adapters"), 0))
            await pilot.pause()
            assert isinstance(app.screen, AdaptersPage)
            await pilot.press("r", "X", "a", "slash")  # keys of the run's page do nothing here
            assert isinstance(app.screen, AdaptersPage) and not app.model.run_active
            await (pilot.click(offset=(head.index("Run"), 0)) if leave == "click" else pilot.press(leave))
            await pilot.pause()
            assert not isinstance(app.screen, AdaptersPage), leave


async def test_q_leaves_at_once_where_nothing_runs(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        await pilot.press("q")
        assert not app.is_running or app._exit


async def test_q_asks_while_a_run_is_on_and_the_safe_answer_has_the_focus(make: Make) -> None:
    app = make(ScriptedSource(hold_run_at="S1 on gl:0"))
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        await pilot.press("r")
        await until(pilot, lambda: app.model.progress()[0] == 4)
        await pilot.press("q")
        dialog = app.screen
        assert isinstance(dialog, Question)
        assert dialog.focused is not None and dialog.focused.id == "no"
        await pilot.press("enter")
        assert app.screen is app.main and app.model.run_active
        await pilot.press("q", "y")
        await until_left(pilot)
        assert app.model.session.interrupted


async def test_leaving_waits_for_a_run_to_end_and_a_second_q_does_not(make: Make) -> None:
    class DeafRun(ScriptedRun):
        def stop(self) -> None:
            """Go on."""

    class Deaf(ScriptedSource):
        def run(self, chosen: Selection, sampling: Sampling | None = None) -> ScriptedRun:
            return DeafRun(self, chosen, sampling or Sampling())

    app = make(Deaf(hold_run_at="S1 on gl:0"))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: searched(app))
        await pilot.press("r")
        await until(pilot, lambda: app.model.progress()[0] == 4)
        await pilot.press("q", "y")
        await until(pilot, lambda: "finishing: saving the results; q quits at once" in text_of(app))
        assert not app._exit
        await pilot.press("q")
        assert app._exit


async def test_the_palette_has_every_action(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        offered = {command.title: command for command in app.get_system_commands(app.screen)}
        assert {action.label for action in ACTIONS} - {"Commands"} <= set(offered)
        offered["None"].callback()
        await pilot.pause()
        assert app.main.ticked_cases == []
        await pilot.press("ctrl+p")
        await pilot.pause()
        assert app.screen is not app.main


async def test_the_help_names_every_key(make: Make) -> None:
    app = make()
    async with app.run_test(size=(120, 110)) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        shown = text_of(app)
        assert all(action.help in shown for action in ACTIONS)


async def test_in_a_browser_there_is_no_process_to_suspend(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ParagonApp, "is_web", True)
    app = make()
    async with app.run_test(size=(120, 50)) as pilot:
        await until(pilot, lambda: searched(app))
        keys = dict(row for _, rows in sections(app.main) for row in rows).values()
        assert any("Quit" in words for words in keys)
        assert not any("give the terminal back" in words for words in keys)
        assert "Suspend" not in {command.title for command in app.get_system_commands(app.screen)}


async def test_a_theme_is_remembered_and_what_is_wrong_in_the_settings_is_told(make: Make, tmp_path: Path) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        app.theme = "paragon-light"
        await pilot.pause()
    file = tmp_path / "settings.toml"
    assert file.read_text() == 'theme = "paragon-light"\n'
    again = make()
    assert again.theme == "paragon-light"
    file.write_text('theme = "none"\nbel = true\n')
    wrong = make()
    assert wrong.theme == "paragon"
    told = "\n".join(line.text for line in wrong.model.log)
    assert "there is no theme 'none'" in told and "line 2: there is no setting 'bel'; did you mean bell?" in told


async def test_s_and_a_click_on_a_heading_sort_and_the_cursor_stays_with_its_case(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        await pilot.press("r")
        await until(pilot, lambda: finished(app))
        table = app.main.query_one(ResultsTable)
        result = next(result for result in app.model.session.listed if str(result.id) == "S1 on vulkan:0")
        latency = result.timings.latency_ms
        assert latency is not None
        slowest = replace(result.timings, latency_ms=replace(latency, median=99.0))
        app.model.session.results[result.id] = replace(result, timings=slowest)
        table.select("S1", "vulkan:0")
        await pilot.press("s")
        await until(pilot, lambda: "vulkan:0 ▲" in text_of(app))
        assert table._cases == (*CASES[1:], "S1") and table.selected == ("S1", "vulkan:0")
        await pilot.press("s")
        await until(pilot, lambda: "vulkan:0 ▲" not in text_of(app))
        assert table._cases == tuple(CASES)
        await pilot.click("#table", offset=(70, 0))
        await until(pilot, lambda: "vulkan:0 ▲" in text_of(app))


async def test_g_follows_the_run_again(make: Make) -> None:
    app = make(ScriptedSource(hold_run_at="S2 on opencl:0"))
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        await pilot.press("r")
        await until(pilot, lambda: app.model.progress()[0] == 7)
        table = app.main.query_one(ResultsTable)
        measured = table.selected
        await pilot.click("#table", offset=(10, 9))
        assert table.selected == ("L2", "numpy") and not table.follows_run
        await pilot.press("g")
        await until(pilot, lambda: table.selected == measured)


@pytest.mark.parametrize(("seconds", "settings", "rings"), [(31.0, "", 1), (29.0, "", 0), (31.0, "bell = false", 0)])
async def test_the_bell_rings_at_the_end_of_a_long_run(
    seconds: float, settings: str, rings: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(settings)
    now = [0.0]
    source = ScriptedSource(hold_run_at="S2 on opencl:0")
    app = ParagonApp(source, tmp_path / "data" / "sessions.sqlite3", tmp_path, file, clock=lambda: now[0])
    rung: list[None] = []
    monkeypatch.setattr(app, "bell", lambda: rung.append(None))
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        await pilot.press("r")
        await until(pilot, lambda: app.model.progress()[0] == 7)
        now[0] = seconds
        await until(pilot, lambda: f"{seconds:.0f} s gone, about" in text_of(app))
        source.released.set()
        await until(pilot, lambda: finished(app) and app._run is None)
    assert len(rung) == rings


async def test_the_minutes_from_which_a_run_is_asked_for_are_a_setting(make: Make, tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("ask_above_minutes = 1\n")
    app = make()  # 50 results of 1.5 s
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        await pilot.press("r")
        assert "Measure for about 1 min 15 s?" in text_of(app)


async def test_a_run_and_its_export_are_as_the_settings_say(make: Make, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    (tmp_path / "settings.toml").write_text(
        f'min_time_s = 2\nexport_folder = "{folder}"\ncsv_separator = ";"\ncsv_decimal_comma = true\n'
    )
    source = ScriptedSource()
    app = make(source)
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        await pilot.press("r")
        await until(pilot, lambda: finished(app))
        assert source.asked == Sampling().for_at_least(2)
        await pilot.press("R", "y")
        await until(pilot, lambda: source.asked == replace(Sampling().for_at_least(2), repeat=3) and finished(app))
        await pilot.press("e")
    (exported,) = folder.glob("*.csv")
    header, *rows = csv.reader(exported.read_text().splitlines(), delimiter=";")
    assert header[0] == "id" and len(rows) == 50 and "," in rows[0][2]


async def test_a_result_that_was_late_with_wrong_bits_counts_once(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        await pilot.press("r")
        await until(pilot, lambda: finished(app))
        wrong = next(result for result in app.model.session.failures if result.bits.broken_claim)
        app.model.session.results[wrong.id] = replace(wrong, status="timeout")
        app.model.changed = True
        await until(pilot, lambda: not app.model.changed)
        assert "1 with wrong bits, 1 failed; first: M1 on opencl:0" in text_of(app)


async def test_collections_in_a_run_pass_over_what_was_there_before(make: Make) -> None:
    """A full one holds the keys up for a tenth of a second, with a thousand results."""
    app = make(ScriptedSource(hold_run_at="S2 on opencl:0"))
    gc.disable()  # as the program starts
    try:
        async with app.run_test(size=WIDE) as pilot:
            await until(pilot, lambda: searched(app))
            await pilot.press("r")
            await until(pilot, lambda: app.model.run_active and bool(app.model.session.results))
            waiting = app.model.session.listed[-1]
            assert gc.isenabled() and not any(visited is waiting for visited in gc.get_objects())
            app.end()
    finally:
        gc.unfreeze()
        gc.enable()
