"""Keys that a user gives: they work, are shown, and are refused where something else has them."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.binding import Binding
from textual.widgets import Input

from paragon_tui.tui.actions import ACTIONS, MOVES, key_name
from paragon_tui.tui.app import ParagonApp
from paragon_tui.tui.dialogs.help import HelpScreen, Section, sections
from paragon_tui.tui.keymap import all_bound, holder, sound_keys
from paragon_tui.tui.pages.adapters import AdaptersPage
from paragon_tui.tui.widgets.results_table import ResultsTable
from paragon_tui.tui.widgets.tick_tree import TickTree
from tests.tui.conftest import WIDE, Make, every_size, finished, searched, text_of, until


def test_every_binding_has_an_id_and_no_two_actions_share_one() -> None:
    assert {action.id for action in ACTIONS} <= set(all_bound())  # which asserts that every binding has one
    assert len({action.id for action in ACTIONS}) == len(ACTIONS)
    assert {"table_up", "list_tick", "end_search", "dialog_close", "question_yes", "page_back"} <= set(all_bound())


def test_no_two_things_have_one_key_in_one_screen_by_default() -> None:
    """Widgets may take a screen's keys (esc), and vim's keys give way to all; two of one screen may not clash."""
    moves = {binding.id for binding in MOVES}
    for bound in all_bound().values():
        for key in bound.keys:
            for rival in all_bound().values():
                shared = set(bound.owners) & set(rival.owners)
                if shared and bound.id != rival.id and key in rival.keys:
                    pytest.fail(f"{key} is {bound.id} and {rival.id}")
    run = {action.key for action in ACTIONS}
    assert [binding.key for binding in MOVES if binding.key in run] == ["g"]  # Follow, on the page of the run
    assert len(moves) == 8


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"figures": ("v",)}, "'v' is Values (values), so Figures keeps f"),
        ({"figuers": ("f7",)}, "there is no such action; did you mean figures?"),
        ({"figures": ("ctrl+frob",)}, "there is no key 'ctrl+frob'"),
        ({"figures": ("f7",), "values": ("f7",)}, "'f7' is Figures (figures), so Values keeps v"),
        ({"figures": ("f7", "q")}, "'q' is Quit (quit), so Figures keeps f"),
        ({"table_up": ("r",)}, "'r' is Run (run), so Case above keeps up"),
        ({"move_down": ("n",)}, "'n' is None (tick_none)"),
        ({"values": ("f",), "figures": ("v",), "sort": ("f",)}, "'f' is Values (values), so Sort keeps s"),
    ],
)
def test_what_cannot_be_is_told_with_both_names(keys: dict[str, tuple[str, ...]], words: str) -> None:
    sound, problems = sound_keys(keys)
    (told,) = problems.values()
    assert words in told and not set(problems) & set(sound) and set(problems) | set(sound) == set(keys)


def test_keys_may_change_places_and_names_are_those_people_write() -> None:
    sound, problems = sound_keys({"values": ("f",), "figures": ("v", "?"), "help": (".",)})
    assert not problems and sound == {"values": ("f",), "figures": ("v", "question_mark"), "help": ("full_stop",)}
    assert (
        key_name("comma") == ","
        and key_name("escape") == "esc"
        and key_name("ctrl+f") == "ctrl+f"
        and key_name("slash") == "/"
    )


def test_a_wish_that_is_refused_gives_its_usual_key_back() -> None:
    sound, problems = sound_keys({"figures": ("q",), "values": ("f",)})
    assert sound == {} and "is Figures (figures), so Values keeps v" in problems["values"]


def test_keys_of_vim_give_way() -> None:
    assert sound_keys({"figures": ("j",), "table_last": ("G",)})[1] == {}
    assert holder("f7", all_bound()["figures"], {}) is holder("j", all_bound()["stop"], {}) is None
    assert holder("j", all_bound()["move_up"], {}) is None and holder("q", all_bound()["move_up"], {}) is not None


def shown_sections(app: ParagonApp) -> list[Section]:
    assert isinstance(app.screen, HelpScreen)
    return app.screen._sections


@every_size
async def test_a_key_of_ones_own_works_is_shown_and_the_usual_one_is_free(
    size: tuple[int, int], make: Make, tmp_path: Path
) -> None:
    (tmp_path / "settings.toml").write_text('[keys]\nfigures = ["U", "k"]\nexport = "v"\nrun = "f10"\n')
    app = make()
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: searched(app))
        assert [line.text for line in app.model.log if "settings.toml, line 3" in line.text] == [
            f"{tmp_path / 'settings.toml'}, line 3: 'v' is Values (values), so Export keeps e"
        ]
        assert "f10 Run" in text_of(app)  # the footer
        await pilot.press("r")
        assert not app.model.run_active and not finished(app)
        await pilot.press("f10")
        await until(pilot, lambda: finished(app))
        await pilot.press("f")
        assert app.screen is app.main
        await pilot.press("U")
        assert "FiguresScreen" in str(app.screen)
        await pilot.press("k")  # the key that opened it closes it
        assert app.screen is app.main
        await pilot.press("question_mark")
        await pilot.pause()
        rows = [row for _, rows in shown_sections(app) for row in rows]
        assert ("U k", "Show all figures of the selected result") in rows
        commands = {command.title: command.help for command in app.get_system_commands(app.screen_stack[0])}
        assert commands["Figures"].startswith("U k · ") and commands["Export"].startswith("e · ")


async def test_help_begins_with_the_keys_of_where_one_is(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        headings = [heading for heading, _ in sections(app.screen)]
        assert headings == ["List", "Run", "Everywhere", "Moving"]
        app.main.query_one(ResultsTable).focus()
        await pilot.pause()
        assert next(iter(sections(app.screen)))[0] == "Results table"
        await pilot.press("5", "question_mark")
        await pilot.pause()
        assert [heading for heading, _ in shown_sections(app)] == ["Adapters page", "Everywhere", "Moving"]


async def test_the_keys_of_vim_move_in_lists_tables_and_texts(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        tree = app.main.query_one("#cases", TickTree)
        await pilot.press("j", "j", "k")
        await until(pilot, lambda: tree.cursor_line == 1)
        await pilot.press("h", "h")
        await until(pilot, lambda: not tree.root.children[0].is_expanded)
        await pilot.press("l", "l", "G")
        await until(pilot, lambda: tree.cursor_line == tree.last_line > 10)
        await pilot.press("ctrl+u")
        await until(pilot, lambda: tree.cursor_line < tree.last_line)
        await pilot.press("r")
        await until(pilot, lambda: finished(app))
        table = app.main.query_one(ResultsTable)
        table.focus()
        table.cursor = (0, 0)
        await pilot.press("j", "l", "l", "k", "j")
        await until(pilot, lambda: table.cursor == (1, 2))
        await pilot.press("G", "g")
        await until(pilot, lambda: table.follows_run)  # g is Follow here
        assert table.cursor == (9, 2)
        await pilot.press("f", "k")  # a dialog walks
        await until(pilot, lambda: table.cursor == (8, 2))
        await pilot.press("escape", "question_mark", "G")
        text = app.screen.query_one(".dialog")
        await until(pilot, lambda: text.scroll_offset.y == text.max_scroll_y > 0)
        await pilot.press("g", "g")
        await until(pilot, lambda: text.scroll_offset.y == 0)


async def test_the_keys_of_vim_are_letters_where_one_types(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        await pilot.press("slash", *"hjkgGl")
        assert app.main.query_one("#search", Input).value == "hjkgGl"
        await pilot.press("escape", "5")
        assert isinstance(app.screen, AdaptersPage)


def test_an_action_that_takes_a_key_of_vim_has_it() -> None:
    taken = {action.key for action in ACTIONS if action.place == "anywhere"}
    assert all(isinstance(binding, Binding) and binding.key not in taken for binding in MOVES)
