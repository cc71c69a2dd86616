"""All settings and keys, each with what it means and its value, to be changed where it stands."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from paragon_tui.sessions.setting_kinds import Choice, Switch
from paragon_tui.sessions.settings import DECLARED, Setting, Settings
from paragon_tui.tui.dialogs.setting import Chosen, ChosenSetting, KeyDialog, TypedSetting
from paragon_tui.tui.keymap import Bound, all_bound, holder, keys_in_words, title
from paragon_tui.tui.pages.page import Page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paragon_tui.tui.app import ParagonApp
    from paragon_tui.tui.model import Model

_LABEL, _VALUE = 15, 16
_OWN = "•"
_SETTINGS = {setting.name: setting for setting in DECLARED}
_USUAL = Settings()


class SettingsList(OptionList):
    """The lines; enter or a click changes one."""

    BINDINGS = [
        Binding("enter,space", "select", "Change", id="settings_change"),
        Binding("backspace,delete", "screen.usual", "Usual value", id="settings_usual"),
    ]
    PLACE = "Settings"


class SettingsPage(Page):
    """A list of settings, then of keys. What a user has set has a dot before it."""

    PAGE = "settings"
    AUTO_FOCUS = "SettingsList"
    CSS = """
    SettingsPage SettingsList { height: 1fr; border: none; background: $background; padding: 0 1; }
    """

    def __init__(self, model: Model, app: ParagonApp) -> None:
        super().__init__(model)
        self._app = app

    def body(self) -> ComposeResult:
        """Yield the list."""
        yield SettingsList(*self._options(), id="settings")

    def _options(self) -> Iterator[Option]:
        yield Option(Text("Settings", style="bold underline"), disabled=True)
        for setting in DECLARED:
            yield Option(self._line(setting.name), setting.name)
        place = ""
        for bound in all_bound().values():
            if (where := title(bound.owners[0])) != place:
                place = where
                yield Option(Text(f"\nKeys: {place}", style="bold underline"), disabled=True)
            yield Option(self._line(bound.id), f"keys.{bound.id}")

    def _line(self, name: str) -> Table:
        """Return the line of a setting, or of the keys of what has this id."""
        if name in _SETTINGS:
            setting, value = _SETTINGS[name], getattr(self._app.settings, name)
            return _row(setting.label, _shown(value), setting.words, value != getattr(_USUAL, name))
        bound = all_bound()[name]
        words = "" if bound.words == bound.label else bound.words
        return _row(bound.label, keys_in_words(self._keys(bound)), words, name in self._app.model.keymap)

    def _keys(self, bound: Bound) -> tuple[str, ...]:
        return self._app.model.keymap.get(bound.id, bound.keys)

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        name = event.option_id or ""
        if name in _SETTINGS:
            self._ask(_SETTINGS[name])
        else:
            bound = all_bound()[name.removeprefix("keys.")]
            dialog = KeyDialog(
                bound, keys_in_words(self._keys(bound)), lambda key: holder(key, bound, self._app.model.keymap)
            )
            self._app.push_screen(dialog, lambda chosen: self._take_key(bound, chosen))

    def _ask(self, setting: Setting) -> None:
        """Change a setting, if need be in a dialog."""
        value = getattr(self._app.settings, setting.name)
        match setting.kind:
            case Switch():
                self._set(setting, not value)
            case Choice(values):
                dialog = ChosenSetting(setting, values, value)
                self._app.push_screen(dialog, lambda chosen: self._take(setting, chosen))
            case _ if setting.name == "theme":
                self._app.previewing = True
                dialog = ChosenSetting(setting, self._app.theme_names(), value, self._preview)
                self._app.push_screen(dialog, lambda chosen: self._take(setting, chosen))
            case _:
                typed = TypedSetting(setting, "" if value is None else _shown(value))
                self._app.push_screen(typed, lambda chosen: self._take(setting, chosen))

    def _preview(self, theme: str) -> None:
        self._app.theme = theme

    def _take(self, setting: Setting, chosen: Chosen | None) -> None:
        self._app.previewing = False
        if chosen is None:
            self._app.change(self._app.settings)  # after a preview
        else:
            self._set(setting, getattr(_USUAL, setting.name) if chosen.usual else chosen.value)

    def _set(self, setting: Setting, value: Any) -> None:
        self._app.change(replace(self._app.settings, **{setting.name: value}))
        self._repaint()

    def _take_key(self, bound: Bound, chosen: Chosen | None) -> None:
        if chosen is None:
            return
        keys = {id_: keys for id_, keys in self._app.settings.keys.items() if id_ != bound.id}
        usual = chosen.usual or chosen.value == bound.keys
        if not usual:
            keys[bound.id] = chosen.value
        elif (rival := self._rival_of_usual(bound)) is not None:
            key, other = rival
            self.notify(f"{keys_in_words([key])} is {other.label}; give that another key first", severity="warning")
            return
        self._app.change(replace(self._app.settings, keys=keys))
        self._repaint()

    def _rival_of_usual(self, bound: Bound) -> tuple[str, Bound] | None:
        """Return what has a usual key of ``bound`` by now, and that key."""
        rivals = ((key, holder(key, bound, self._app.model.keymap)) for key in bound.keys)
        return next(
            ((key, rival) for key, rival in rivals if rival is not None and rival.id in self._app.model.keymap), None
        )

    def action_usual(self) -> None:
        """Give the highlighted line its usual value or keys."""
        lines = self.query_one(SettingsList)
        name = lines.highlighted_option.id if lines.highlighted_option is not None else None
        if name in _SETTINGS:
            self._take(_SETTINGS[name], Chosen(usual=True))
        elif name is not None:
            self._take_key(all_bound()[name.removeprefix("keys.")], Chosen(usual=True))

    def _repaint(self) -> None:
        lines = self.query_one(SettingsList)
        for option in lines.options:
            if option.id is not None:
                lines.replace_option_prompt(option.id, self._line(option.id.removeprefix("keys.")))


def _shown(value: Any) -> str:
    """Return a value as the file has it, without quotes."""
    if value is None:
        return "as usual"
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)


def _row(label: str, value: str, words: str, own: bool) -> Table:
    """Return a line: a dot where a user has set it, the label, the value, and what it means, each below itself."""
    row = Table.grid(padding=(0, 1, 0, 0))
    row.add_column(width=1)
    row.add_column(width=_LABEL)
    row.add_column(width=_VALUE, overflow="fold")
    row.add_column()
    row.add_row(_OWN if own else "", Text(label), Text(value, style="bold"), Text(words, style="dim"))
    return row
