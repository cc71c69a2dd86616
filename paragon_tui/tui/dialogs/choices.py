"""Saved choices: the list of them, to tick one, and to save, rename and delete."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Input, Label, OptionList
from textual.widgets.option_list import Option

from paragon_tui.formatting.quantities import counted
from paragon_tui.sessions import choices
from paragon_tui.sessions.choices import Choice, Choices
from paragon_tui.tui.actions import own_key
from paragon_tui.tui.dialogs.dialog import Dialog

if TYPE_CHECKING:
    from paragon_tui.sessions.choices import KeptAdapter

_NAME = 20


class ChoicesScreen(Dialog[Choice]):
    """The choices by their names; the result is the one to tick."""

    BINDINGS = [
        Binding("s", "save", "Save", tooltip="Save what is ticked under a name", id="choices_save"),
        Binding("r", "rename", "Rename", tooltip="Rename the choice", id="choices_rename"),
        Binding("delete,backspace", "delete", "Delete", tooltip="Delete the choice", id="choices_delete"),
        Binding("u", "undo", "Undo", tooltip="Bring back what was deleted or replaced last", id="choices_undo"),
        Binding("C", "close", "Close", id="choices"),
    ]
    AUTO_FOCUS = "OptionList"

    def __init__(self, file: Path, ticked: Choice) -> None:
        """List the choices of ``file``; ``ticked`` is what can be saved."""
        super().__init__()
        self._file, self._ticked = file, ticked
        self._choices: Choices = {}
        self._before: Choices | None = None

    def compose(self) -> ComposeResult:
        """Yield the list, and a line for what went wrong."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Saved choices"
            own = (("save", "saves"), ("rename", "renames"), ("delete", "deletes"))
            hints = [self.hint(f"choices_{name}", words) for name, words in own]
            dialog.border_subtitle = " · ".join(["enter ticks", *hints, self.closes])
            yield OptionList()
            yield Label(id="refusal")

    def on_mount(self) -> None:
        """Read the file."""
        self._change(lambda saved: saved)

    def _change(self, changed: Callable[[dict[str, Choice]], Choices], highlight: str | None = None) -> bool:
        """Read the file, write what ``changed`` makes of it, and show it. Return whether that could be done."""
        try:
            before = choices.load(self._file)
            after = changed(dict(before))
            if after != before:
                choices.save(self._file, after)
        except (choices.DamagedChoices, OSError) as error:
            self.query_one("#refusal", Label).update(Text(str(error)))
            return False
        self._before, self._choices = before, after
        lines = self.query_one(OptionList)
        lines.clear_options()
        if after:
            lines.add_options(Option(_line(name, choice), name) for name, choice in after.items())
            lines.highlighted = list(after).index(highlight) if highlight is not None else 0
        else:
            lines.add_option(
                Option(
                    Text(f"None yet: {own_key(self, 'choices_save')} saves what is ticked.", style="dim"), disabled=True
                )
            )
        return True

    @property
    def _highlighted(self) -> str | None:
        option = self.query_one(OptionList).highlighted_option
        return None if option is None else option.id

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._choices[event.option_id or ""])

    def action_save(self) -> None:
        """Save what is ticked, under a name that is asked for."""
        name = self._highlighted or ""
        self.app.push_screen(NameScreen("Save what is ticked as", name, self._choices), self._save)

    def _save(self, name: str | None) -> None:
        if name is not None:
            self._change(lambda saved: saved | {name: self._ticked}, name)

    def action_rename(self) -> None:
        """Give the highlighted choice another name."""
        old = self._highlighted
        if old is None:
            return

        def rename(name: str | None) -> None:
            if name is not None:
                self._change(lambda saved: _renamed(saved, old, name), name)

        self.app.push_screen(NameScreen(f"Rename {old} to", old, self._choices), rename)

    def action_delete(self) -> None:
        """Delete the highlighted choice; it can be brought back."""
        name = self._highlighted
        if name is not None and self._change(lambda saved: {key: saved[key] for key in saved if key != name}):
            self.notify(f"Deleted {name}; u brings it back.")

    def action_undo(self) -> None:
        """Have the choices as before the last change."""
        if (before := self._before) is not None:
            self._change(lambda saved: before)


class NameScreen(Dialog[str]):
    """A name to type; one that is there already is replaced, and that is told."""

    AUTO_FOCUS = "Input"

    def __init__(self, title: str, name: str, known: Choices) -> None:
        super().__init__()
        self._title, self._name_before, self._known = title, name, known

    def compose(self) -> ComposeResult:
        """Yield the field, and a label for what enter does."""
        with Vertical(classes="dialog question") as dialog:
            dialog.border_title = self._title
            dialog.border_subtitle = f"enter saves · {self.closes}"
            yield Input(self._name_before, "such as nightly", max_length=60)
            yield Label(id="refusal")

    @on(Input.Changed)
    def _look(self, event: Input.Changed) -> None:
        name = event.value.strip()
        self.query_one("#refusal", Label).update(Text(f"This replaces {name}." if name in self._known else ""))

    @on(Input.Submitted)
    def _take(self, event: Input.Submitted) -> None:
        event.stop()
        if name := event.value.strip():
            self.dismiss(name)


def _renamed(saved: dict[str, Choice], old: str, name: str) -> dict[str, Choice]:
    """Return the choices with another name for one, in its place."""
    return {name if key == old else key: choice for key, choice in saved.items() if key in (old,) or key != name}


def _line(name: str, choice: Choice) -> Table:
    row = Table.grid(padding=(0, 1, 0, 0))
    row.add_column(min_width=_NAME)
    row.add_column()
    row.add_row(Text(name, style="bold"), Text(summary(choice), style="dim"))
    return row


def summary(choice: Choice) -> str:
    """Return a choice in few words: ``22 cases × 5 adapters, f32, f16, batch 64``."""
    batches, rate = choice.overrides.batches, choice.overrides.millionths
    arithmetic = (
        each.dtype if each.variant == "default" else f"{each.dtype} {each.variant}" for each in choice.arithmetic
    )
    parts = (
        f"{counted(len(choice.cases), 'case')} × {counted(len(choice.adapters), 'adapter')}",
        *arithmetic,
        f"batch {', '.join(map(str, batches))}" if batches else None,
        None if rate is None else f"learning rate {rate / 1e6:g}",
    )
    return ", ".join(part for part in parts if part)


def not_here(missing: list[KeptAdapter]) -> str:
    """Return what to say of adapters of a choice that are not there; nothing where all are."""
    return f" Not here: {', '.join(each.words for each in missing)}." if missing else ""
