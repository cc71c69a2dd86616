"""The first minute: a card says what to do, a key does it, and a sentence says what was found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from paragon_tui.tui.widgets.card import Card
from tests.support.screen_sources import ADAPTERS, ScriptedSource
from tests.tui.conftest import SMALL, WIDE, Make, finished, searched, text_of, until


@pytest.mark.parametrize("size", [WIDE, (200, 60)], ids=["120x36", "200x60"])
async def test_a_card_says_what_to_do_until_something_is_measured(size: tuple[int, int], make: Make) -> None:
    app = make()
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: searched(app) and app.model.expected_fast_s is not None)
        shown = text_of(app)
        assert "measure what is ticked  50 results, about 1 min 15 s" in shown
        assert "have a taste of it" in shown and "check the bits alone" in shown
        assert "Found beside NumPy: pthread-Example, Example GPU 9000" in shown
        assert "No GPU" not in shown
        await pilot.press("F")
        await until(pilot, lambda: finished(app))
        assert not app.main.query_one(Card).display
        assert app.main.query_one("#below").display


async def test_every_text_names_the_keys_of_the_settings(make: Make, tmp_path: Path) -> None:
    keys = (
        'run = "ctrl+r"',
        'go_on = "ctrl+o"',
        'figures = "ctrl+f"',
        'dialog_close = "ctrl+w"',
        'choices_save = "ctrl+s"',
    )
    (tmp_path / "settings.toml").write_text("\n".join(["[keys]", *keys]))
    source = ScriptedSource(hold_run_at="S2 on opencl:0")
    app = make(source)
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app) and "ctrl+r measures 50 results" in text_of(app))
        assert "ctrl+r   measure what is ticked" in text_of(app)
        assert "press ctrl+r to run" in "\n".join(line.text for line in app.model.log)
        await pilot.press("C")
        await until(pilot, lambda: "ctrl+s saves · r renames" in text_of(app))
        assert "ctrl+w closes" in text_of(app) and "None yet: ctrl+s saves what is ticked" in text_of(app)
        await pilot.press("ctrl+w", "ctrl+r")
        await until(pilot, lambda: app._run is not None)
        assert app._run is not None
        app._run.stop()
        source.released.set()
        await until(pilot, lambda: "stopped (ctrl+o goes on)" in text_of(app))


async def test_the_card_is_for_the_mouse_too(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app) and app.model.expected_fast_s is not None)
        row = next(y for y, line in enumerate(text_of(app).splitlines()) if "have a taste of it" in line)
        await pilot.click(offset=(text_of(app).splitlines()[row].index("have a taste"), row))
        await until(pilot, lambda: finished(app))


async def test_in_a_small_terminal_the_card_is_beside_the_results(make: Make) -> None:
    app = make()
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: searched(app))
        await pilot.press("right_square_bracket")
        await pilot.pause()
        assert "have a taste of it" in text_of(app)


async def test_without_a_gpu_the_card_says_where_to_look(make: Make) -> None:
    software = tuple(replace(adapter, type="cpu") for adapter in ADAPTERS)
    app = make(ScriptedSource(adapters=software))
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        assert "No GPU was found: d says what is missing." in text_of(app)


async def test_at_the_end_a_sentence_says_what_was_found(make: Make) -> None:
    app = make()
    async with app.run_test(size=(120, 50)) as pilot:
        await until(pilot, lambda: searched(app))
        await pilot.press("r")
        await until(pilot, lambda: finished(app))
        log = [line.text for line in app.model.log]
        assert "fastest of 10 cases: numpy in 8, no adapter clearly in 2" in log
