"""The page of all sessions, and a session opened from it: by keyboard and by mouse, at every size."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from paragon_tui.engine.messages.events import Planned
from paragon_tui.sessions.catalog import label_session, list_sessions
from paragon_tui.tui.app import ParagonApp
from paragon_tui.tui.dialogs.figures import FiguresScreen
from paragon_tui.tui.pages.compare import ComparePage
from paragon_tui.tui.pages.history import HistoryPage
from paragon_tui.tui.pages.session import SessionPage
from paragon_tui.tui.widgets.line_list import LineList
from tests.support.documents import rewrite
from tests.support.examples import GPU, NUMPY, planned
from tests.support.histories import keep_session
from tests.support.screen_sources import ScriptedSource
from tests.tui.conftest import SMALL, WIDE, Make, app_of, click_in_head, finished, notified, searched, text_of, until

ROOMY = (200, 60)
SIZES = pytest.mark.parametrize(
    "size",
    [
        pytest.param(WIDE, id="120x36"),
        pytest.param(SMALL, id="80x24", marks=pytest.mark.exhaustive),
        pytest.param(ROOMY, id="200x60", marks=pytest.mark.exhaustive),
    ],
)
"""Of the usual run one is enough: what differs with the size is drawn in the pictures."""
FIRST, STOPPED, NAMED, LAST = (f"202601{day:02}-030405-aaaa" for day in (5, 10, 18, 19))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Four sessions: one stopped, one with a name and a note, one with wrong bits."""
    database = tmp_path / "data" / "sessions.sqlite3"
    results: dict[Planned, float | None] = {
        planned("S1", NUMPY): 0.01,
        planned("S1", GPU): 0.05,
        planned("XL2", GPU): 2.5,
    }
    for day in (5, 10, 18, 19):
        keep_session(database, day, results, interrupted=day == 10)
    label_session(NAMED, database, "name", "old-driver")
    label_session(NAMED, database, "note", "before [the] update")
    rewrite(database, LAST, broken_claim=True)
    return database


def page(app: ParagonApp) -> HistoryPage:
    assert isinstance(app.screen, HistoryPage)
    return app.screen


def selected(app: ParagonApp) -> str | None:
    return app.screen.query_one(LineList).selected


async def open_history(pilot: Pilot[int], sessions: int = 4) -> ParagonApp:
    app = app_of(pilot)
    await until(pilot, lambda: searched(app))
    await pilot.press("2")
    await until(pilot, lambda: isinstance(app.screen, HistoryPage) and app.screen.listed == sessions)
    return app


@SIZES
async def test_every_session_is_listed_with_when_how_much_and_its_verdict(
    size: tuple[int, int], make: Make, store: Path
) -> None:
    async with make().run_test(size=size) as pilot:
        app = await open_history(pilot)
        lines = text_of(app).splitlines()
        (last,) = (line for line in lines if "yesterday 03:04" in line)
        assert "3 of 3" in last and "≠ 3 wrong" in last
        (named,) = (line for line in lines if "18 Jan 03:04" in line)
        assert "3 of 3" in named and "✓" in named and "old-driver" in named
        (stopped,) = (line for line in lines if "10 Jan 03:04" in line)
        assert "✓ stopped" in stopped
        assert selected(app) == LAST
        await pilot.press("down")
        await pilot.pause()
        assert "before [the] update" in text_of(app) and NAMED in text_of(app)  # in full below the list


@SIZES
async def test_a_session_is_opened_looked_at_and_left_by_keys(size: tuple[int, int], make: Make, store: Path) -> None:
    async with make().run_test(size=size) as pilot:
        app = await open_history(pilot)
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, SessionPage))
        shown = text_of(app)
        assert f"opened, read only: session {NAMED} “old-driver”" in shown
        assert "50.0 µs" in " ".join(shown.split()) and "2.50 ms" in shown
        await pilot.press("right", "f")
        await until(pilot, lambda: isinstance(app.screen, FiguresScreen))
        await pilot.press("down")  # walks on
        await pilot.pause()
        assert "XL2 on vulkan:0" in text_of(app) and "Latency" in text_of(app)
        await pilot.press("escape", "escape")
        assert page(app).listed == 4
        await pilot.press("escape")
        assert app.screen is app.main
        assert not app.model.session.id  # what was opened is no session of the run's page


