"""The page of plots: every plot by keyboard and by mouse, at all sizes; what is selected is told below."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from textual.pilot import Pilot

from paragon_tui.engine.messages.job import JobId
from paragon_tui.tui.app import ParagonApp
from paragon_tui.tui.dialogs.figures import FiguresScreen
from paragon_tui.tui.pages.plots import PlotsPage
from paragon_tui.tui.widgets.breakdown import Breakdown
from paragon_tui.tui.widgets.histogram import Histogram
from paragon_tui.tui.widgets.results_table import ResultsTable
from paragon_tui.tui.widgets.roofline import RooflinePlot
from paragon_tui.tui.widgets.scaling import Scaling
from paragon_tui.tui.widgets.tick_tree import TickTree
from tests.support.screen_sources import ScriptedSource
from tests.tui.conftest import SMALL, WIDE, Make, app_of, click_in_head, every_size, finished, searched, text_of, until

ROOMY = (200, 60)
PLOTS = (RooflinePlot, Histogram, Scaling)
PLOTS_BY_TAB = {"distribution": Histogram, "scaling": Scaling, "roofline": RooflinePlot}


async def plotted(pilot: Pilot[int]) -> ParagonApp:
    """A finished run, and the page of its plots with one result selected."""
    app = app_of(pilot)
    await until(pilot, lambda: searched(app))
    app.main.query_one("#cases", TickTree).tick(["M3", "L1", "L2", "XL1", "XL2"], on=False)  # the rest is quick
    await pilot.press("r")
    await until(pilot, lambda: finished(app))
    app.main.query_one(ResultsTable).select("S3", "opencl:0")
    await pilot.press("6")
    await until(pilot, lambda: isinstance(app.screen, PlotsPage) and "operations per byte" in text_of(app))
    return app


def shown(app: ParagonApp) -> set[type]:
    return {kind for kind in PLOTS if app.screen.query_one(kind).display and app.screen.query_one(kind).size.width}


def has_only(app: ParagonApp, kind: type) -> bool:
    return shown(app) == {kind}


def place_of(app: ParagonApp, id_: JobId) -> tuple[int, int]:
    """Where on the roofline the mark of a result is, from the widget's corner."""
    widget = app.screen.query_one(RooflinePlot)
    assert widget._plot is not None
    ((column, row),) = [
        place
        for place, found in widget._plot.places.items()
        if any(widget._ids[series][index] == id_ for series, index in found if series < len(widget._ids))
    ]
    return column, row + 1  # below the rule


@every_size
async def test_by_keyboard_alone(size: tuple[int, int], make: Make) -> None:
    app = make()
    async with app.run_test(size=size) as pilot:
        await plotted(pilot)
        assert "S3 on opencl:0  1." in text_of(app)
        await pilot.press("down", "right")
        assert "M1 on vulkan:0" in text_of(app) and app.main.selected_result().id.adapter == "vulkan:0"
        if size == ROOMY:
            await until(pilot, lambda: "▼ median 4.0" in text_of(app))
            assert shown(app) == set(PLOTS) and "Time against size" in text_of(app)
        else:
            assert shown(app) == {RooflinePlot}
            await pilot.press("right_square_bracket")
            await until(pilot, lambda: shown(app) == {Histogram} and "120 samples in 12 visits" in text_of(app))
            assert "median 4.0" in text_of(app)
            await pilot.press("right_square_bracket")
            await until(pilot, lambda: shown(app) == {Scaling} and "500k" in text_of(app))
            await pilot.press("left_square_bracket", "left_square_bracket")
            await until(pilot, lambda: shown(app) == {RooflinePlot})
        await pilot.press("escape")
        assert app.screen is app.main


@every_size
async def test_by_mouse_alone(size: tuple[int, int], make: Make) -> None:
    app = make()
    async with app.run_test(size=size) as pilot:
        await plotted(pilot)
        id_ = next(result.id for result in app.model.session.listed if result.id.adapter == "numpy")
        await pilot.hover(RooflinePlot, offset=place_of(app, id_))
        await until(pilot, lambda: "S1 on numpy" in text_of(app))
        assert app.main.selected_result().id.case == "S3"
        await pilot.hover(RooflinePlot, offset=(20, 2))
        await until(pilot, lambda: "S3 on opencl:0" in text_of(app))
        await pilot.click(RooflinePlot, offset=place_of(app, id_))
        await until(pilot, lambda: app.main.selected_result().id == id_)
        assert "S1 on numpy" in text_of(app)
        for name, kind in PLOTS_BY_TAB.items() if size != ROOMY else ():
            await pilot.click(f"#{name}")
            await until(pilot, partial(has_only, app, kind))
        await click_in_head(pilot, "Run")
        assert app.screen is app.main


