"""``C``: selections with names, by keyboard and by mouse."""

from __future__ import annotations

from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input, Label, OptionList

from paragon_tui.sessions.choices import load
from paragon_tui.suites.case import Arithmetic
from paragon_tui.suites.overrides import Overrides
from paragon_tui.tui.dialogs.choices import ChoicesScreen, NameScreen
from paragon_tui.tui.widgets.tick_tree import TickTree
from tests.tui.conftest import SMALL, WIDE, Make, app_of, every_size, notified, searched, text_of, until


def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "choices.json"


async def opened(pilot: Pilot[int]) -> None:
    app = app_of(pilot)
    await until(pilot, lambda: searched(app))
    await pilot.press("C")
    await until(pilot, lambda: isinstance(app.screen, ChoicesScreen))


async def typed(pilot: Pilot[int], name: str) -> None:
    app = app_of(pilot)
    await until(pilot, lambda: isinstance(app.screen, NameScreen))
    app.screen.query_one(Input).value = ""
    await pilot.press(*name.replace(" ", "_"), "enter")
    await until(pilot, lambda: isinstance(app.screen, ChoicesScreen))


@every_size
async def test_a_choice_is_saved_and_ticked_again(make: Make, tmp_path: Path, size: tuple[int, int]) -> None:
    app = make()
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: searched(app))
        main = app.main
        cases, adapters, arithmetic = (
            main.query_one(f"#{name}", TickTree) for name in ("cases", "adapters", "arithmetic")
        )
        cases.tick(cases.leaf_keys(), on=False)
        cases.tick(["S1", "softmax-1k"], on=True)
        adapters.tick(["numpy", "reference", "opencl:0"], on=False)
        arithmetic.tick(["f16", "plain"], on=True)
        main.overrides = Overrides(batches=(64,))
        await opened(pilot)
        assert "None yet: s saves what is ticked." in text_of(app)
        await pilot.press("s")
        await typed(pilot, "gpu")
        await until(pilot, lambda: "2 cases × 2 adapters, f32, f32" in text_of(app), seconds=20)
        await pilot.press("escape", "a")
        main.overrides = Overrides()
        adapters.tick(adapters.leaf_keys(), on=True)
        arithmetic.tick(["f16", "plain"], on=False)
        await opened(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is main)
        assert main.ticked_cases == ["S1", "softmax-1k"]
        assert main.ticked_adapters == ["vulkan:0", "gl:0"]
        assert main.ticked_arithmetic == (Arithmetic("f32"), Arithmetic("f32", "plain"), Arithmetic("f16"))
        assert main.overrides == Overrides(batches=(64,))
        assert "Ticked: 2 cases × 2 adapters" in notified(app)
    assert list(load(file(tmp_path))) == ["gpu"]


async def test_choices_are_renamed_replaced_deleted_and_brought_back(make: Make, tmp_path: Path) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await opened(pilot)
        await pilot.press("s")
        await typed(pilot, "one")
        await pilot.press("r")
        await typed(pilot, "nightly")
        assert list(load(file(tmp_path))) == ["nightly"]
        await pilot.press("escape", "n")
        await opened(pilot)
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, NameScreen) and "This replaces nightly." in text_of(app))
        await pilot.press("enter")
        await until(pilot, lambda: load(file(tmp_path))["nightly"].cases == ())
        await pilot.press("u")
        await until(pilot, lambda: len(load(file(tmp_path))["nightly"].cases) == 10)
        await pilot.press("delete")
        await until(pilot, lambda: load(file(tmp_path)) == {})
        assert "Deleted nightly; u brings it back." in notified(app)
        await pilot.press("u")
        await until(pilot, lambda: list(load(file(tmp_path))) == ["nightly"])


async def test_a_choice_is_saved_and_ticked_by_mouse(make: Make, tmp_path: Path) -> None:
    app = make()
    async with app.run_test(size=SMALL) as pilot:
        await opened(pilot)
        dialog = app.screen.query_one(".dialog").region
        line = text_of(app).splitlines()[dialog.bottom - 1]
        await pilot.click(offset=(line.index("s saves"), dialog.bottom - 1))
        await typed(pilot, "mine")
        app.main.query_one("#cases", TickTree).tick(["S1"], on=False)
        await pilot.click(OptionList, offset=(4, 1))
        await until(pilot, lambda: app.screen is app.main and "S1" in app.main.ticked_cases)


async def test_a_damaged_file_is_told_and_stays(make: Make, tmp_path: Path) -> None:
    file(tmp_path).parent.mkdir()
    file(tmp_path).write_text("{")
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await opened(pilot)
        refusal = app.screen.query_one("#refusal", Label)
        await until(pilot, lambda: "holds no choices" in str(refusal.render()), seconds=10)
        await pilot.press("s")
        await typed(pilot, "mine")
        assert file(tmp_path).read_text() == "{"
