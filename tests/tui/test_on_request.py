"""Adapters that run on request alone, on the screen: unticked at first, ticked as a person left them."""

from __future__ import annotations

from dataclasses import replace

from textual.pilot import Pilot

from paragon_tui.tui.widgets.results_table import ResultsTable
from paragon_tui.tui.widgets.tick_tree import TickTree
from tests.support.screen_sources import ADAPTERS, ScriptedSource
from tests.tui.conftest import Make, app_of, searched, text_of, until

WIDE = (120, 40)
USUAL = [adapter.id for adapter in ADAPTERS]
SWITCHES = (("NPY_DISABLE_CPU_FEATURES", "X86_V4"), ("OPENBLAS_CORETYPE", "Haswell"))
LIMITED = replace(ADAPTERS[0], id="numpy-avx2", identity="numpy-avx2", environment=SWITCHES, on_request=True)


def source() -> ScriptedSource:
    return ScriptedSource(adapters=(*ADAPTERS[:2], LIMITED, *ADAPTERS[2:]))


async def adapter_list(pilot: Pilot[int]) -> TickTree:
    """The list of adapters, once all are in it."""
    app = app_of(pilot)
    await until(pilot, lambda: searched(app))
    return app.main.query_one("#adapters", TickTree)


async def test_it_is_not_ticked_at_first_and_stands_under_a_heading_of_its_own(make: Make) -> None:
    app = make(source())
    async with app.run_test(size=WIDE) as pilot:
        tree = await adapter_list(pilot)
        assert app.main.ticked_adapters == USUAL
        *_, on_request = tree.root.children
        assert not on_request.is_expanded
        on_request.expand()
        await pilot.pause()
        headings = {str(node.label): [str(leaf.label) for leaf in node.children] for node in tree.root.children}
        assert headings == {
            "CPU": ["numpy", "reference", "opencl:0"],
            "Example GPU 9000": ["vulkan:0", "gl:0"],
            "CPU, on request": ["numpy-avx2"],
        }


async def test_a_persons_tick_is_there_at_the_next_launch_and_so_is_taking_it_out(make: Make) -> None:
    for tick, before in ((True, False), (False, True)):
        app = make(source())
        async with app.run_test(size=WIDE) as pilot:
            tree = await adapter_list(pilot)
            assert ("numpy-avx2" in app.main.ticked_adapters) is before
            tree.tick(["numpy-avx2"], on=tick)
            await pilot.press("q")
    last = make(source())
    async with last.run_test(size=WIDE) as pilot:
        await adapter_list(pilot)
        assert last.main.ticked_adapters == USUAL


async def test_its_figures_say_what_it_computed_with_and_its_details_what_limits_it(make: Make) -> None:
    app = make(source())
    async with app.run_test(size=WIDE) as pilot:
        tree = await adapter_list(pilot)
        tree.tick(tree.leaf_keys(), on=False)
        tree.tick(["numpy", "numpy-avx2"], on=True)
        await pilot.press("r")
        await until(pilot, lambda: app.model.session.finished)
        app.main.query_one(ResultsTable).select("S1", "numpy-avx2")
        await pilot.pause()
        await pilot.press("f")
        await pilot.pause()
        text = text_of(app)
        assert "Library" in text and "AVX2: NumPy X86_V3, OpenBLAS 0.3.31 Haswell, 2 threads" in text
        assert "OpenBLAS 0.3.31 Example, 2 threads" in text
        await pilot.press("escape", "d")
        words = "NPY_DISABLE_CPU_FEATURES", "set to 'X86_V4' for it", "set to 'Haswell' for it"
        shown = []
        for _ in app.model.adapters:
            await pilot.pause()
            shown.append(text_of(app))
            await pilot.press("down")
        assert any(all(word in text for word in words) for text in shown)