async def test_one_adapter_alone(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await plotted(pilot)
        await pilot.press("i")
        assert "· numpy" in text_of(app) and text_of(app).count("▲ opencl:0") == 2  # above, and at the roof's end
        await pilot.press("i")
        assert "· numpy" not in text_of(app) and text_of(app).count("● numpy") == 2
        await pilot.click("#adapters-shown", offset=(4, 0))
        await until(pilot, lambda: "· opencl:0" in text_of(app))


async def test_results_with_wrong_bits_have_no_place_and_that_is_told(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await plotted(pilot)
        widget = app.screen.query_one(RooflinePlot)
        ids = {id_ for each in widget._ids for id_ in each}
        wrong = [result.id for result in app.model.session.listed if result.bits.broken_claim]
        assert len(wrong) == 1 and not ids & set(wrong) and len(ids) == 24
        assert "not here: 1 result with wrong bits" in text_of(app)


async def test_without_a_run_the_page_says_what_to_do(make: Make) -> None:
    app = make(ScriptedSource())
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: searched(app))
        await pilot.press("6")
        await until(pilot, lambda: "Press 1, then r" in text_of(app))
        await pilot.press("down", "i", "enter")  # nothing breaks


async def test_the_samples_of_a_running_result_are_those_that_arrived(make: Make) -> None:
    source = ScriptedSource(hold_run_at="S1 on opencl:0")
    app = make(source)
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        await pilot.press("r")
        await until(pilot, lambda: app.model.progress()[0] == 2)
        app.main.query_one(ResultsTable).select("S1", "opencl:0")
        await pilot.press("6", "right_square_bracket")
        await until(pilot, lambda: "Samples · 120 samples" in text_of(app))
        assert "▼ median" not in text_of(app)  # it has no figures yet
        source.released.set()
        await until(pilot, lambda: "▼ median" in text_of(app))
        assert not app.model.live_ms  # what has ended is in the store, not in memory


async def test_figures_show_the_samples_and_where_their_time_goes(make: Make) -> None:
    app = make()
    async with app.run_test(size=(120, 60)) as pilot:
        await plotted(pilot)
        await pilot.press("f")
        await until(pilot, lambda: isinstance(app.screen, FiguresScreen) and "▼ median" in text_of(app))
        assert "kernels" in text_of(app) and "once before: open 1.500 ms" in text_of(app)
        await pilot.press("left")
        await until(pilot, lambda: "nothing is launched or waited for" in text_of(app))


async def test_a_roomy_run_page_shows_both_beside_the_curves(make: Make) -> None:
    app = make()
    async with app.run_test(size=ROOMY) as pilot:
        await plotted(pilot)
        await pilot.press("1")
        await until(pilot, lambda: "Samples · 120 samples" in text_of(app) and "▼ median" in text_of(app))
        assert "Where the time goes" in text_of(app)
        assert app.main.query_one(Breakdown).size.height >= 5


@pytest.mark.parametrize(
    ("size", "keys"),
    [
        pytest.param(WIDE, (), id="roofline-120x36"),
        pytest.param(SMALL, ("right_square_bracket",), id="distribution-80x24"),
        pytest.param(ROOMY, (), id="all-200x60", marks=pytest.mark.exhaustive),
    ],
)
def test_pictures(size: tuple[int, int], keys: tuple[str, ...], make: Make, snap_compare: Any) -> None:
    async def shown_as_asked(pilot: Pilot[int]) -> None:
        app = await plotted(pilot)
        await pilot.press(*keys)
        if keys or size == ROOMY:
            await until(pilot, lambda: "▼ median" in text_of(app))

    assert snap_compare(make(), terminal_size=size, run_before=shown_as_asked)
