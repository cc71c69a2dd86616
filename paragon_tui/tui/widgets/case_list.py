"""All cases as a tree: suite, operation, size; and the line that narrows them to what is typed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical

from paragon_tui.engine.runner.selection import all_cases
from paragon_tui.suites.case import Case, Suite
from paragon_tui.suites.catalogue import DEFAULT, SUITES
from paragon_tui.tui.widgets.tick_tree import Branch, Leaf, Line, TickTree

if TYPE_CHECKING:
    from textual.widgets import Input


class CaseList(Vertical):
    """The tree, and above it the search while there is one."""

    DEFAULT_CSS = """
    CaseList {
        & > Input { display: none; height: 1; background: $panel; color: $text-accent; }
        &.-searching > Input { display: block; }
    }
    """
    BINDINGS = [Binding("escape", "end_search", "Back")]

    def compose(self) -> ComposeResult:
        """The tree alone: the search's line is made when it is first asked for."""
        yield TickTree(id="cases")

    def show(self, ticked: frozenset[str]) -> None:
        """All cases, these of them ticked."""
        tree = self._tree
        tree.set_lines(map(_suite, SUITES))
        tree.tick(tree.shown_keys & ticked, on=True)

    @property
    def _tree(self) -> TickTree:
        return self.query_one(TickTree)

    async def search(self) -> None:
        """Show the search's line, and go there."""
        from textual.widgets import Input  # the first paint does without

        if not self.query("#search"):
            await self.mount(Input(placeholder="softmax 1M", compact=True, id="search"), before=0)
        self.add_class("-searching")
        self.screen.refresh_bindings()
        self.screen.set_focus(self.query_one("#search"))  # at once: what is typed next is meant for it

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Escape is for others while nothing is searched."""
        return self.has_class("-searching") if action == "end_search" else True

    def action_end_search(self) -> None:
        """Show all cases again, and go back to them."""
        from textual.widgets import Input

        self.remove_class("-searching")
        self.screen.refresh_bindings()
        self.query_one("#search", Input).value = ""
        self._tree.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow to what fits."""
        event.stop()
        words = event.value.split()
        self._tree.narrow(frozenset(case.id for case in matching(words)) if words else None)
        self._show_count()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go to what was found."""
        event.stop()
        self._tree.focus()

    @on(TickTree.Ticked)
    def _show_count(self) -> None:
        """How many of the cases are ticked, or shown."""
        tree = self._tree
        shown, every = len(tree.shown_keys), len(all_cases())
        ticked = len(tree.ticked)
        tree.border_title = f"Cases {ticked}/{every}" if shown == every else f"{shown} shown, {ticked} ticked"


def matching(words: Iterable[str]) -> Iterator[Case]:
    """The cases that fit every word, upper and lower case alike.

    A word is a part of a suite's or operation's name, or the beginning of a case's. A size is meant by its full name,
    as with ``--size``; what is no size in full may be a part of one.
    """
    cases = all_cases()
    sizes = {size.lower() for case in cases for size in case.sizes}
    wanted = [(word.lower(), word.lower() in sizes) for word in words]
    return (case for case in cases if all(_fits(case, word, exact) for word, exact in wanted))


def _fits(case: Case, word: str, exact: bool) -> bool:
    if word in case.suite or word in case.operation or case.id.lower().startswith(word):
        return True
    return any(size.lower() == word if exact else word in size.lower() for size in case.sizes)


def _suite(suite: Suite) -> Branch:
    """The usual suite has one operation, so that its cases stand right below it."""
    lines: Iterable[Line]
    if suite.name == DEFAULT:
        lines = (Leaf(case.id, case.id, _widths(case.shape)) for case in suite.cases)
    else:
        operations: dict[str, list[Case]] = {}  # wherever they stand in the suite
        for case in suite.cases:
            operations.setdefault(case.operation, []).append(case)
        lines = (Branch(name, tuple(map(_size, cases)), expanded=False) for name, cases in operations.items())
    return Branch(_title(suite.name), tuple(lines), expanded=suite.name == DEFAULT)


def _size(case: Case) -> Leaf:
    name, *others = case.sizes
    return Leaf(case.id, name, next((other for other in others if not other.isdecimal()), ""))


def _widths(shape: Iterable[int]) -> str:
    """``784→2048×4→10``."""
    runs = [(width, len(list(run))) for width, run in groupby(shape)]
    return "→".join(f"{width}×{count}" if count > 1 else str(width) for width, count in runs)


def _title(name: str) -> str:
    """A suite's name as a heading: three letters are an abbreviation."""
    return name.upper() if len(name) <= 3 else name.capitalize()
