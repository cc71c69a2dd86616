"""The tree of several hundred cases: levels, ticks of branches, folding, search, and how little work each key takes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.pilot import Pilot
from textual.widgets import Input
from textual.widgets.tree import TreeNode

from paragon_tui.engine.messages.job import FAST, Sampling
from paragon_tui.engine.runner.requests import Selection
from paragon_tui.engine.runner.selection import CaseFilter, all_cases, select_cases
from paragon_tui.suites import vector
from paragon_tui.tui.app import ParagonApp
from paragon_tui.tui.main_screen import MainScreen
from paragon_tui.tui.model import PAINTS_PER_SECOND
from paragon_tui.tui.widgets.case_list import matching
from paragon_tui.tui.widgets.results_table import ResultsTable
from paragon_tui.tui.widgets.tick_tree import Branch, Leaf, TickTree
from tests.support.screen_sources import ScriptedSource
from tests.tui.conftest import WIDE, Make, app_of, searched, text_of, until

VECTOR = 11  # the line of that suite, below the usual one's ten cases
VECTORS = len(vector.SUITE.cases)
OPERATIONS = len({case.operation for case in vector.SUITE.cases})
ALL = len(all_cases())
BEHIND = 4  # suites that come after it
SIZES = ("100", "1k", "10k", "100k", "1M", "1024x1024", "2048x2048", "4096x4096")


def cases(app: ParagonApp) -> TickTree:
    return app.main.query_one("#cases", TickTree)


def lines(app: ParagonApp) -> list[str]:
    """Return the lines that the tree shows, without trailing blanks."""
    tree = cases(app)
    return [tree.render_line(y).text.rstrip() for y in range(min(tree.size.height, tree.last_line + 1))]


async def go_to(pilot: Pilot[int], line: int) -> None:
    tree = cases(app_of(pilot))
    tree.move_cursor_to_line(line)
    await pilot.pause()


def nodes(node: TreeNode[Branch | Leaf | None]) -> int:
    return 1 + sum(map(nodes, node.children))


# Levels


async def test_large_suites_are_collapsed_and_their_lines_not_made(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        shown = lines(app)
        assert shown[0] == "▾ ☑ Inference 10/10"
        assert shown[1] == "  ☑ S1 784→64→10"
        assert shown[VECTOR] == f"▸ ☐ Vector 0/{VECTORS}"  # all others are a scroll away
        assert cases(app).border_title == f"Cases 10/{ALL}"
        assert nodes(cases(app).root) == 1 + 2 + BEHIND + 10


async def test_right_expands_and_enters_left_leaves_and_collapses(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        tree = cases(app)
        await go_to(pilot, VECTOR)
        await pilot.press("right")
        assert tree.cursor_line == VECTOR
        assert tree.last_line == VECTOR + OPERATIONS + BEHIND
        await pilot.press("right")
        assert tree.cursor_line == VECTOR + 1
        await pilot.press("right", "right", "down")
        tree.scroll_to_line(VECTOR + 9, animate=False)
        await pilot.pause()
        assert [line for line in lines(app) if line.startswith("    ")] == [
            *(f"    ☐ {size}" for size in SIZES[:5]),
            *(f"    ☐ {size} {word}" for size, word in zip(SIZES[5:], ("small", "mediu", "large"), strict=True)),
        ]
        await pilot.press("left")
        assert tree.cursor_line == VECTOR + 1
        await pilot.press("left", "left")
        assert tree.cursor_line == VECTOR
        await pilot.press("left")
        assert tree.last_line == VECTOR + BEHIND


async def test_enter_folds_a_branch_and_ticks_a_leaf(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        await pilot.press("enter")
        await pilot.pause()
        assert lines(app)[0] == "▸ ☑ Inference 10/10"
        await pilot.press("enter")
        await pilot.press("down", "enter")
        await pilot.pause()
        assert lines(app)[:2] == ["▾ ◪ Inference 9/10", "  ☐ S1 784→64→10"]


async def test_space_ticks_a_whole_branch_and_what_is_ticked_in_part_says_so(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        await go_to(pilot, VECTOR)
        await pilot.press("right", "right", "space")
        assert app.main.ticked_cases[10:] == [f"add-{size}" for size in SIZES]
        cases(app).scroll_to_line(VECTOR, animate=False)
        await pilot.pause()
        assert f"▸ ◪ Vector 8/{VECTORS}".replace("▸", "▾") in lines(app)
        assert "  ▸ ☑ add 8/8" in lines(app)
        await pilot.press("right", "down", "space")
        assert "  ▾ ◪ add 7/8" in lines(app)
        assert cases(app).border_title == f"Cases 17/{ALL}"
        await pilot.press("left", "space")  # what is ticked in part is ticked as a whole
        assert "  ▾ ☑ add 8/8" in lines(app)
        await pilot.press("space")
        assert app.main.ticked_cases[10:] == []


async def test_a_name_without_room_keeps_its_end_and_its_count(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        await pilot.press("slash", *"norm_linf")
        shown = ["norm_linf 0/8", "norm_l…rows 0/3", "norm_l…umns 0/3"]
        assert lines(app) == ["▾ ☐ Vector 0/14", *(f"  ▸ ☐ {line}" for line in shown)]


async def test_the_mouse_folds_on_arrows_and_ticks_on_boxes(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        row = VECTOR + 1  # below the title
        await pilot.click("#cases", offset=(2, row))
        assert len(app.main.ticked_cases) == 10 + VECTORS
        assert cases(app).last_line == VECTOR + BEHIND
        await pilot.click("#cases", offset=(0, row))
        await pilot.pause()
        assert cases(app).last_line == VECTOR + OPERATIONS + BEHIND
        assert len(app.main.ticked_cases) == 10 + VECTORS
        await pilot.click("#cases", offset=(6, row))  # the name: nothing is ticked by a near miss
        await pilot.pause()
        assert cases(app).last_line == VECTOR + BEHIND
        assert len(app.main.ticked_cases) == 10 + VECTORS


async def test_ticks_of_all_suites_are_there_at_the_next_launch(make: Make) -> None:
    first = make()
    async with first.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(first))
        cases(first).tick(["S1", "S2"], on=False)
        cases(first).tick(["add-1k", "matmul-16"], on=True)
        await pilot.press("q")
    second = make()
    async with second.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(second))
        assert second.main.ticked_cases == ["S3", "M1", "M2", "M3", "L1", "L2", "XL1", "XL2", "add-1k", "matmul-16"]


# Search


@pytest.mark.parametrize(
    ("words", "case_filter"),
    [
        ("inference", CaseFilter(suites=("inference",))),
        ("softmax", CaseFilter(operations=("softmax",))),
        ("SOFTMAX 1m", CaseFilter(("softmax-1M", "log_softmax-1M"))),
        ("1m softmax", CaseFilter(("softmax-1M", "log_softmax-1M"))),
        ("vec lerp", CaseFilter(suites=("vector",), operations=("lerp",))),
        ("lerp 100", CaseFilter(("lerp-100",))),  # a size in full is that size
        (
            "vec lerp 10",
            CaseFilter(("lerp-100", "lerp-10k", "lerp-100k", "lerp-1k", "lerp-1M", "lerp-1024x1024")),
        ),  # 1000, 1000000
        ("layers small", CaseFilter(suites=("layers",), sizes=("small",))),
        ("matmul-1", CaseFilter(("matmul-16", "matmul-128", "matmul-1024"))),
        ("s1", CaseFilter(("S1",))),
        ("512x64", CaseFilter(("attention-medium", "attention-batched-large", "attention-[cp]*-medium"))),
    ],
)
def test_all_words_must_fit_suite_operation_or_size(words: str, case_filter: CaseFilter) -> None:
    assert list(matching(words.split())) == list(select_cases(case_filter))


def test_words_that_fit_nothing_find_nothing() -> None:
    assert list(matching(["softmax", "quantum"])) == []
    assert list(matching([])) == list(all_cases())


async def test_typing_narrows_and_escape_shows_all_again_as_it_was(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        await go_to(pilot, VECTOR)
        await pilot.press("right", "up")
        before = lines(app)
        await pilot.press("slash")
        search = app.focused
        assert isinstance(search, Input)
        await pilot.press(*"layern")
        assert lines(app) == ["▾ ☐ Layers 0/6", "  ▸ ☐ layernorm 0/3", "  ▸ ☐ layern…ched 0/3"]
        assert cases(app).border_title == "6 shown, 10 ticked"
        await pilot.press(*" large")
        assert lines(app)[2] == "    ☐ large 4096x4096"
        await pilot.press(*"x")
        assert lines(app) == [] and cases(app).border_title == "0 shown, 10 ticked"
        await pilot.press("backspace")
        assert cases(app).border_title == "2 shown, 10 ticked"
        await pilot.press("escape")
        await pilot.pause()
        assert app.focused is cases(app)
        assert not app.main.query_one("#search").display
        assert cases(app).border_title == f"Cases 10/{ALL}"
        cases(app).scroll_to(y=0, animate=False)
        await pilot.pause()
        assert lines(app) == before


async def test_a_search_ticks_only_what_it_shows(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        await pilot.press("slash", *"lerp 1k", "enter")
        assert app.focused is cases(app)
        await pilot.press("space")  # the whole suite, as far as it is shown
        assert app.main.ticked_cases[10:] == ["lerp-1k"]
        await pilot.press("slash", *"vector lerp 1M", "enter", "a")  # what is typed replaces what was searched before
        assert app.main.ticked_cases[10:] == ["lerp-1k", "lerp-1M"]
        await pilot.press("n")
        assert app.main.ticked_cases[10:] == ["lerp-1k"]
        await pilot.press("escape")
        await pilot.pause()
        assert f"▸ ◪ Vector 1/{VECTORS}" in lines(app)
        await pilot.press("a")
        assert len(app.main.ticked_cases) == ALL


async def test_escape_ends_a_search_and_no_run(make: Make) -> None:
    app = make(ScriptedSource(hold_run_at="S2 on opencl:0"))
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        await pilot.press("r")
        await until(pilot, lambda: app.model.progress()[0] == 7)
        await pilot.press("slash", *"add", "enter", "escape")
        await pilot.pause()
        assert app.model.run_active and cases(app).border_title == f"Cases 10/{ALL}"
        await pilot.press("escape")
        await pilot.pause()
        assert app.model.run_active


async def test_a_search_from_another_tab_of_a_small_terminal_brings_the_cases_to_the_front(make: Make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: searched(app))
        await pilot.press("left_square_bracket")
        await pilot.pause()
        await pilot.press("slash", *"dropout")
        await pilot.pause()
        assert "▸ ☐ dropout 0/3" in text_of(app)


# Work


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Counts the calls of a method."""

    def count(owner: type, name: str) -> list[str]:
        calls: list[str] = []
        original = getattr(owner, name)

        def counting(*args: object, **kwargs: object) -> object:
            calls.append(name)
            return original(*args, **kwargs)

        monkeypatch.setattr(owner, name, counting)
        return calls

    return count


