"""What all pages have in common: the head line, the keys below, and esc back to the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen
from textual.widgets import Footer

from paragon_tui.tui.widgets.head import Head
from paragon_tui.tui.widgets.text_panel import TextPanel

if TYPE_CHECKING:
    from paragon_tui.tui.model import Model


class Page(Screen[None]):
    """A page by its ``PAGE`` among ``head.PAGES``. Those that derive from it define ``body``."""

    PAGE: ClassVar[str]
    BINDINGS = [Binding("escape", "app.page('run')", "Back", tooltip="Go back to the run", id="page_back")]

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.model = model

    def compose(self) -> ComposeResult:
        """Yield the head, the page's own widgets and the keys."""
        yield Head(self.PAGE)
        yield from self.body()
        yield Footer(show_command_palette=False, compact=True)

    def body(self) -> ComposeResult:
        """Yield the page's own widgets."""
        raise NotImplementedError

    @property
    def paintable(self) -> bool:
        """True while it has its widgets: the timer that paints may come before they are there."""
        return self.is_mounted and bool(self.query(Head))

    def paint(self) -> None:
        """Bring the page up to date with the model; called on a timer while something changes."""
        self.query_one(Head).show(self.model)

    def on_text_panel_sized(self, event: TextPanel.Sized) -> None:
        """Paint the head once it has its width."""
        self.paint()
