"""Dtypes and kernels to choose, adapters that are probed, and V, which verifies."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from rich.measure import Measurement
from textual.pilot import Pilot

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.registry import HOST_ADAPTERS
from paragon_tui.engine.messages.events import Probed, RunStarted
from paragon_tui.engine.results.verification import Verification
from paragon_tui.engine.runner.requests import Selection, verify_request
from paragon_tui.engine.runner.run import Run
from paragon_tui.engine.runner.selection import CaseFilter, select_verified
from paragon_tui.suites.case import Arithmetic
from paragon_tui.suites.catalogue import SUITES
from paragon_tui.tui.app import ParagonApp
from paragon_tui.tui.dialogs.verification import VerificationScreen, _marks
from paragon_tui.tui.widgets.tick_tree import TickTree
from tests.support.screen_sources import ADAPTERS, FINGERPRINTS, TERMS, FakeBackendSource, ScriptedSource, planned
from tests.tui.conftest import WIDE, Make, notified, searched, text_of, until, verification_screen


def probed(app: ParagonApp) -> bool:
    return set(app.model.fingerprints) == set(FINGERPRINTS)


async def focus_arithmetic(app: ParagonApp, pilot: Pilot[int]) -> None:
    """The focus moves with a message: keys pressed ahead of it would reach the list before."""
    app.main.query_one("#arithmetic", TickTree).focus()
    await until(pilot, lambda: app.main.focused is app.main.query_one("#arithmetic"))


async def test_at_first_f32_alone_is_ticked(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: probed(app))
        assert [(arithmetic.dtype, arithmetic.variant) for arithmetic in app.main.ticked_arithmetic] == [
            ("f32", "default")
        ]


async def test_every_dtype_that_is_ticked_gets_a_row_and_the_naive_kernel_another(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: probed(app))
        await pilot.press("n", "down", "space")
        await focus_arithmetic(app, pilot)
        await pilot.press("a")
        await pilot.press("r")
        await until(pilot, lambda: app.model.session.finished)
        labels = list(dict.fromkeys(result.id.label for result in app.model.session.listed))
        assert labels == ["S1", "S1:plain", "S1:f16", "S1:i8"]
        shown = text_of(app)
        assert all(label in shown for label in labels)
        tiers = {
            result.id.label: result.bits.tier for result in app.model.session.listed if result.id.adapter == "gl:0"
        }
        assert tiers == {"S1": "guarded", "S1:plain": "plain", "S1:f16": "exact", "S1:i8": "integer"}
        hosts = {result.id.variant for result in app.model.session.listed if result.id.adapter in HOST_ADAPTERS}
        assert hosts == {"default"}


async def test_without_any_arithmetic_nothing_runs(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: probed(app))
        await focus_arithmetic(app, pilot)
        await pilot.press("n", "r")
        assert "No arithmetic is ticked" in notified(app)
        assert not app.model.run_active


async def test_what_was_ticked_of_arithmetic_is_so_at_the_next_launch(make: Make) -> None:
    first = make()
    async with first.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: probed(first))
        first.main.query_one("#arithmetic", TickTree).tick(["f32"], on=False)
        first.main.query_one("#arithmetic", TickTree).tick(["i8"], on=True)
        await pilot.press("q")
    second = make()
    async with second.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: probed(second))
        assert [arithmetic.dtype for arithmetic in second.main.ticked_arithmetic] == ["i8"]


async def test_details_say_how_an_adapter_rounds(make: Make) -> None:
    app = make()
    async with app.run_test(size=(120, 80)) as pilot:
        await until(pilot, lambda: probed(app))
        await pilot.press("d", "end", "up")  # below the adapters stands what is missing
        await pilot.pause()
        shown = text_of(app)
        assert all(re.search(words, shown) for words in ("integer +guaranteed", "exact +observed", "guarded +observed"))
        assert "a bare a*b+c stays unfused: no" in shown
        assert "products and sums guarded" in shown


async def test_v_verifies_every_case_at_every_dtype_on_what_computes_canonically(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: probed(app))
        await pilot.press("V")
        await until(pilot, lambda: verification_screen(app).verifying.state.finished)
        state = verification_screen(app).verifying.state
        everything = {case.id for case in select_verified(CaseFilter(fast=True))}
        assert {result.case.id for result in state.results.values()} == everything
        planned = len(state.results)
        assert (state.tally.holding, state.tally.checked) == (planned - 1, planned)
        assert "numpy" not in {adapter.id for adapter in state.adapters}
        shown = text_of(app)
        assert f"{planned - 1:,} of {planned:,} results have the shipped bits" in shown
        assert "≠ 1 of " in shown and "M1:f16 on gl:0" in shown
        assert all(suite.name in shown for suite in SUITES)
        assert any(f"{planned - 1:,} of {planned:,}" in line.text for line in app.model.log)
        await pilot.press("escape")
        assert not isinstance(app.screen, VerificationScreen)


async def test_what_a_verification_hears_of_the_probes_is_in_the_adapters_panel(make: Make) -> None:
    """V ends the probing, which does not begin again."""

    class NeverProbed(ScriptedSource):
        async def probe(self, adapters: Sequence[Adapter]) -> AsyncIterator[Probed]:
            await asyncio.Event().wait()
            yield Probed(adapters[0].id, None)

    app = make(NeverProbed())
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: bool(app.model.adapters) and not app.model.searching)
        assert not app.model.fingerprints
        await pilot.press("V")
        await until(pilot, lambda: verification_screen(app).verifying.state.finished)
        assert probed(app)


async def test_a_verification_goes_on_when_its_dialog_is_closed_and_x_stops_it(make: Make) -> None:
    source = ScriptedSource(hold_run_at="L1:i8 on reference")
    app = make(source)
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: probed(app))
        await pilot.press("V")
        await until(pilot, lambda: verification_screen(app).verifying.state.running is not None)
        assert "checked; now" in text_of(app)
        verifying = verification_screen(app).verifying
        await pilot.press("escape")
        assert not isinstance(app.screen, VerificationScreen)
        await until(pilot, lambda: "checked · V shows all, X stops" in text_of(app))
        assert not source.released.is_set()
        await pilot.press("r")
        assert "A verification is in progress" in notified(app) and not app.model.run_active
        await pilot.press("V")
        assert verification_screen(app).verifying is verifying
        await pilot.press("X", "y")
        await until(pilot, lambda: verifying.state.finished and app.model.verification is None)
        assert source.released.is_set() and verifying.state.interrupted
        assert any("stopped" in line.text for line in app.model.log)


async def test_v_waits_for_discovery_and_for_a_run(make: Make) -> None:
    held = asyncio.Event()
    source = ScriptedSource(hold_discovery=held, hold_run_at="S1 on reference")
    app = make(source)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("V")
        assert "Still searching for adapters" in notified(app)
        held.set()
        await until(pilot, lambda: probed(app))
        await pilot.press("r")
        await until(pilot, lambda: app.model.run_active)
        await pilot.press("V")
        assert "A run is in progress" in notified(app)
        assert not isinstance(app.screen, VerificationScreen)
        await pilot.press("X", "y")
        await until(pilot, lambda: app.model.session.finished)


@pytest.mark.usefixtures("fake_path")
async def test_the_real_engine_probes_and_verifies(make: Make, tmp_path: Path) -> None:
    """The first three cases of those that V asks for: the larger ones take the reference seconds."""

    class OfSmallCases(FakeBackendSource):
        def verify(self, chosen: Selection) -> Run:
            return super().verify(replace(chosen, cases=chosen.cases[:3]))

    app = make(OfSmallCases(tmp_path / "reference"))
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: set(app.model.fingerprints) == {"reference", "vulkan:0", "gl:0"})
        await pilot.press("V")
        await until(pilot, lambda: verification_screen(app).verifying.state.finished)
        f32 = [
            result for result in verification_screen(app).verifying.state.results.values() if result.id.dtype == "f32"
        ]
        assert len(f32) == 15 and all(result.holds for result in f32)  # the fake runs f32 alone


@pytest.mark.parametrize("width", [80, 100, 200])
async def test_the_table_of_a_verification_is_cut_nowhere(width: int, make: Make) -> None:
    app = make()
    async with app.run_test(size=(width, 60)) as pilot:
        await until(pilot, lambda: searched(app))
        await pilot.press("V")
        await until(pilot, lambda: app.model.verification is None and "have the shipped bits" in text_of(app))
        shown = text_of(app)
        dialog = app.screen.query_one(".dialog").region
        lines = [line[dialog.x : dialog.right] for line in shown.splitlines()[dialog.y : dialog.bottom]]
        table = [line for line in lines if re.search(r" (dtype|f32|f16|i8) ", line)]
        assert len(table) > len(SUITES) and not any("…" in line for line in table)
        for adapter in ("reference", "opencl:0", "vulkan:0", "gl:0"):
            assert any(re.search(rf"dtype.* {adapter}( |$)", line.rstrip("│ ")) for line in lines), adapter


def test_adapters_that_do_not_fit_beside_the_others_have_a_table_of_their_own() -> None:
    state = Verification()
    adapters = [replace(ADAPTERS[2], id=f"opencl:{number}", identity=f"pocl#{number}") for number in range(7)]
    selection = Selection(
        select_verified(CaseFilter(("S1",))), tuple(adapters), tuple(each.id for each in adapters), (Arithmetic(),)
    )
    jobs = verify_request(selection, TERMS).jobs
    state.apply(RunStarted("s", "", {}, tuple(map(planned, jobs)), selection.selected, {}, None))
    tables = list(_marks(state, 60))
    named = [[str(column.header) for column in table.columns][2:] for table in tables]
    assert [name for names in named for name in names] == [each.id for each in adapters]
    console = Console(width=500)
    widths = [Measurement.get(console, console.options, table).maximum for table in tables]
    assert len(tables) == 2 and max(widths) <= 60