async def test_a_key_that_ticks_hundreds_paints_once(make: Make, counted: Callable[..., list[str]]) -> None:
    asked: list[tuple[int, Sampling | None]] = []

    class Asked(ScriptedSource):
        def expected(self, chosen: Selection, sampling: Sampling | None = None) -> tuple[int, float]:
            asked.append((len(chosen.cases), sampling))
            return super().expected(chosen)

    app = make(Asked())
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        await go_to(pilot, VECTOR)
        built, shown = counted(TickTree, "_build"), counted(ResultsTable, "_lay_out")
        asked.clear()
        await pilot.press("space")
        await pilot.pause()
        assert asked == [(10 + VECTORS, None), (10 + VECTORS, FAST)]
        assert len(shown) == 1
        assert len(built) == 1
        assert nodes(cases(app).root) == 1 + 2 + BEHIND + 10


async def test_a_letter_makes_few_lines_and_builds_the_tree_once(make: Make, counted: Callable[..., list[str]]) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        await pilot.press("slash")
        await pilot.pause()
        labels, narrowed = counted(TickTree, "render_label"), counted(TickTree, "_show")
        tables = counted(MainScreen, "_paint_table")
        await pilot.press("1")  # part of a size of each operation
        await pilot.pause()
        assert len(narrowed) == 1
        assert len(tables) == 0
        assert nodes(cases(app).root) < 500
        assert len(labels) <= 4 * cases(app).size.height  # what is in sight, whatever there is


