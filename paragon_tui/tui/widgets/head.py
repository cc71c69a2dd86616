"""The first line of every page: the program, its pages with their keys, and the session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from paragon_tui import __version__
from paragon_tui.formatting.quantities import counted
from paragon_tui.tui.widgets.text_panel import TextPanel

if TYPE_CHECKING:
    from paragon_tui.tui.model import Model

PAGES = {
    "run": "Run",
    "history": "History",
    "compare": "Compare",
    "bits": "Bits",
    "adapters": "Adapters",
    "plots": "Plots",
}
"""The pages by their names in actions; each has the number of its place as its usual key."""

_ROOMY = 90  # columns from which there is room between the pages
_MENU = "≡"


class Head(TextPanel):
    """One line, painted from the model; a click on a page's name goes there, one on ≡ opens the palette."""

    DEFAULT_CSS = """
    Head {
        height: 1;
        background: $primary-darken-2;
        color: $text;
        link-style: none;
        &:ansi { background: ansi_blue; color: ansi_bright_white; link-color: ansi_bright_white; }
    }
    """

    def __init__(self, page: str) -> None:
        super().__init__(id="title")
        self._page = page

    def show(self, model: Model) -> None:
        """Paint the line; what does not fit beside the pages is left out."""
        roomy = self.size.width >= _ROOMY
        text = Text(f" paragon {__version__} " if roomy else " paragon", style="bold", no_wrap=True, end="")
        for name, label in PAGES.items():
            text.append("  " if roomy else "")
            style = "bold reverse" if name == self._page else ""
            key = model.key(f"page_{name}")
            text.append_text(Text(f" {key} {label} ", style=style).on(click=f"app.page('{name}')"))
        gap = "  " if roomy else " "
        settings = Text(f"{gap}{model.key('settings')} Settings ").on(click="app.settings")
        menu = Text(f"{_MENU} ", style="bold").on(click="app.command_palette")
        if text.cell_len + settings.cell_len + menu.cell_len <= self.size.width:
            text.append_text(settings)
        session = f"session {model.session.id}" if model.session.id else "no session yet"
        count = counted(len(model.adapters), "adapter") + ("…" if model.searching else "")
        for right in (f"{count} · {session} ", f"{session} ", ""):
            if (room := self.size.width - text.cell_len - len(right) - menu.cell_len) >= 1:
                break
        text.append(" " * max(room, 0) + right).append_text(menu)
        self.show_text(text)
