"""The registry of actions, from which keys, palette and help are made."""

from dataclasses import dataclass

from textual.binding import Binding


@dataclass(frozen=True, slots=True)
class Action:
    """A user action. ``name`` is that of the app's ``action_<name>`` method."""

    name: str
    key: str
    label: str
    help: str
    footer: bool = True

    @property
    def binding(self) -> Binding:
        """The key binding of the action."""
        return Binding(self.key, self.name, self.label, show=self.footer, tooltip=self.help, id=self.name)


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
    Action("stop", "X", "Stop", "Stop the run or the verification; asks first, and what was measured is kept"),
    Action("search", "slash", "Find", "Filter the cases by words of suite, operation and size; esc shows all again"),
    Action("tick_all", "a", "All", "Tick everything shown in the focused list, or in the list of cases", footer=False),
    Action(
        "tick_none", "n", "None", "Untick everything shown in the focused list, or in the list of cases", footer=False
    ),
    Action("overrides", "b", "Batch", "Set the batch size and the learning rate of cases that have them", footer=False),
    Action(
        "pause",
        "p",
        "Pause",
        "Pause the view while the run continues; press again to resume",
        footer=False,
    ),
    Action("sort", "s", "Sort", "Sort the cases by the selected column's times, or have them in their order again"),
    Action("follow", "g", "Follow", "Go to what is being measured and follow it again, after you moved", footer=False),
    Action("figures", "f", "Figures", "Show all figures of the selected result"),
    Action("values", "v", "Values", "Show the selected result's values beside the reference's, index by index"),
    Action("advice", "w", "When", "Show when to use which adapter, based on this session"),
    Action("export", "e", "Export", "Export the session as CSV to the data directory"),
    Action("verify", "V", "Verify", "Check every adapter's bits against the shipped digests, in every dtype"),
    Action("details", "d", "Details", "Show the details of all adapters"),
    Action(
        "copy",
        "c",
        "Copy",
        "Copy the selected row as it is shown to the clipboard (OSC 52, works over SSH)",
        footer=False,
    ),
    Action("show('choose')", "1", "Choose", "Show adapters and cases (a tab in small terminals)", footer=False),
    Action("show('results')", "2", "Results", "Show results (a tab in small terminals)", footer=False),
    Action("show('vectors')", "3", "Vectors", "Show values and differences (a tab in small terminals)", footer=False),
    Action("show('messages')", "4", "Log", "Show the log (a tab in small terminals)", footer=False),
    Action(
        "suspend_process",
        "ctrl+z",
        "Suspend",
        "Stop the program and its workers, and give the terminal back; fg goes on",
        footer=False,
    ),
    Action("help", "question_mark", "Help", "Show this help"),
    Action("quit", "q", "Quit", "Quit; asks first during a run"),
)

KEYS_OF_LISTS = (
    ("tab", "Next panel"),
    ("↑ ↓ ← →", "Move; in the results, ← → select the adapter, in a list → expands and ← collapses"),
    ("space", "Tick or untick the line and everything below it (☑ all, ◪ some, ☐ none)"),
    ("enter", "Expand or collapse a branch, tick or untick a single line"),
    ("ctrl+p", "Open the command palette with all actions"),
)
"""The keys of widgets, for the help."""


def key_name(key: str) -> str:
    """Return the name of a key as people write it."""
    return {"question_mark": "?", "slash": "/", "escape": "esc"}.get(key, key)