@SIZES
async def test_a_session_is_opened_and_left_with_the_mouse(size: tuple[int, int], make: Make, store: Path) -> None:
    async with make().run_test(size=size) as pilot:
        app = app_of(pilot)
        await until(pilot, lambda: searched(app))
        await click_in_head(pilot, "History")
        await until(pilot, lambda: isinstance(app.screen, HistoryPage) and app.screen.listed == 4)
        await pilot.click("#lines", offset=(5, 4))
        assert selected(app) == STOPPED
        await pilot.click("#lines", offset=(5, 4))
        await until(pilot, lambda: isinstance(app.screen, SessionPage))
        assert STOPPED in text_of(app)
        await click_in_head(pilot, "Run")
        assert app.screen is app.main and len(app.screen_stack) == 1


async def test_a_search_filters_while_typing_and_esc_shows_all_again(make: Make, store: Path) -> None:
    async with make().run_test(size=WIDE) as pilot:
        app = await open_history(pilot)
        await pilot.press("slash", *"old-dr")
        await until(pilot, lambda: page(app).listed == 1)
        assert "1 of 4 sessions" in text_of(app)
        await pilot.press("enter")
        assert selected(app) == NAMED
        await pilot.press("escape")
        await until(pilot, lambda: page(app).listed == 4)
        for words, found in (("stopped", STOPPED), ("wrong", LAST), ("20260105 s1", FIRST)):
            await pilot.press("slash", *words, "enter")
            await until(pilot, lambda: page(app).listed == 1)
            assert selected(app) == found
            await pilot.press("escape")
        await pilot.press("slash", *"nothing has this")
        await until(pilot, lambda: "Nothing has these words." in text_of(app))


async def test_names_and_notes_are_kept_and_a_name_that_is_taken_is_refused(make: Make, store: Path) -> None:
    async with make().run_test(size=WIDE) as pilot:
        app = await open_history(pilot)
        await pilot.press("r", *"quick [1]", "enter")
        await until(pilot, lambda: "quick [1]" in text_of(app))
        await pilot.press("n", *"no fan", "enter")
        await until(pilot, lambda: "no fan" in text_of(app))
        await pilot.press("down", "down", "r", *"old-driver", "enter")
        await until(pilot, lambda: "is called 'old-driver' already" in notified(app))
        await pilot.press("r", "escape")
    names = {line.id: (line.name, line.note) for line in list_sessions(store)}
    assert names[LAST] == ("quick [1]", "no fan") and names[STOPPED] == (None, None)


async def test_what_is_deleted_comes_back_and_leaves_the_store_with_the_page(make: Make, store: Path) -> None:
    async with make().run_test(size=WIDE) as pilot:
        app = await open_history(pilot)
        await pilot.press("D")
        assert page(app).listed == 3 and "1 deleted: u brings back" in text_of(app)
        await pilot.press("D")
        assert page(app).listed == 2
        assert len(list_sessions(store)) == 4  # a program that is killed now has lost nothing
        await pilot.press("u")
        assert selected(app) == NAMED
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.main)
        await until(pilot, lambda: [line.id for line in list_sessions(store)] == [NAMED, STOPPED, FIRST])


async def test_what_is_deleted_leaves_the_store_with_the_program_too(make: Make, store: Path) -> None:
    async with make().run_test(size=WIDE) as pilot:
        await open_history(pilot)
        await pilot.press("delete", "q")
    assert len(list_sessions(store)) == 3


async def test_a_session_is_exported_as_csv_and_as_its_document(make: Make, store: Path, tmp_path: Path) -> None:
    async with make().run_test(size=WIDE) as pilot:
        app = await open_history(pilot)
        await pilot.press("e", "E")
        exported = [tmp_path / "exports" / f"{LAST}.{kind}" for kind in ("csv", "json")]
        await until(pilot, lambda: all(f"Exported to {path}" in notified(app) for path in exported))
    table, document = (path.read_text() for path in exported)
    assert len(table.splitlines()) == 4
    assert json.loads(document)["session"] == LAST


