"""The values of a result beside the reference's: bars, and every index with its bits."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal

from paragon_tui.tui.dialogs.walking import WALKS, WalkingDialog
from paragon_tui.tui.widgets.vectors import Bars, Differences


class ValuesScreen(WalkingDialog):
    """Bars and differences side by side; page up and down scroll."""

    BINDINGS = [("v", "close", "Close")]
    DEFAULT_CSS = """
    ValuesScreen {
        .dialog { max-width: 130; height: 90%; }
        Bars { width: 40; height: 100%; }
        Differences { width: 1fr; height: 100%; }
        TextPanel { height: auto; }
    }
    """
    AUTO_FOCUS = "Differences"

    def compose(self) -> ComposeResult:
        """Yield both panels."""
        with Horizontal(classes="dialog") as dialog:
            dialog.border_subtitle = WALKS
            yield Bars()
            yield Differences()

    def show_result(self) -> None:
        """Paint both."""
        self.query_one(Bars).show(self.result)
        self.query_one(Differences).show(self.result)
