"""Help: every key, from the same registry as the bindings."""

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from paragon_tui.tui.actions import ACTIONS, KEYS_OF_LISTS, key_name

_ABOUT = """\
Everything ticked is measured, the adapters of a case in turns, one at a time, and every bit is compared with the \
canonical reference. Times are medians of end-to-end latency; × is NumPy's median over it, so more is faster."""

_MARKS = (
    ("✓", "the values, of a network its logits and softmax, have the reference's bits"),
    ("≠3·17", "they differ, first at index 3, at most 17 ULP apart; no speed-up is shown"),
    ("≠#", "so far as the reference knows them they agree, but another adapter's digest is not the same"),
    ("≠ (dim)", "they differ, and no identity is claimed (numpy, torch, the naive kernel)"),
    ("–", "not run, or n/a: not possible on this adapter"),
    ("✗", "failed or timed out: the log says why"),
)


_JUDGEMENTS = (
    ("▲ ▼", "faster, slower: the 95 % interval of the ratio leaves no other"),
    ("=", "the same within 1 %, by the whole interval"),
    ("?", "unclear: the interval allows more than one"),
    ("!", "doubtful (noisy, drifting, other load, …): f says what was seen"),
)


class HelpScreen(ModalScreen[None]):
    """Keys and marks; escape leaves."""

    BINDINGS = [("escape,q,question_mark", "dismiss", "Close")]

    def compose(self) -> ComposeResult:
        """One scrolling text."""
        with VerticalScroll(classes="dialog") as dialog:
            dialog.border_title = "Help"
            dialog.border_subtitle = "esc closes"
            yield Static(_ABOUT + "\n")
            yield Static(_keys())
            yield Static("\n[b]Bits[/b]")
            yield Static(_marks(_MARKS))
            yield Static("\n[b]Times[/b]")
            yield Static(_marks(_JUDGEMENTS))


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
