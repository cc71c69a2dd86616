"""The values of a result beside the reference's: bars, and every index with its bits."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal

from paragon_tui.tui.dialogs.walking import WalkingDialog
from paragon_tui.tui.widgets.vectors import Bars, Differences


class ValuesScreen(WalkingDialog):
    """Bars and differences side by side; page up and down scroll."""

    BINDINGS = [Binding("v", "close", "Close", id="values"), Binding("c", "copy", "Copy the values", id="copy")]
    AUTO_FOCUS = "Differences"

    def compose(self) -> ComposeResult:
        """Yield both panels."""
        with Horizontal(classes="dialog") as dialog:
            dialog.border_subtitle = f"{self.hint('copy', 'copies', 'screen.copy')} · {self.walks}"
            yield Bars()
            yield Differences()

    def action_copy(self) -> None:
        """Copy the values as lines with tabs: the index, both values, how they differ, and their bits."""
        lines = ["index\treference\tvalue\tdelta\tulp\treference_hex\thex"]
        lines += [
            f"{d.index}\t{d.reference!r}\t{d.value!r}\t{d.delta!r}\t{d.ulp}\t{d.reference_hex}\t{d.hex}"
            for d in self.result.bits.differences
        ]
        self.app.copy_to_clipboard("\n".join(lines))
        self.notify(f"Copied {len(lines) - 1} values of {self.result.id}.")

    def show_result(self) -> None:
        """Paint both."""
        self.query_one(Bars).show(self.result)
        self.query_one(Differences).show(self.result)
