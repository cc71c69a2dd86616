"""``b``: another batch and learning rate than the usual, and the variants of networks in batch."""

from __future__ import annotations

from textual.pilot import Pilot
from textual.widgets import Input, Label

from paragon_tui.suites.overrides import Overrides
from paragon_tui.tui.app import ParagonApp
from paragon_tui.tui.dialogs.overrides import OverridesScreen
from paragon_tui.tui.widgets.results_table import ResultsTable
from paragon_tui.tui.widgets.tick_tree import TickTree
from tests.tui.conftest import SMALL, WIDE, Make, text_of, until


async def asked(app: ParagonApp, pilot: Pilot[int]) -> OverridesScreen:
    """The dialog, with the focus where a batch is typed."""
    await until(pilot, lambda: not app.model.searching)
    await pilot.press("b")
    await until(pilot, lambda: isinstance(app.screen, OverridesScreen) and isinstance(app.focused, Input))
    assert isinstance(app.screen, OverridesScreen)
    return app.screen


async def test_a_batch_is_in_the_rows_and_in_what_is_run(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await asked(app, pilot)
        await pilot.press(*"64", "enter")
        await until(pilot, lambda: app.screen is app.main)
        assert app.main.overrides == Overrides(batches=(64,))
        await until(pilot, lambda: app.main.query_one(ResultsTable).selected == ("S1@64", "numpy"))
        assert [case.id for case in app._selection().cases][:2] == ["S1@64", "S2@64"]
        assert {case.batch for case in app._selection().cases} == {64}


async def test_several_batches_are_a_row_each(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await asked(app, pilot)
        await pilot.press(*"1,8", "enter")
        await until(pilot, lambda: app.screen is app.main)
        assert app.main.overrides == Overrides(batches=(1, 8))
        assert [case.id for case in app._selection().cases][:4] == ["S1", "S1@8", "S2", "S2@8"]
        await asked(app, pilot)
        assert isinstance(app.focused, Input) and app.focused.value == "1,8"
        await pilot.press(*"1,,8", "enter")  # in its place
        await until(pilot, lambda: "'1,,8' should be a list such as 1,8,64" in text_of(app))
        await pilot.press("escape")


async def test_both_can_be_typed_and_are_remembered(make: Make) -> None:
    first = make()
    async with first.run_test(size=SMALL) as pilot:
        await asked(first, pilot)
        await pilot.press(*"32", "tab", *"0.5", "enter")
        await until(pilot, lambda: first.screen is first.main)
        await pilot.press("q")
    second = make()
    async with second.run_test(size=WIDE) as pilot:
        assert second.main.overrides == Overrides((32,), 500_000)
        dialog = await asked(second, pilot)
        assert [field.value for field in dialog.query(Input)] == ["32", "0.5"]
        await pilot.press("delete", "backspace", "backspace", "enter")  # from the end on
        await until(pilot, lambda: second.screen is second.main)
        assert second.main.overrides == Overrides((), 500_000)


async def test_what_is_neither_is_refused_where_it_stands(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        dialog = await asked(app, pilot)
        await pilot.press("0", "enter")
        await until(pilot, lambda: "is not a batch: a whole number of samples" in text_of(app))
        await pilot.press("backspace", "tab", "x", "enter")
        await until(
            pilot, lambda: "'x' is not a learning rate above 0" in str(dialog.query_one("#refusal", Label).render())
        )
        assert app.focused is dialog.query_one("#rate")
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.main)
        assert app.main.overrides == Overrides()


async def test_the_variants_of_networks_in_batch_can_be_ticked(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: not app.model.searching)
        app.main.query_one("#arithmetic", TickTree).tick(["vector", "for-loop"], on=True)
        assert [arithmetic.variant for arithmetic in app.main.ticked_arithmetic] == ["default", "vector", "for-loop"]
        await pilot.pause()
        assert app.main.query_one(ResultsTable).selected == ("S1", "numpy")
        assert "S1:vector" not in text_of(app)  # of single networks there is none
