"""The registry of actions, from which keys, palette and help are made."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from textual.binding import Binding
from textual.keys import format_key

if TYPE_CHECKING:
    from textual.dom import DOMNode

    from paragon_tui.tui.app import ParagonApp

Place = Literal["anywhere", "run", "view", "results"]
"""Where an action holds, and whose ``action_<name>`` it is.

``anywhere``: on all pages, the app's; ``run``: on the page of the run, the app's; ``view``: there, the page's own;
``results``: on every page with a table of results, that page's.
"""


@dataclass(frozen=True, slots=True)
class Action:
    """A user action. ``name`` is that of its ``action_<name>`` method, ``id`` that of its binding in a keymap."""

    name: str
    key: str
    label: str
    help: str
    place: Place = "run"
    footer: bool = True

    @property
    def binding(self) -> Binding:
        """The key binding of the action."""
        return Binding(self.key, self.target, self.label, show=self.footer, tooltip=self.help, id=self.id)

    @property
    def target(self) -> str:
        """The action with the object that has it."""
        return f"{'app' if self.place in ('anywhere', 'run') else 'screen'}.{self.name}"

    @property
    def id(self) -> str:
        """The name without what a keymap cannot hold: ``page_run`` for ``page('run')``."""
        return "_".join(re.findall(r"[\w-]+", self.name))


ACTIONS = (
    Action("run", "r", "Run", "Measure the ticked cases on the ticked adapters"),
    Action("run_fast", "F", "Run fast", "Measure with at most 0.2 s of samples per result", footer=False),
    Action(
        "run_repeated",
        "R",
        "Run repeatedly",
        "Measure in three fresh processes, to see how much processes differ",
        footer=False,
    ),
    Action("go_on", "o", "Go on", "Go on with a run that was stopped, where it stood", footer=False),
    Action("again", "y", "Again", "Measure the selected case again, on all adapters of the session", footer=False),
    Action(
        "again_failed", "Y", "Again: failed", "Measure again what failed, was skipped, or is doubtful (!)", footer=False
    ),
    Action("skip", "S", "Skip", "End the case being measured, keep its samples, and go on with the next", footer=False),
    Action(
        "stop", "X", "Stop", "Stop the run or the verification; asks first, and what was measured is kept", "anywhere"
    ),
    Action(
        "search",
        "slash",
        "Find",
        "Filter the focused results, else the cases, by words; esc shows all again",
        "results",
    ),
    Action("tick_all", "a", "All", "Tick everything shown in the focused list, or in the list of cases", "view", False),
    Action(
        "tick_none", "n", "None", "Untick everything shown in the focused list, or in the list of cases", "view", False
    ),
    Action("choices", "C", "Choices", "Tick a saved choice; save, rename and delete them", footer=False),
    Action(
        "overrides", "b", "Batch", "Set the batch sizes and the learning rate of cases that have them", footer=False
    ),
    Action("hold", "p", "Hold", "Hold measuring where it is; press again to go on", footer=False),
    Action("pause", "P", "Pause view", "Pause the view while the run continues; press again to resume", footer=False),
    Action(
        "unit",
        "u",
        "Unit",
        "Show another figure: latency, device time, FLOP/s, B/s, per second, times NumPy",
        "results",
    ),
    Action("compare_with", "B", "Baseline", "Compare with the selected column, or with NumPy again", "results", False),
    Action("noisy", "N", "Noisy", "Show only the cases with results marked ~ or !, or all again", "results", False),
    Action("fold", "t", "Fold", "Fold the lists of adapters and cases away, or show them again", "view", False),
    Action(
        "sort",
        "s",
        "Sort",
        "Sort the rows by the selected column's figures, or have them in their order again",
        "results",
    ),
    Action("follow", "g", "Follow", "Go to what is being measured and follow it again, after you moved", "view", False),
    Action("figures", "f", "Figures", "Show all figures of the selected result", "results"),
    Action(
        "values",
        "v",
        "Values",
        "Show the selected result's values beside the reference's, index by index",
        "results",
        False,
    ),
    Action("advice", "w", "When", "Show when to use which adapter, based on this session", "results", False),
    Action("export", "e", "Export", "Export the session as CSV to the data directory"),
    Action(
        "verify",
        "V",
        "Verify",
        "Check every adapter's bits against the shipped digests, in every dtype",
        "anywhere",
        False,
    ),
    Action("details", "d", "Details", "Show all that is known of the adapters", "anywhere", False),
    Action(
        "copy",
        "c",
        "Copy",
        "Copy the selected row as it is shown to the clipboard (OSC 52, works over SSH)",
        "results",
        False,
    ),
    Action("page('run')", "1", "Run page", "Go to the page of the run", "anywhere", False),
    Action("page('history')", "2", "History page", "Show all saved sessions", "anywhere", False),
    Action("page('compare')", "3", "Compare page", "Compare two sessions, or two adapters of one", "anywhere", False),
    Action("page('bits')", "4", "Bits page", "Check the adapters' bits, or show how far that is", "anywhere", False),
    Action("page('adapters')", "5", "Adapters page", "Show all that is known of the adapters", "anywhere", False),
    Action(
        "page('plots')",
        "6",
        "Plots page",
        "Plot the session: roofline, distribution, time against size",
        "anywhere",
        False,
    ),
    Action(
        "next_tab(1)", "right_square_bracket", "Next tab", "Show the next panel, in a small terminal", "view", False
    ),
    Action(
        "next_tab(-1)", "left_square_bracket", "Last tab", "Show the panel before, in a small terminal", "view", False
    ),
    Action(
        "suspend_process",
        "ctrl+z",
        "Suspend",
        "Stop the program and its workers, and give the terminal back; fg goes on",
        "anywhere",
        False,
    ),
    Action("command_palette", "ctrl+p", "Commands", "Open the command palette with all actions", "anywhere"),
    Action("settings", "comma", "Settings", "Show and change settings and keys", "anywhere", False),
    Action("jump", "apostrophe", "Jump", "Show a letter on every panel; the letter goes there", "anywhere", False),
    Action("help", "question_mark", "Help", "Show the keys of where you are, all others, and all marks", "anywhere"),
    Action("quit", "q", "Quit", "Quit; asks first during a run", "anywhere"),
)

_TAKEN = frozenset(action.key for action in ACTIONS if action.place == "anywhere")
MOVES = tuple(
    Binding(key, f"app.press('{pressed}')", label, show=False, tooltip=words, id=f"move_{name}")
    for name, key, pressed, label, words in (
        ("down", "j", "down", "Down", "Go down in a list, a table or a text"),
        ("up", "k", "up", "Up", "Go up"),
        ("left", "h", "left", "Left", "Go left, collapse"),
        ("right", "l", "right", "Right", "Go right, expand"),
        ("page_down", "ctrl+d", "pagedown", "Page down", "Go down by a page"),
        ("page_up", "ctrl+u", "pageup", "Page up", "Go up by a page"),
        ("first", "g", "home", "Beginning", "Go to the beginning, where g is nothing else"),
        ("last", "G", "end", "End", "Go to the end"),
    )
    if key not in _TAKEN
)
"""The keys of vim, which press those of lists, tables and texts. Whatever else a key does goes before them."""

USUAL_KEYS = {action.id: action.key for action in ACTIONS}

_NAMES = {"escape": "esc", "space": "space", "pageup": "page up", "pagedown": "page down"}


def key_name(key: str) -> str:
    """Return the name of a key as people write it."""
    shown = format_key(key)
    return _NAMES.get(key) or (shown if len(shown) == 1 and shown.isascii() else key)


def own_key(owner: DOMNode, id_: str) -> str:
    """Return the key of a binding that a screen or a widget has, as people write it: the settings' or the usual one."""
    declared = (binding for each in type(owner).__mro__ for binding in each.__dict__.get("BINDINGS", ()))
    usual = next(binding.key for binding in declared if binding.id == id_)
    keymap = cast("ParagonApp", owner.app).model.keymap
    return key_name(keymap.get(id_, usual.split(","))[0])
