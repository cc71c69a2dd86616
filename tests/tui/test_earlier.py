"""The last sessions stand in the chooser of a tall terminal, and a click opens one."""

from __future__ import annotations

from paragon_tui.tui.pages.session import SessionPage
from paragon_tui.tui.widgets.earlier import Earlier
from tests.tui.conftest import WIDE, Make, finished, searched, text_of, until


async def test_a_run_stands_there_once_it_has_ended_and_a_click_opens_it(make: Make) -> None:
    app = make()
    async with app.run_test(size=(200, 60)) as pilot:
        await until(pilot, lambda: searched(app) and "none yet" in text_of(app))
        await pilot.press("r")
        await until(pilot, lambda: finished(app) and "/50" in str(app.main.query_one(Earlier)._shown))
        assert "2 all, name, compare" in text_of(app)
        await pilot.click(Earlier, offset=(4, 1))
        await until(pilot, lambda: isinstance(app.screen, SessionPage))


async def test_a_low_terminal_has_no_room_for_them(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        assert not app.main.query_one(Earlier).display
