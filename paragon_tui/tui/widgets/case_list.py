"""The tree of all cases (suite, operation, size), and the search that filters it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from textual import on
from textual.app import ComposeResult

from paragon_tui.engine.runner.selection import all_cases
from paragon_tui.suites.case import Case, Suite
from paragon_tui.suites.catalogue import DEFAULT, SUITES
from paragon_tui.tui.widgets.searchable import Searchable
from paragon_tui.tui.widgets.tick_tree import Branch, Leaf, Line, TickTree


class CaseList(Searchable):
    """The tree, with a search field above it during a search."""

    FIELD, EXAMPLE = "search", "softmax 1M"

    def compose(self) -> ComposeResult:
        """Yield only the tree: the search field is created on first use."""
        yield TickTree(id="cases")

    def show(self, ticked: frozenset[str]) -> None:
        """Show all cases, with those in ``ticked`` ticked."""
        tree = self.searched
        tree.set_lines(map(_suite, SUITES))
        tree.tick(tree.shown_keys & ticked, on=True)

    @property
    def searched(self) -> TickTree:
        """The tree."""
        return self.query_one(TickTree)

    def narrow(self, words: list[str]) -> None:
        """Show only the cases that match all ``words``."""
        self.searched.narrow(frozenset(case.id for case in matching(words)) if words else None)
        self._show_count()

    @on(TickTree.Ticked)
    def _show_count(self) -> None:
        """Show the number of ticked cases, and of shown cases during a search, in the title."""
        tree = self.searched
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
