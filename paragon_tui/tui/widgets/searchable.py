"""A list with a search field above it while somebody searches."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import Vertical

if TYPE_CHECKING:
    from textual.widget import Widget
    from textual.widgets import Input


class Searchable(Vertical):
    """A list whose lines the words in the field narrow; esc ends the search, enter leaves the field.

    Those that derive from it define ``narrow`` and ``searched``.
    """

    DEFAULT_CSS = """
    Searchable {
        & > Input { display: none; height: 1; background: $panel; color: $text-accent; }
        &.-searching > Input { display: block; }
    }
    """
    BINDINGS = [Binding("escape", "end_search", "Back", id="end_search")]
    FIELD: ClassVar[str]
    EXAMPLE: ClassVar[str]

    @property
    def searched(self) -> Widget:
        """The list itself."""
        raise NotImplementedError

    def narrow(self, words: list[str]) -> None:
        """Show only what has all ``words``; everything if there are none."""
        raise NotImplementedError

    async def search(self) -> None:
        """Show the search field and focus it."""
        from textual.widgets import Input  # late, to keep the first paint fast

        if not self.query(f"#{self.FIELD}"):
            await self.mount(Input(placeholder=self.EXAMPLE, compact=True, id=self.FIELD), before=0)
        self.add_class("-searching")
        self.screen.refresh_bindings()
        self.screen.set_focus(self.query_one(f"#{self.FIELD}"))  # at once: the next keys are meant for it

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the escape key to others unless a search is open."""
        return self.has_class("-searching") if action == "end_search" else True

    def action_end_search(self) -> None:
        """Show everything again and focus the list."""
        from textual.widgets import Input

        self.remove_class("-searching")
        self.screen.refresh_bindings()
        self.query_one(f"#{self.FIELD}", Input).value = ""
        self.searched.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow the list by the words typed so far."""
        event.stop()
        self.narrow(event.value.split())

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Focus what is left of the list."""
        event.stop()
        self.searched.focus()
