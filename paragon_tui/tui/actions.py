"""Every action once: keys, palette and help are made from this registry."""

from dataclasses import dataclass

from textual.binding import Binding


@dataclass(frozen=True, slots=True)
class Action:
    """Something a person can do. ``name`` is the app's ``action_<name>`` method."""

    name: str
    key: str
    label: str
    help: str
    footer: bool = True

    @property
    def binding(self) -> Binding:
        """The binding of its key."""
        return Binding(self.key, self.name, self.label, show=self.footer, tooltip=self.help, id=self.name)


ACTIONS = (
    Action("run", "r", "Run", "Measure the ticked cases on the ticked adapters"),
    Action("run_fast", "F", "Run fast", "Measure with at most 0.2 s of samples a result", footer=False),
    Action(
        "run_repeated",
        "R",
        "Run repeatedly",
        "Measure in three fresh processes, to know how much these differ",
        footer=False,
    ),
    Action("stop", "escape", "Stop", "End the run early; what was measured stays"),
    Action("search", "slash", "Find", "Narrow the cases: words of suite, operation and size; esc shows all again"),
    Action("tick_all", "a", "All", "Tick what the list that has the focus shows, or the list of cases", footer=False),
    Action(
        "tick_none", "n", "None", "Untick what the list that has the focus shows, or the list of cases", footer=False
    ),
    Action(
        "change", "b", "Batch", "Choose another batch or learning rate than the usual, where there is one", footer=False
    ),
    Action(
        "hold",
        "p",
        "Hold",
        "Hold the view still while the run goes on; pressed again, the view goes on too",
        footer=False,
    ),
    Action("figures", "f", "Figures", "Show every figure of the selected result"),
    Action("advice", "w", "When", "Show when to use which adapter, as far as the session tells"),
    Action("export", "e", "Export", "Write the session as CSV below the data directory"),
    Action("verify", "V", "Verify", "Check every adapter's bits against the shipped digests, at every dtype"),
    Action("details", "d", "Details", "Show everything known about the adapters"),
    Action(
        "copy",
        "c",
        "Copy",
        "Copy the selected result to the clipboard (OSC 52, works over SSH)",
        footer=False,
    ),
    Action("show('choose')", "1", "Choose", "Adapters and cases (tab of a small terminal)", footer=False),
    Action("show('results')", "2", "Results", "Results (tab of a small terminal)", footer=False),
    Action("show('vectors')", "3", "Vectors", "Values and differences (tab of a small terminal)", footer=False),
    Action("show('messages')", "4", "Log", "Log (tab of a small terminal)", footer=False),
    Action("help", "question_mark", "Help", "This help"),
    Action("quit", "q", "Quit", "Leave; asks while a run is on"),
)

KEYS_OF_LISTS = (
    ("tab", "Next panel"),
    ("↑ ↓ ← →", "Move; in the results, ← → choose the adapter, in a list → expands and ← collapses"),
    ("space", "Tick or untick the line, or everything below it (☑ all, ◪ some, ☐ none)"),
    ("enter", "Expand or collapse what has lines below it, tick what has none"),
    ("ctrl+p", "Command palette with every action"),
)
"""Keys that widgets bring along, for the help."""


def key_name(key: str) -> str:
    """A key as people write it."""
    return {"question_mark": "?", "slash": "/", "escape": "esc"}.get(key, key)
