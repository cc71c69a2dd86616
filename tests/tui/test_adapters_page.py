"""The page of adapters: a list, all that is known of one, and what is missing; by keyboard and by mouse."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList

from paragon_tui.diagnosis.finding import Finding
from paragon_tui.tui.app import ParagonApp
from paragon_tui.tui.examination import examination
from paragon_tui.tui.pages.adapters import AdaptersPage
from paragon_tui.tui.widgets.tick_tree import TickTree
from tests.support.screen_sources import ADAPTERS, FINGERPRINTS, ScriptedSource
from tests.tui.conftest import (
    SMALL,
    WIDE,
    Make,
    app_of,
    click_in_head,
    every_size,
    finished,
    notified,
    searched,
    text_of,
    until,
)

RICH = replace(
    ADAPTERS[3],
    uuid="6fb07f4c-0000",
    pci_address="0000:65:00.0",
    memory_bytes=2**33,
    max_group_items=1024,
    features=("shader-f16", "timestamp-query"),
    environment=(("LP_NUM_THREADS", "2"),),
)
WITH_FACTS = (*ADAPTERS[:3], RICH, ADAPTERS[4])


async def opened(pilot: Pilot[int]) -> ParagonApp:
    app = app_of(pilot)
    await until(pilot, lambda: searched(app) and set(app.model.fingerprints) == set(FINGERPRINTS))
    await pilot.press("d")
    await until(pilot, lambda: isinstance(app.screen, AdaptersPage) and "Identity" in text_of(app))
    return app


@every_size
async def test_by_keyboard_alone(size: tuple[int, int], make: Make) -> None:
    app = make(ScriptedSource(adapters=WITH_FACTS))
    async with app.run_test(size=size) as pilot:
        await opened(pilot)
        for adapter in WITH_FACTS:
            assert adapter.name in text_of(app) and f"{adapter.driver} {adapter.driver_version}" in text_of(app)
            await pilot.press("down")
        await until(pilot, lambda: "no driver is registered" in text_of(app))
        assert "→ sudo apt install mesa-vulkan-drivers" in text_of(app) and "1 to mend" in text_of(app)
        await pilot.press("up", "up", "tab", "end")  # through all that is told of one
        await until(pilot, lambda: "shader-f16, timestamp-query" in text_of(app))
        await pilot.press("escape")
        assert app.screen is app.main


@every_size
async def test_by_mouse_alone(size: tuple[int, int], make: Make) -> None:
    app = make(ScriptedSource(adapters=WITH_FACTS))
    async with app.run_test(size=size) as pilot:
        await opened(pilot)
        await pilot.click(OptionList, offset=(4, 3))
        await until(pilot, lambda: "6fb07f4c-0000" in text_of(app) and "0000:65:00.0" in text_of(app))
        assert "LP_NUM_THREADS" in text_of(app) and "8 GiB" in text_of(app)
        await pilot.click(OptionList, offset=(4, 5))
        await until(pilot, lambda: "no driver is registered" in text_of(app))
        await click_in_head(pilot, "Run")
        assert app.screen is app.main


async def test_what_the_bits_rest_on_is_told_in_words(make: Make) -> None:
    app = make()
    async with app.run_test(size=(200, 60)) as pilot:
        await opened(pilot)
        assert "a baseline: it computes as its library does, and claims no bits" in text_of(app)
        await pilot.press("down", "down", "down")
        shown = text_of(app)
        assert "exact" in shown and "no specification promises it, but the probes pass" in shown
        assert "✓ tie to even, up, for exact and guarded" in shown and "a bare a*b+c stays unfused: no" in shown
        assert "not measured yet: a full run measures them" in shown


async def test_c_copies_what_is_shown(make: Make) -> None:
    app = make(ScriptedSource(adapters=WITH_FACTS))
    async with app.run_test(size=WIDE) as pilot:
        await opened(pilot)
        await pilot.press("down", "down", "down", "c")
        assert app.clipboard.startswith("vulkan:0\n\nIdentity\n  name: Example GPU 9000\n")
        assert "  UUID: 6fb07f4c-0000" in app.clipboard and "  shader-f16, timestamp-query" in app.clipboard
        assert "lines about vulkan:0" in notified(app)
        await pilot.press("end")
        await until(pilot, lambda: "1 to mend" in text_of(app))
        await pilot.press("c")
        assert "✗ Vulkan, drivers: no driver is registered → sudo apt" in app.clipboard


async def test_peaks_and_sensors_come_with_a_run(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        app.main.query_one("#cases", TickTree).tick(["M1", "M2", "M3", "L1", "L2", "XL1", "XL2"], on=False)
        await pilot.press("r", "d")
        await until(pilot, lambda: finished(app) and "40 GB/s copy bandwidth" in text_of(app))
        assert "none that the system lets this user read" in text_of(app)


async def test_nothing_is_examined_while_a_run_measures(make: Make) -> None:
    @dataclass
    class Counting(ScriptedSource):
        examined: int = 0

        async def examine(self) -> list[Finding]:
            self.examined += 1
            return []

    source = Counting(hold_run_at="S1 on gl:0")
    app = make(source)
    async with app.run_test(size=WIDE) as pilot:
        await opened(pilot)
        await pilot.press("escape", "r")
        await until(pilot, lambda: app.model.progress()[0] == 4)
        await pilot.press("5", "end")
        await until(pilot, lambda: "when nothing is measured" in text_of(app))
        assert source.examined == 0
        app._run.stop()
        await until(pilot, lambda: "No problem was found." in text_of(app))
        assert source.examined == 1


async def test_an_examination_that_fails_is_told(make: Make) -> None:
    class Failing(ScriptedSource):
        async def examine(self) -> list[Finding]:
            raise ValueError("Input data was truncated")

    app = make(Failing())
    async with app.run_test(size=WIDE) as pilot:
        await opened(pilot)
        await pilot.press("end")
        await until(pilot, lambda: "said nothing that can be read" in text_of(app))


async def test_without_a_gpu_the_list_says_so(make: Make) -> None:
    app = make(ScriptedSource(adapters=ADAPTERS[:3]))
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        await pilot.press("d")
        await until(pilot, lambda: "No GPU found: why" in text_of(app))


async def test_the_doctor_is_asked_in_a_process_of_its_own() -> None:
    areas = {finding.area for finding in await examination()}
    assert {"program", "adapters"} <= areas and "terminal" not in areas


@pytest.mark.parametrize("size", [WIDE, SMALL], ids=["120x36", "80x24"])
def test_pictures(size: tuple[int, int], make: Make, snap_compare: Any) -> None:
    async def shown(pilot: Pilot[int]) -> None:
        app = await opened(pilot)
        await pilot.press(*(("down",) * 3 if size == WIDE else ("end",)))
        await until(pilot, lambda: "products guarded" in text_of(app) or "1 to mend" in text_of(app))

    assert snap_compare(make(ScriptedSource(adapters=WITH_FACTS)), terminal_size=size, run_before=shown)
