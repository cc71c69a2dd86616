"""The adapters in a list, and all that is known of one; at the end of the list, what is missing on this machine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option
from textual.worker import Worker

from paragon_tui.formatting.adapter_facts import Known, Section, adapter_facts, as_text
from paragon_tui.tui.pages.page import Page

if TYPE_CHECKING:
    from paragon_tui.backends.adapter import Adapter
    from paragon_tui.diagnosis.finding import Finding
    from paragon_tui.tui.model import Model

_MISSING = "missing"
_MARKS = {"fine": ("✓", "green"), "note": ("·", "dim"), "problem": ("✗", "bold red")}
_PROBE_STYLES = {"✓": "green", "✗": "bold red"}


class AdaptersPage(Page):
    """A list and details. ``examine`` looks for what is wrong with the machine, as ``paragon-tui doctor`` does."""

    PAGE = "adapters"
    CSS = """
    AdaptersPage {
        OptionList {
            width: 28%; min-width: 22; max-width: 36; height: 1fr;
            border: none; padding: 0 1; background: $background; scrollbar-size: 1 1;
            border-right: solid $primary-darken-2; text-wrap: nowrap; text-overflow: ellipsis;
            &:focus { border-right: heavy $accent; }
        }
        VerticalScroll { width: 1fr; padding: 0 1; scrollbar-size: 1 1; }
    }
    """
    BINDINGS = [Binding("c", "copy", "Copy", tooltip="Copy what is shown as text", id="adapters_copy")]

    def __init__(self, model: Model, examine: Callable[[], Awaitable[list[Finding]]]) -> None:
        super().__init__(model)
        self._examine = examine
        self._listed: object = None
        self._examining: Worker[None] | None = None
        self._findings: list[Finding] | None = None
        self._trouble = ""
        self._shown: tuple[object, ...] = ()

    def body(self) -> ComposeResult:
        """Yield the list and the details."""
        with Horizontal():
            yield OptionList(id="adapters-list")
            with VerticalScroll():
                yield Static(id="facts")

    def paint(self) -> None:
        """Bring both up to date: adapters may still be found, probed and measured."""
        super().paint()
        if not self.is_mounted:
            return
        order = list(dict.fromkeys(adapter.physical for adapter in self.model.adapters))
        adapters = sorted(self.model.adapters, key=lambda adapter: order.index(adapter.physical))
        options = self.query_one(OptionList)
        ids = tuple(adapter.id for adapter in adapters)
        if (listed := (ids, not self.model.searching)) != self._listed:
            self._listed, chosen = listed, self._chosen
            options.clear_options()
            found_gpu = any(adapter.type.endswith("gpu") for adapter in adapters)
            missing = "What is missing" if found_gpu or self.model.searching else "No GPU found: why"
            options.add_options([*map(_option, adapters), Option(Text(missing), _MISSING)])
            options.highlighted = options.get_option_index(chosen) if chosen in (*ids, _MISSING) else 0
        self._show()

    @property
    def _chosen(self) -> str | None:
        options = self.query_one(OptionList)
        return None if options.highlighted is None else options.get_option_at_index(options.highlighted).id

    @on(OptionList.OptionHighlighted)
    def _highlighted(self) -> None:
        self.query_one(VerticalScroll).scroll_home(animate=False)
        self._show()

    def _show(self) -> None:
        if self._chosen == _MISSING:
            self._show_missing()
            return
        adapter = next((each for each in self.model.adapters if each.id == self._chosen), None)
        if adapter is not None and (state := (adapter, self._known(adapter))) != self._shown:
            self._shown = state
            self.query_one("#facts", Static).update(_painted(adapter_facts(*state)))

    def _known(self, adapter: Adapter) -> Known:
        """Return what this session found out about an adapter."""
        model, session = self.model, self.model.session
        results = [result for result in session.results.values() if result.id.adapter == adapter.id]
        return Known(
            model.fingerprints.get(adapter.id),
            session.ceilings.get(adapter.id),
            model.discovery_ms.get(adapter.api),
            any(result.measured for result in results),
            tuple(told for result in results if (told := result.conditions.sensors) is not None),
        )

    def _show_missing(self) -> None:
        busy = self.model.run_active or self.model.verification is not None or bool(self.model.searching)
        if self._findings is None and self._examining is None and not busy:
            self._examining = self.run_worker(self._look, group="examination")
        state = (self._findings is not None, self._trouble, busy)
        if state == self._shown:
            return
        self._shown = state
        if self._findings is not None:
            self.query_one("#facts", Static).update(_diagnosis(self._findings))
        else:
            waiting = "This is looked at when nothing is measured or searched." if busy else "Looking…"
            self.query_one("#facts", Static).update(Text(self._trouble or waiting, style="dim"))

    async def _look(self) -> None:
        try:
            self._findings = await self._examine()
        except OSError as error:
            self._trouble = f"`paragon-tui doctor` could not be started: {error.strerror}"
        except ValueError as error:
            self._trouble = f"`paragon-tui doctor` said nothing that can be read: {error}"
        self._show()

    def action_copy(self) -> None:
        """Copy what is shown as text."""
        if self._chosen == _MISSING:
            text = "\n".join(_lines(self._findings or []))
        else:
            adapter = next((each for each in self.model.adapters if each.id == self._chosen), None)
            text = as_text(adapter, adapter_facts(adapter, self._known(adapter))) if adapter else ""
        if not text:
            self.notify("There is nothing to copy yet.", severity="warning")
            return
        self.app.copy_to_clipboard(text)
        self.notify(f"Copied: {len(text.splitlines())} lines about {text.splitlines()[0]}")


def _option(adapter: Adapter) -> Option:
    text = Text(adapter.id, style="bold", no_wrap=True, overflow="ellipsis")
    return Option(text.append(f"  {adapter.short_name}", style="not bold dim"), adapter.id)


def _painted(sections: list[Section]) -> Group:
    parts: list[Text | Table] = []
    width = max(len(name) for section in sections for name, _ in section.rows)
    for section in sections:
        table = Table.grid(padding=(0, 2))
        table.add_column(no_wrap=True, min_width=width)
        table.add_column(overflow="fold")
        for name, text in section.rows:
            table.add_row(Text(name, style="dim"), Text(text, style=_PROBE_STYLES.get(text[:1], "")))
        parts += [Text(section.title, style="bold cyan"), table, Text("")]
    return Group(*parts)


def _diagnosis(findings: list[Finding]) -> Group:
    """Return the findings by their areas, problems with what mends them."""
    lines: list[Text] = []
    for area, found in groupby(findings, key=attrgetter("area")):
        lines.append(Text(area, style="bold cyan"))
        for finding in found:
            mark, style = _MARKS[finding.state]
            lines.append(Text.assemble((f"{mark} ", style), f"{finding.subject}: {finding.words}"))
            if finding.remedy:
                lines.append(Text(f"  → {finding.remedy}", style="bold"))
    problems = sum(1 for finding in findings if finding.state == "problem")
    words = f"{problems} to mend: → says how." if problems else "No problem was found."
    return Group(Text(words, style="bold"), Text(""), *lines)


def _lines(findings: list[Finding]) -> list[str]:
    return [
        f"{_MARKS[finding.state][0]} {finding.area}, {finding.subject}: {finding.words}"
        + (f" → {finding.remedy}" if finding.remedy else "")
        for finding in findings
    ]
