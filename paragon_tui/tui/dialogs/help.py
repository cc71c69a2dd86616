"""Help: all keys, from the same registry as the bindings, and all marks."""

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from paragon_tui.tui.actions import ACTIONS, KEYS_OF_LISTS, key_name
from paragon_tui.tui.dialogs.dialog import ESC_CLOSES, Dialog

_ABOUT = """\
Everything ticked is measured: the adapters of a case take turns, one at a time, and every bit is compared with the \
canonical reference. Times are medians of end-to-end latency: 2.5×↑ is 2.5 times as fast as NumPy, 14×↓ takes 14 times \
as long. The last line counts the results that claim the reference's bits and have them."""

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
    ("!", "not to be used (the machine was busy, drifting, two modes, …); f shows why"),
)


class HelpScreen(Dialog[None]):
    """Keys and marks."""

    BINDINGS = [("question_mark", "close", "Close")]

    def compose(self) -> ComposeResult:
        """Yield one scrolling text."""
        with VerticalScroll(classes="dialog") as dialog:
            dialog.border_title = "Help"
            dialog.border_subtitle = ESC_CLOSES
            yield Static(_ABOUT + "\n")
            yield Static(_keys())
            yield Static("\n[b]Bits[/b]")
            yield Static(_marks(_BITS_MARKS))
            yield Static("\n[b]Times[/b]")
            yield Static(_marks(_TIME_MARKS))


def _keys() -> Table:
    table = Table.grid(padding=(0, 2))
    for action in ACTIONS:
        table.add_row(Text(key_name(action.key), style="bold cyan"), action.help)
    for key, text in KEYS_OF_LISTS:
        table.add_row(Text(key, style="bold cyan"), text)
    return table


def _marks(marks: tuple[tuple[str, str], ...]) -> Table:
    table = Table.grid(padding=(0, 2))
    for mark, text in marks:
        table.add_row(Text(mark, style="bold cyan"), text)
    return table
