"""The panels of one result: a network's softmax, other values as bars around zero, or why there are none."""

from __future__ import annotations

import math

import pytest
from textual.pilot import Pilot

from paragon_tui.arithmetic.comparison import Difference
from paragon_tui.formatting import bits
from paragon_tui.tui.dialogs.figures import FiguresScreen
from paragon_tui.tui.widgets.results_table import ResultsTable
from paragon_tui.tui.widgets.tick_tree import TickTree
from paragon_tui.tui.widgets.vectors import Bars, Differences, Scale, around_zero, narrow, softmax, wide
from tests.support.screen_sources import ScriptedSource
from tests.tui.conftest import Make, app_of, text_of, until


async def measure(pilot: Pilot[int], *cases: str) -> None:
    app = app_of(pilot)
    await until(pilot, lambda: not app.model.searching)
    tree = app.main.query_one("#cases", TickTree)
    tree.tick(tree.leaf_keys(), on=False)
    tree.tick(cases, on=True)
    await pilot.press("r")
    await until(pilot, lambda: app.model.session.finished)


async def select(pilot: Pilot[int], case: str, adapter: str) -> str:
    """Go to a result. Returns what the screen shows."""
    app = app_of(pilot)
    app.main.query_one(ResultsTable).select(case, adapter)
    await pilot.pause()
    return text_of(app)


# Bars


def test_bars_start_at_zero_and_share_one_scale() -> None:
    scale = Scale.of([-1.0, 3.0, 1.5], 8)
    assert scale.bar(3.0) == "  ██████"
    assert scale.bar(1.5) == "  ███   "
    assert scale.bar(-1.0) == "██      "
    assert scale.bar(-0.5) == " █      "
    assert scale.bar(-0.25) == " ▐      "
    assert scale.bar(0.0) == scale.bar(-0.0) == " " * 8


def test_of_a_batch_the_first_bars_are_shown_and_how_many_there_are() -> None:
    lines = softmax("numpy", [(0.25, 0.25)] * 640, 60)
    assert len(lines) == 1 + 64 + 1
    assert lines[64].plain.startswith("63 ")
    assert lines[-1].plain == "the first 64 of 640"
    assert len(softmax("numpy", [(0.25, 0.25)] * 64, 60)) == 65


@pytest.mark.parametrize(("values", "zero"), [([1.0, 2.0], 0), ([-1.0, -2.0], 8), ([0.0], 0), ([], 0)])
def test_values_of_one_sign_have_all_the_room(values: list[float], zero: int) -> None:
    assert Scale.of(values, 8).zero == zero
    assert {len(Scale.of(values, 8).bar(value)) for value in [*values, 0.0]} == {8}


def test_what_is_not_finite_goes_to_the_edge_and_does_not_scale_the_rest() -> None:
    scale = Scale.of([-1.0, 1.0, math.inf, -math.inf, math.nan], 8)
    assert scale.bar(1.0) == scale.bar(math.inf) == "    ████"
    assert scale.bar(-1.0) == scale.bar(-math.inf) == "████    "
    assert scale.bar(math.nan) == " " * 8


def test_many_values_are_shown_in_part_and_that_is_said() -> None:
    lines = [line.plain for line in around_zero("gl:0", [(1.0, 1.0)] * 1000, 33)]
    assert len(lines) == 1 + 64 + 1
    assert lines[-1] == "the first 64 of 1,000"
    assert max(map(len, lines)) <= 33


def test_a_value_of_other_bits_has_another_colour() -> None:
    same, other, zeros, nans = around_zero("gl:0", [(1.0, 1.0), (1.0, 2.0), (0.0, -0.0), (math.nan, math.nan)], 33)[1:]
    colours = [[str(span.style) for span in line.spans] for line in (same, other, zeros, nans)]
    assert ["yellow" in each for each in colours] == [False, True, True, False]


@pytest.mark.parametrize(("index", "columns"), [(9, 72), (123, 72), (16_777_215, 77)])
def test_a_line_an_index_fits_its_panel(index: int, columns: int) -> None:
    row = Difference(index, -1.2345678e-05, -1.2345679e-05, 1.0e-12, 123_456, "b74f1e21", "b74f1e22")
    assert {len(line.plain) for line in wide((row,), len(str(index)))} == {columns}


def test_a_long_index_stands_above_its_values_in_a_narrow_panel() -> None:
    row = Difference(16_777_215, 0.5, 0.25, 0.25, 2**23, "3f000000", "3e800000")
    assert [line.plain for line in narrow((row,), 8)[2:]] == [
        "16,777,215",
        "   0.5          3f000000 0.25",
        "   0.25         3e800000 8388608",
    ]


# Panels


async def test_what_is_no_network_shows_values_around_zero(make: Make) -> None:
    app = make()
    async with app.run_test(size=(120, 50)) as pilot:
        await measure(pilot, "S1", "add-100")
        shown = await select(pilot, "add-100", "numpy")
        assert app.main.query_one(Bars).border_title == "Values · add-100 on numpy"
        assert app.main.query_one(Differences).border_title == "Values, index by index"
        assert "≠ first at index 0, max 1 ULP" in shown
        assert "█" in shown
        shown = await select(pilot, "S1", "numpy")
        assert app.main.query_one(Bars).border_title == "Softmax · S1 on numpy"
        assert app.main.query_one(Differences).border_title == "Logits, index by index"


async def test_the_reference_of_a_value_that_differs_is_known(make: Make) -> None:
    app = make()
    async with app.run_test(size=(120, 36)) as pilot:
        await measure(pilot, "add-1k")
        await select(pilot, "add-1k", "numpy")
        result = app.main.selected_result()
        assert result is not None and result.bits.values is not None and len(result.bits.differences) == 256
        await select(pilot, "add-1k", "opencl:0")
        right = app.main.selected_result()
        assert right is not None and right.bits.values is not None
        known = [reference for reference, _ in bits.beside_reference(result)]
        assert known == list(right.bits.values)
        assert known != list(result.bits.values)


async def test_over_1024_values_it_is_said_that_the_digest_alone_is_kept(make: Make) -> None:
    app = make()
    async with app.run_test(size=(170, 40)) as pilot:
        await measure(pilot, "add-10k", "matmul-64")
        shown = await select(pilot, "add-10k", "opencl:0")
        assert "More than 1,024 values: only the digest is kept." in shown
        assert "indices" not in shown
        shown = await select(pilot, "matmul-64", "opencl:0")
        assert "Compared with the reference at" in shown and "32,768 indices, with other adapters by digest" in shown


async def test_another_digest_among_those_that_claim_the_same_bits_is_told(make: Make) -> None:
    app = make(ScriptedSource())
    async with app.run_test(size=(120, 36)) as pilot:
        await measure(pilot, "matmul-64")
        shown = await select(pilot, "matmul-64", "gl:0")
        assert "≠#" in shown
        assert "≠ digest differs from that of" in shown
        await pilot.press("f")
        assert isinstance(app.screen, FiguresScreen)
        await pilot.pause()
        assert "≠ digest differs from that of reference, opencl:0, vulkan:0" in text_of(app)
