"""Help: the keys of where one is, those of everywhere, and all marks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Static

from paragon_tui.tui.actions import MOVES, key_name
from paragon_tui.tui.dialogs.dialog import Dialog
from paragon_tui.tui.keymap import title

Section = tuple[str, list[tuple[str, str]]]
"""A heading with keys and what they do."""

_ABOUT = """\
Everything ticked is measured: the adapters of a case take turns, one at a time, and every bit is compared with the \
canonical reference. Times are medians of end-to-end latency: 2.5×↑ is 2.5 times as fast as NumPy, 14×↓ takes 14 times \
as long. The last line counts the results that claim the reference's bits and have them.
"""

_BITS_MARKS = (
    ("✓", "the values (of a network: logits and softmax) have the reference's bits"),
    ("≠3·17", "the bits differ, first at index 3, by at most 17 ULP; no speedup is shown"),
    ("≠#", "the values match the reference where compared, but another adapter's digest differs"),
    ("≠ (dim)", "the bits differ, and no identity is claimed (numpy, torch, the naive kernel)"),
    ("· –", "waiting; not run, or n/a: not possible on this adapter"),
    ("✗", "failed or timed out; the log says why"),
)


_TIME_MARKS = (
    ("×↑ ×↓", "faster, slower: the whole 95 % interval of the ratio is on that side of 1"),
    ("×=", "same: the whole interval is within 1 % of 1"),
    ("×?", "unclear: the interval allows more than one verdict"),
    ("★", "the fastest of its row: its whole interval lies below those of all others"),
    ("◌", "no samples yet: what is done, and for how long"),
    ("~", "rough: half the 95 % interval is more than 5 % of the median"),
    ("!", "not to be used (the machine was busy, drifting, two modes, …); its figures say why"),
)
_TICKS = (("☑ ◪ ☐", "all, some, none of what is below is ticked"),)
_KEYS = 8  # columns, so that all sections align
_MOVES = frozenset(binding.id for binding in MOVES)


class HelpScreen(Dialog[None]):
    """Keys and marks."""

    BINDINGS = [Binding("question_mark", "close", "Close", id="help")]

    def __init__(self, sections: list[Section]) -> None:
        """Show these keys, as ``sections`` returns them, then the marks."""
        super().__init__()
        self._sections = sections

    def compose(self) -> ComposeResult:
        """Yield one scrolling text."""
        with VerticalScroll(classes="dialog") as dialog:
            dialog.border_title = "Help"
            dialog.border_subtitle = self.closes
            for heading, rows in self._sections:
                yield from _section(heading, rows)
            yield Static(_ABOUT)
            for heading, marks in (("Bits", _BITS_MARKS), ("Times", _TIME_MARKS), ("Ticks", _TICKS)):
                yield from _section(heading, marks)


def sections(screen: Screen[Any]) -> list[Section]:
    """Return the keys that hold on a screen now: those of the focused panel first, then of the page, then of all."""
    active = [(each.node, each.binding) for each in screen.active_bindings.values() if each.binding.id]
    chain = [screen.app, screen, *(screen.focused.ancestors_with_self[:-2][::-1] if screen.focused else ())]
    active.sort(key=lambda pair: -chain.index(pair[0]))
    parts = [
        (title(type(node)), list(_rows(binding for _, binding in pairs if binding.id not in _MOVES)))
        for node, pairs in groupby(active, key=lambda pair: pair[0])
    ]
    moves = [*_rows(binding for _, binding in active if binding.id in _MOVES), *_ALWAYS]
    return [(heading, rows) for heading, rows in (*parts, ("Moving", moves)) if rows]


_ALWAYS = (("tab", "Next panel"), ("arrows", "Move; page up, page down, home and end too"))


def _rows(bindings: Iterator[Binding]) -> Iterator[tuple[str, str]]:
    """Yield what bindings do, each with all its keys."""
    keys: dict[str, list[str]] = {}
    for binding in bindings:
        keys.setdefault(binding.tooltip or binding.description, []).append(key_name(binding.key))
    return ((" ".join(each), words) for words, each in keys.items())


def _section(heading: str, rows: Iterable[tuple[str, str]]) -> Iterator[Static]:
    """Yield a heading, a table, and an empty line."""
    yield Static(Text(heading, style="bold"))
    table = Table.grid(padding=(0, 2))
    table.add_column(min_width=_KEYS)
    for keys, words in rows:
        table.add_row(Text(keys, style="bold cyan"), words)
    table.add_row("", "")
    yield Static(table)
