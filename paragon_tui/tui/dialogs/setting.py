"""Dialogs that change a setting: one to type its value, one to choose it, one to press a key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Input, Label, OptionList, Static

from paragon_tui.tui.actions import key_name
from paragon_tui.tui.dialogs.dialog import Dialog

if TYPE_CHECKING:
    from paragon_tui.sessions.settings import Setting
    from paragon_tui.tui.keymap import Bound


@dataclass(frozen=True, slots=True)
class Chosen:
    """The value that a person wants; ``usual``: the setting's default instead."""

    value: Any = None
    usual: bool = False


class SettingDialog(Dialog[Chosen]):
    """What these dialogs have in common: the usual value at a key or a click."""

    BINDINGS = [Binding("ctrl+r", "usual", "Usual value", id="setting_usual")]

    def action_usual(self) -> None:
        """Want the default."""
        self.dismiss(Chosen(usual=True))


class TypedSetting(SettingDialog):
    """A field, and what is wrong with its text while one types. Enter saves what is sound."""

    AUTO_FOCUS = "Input"

    def __init__(self, setting: Setting, value: str) -> None:
        super().__init__()
        self._setting, self._value = setting, value

    def compose(self) -> ComposeResult:
        """Yield the words, the field, and a label for what is wrong."""
        with Vertical(classes="dialog question") as dialog:
            dialog.border_title = self._setting.label
            dialog.border_subtitle = f"enter saves · {self.hint('setting_usual', 'usual value')} · {self.closes}"
            yield Label(Text(self._setting.words))
            yield Input(self._value, f"{self._setting.kind.expects}", id="value")
            yield Label(id="refusal")

    @on(Input.Changed)
    def _look(self, event: Input.Changed) -> None:
        problem = self._problem()
        self.query_one("#refusal", Label).update(Text(problem or ""))

    @on(Input.Submitted)
    def _take(self, event: Input.Submitted) -> None:
        event.stop()
        if self._problem() is None:
            self.dismiss(Chosen(self._setting.kind.parse(self.query_one(Input).value)))

    def _problem(self) -> str | None:
        kind = self._setting.kind
        return None if kind.takes(kind.parse(self.query_one(Input).value)) else f"This takes {kind.expects}."


class ChosenSetting(SettingDialog):
    """A list of values; ``preview`` gets each that is highlighted."""

    AUTO_FOCUS = "OptionList"

    def __init__(
        self, setting: Setting, values: Sequence[str], value: str, preview: Callable[[str], None] | None = None
    ) -> None:
        super().__init__()
        self._setting, self._values, self._value, self._preview = setting, values, value, preview

    def compose(self) -> ComposeResult:
        """Yield the words and the list."""
        with Vertical(classes="dialog question") as dialog:
            dialog.border_title = self._setting.label
            dialog.border_subtitle = f"enter saves · {self.hint('setting_usual', 'usual value')} · {self.closes}"
            yield Label(Text(self._setting.words))
            yield OptionList(*map(Text, self._values))

    def on_mount(self) -> None:
        """Begin at the value of now."""
        if self._value in self._values:
            self.query_one(OptionList).highlighted = self._values.index(self._value)

    @on(OptionList.OptionHighlighted)
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        if self._preview is not None:
            self._preview(self._values[event.option_index])

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(Chosen(self._values[event.option_index]))


class KeyCatcher(Static, can_focus=True):
    """Takes every key for itself."""

    def __init__(self, pressed: Callable[[str], None]) -> None:
        super().__init__("Press a key …")
        self._pressed = pressed

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Leave no key to anything else but esc."""
        return key != "escape"

    def on_key(self, event: events.Key) -> None:
        """Hand a key on."""
        if event.key != "escape":
            event.stop()
            event.prevent_default()
            self._pressed(event.key)


class KeyDialog(SettingDialog):
    """Waits for a key that nothing else has in the same place; ``holder`` says what has one."""

    BINDINGS = [Binding("ctrl+r", "usual", "Usual key", show=False, priority=True, id="setting_usual")]
    AUTO_FOCUS = "KeyCatcher"

    def __init__(self, bound: Bound, keys: str, holder: Callable[[str], Bound | None]) -> None:
        super().__init__()
        self._bound, self._keys, self._holder = bound, keys, holder

    def compose(self) -> ComposeResult:
        """Yield the words, what waits for a key, and a label for what is wrong with it."""
        with Vertical(classes="dialog question") as dialog:
            dialog.border_title = f"Key of {self._bound.label}"
            dialog.border_subtitle = f"{self.hint('setting_usual', 'usual key')} · {self.closes}"
            yield Label(Text(f"{self._bound.words}. Now it is {self._keys}."))
            yield KeyCatcher(self._pressed)
            yield Label(id="refusal")

    def _pressed(self, key: str) -> None:
        holder = self._holder(key)
        if holder is None:
            self.dismiss(Chosen((key,)))
        else:
            words = f"{key_name(key)} is {holder.label}; press another, or esc"
            self.query_one("#refusal", Label).update(Text(words))
