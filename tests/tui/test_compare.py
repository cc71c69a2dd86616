"""The page that compares, and the trend of a result: by keyboard and by mouse, at every size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from paragon_tui.sessions.catalog import import_document
from paragon_tui.tui.app import ParagonApp
from paragon_tui.tui.dialogs.choose import Choose
from paragon_tui.tui.dialogs.trend import TrendScreen
from paragon_tui.tui.pages.compare import ComparePage
from paragon_tui.tui.widgets.line_list import LineList
from tests.support.documents import Document, failed, numpy, result, rewrite, session, times
from tests.tui.conftest import SMALL, WIDE, Make, app_of, click_in_head, notified, searched, text_of, until

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
OLD, NEW = "20260118-030405-aaaa", "20260119-030405-aaaa"
SAMPLING = {"repeat": 3}


def keep(database: Path, name: str, *results: Document) -> None:
    database.parent.mkdir(exist_ok=True)
    started = f"{name[:4]}-{name[4:6]}-{name[6:8]}T03:04:05+00:00"
    import_document(session(*results, name=name, started=started, sampling=SAMPLING), name, database)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "data" / "sessions.sqlite3"


@pytest.fixture
def store(database: Path) -> Path:
    """Two sessions: slower, faster, the same, lost, and with other bits in the later one."""
    cases = ("S1", "S2", "S3", "M1", "M2")
    keep(database, OLD, *(result(case) for case in cases), *(numpy(case, latency=times(0.1)) for case in cases))
    keep(
        database,
        NEW,
        result("S1"),
        result("S2", latency=times(1.25)),
        result("S3", latency=times(0.5)),
        failed("M1"),
        result("M2", digest="ee" * 32),
        *(numpy(case, latency=times(0.1)) for case in cases),
    )
    return database


def page(app: ParagonApp) -> ComparePage:
    assert isinstance(app.screen, ComparePage)
    return app.screen


def sides(app: ParagonApp) -> tuple[str, str] | None:
    if not isinstance(app.screen, ComparePage) or app.screen.comparison is None:
        return None
    return app.screen.comparison.a.session, app.screen.comparison.b.session


async def open_comparison(pilot: Pilot[int]) -> ParagonApp:
    app = app_of(pilot)
    await until(pilot, lambda: searched(app))
    await pilot.press("3")
    await until(pilot, lambda: sides(app) == (OLD, NEW))
    return app


def lines_of(app: ParagonApp) -> list[list[str]]:
    """The words of each line of the list."""
    shown = text_of(app).splitlines()
    (heading,) = (place for place, line in enumerate(shown) if line.startswith("case") and "B is" in line)
    return [line.split() for line in shown[heading + 1 : heading + 11]]


@SIZES
async def test_the_conclusion_comes_first_and_the_biggest_changes_lead(
    size: tuple[int, int], make: Make, store: Path
) -> None:
    async with make().run_test(size=size) as pilot:
        app = await open_comparison(pilot)
        shown = text_of(app)
        assert "Of 10 results, B is faster in 1, slower in 1, the same in 7, unclear in 0, not compared in 1." in (
            " ".join(shown.split())
        )
        assert "Bits are the same in 8, other in 1, not compared in 1." in shown
        lines = lines_of(app)
        assert [line[0] for line in lines[:4]] == ["M1", "M2", "S3", "S2"]
        assert "failed" in lines[0]
        assert lines[1][-2:] == ["same", "other"]
        assert lines[2][2:] == ["1.00", "ms", "500", "µs", "2×↑", "[1.99,", "2.01]", "faster", "same"]
        assert lines[3][2:] == ["1.00", "ms", "1.25", "ms", "1.25×↓", "[1.25,", "1.25]", "slower", "same"]


@SIZES
async def test_sides_are_chosen_and_exchanged_by_keys(size: tuple[int, int], make: Make, store: Path) -> None:
    async with make().run_test(size=size) as pilot:
        app = await open_comparison(pilot)
        await pilot.press("s")
        await until(pilot, lambda: sides(app) == (NEW, OLD))
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, Choose))
        await pilot.press("slash", *"18 jan", "enter", "enter")
        await until(pilot, lambda: sides(app) == (OLD, OLD))
        await pilot.press("b")
        await until(pilot, lambda: isinstance(app.screen, Choose))
        await pilot.press("up", "enter")
        await until(pilot, lambda: sides(app) == (OLD, NEW))
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, Choose))
        await pilot.press("escape")
        await until(pilot, lambda: sides(app) == (OLD, NEW))
        await pilot.press("escape")
        assert app.screen is app.main
        await pilot.press("3")  # it is remembered
        await until(pilot, lambda: sides(app) == (OLD, NEW))


@SIZES
async def test_sides_results_and_trends_are_chosen_with_the_mouse(
    size: tuple[int, int], make: Make, store: Path
) -> None:
    async with make().run_test(size=size) as pilot:
        app = app_of(pilot)
        await until(pilot, lambda: searched(app))
        await click_in_head(pilot, "Compare")
        await until(pilot, lambda: sides(app) == (OLD, NEW))
        await pilot.click("#sides", offset=(8, 1))
        await until(pilot, lambda: isinstance(app.screen, Choose))
        await pilot.pause()
        await pilot.click("#lines", offset=(4, 2))
        await pilot.click("#lines", offset=(4, 2))
        await until(pilot, lambda: sides(app) == (OLD, OLD))
        await pilot.click("#lines", offset=(4, 4))
        await pilot.pause()
        assert page(app).query_one(LineList).cursor == 2
        await pilot.click("#lines", offset=(4, 4))
        await until(pilot, lambda: isinstance(app.screen, TrendScreen))
        await pilot.click(offset=(0, 0))
        await until(pilot, lambda: isinstance(app.screen, ComparePage))


async def test_two_adapters_of_one_session(make: Make, store: Path) -> None:
    async with make().run_test(size=WIDE) as pilot:
        app = await open_comparison(pilot)
        await pilot.press("t")
        await until(pilot, lambda: isinstance(app.screen, Choose))
        await pilot.press("enter")
        await until(pilot, lambda: "Adapter A" in text_of(app))
        await pilot.press("down", "enter")
        await until(pilot, lambda: "Adapter B, compared with numpy" in text_of(app))
        await pilot.press("enter")
        await until(pilot, lambda: sides(app) == (NEW, NEW))
        shown = text_of(app)
        assert f"session {NEW}  on numpy" in shown and f"session {NEW}  on opencl:0" in shown
        assert lines_of(app)[0][0] == "M1"  # it failed on the device


async def test_a_search_filters_the_results(make: Make, store: Path) -> None:
    async with make().run_test(size=WIDE) as pilot:
        app = await open_comparison(pilot)
        await pilot.press("slash", *"slower")
        await until(pilot, lambda: "1 of 10 results" in text_of(app))
        await pilot.press("enter", "escape")
        await until(pilot, lambda: "10 results, the biggest changes first" in text_of(app))


async def test_the_trend_of_a_result_shows_when_its_level_changed(make: Make, database: Path) -> None:
    for day in range(1, 20):
        level = 1.0 if day < 9 else 1.4 if day < 15 else 1.1
        keep(database, f"202601{day:02}-030405-aaaa", result("S1", latency=times(level * (1 + day % 3 / 500))))
    async with make().run_test(size=WIDE) as pilot:
        app = await open_comparison(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, TrendScreen) and "19 sessions" in text_of(app))
        shown = text_of(app)
        assert "S1 on opencl:0 over all sessions" in shown
        assert "since 9 Jan 03:04 (20260109-030405-aaaa)  1.4× slower" in shown
        assert "since 15 Jan 03:04 (20260115-030405-aaaa)  1.28× faster" in shown
        assert "⡇" in shown or "⠁" in shown  # drawn, and not only told


async def test_a_session_that_cannot_be_read_is_told_in_a_line_and_another_can_be_chosen(
    make: Make, store: Path
) -> None:
    keep(store, "20260120-030405-aaaa", result("S1"))
    rewrite(store, "20260120-030405-aaaa", latency_ms="soon")
    async with make().run_test(size=SMALL) as pilot:
        app = app_of(pilot)
        await until(pilot, lambda: searched(app))
        await pilot.press("3")
        await until(pilot, lambda: "is damaged" in text_of(app))
        assert "a and b choose two sessions" in text_of(app)
        await pilot.press("b")
        await until(pilot, lambda: isinstance(app.screen, Choose))
        await pilot.press("end", "enter")
        await until(pilot, lambda: sides(app) == (NEW, OLD))


async def test_without_two_sessions_it_says_what_is_missing(make: Make, database: Path) -> None:
    keep(database, NEW, result("S1"))
    async with make().run_test(size=WIDE) as pilot:
        app = app_of(pilot)
        await until(pilot, lambda: searched(app))
        await pilot.press("3")
        await until(pilot, lambda: "only one session has finished so far" in text_of(app))
        await pilot.press("enter", "slash", "escape", "t")
        await until(pilot, lambda: isinstance(app.screen, Choose))
        await pilot.press("enter")
        await until(pilot, lambda: "has only one adapter" in notified(app))


@pytest.mark.parametrize("size", [WIDE, SMALL], ids=["120x36", "80x24"])
def test_picture_of_a_comparison(size: tuple[int, int], make: Make, store: Path, snap_compare: Any) -> None:
    async def compared(pilot: Pilot[int]) -> None:
        await open_comparison(pilot)

    assert snap_compare(make(), terminal_size=size, run_before=compared)


def test_picture_of_a_trend(make: Make, database: Path, snap_compare: Any) -> None:
    for day in range(1, 20):
        level = 1.0 if day < 9 else 1.4
        keep(database, f"202601{day:02}-030405-aaaa", result("S1", latency=times(level * (1 + day % 3 / 100), 0.02)))

    async def shown(pilot: Pilot[int]) -> None:
        app = await open_comparison(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, TrendScreen) and "19 sessions" in text_of(app))

    assert snap_compare(make(), terminal_size=WIDE, run_before=shown)