async def test_a_folder_that_cannot_be_written_is_told_and_nothing_is_lost(
    make: Make, store: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    async with make(exports=tmp_path / "file").run_test(size=WIDE) as pilot:
        app = await open_history(pilot)
        await pilot.press("e")
        await until(pilot, lambda: f"Cannot write to {tmp_path / 'file'}" in notified(app))


async def test_two_marked_sessions_are_compared_with_three_keys(make: Make, store: Path) -> None:
    async with make().run_test(size=WIDE) as pilot:
        app = await open_history(pilot)
        await pilot.press("x")
        assert "x on another session compares the two" in text_of(app) and "●" in text_of(app)
        await pilot.press("down", "space")
        await until(pilot, lambda: isinstance(app.screen, ComparePage) and app.screen.comparison is not None)
        assert isinstance(app.screen, ComparePage) and app.screen.comparison is not None
        assert (app.screen.comparison.a.session, app.screen.comparison.b.session) == (NAMED, LAST)


async def test_the_session_of_a_run_appears_and_is_not_opened_or_deleted_while_it_runs(make: Make, store: Path) -> None:
    source = ScriptedSource(hold_run_at="S2 on opencl:0")
    async with make(source).run_test(size=WIDE) as pilot:
        app = app_of(pilot)
        await until(pilot, lambda: searched(app))
        await pilot.press("r")
        await until(pilot, lambda: app.model.progress()[0] == 7)
        await until(pilot, lambda: len(list_sessions(store)) == 5)
        await pilot.press("2")
        await until(pilot, lambda: isinstance(app.screen, HistoryPage) and app.screen.listed == 5)
        assert "running" in text_of(app)
        await pilot.press("enter", "D")
        await until(pilot, lambda: "X stops it; then it can be deleted" in notified(app))
        assert "its page is that of the run" in notified(app) and page(app).listed == 5
        source.released.set()
        await until(pilot, lambda: finished(app) and "running" not in text_of(app))


async def test_a_damaged_session_is_told_in_a_line_and_the_others_open(make: Make, store: Path) -> None:
    rewrite(store, LAST, latency_ms="soon")
    async with make().run_test(size=WIDE) as pilot:
        app = await open_history(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "It cannot be opened:" in notified(app))
        assert "is damaged" in notified(app)
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, SessionPage))


async def test_a_file_that_is_no_store_is_told_in_a_line(make: Make, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "sessions.sqlite3").write_bytes(b"no database" * 1000)
    async with make().run_test(size=WIDE) as pilot:
        app = await open_history(pilot, 0)
        await until(pilot, lambda: "sessions.sqlite3 is damaged" in text_of(app))
        await pilot.press("enter", "x", "r", "D", "u", "e")  # there is nothing that these could do
        assert isinstance(app.screen, HistoryPage)


async def test_without_sessions_the_page_says_how_one_comes_about(make: Make) -> None:
    async with make().run_test(size=SMALL) as pilot:
        app = await open_history(pilot, 0)
        await until(pilot, lambda: "No session yet" in text_of(app))


@pytest.mark.parametrize("size", [WIDE, SMALL], ids=["120x36", "80x24"])
def test_picture_of_the_list(size: tuple[int, int], make: Make, store: Path, snap_compare: Any) -> None:
    async def listed(pilot: Pilot[int]) -> None:
        await open_history(pilot)

    assert snap_compare(make(), terminal_size=size, run_before=listed)


def test_picture_of_an_opened_session(make: Make, store: Path, snap_compare: Any) -> None:
    async def opened(pilot: Pilot[int]) -> None:
        app = await open_history(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, SessionPage))
        for line in app.screen.query(Input):
            line.cursor_blink = False

    assert snap_compare(make(), terminal_size=WIDE, run_before=opened)
