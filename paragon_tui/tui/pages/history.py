"""All sessions of the store: found, opened, named, compared, exported, deleted and brought back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding

from paragon_tui.formatting.quantities import counted, shortlist
from paragon_tui.formatting.saved_sessions import verdict, when
from paragon_tui.sessions import catalog
from paragon_tui.tui.actions import own_key
from paragon_tui.tui.pages.page import Page
from paragon_tui.tui.widgets.found_lines import FoundLines
from paragon_tui.tui.widgets.line_list import Column, Line, LineList, Words
from paragon_tui.tui.widgets.text_panel import TextPanel

if TYPE_CHECKING:
    from paragon_tui.sessions.catalog import SessionLine
    from paragon_tui.sessions.csv_dialect import Dialect
    from paragon_tui.tui.model import Model

COLUMNS = (
    Column(""),
    Column("when"),
    Column("measured", right=True),
    Column("verdict"),
    Column("cases", cut=True, rank=3),
    Column("adapters", cut=True, rank=2),
    Column("name", cut=True, rank=1),
    Column("note", cut=True, rank=4),
    Column("host", cut=True, rank=5),
)


class Elsewhere(Protocol):
    """What the page has the application do."""

    def open_session(self, line: SessionLine) -> None:
        """Show a session's results."""

    def compare(self, earlier: str, later: str) -> None:
        """Compare two sessions, by their ids."""

    def tell_export(self, path: Path) -> None:
        """Say where an export is."""


