"""The tree of all cases (suite, operation, size), and the search that filters it."""

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
    """The tree, with a search field above it during a search."""

    DEFAULT_CSS = """
    CaseList {
        & > Input { display: none; height: 1; background: $panel; color: $text-accent; }
        &.-searching > Input { display: block; }
    }
    """
    BINDINGS = [Binding("escape", "end_search", "Back")]

    def compose(self) -> ComposeResult:
        """Yield only the tree: the search field is created on first use."""
        yield TickTree(id="cases")

    def show(self, ticked: frozenset[str]) -> None:
        """Show all cases, with those in ``ticked`` ticked."""
        tree = self._tree
        tree.set_lines(map(_suite, SUITES))
        tree.tick(tree.shown_keys & ticked, on=True)

    @property
    def _tree(self) -> TickTree:
        return self.query_one(TickTree)

    async def search(self) -> None:
        """Show the search field and focus it."""
        from textual.widgets import Input  # late, to keep the first paint fast

        if not self.query("#search"):
            await self.mount(Input(placeholder="softmax 1M", compact=True, id="search"), before=0)
        self.add_class("-searching")
        self.screen.refresh_bindings()
        self.screen.set_focus(self.query_one("#search"))  # at once: the next keys are meant for it

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the escape key to others unless a search is open."""
        return self.has_class("-searching") if action == "end_search" else True

    def action_end_search(self) -> None:
        """Show all cases again and focus the tree."""
        from textual.widgets import Input

        self.remove_class("-searching")
        self.screen.refresh_bindings()
        self.query_one("#search", Input).value = ""
        self._tree.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter the tree by the words typed so far."""
        event.stop()
        words = event.value.split()
        self._tree.narrow(frozenset(case.id for case in matching(words)) if words else None)
        self._show_count()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Focus the filtered tree."""
        event.stop()
        self._tree.focus()

    @on(TickTree.Ticked)
    def _show_count(self) -> None:
        """Show the number of ticked cases, and of shown cases during a search, in the title."""
        tree = self._tree
        shown, total = len(tree.shown_keys), len(all_cases())
        ticked = len(tree.ticked)
        tree.border_title = f"Cases {ticked}/{total}" if shown == total else f"{shown} shown, {ticked} ticked"


def matching(words: Iterable[str]) -> Iterator[Case]:
    """Yield the cases that match every word, ignoring case.

    A word matches a part of a suite's or operation's name, the beginning of a case's name, or a size. A word that is
    the full name of a size matches only that size, as with ``--size``; any other may be a part of one.
    """
    cases = all_cases()
    sizes = {size.lower() for case in cases for size in case.sizes}
    patterns = [(word.lower(), word.lower() in sizes) for word in words]
    return (case for case in cases if all(_matches(case, word, exact) for word, exact in patterns))


def _matches(case: Case, word: str, exact: bool) -> bool:
    if word in case.suite or word in case.operation or case.id.lower().startswith(word):
        return True
    return any(size.lower() == word if exact else word in size.lower() for size in case.sizes)


def _suite(suite: Suite) -> Branch:
    """Build the branch of a suite; the default suite has one operation, so its cases are direct children."""
    lines: Iterable[Line]
    if suite.name == DEFAULT:
        lines = (Leaf(case.id, case.id, _widths(case.shape)) for case in suite.cases)
    else:
        operations: dict[str, list[Case]] = {}  # cases of one operation need not be neighbours in the suite
        for case in suite.cases:
            operations.setdefault(case.operation, []).append(case)
        lines = (Branch(name, tuple(map(_size, cases)), expanded=False) for name, cases in operations.items())
    return Branch(_title(suite.name), tuple(lines), expanded=suite.name == DEFAULT)


def _size(case: Case) -> Leaf:
    name, *others = case.sizes
    return Leaf(case.id, name, next((other for other in others if not other.isdecimal()), ""))


def _widths(shape: Iterable[int]) -> str:
    """Format layer widths as ``784→2048×4→10``."""
    runs = [(width, len(list(run))) for width, run in groupby(shape)]
    return "→".join(f"{width}×{count}" if count > 1 else str(width) for width, count in runs)


def _title(name: str) -> str:
    """Return a suite's name as a heading; up to three letters are taken for an abbreviation."""
    return name.upper() if len(name) <= 3 else name.capitalize()