async def test_a_run_of_hundreds_makes_what_changed_alone(make: Make) -> None:
    app = make(ScriptedSource(hold_run_at="add-10k on numpy"))
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        await pilot.press("n", "slash", *"vector", "enter", "a", "r", "y")
        await until(pilot, lambda: app.model.progress()[0] == 10)
        assert len(app.model.session.listed) == VECTORS * 5
        app.main.paint()
        before = dict(app.main.results._rows)
        app.main.paint()
        assert len(before) == VECTORS
        assert all(app.main.results._rows[label] is made for label, made in before.items())
        assert len(app.main.query_one(ResultsTable)._lengths["numpy"]) < 10
        await pilot.press("X", "y")
        await until(pilot, lambda: app.model.session.finished)


async def test_pages_move_the_cursor_through_hundreds_of_rows(make: Make) -> None:
    app = make()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        table = app.main.query_one(ResultsTable)
        await pilot.press("a")
        table.focus()
        await pilot.press("pagedown", "pagedown")
        page = table.size.height - 3  # two lines of headings, and the foot
        assert table.cursor == (2 * page, 0)
        await pilot.press("pageup", "pageup", "pageup")
        assert table.cursor == (0, 0)


async def test_a_run_is_painted_once_a_second_since_it_is_measured_on_the_cores_that_paint(
    make: Make, counted: Callable[..., list[str]]
) -> None:
    app = make(ScriptedSource(hold_run_at="S2 on numpy"))
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: searched(app))
        await pilot.press("r")
        await until(pilot, lambda: app.model.progress()[0] > 0)
        paints = counted(MainScreen, "paint")
        for _ in range(3 * PAINTS_PER_SECOND):  # in one turn of the loop: its own timer ticks in none of them
            app._tick()
        assert len(paints) == 3