class HistoryPage(Page):
    """A list of the sessions, a search above it, and what the selected one is below.

    What is deleted leaves the store when the page is left, so that nothing is lost until then, whatever happens.
    """

    PAGE = "history"
    AUTO_FOCUS = "#lines"
    DEFAULT_CSS = """
    HistoryPage {
        #facts { height: 4; padding: 0 1; border-top: solid $primary-darken-1; }
    }
    """
    BINDINGS = [
        Binding("slash", "search", "Find", tooltip="Filter the sessions by words", id="history_search"),
        Binding("enter", "open", "Open", tooltip="Show the session's results", id="history_open"),
        Binding("x,space", "mark", "Compare", tooltip="Mark it; compare it with the marked one", id="history_mark"),
        Binding("r", "rename", "Name", tooltip="Give it a name", id="history_rename"),
        Binding("n", "note", "Note", tooltip="Write a note about it", id="history_note"),
        Binding("e", "export('csv')", "CSV", tooltip="Export it as CSV", id="history_csv"),
        Binding("E", "export('json')", "JSON", tooltip="Export it as JSON, to import elsewhere", id="history_json"),
        Binding("D,delete", "delete", "Delete", tooltip="Delete it; it can be brought back", id="history_delete"),
        Binding("u", "undo", "Undo", tooltip="Bring back what was deleted last", id="history_undo"),
    ]

    def __init__(
        self,
        model: Model,
        database: Path,
        exports: Path,
        dialect: Dialect,
        now: Callable[[], datetime],
        elsewhere: Elsewhere,
    ) -> None:
        super().__init__(model)
        self._database, self._exports, self._dialect = database, exports, dialect
        self._now, self._elsewhere = now, elsewhere
        self._lines: dict[str, SessionLine] = {}
        self.listed = 0  # sessions that the search finds
        self._possible = (True, False)  # something with a session, and undoing
        self._trouble: str | None = None
        self._marked: str | None = None
        self._deleted: list[str] = []
        self._seen: tuple[str, bool] | None = None  # the session of the run and whether it has ended, as listed

    def body(self) -> ComposeResult:
        """Yield the list and the facts."""
        yield FoundLines(COLUMNS, "Reading the sessions…")
        yield TextPanel(id="facts")

    def on_mount(self) -> None:
        """Begin to read at once, while the page is laid out."""
        self._read_again()

    def paint(self) -> None:
        """Bring the head up to date, and the list where the run's session has begun or ended."""
        super().paint()
        self._read_again()

    def _read_again(self) -> None:
        """Read the store, unless the list has the run's session as it is."""
        session = self.model.session
        if self._seen != (seen := (session.id, session.finished)):
            self._seen = seen
            self.run_worker(self._load(), group="sessions", exclusive=True)

    async def _load(self) -> None:
        """Read the store beside the event loop, and show what it has."""
        try:
            lines = await asyncio.to_thread(catalog.list_sessions, self._database)
            self._lines, self._trouble = {line.id: line for line in lines}, None
        except catalog.TROUBLES as error:
            self._lines, self._trouble = {}, str(error)
        self._show()

    def _show(self) -> None:
        """Show the sessions, and which of them is marked or deleted."""
        kept = [self._line(line) for id_, line in self._lines.items() if id_ not in self._deleted]
        sessions = self.query_one(FoundLines)
        sessions.show(kept, self._trouble or self._nothing())
        self._explain()

    def _nothing(self) -> str:
        page, run = self.model.key("page_run"), self.model.key("run")
        return f"No session yet. Go to the page of the run ({page}) and press {run}: each run is kept here."

    @on(FoundLines.Changed)
    def _explain(self) -> None:
        """Say how many sessions are found, and what can be done about those that were marked and deleted."""
        sessions = self.query_one(FoundLines)
        told = [sessions.counted("session")]
        if self._marked:
            told.append(f"{own_key(self, 'history_mark')} on another session compares the two")
        if self._deleted:
            told.append(
                f"{len(self._deleted)} deleted: {own_key(self, 'history_undo')} brings back, until you leave this page"
            )
        sessions.searched.border_title = " · ".join(told)
        self.listed = sessions.found
        possible = sessions.found > 0, bool(self._deleted)
        if possible != self._possible:  # the footer is made anew, which takes longer than all lines
            self._possible = possible
            self.refresh_bindings()

    def _line(self, line: SessionLine) -> Line:
        style = "wrong" if line.wrong else "right" if line.measured and line.ended == "finished" else "muted"
        cells: tuple[Words, ...] = (
            ("●" if line.id == self._marked else "", "marked"),
            (when(line.started, self._now()), ""),
            (f"{line.measured} of {line.results}", ""),
            (verdict(line, self.model.is_measuring(line.id)), style),
            (shortlist([*line.cases]), ""),
            (shortlist([*line.adapters]), "muted"),
            (line.name or "", "marked"),
            (line.note or "", ""),
            (line.cpu or "", "muted"),
        )
        return Line(line.id, cells, (line.id, *line.cases, *line.adapters))

    @on(LineList.Moved)
    def _show_facts(self) -> None:
        """Show of the selected session what its line may have no room for."""
        line = self._selected()
        panel = self.query_one("#facts", TextPanel)
        if line is None:
            panel.show_text(Text())
            return
        called = " · ".join(filter(None, (line.id, line.name, line.note)))
        what = f"{counted(len(line.cases), 'case')} ({shortlist([*line.cases])}) on {', '.join(line.adapters)}"
        facts = (Text(called, "bold"), Text(what), Text(line.cpu or "", "dim"))
        panel.show_text(Text("\n", no_wrap=True, overflow="ellipsis").join(facts))

    def _selected(self) -> SessionLine | None:
        return self._lines.get(self.query_one(LineList).selected or "")

    # --- what its keys do -----------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave out what cannot be done now."""
        with_a_session, undoing = self._possible
        if action == "undo":
            return undoing
        return with_a_session if action in ("open", "mark", "rename", "note", "export", "delete") else True

    async def action_search(self) -> None:
        """Filter the sessions by what is typed."""
        await self.query_one(FoundLines).search()

    @on(LineList.Chosen)
    def action_open(self) -> None:
        """Open the selected session."""
        if (line := self._selected()) is not None:
            self._elsewhere.open_session(line)

    def action_mark(self) -> None:
        """Mark a session to be compared, or compare it with the marked one."""
        line = self._selected()
        if line is None:
            return
        if self._marked not in self._lines:  # somebody else has deleted it meanwhile
            self._marked = None
        if self._marked in (None, line.id):
            self._marked = None if self._marked else line.id
            self._show()
            return
        order = list(self._lines)  # the latest first
        earlier, later = sorted((self._marked, line.id), key=order.index, reverse=True)
        self._elsewhere.compare(earlier, later)

    def action_rename(self) -> None:
        """Ask for the name of the selected session."""
        if (line := self._selected()) is not None:
            self._ask(line, "name", "Its name, which works wherever its id does (empty: none)")

    def action_note(self) -> None:
        """Ask for a note about the selected session."""
        if (line := self._selected()) is not None:
            self._ask(line, "note", "A note about it (empty: none)")

    def _ask(self, line: SessionLine, column: Literal["name", "note"], label: str) -> None:
        from paragon_tui.tui.dialogs.one_line import OneLine

        def take(text: str | None) -> None:
            if text is not None:
                self.run_worker(self._label(line, column, text), group="label")

        self.app.push_screen(OneLine(f"Session {line.id}", label, getattr(line, column) or ""), take)

    async def _label(self, line: SessionLine, column: Literal["name", "note"], text: str) -> None:
        try:
            await asyncio.to_thread(catalog.label_session, line.id, self._database, column, text or None)
        except catalog.TROUBLES as error:
            self.notify(f"The {column} stays as it was: {error}", severity="error")
            return
        self._lines[line.id] = (
            replace(line, name=text or None) if column == "name" else replace(line, note=text or None)
        )
        self._show()

    def action_export(self, kind: Literal["csv", "json"]) -> None:
        """Write the selected session to the folder of exports."""
        if (line := self._selected()) is not None:
            self.run_worker(self._export(line, kind), group="export")

    async def _export(self, line: SessionLine, kind: Literal["csv", "json"]) -> None:
        try:
            write = partial(catalog.export_file, line.id, self._database, self._exports, kind, self._dialect)
            path = await asyncio.to_thread(write)
        except catalog.TROUBLES as error:
            self.notify(f"It cannot be exported: {error}", severity="error")
        except OSError as error:
            self.notify(f"Cannot write to {self._exports}: {error.strerror}. Nothing is lost.", severity="error")
        else:
            self._elsewhere.tell_export(path)

    def action_delete(self) -> None:
        """Take the selected session from the list; it leaves the store with this page."""
        line = self._selected()
        if line is None:
            return
        if self.model.is_measuring(line.id):
            self.notify(
                f"This session is running. {self.model.key('stop')} stops it; then it can be deleted.",
                severity="warning",
            )
            return
        self._deleted.append(line.id)
        if self._marked == line.id:
            self._marked = None
        self._show()

    def action_undo(self) -> None:
        """Bring back the session that was deleted last."""
        if self._deleted:
            brought_back = self._deleted.pop()
            self._show()
            self.query_one(LineList).select(brought_back)

    async def on_unmount(self) -> None:
        """Delete what nobody brought back. A killed program does not come here, and has deleted nothing."""
        for doomed in self._deleted:
            try:
                await asyncio.to_thread(catalog.delete_sessions, [doomed], self._database)
            except catalog.TROUBLES as error:
                self.model.say("warning", f"{doomed} was not deleted: {error}")
