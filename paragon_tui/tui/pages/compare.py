"""Two sessions side by side, or two adapters of one: the conclusion, then every result, the biggest changes first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding

from paragon_tui.formatting.columns import time_parts
from paragon_tui.formatting.comparison import (
    BITS_WORDS,
    change,
    conclusion,
    device_name,
    other_device_lines,
    pair_lines,
    too_few_processes,
    unpaired_lines,
)
from paragon_tui.formatting.quantities import UNKNOWN
from paragon_tui.formatting.saved_sessions import verdict, when
from paragon_tui.formatting.timings import half_width, median
from paragon_tui.sessions import catalog
from paragon_tui.sessions.comparison import biggest_changes_first
from paragon_tui.sessions.sides import Side, compare_sides
from paragon_tui.tui.pages.page import Page
from paragon_tui.tui.widgets.found_lines import FoundLines
from paragon_tui.tui.widgets.line_list import Column, Line, LineList, Words
from paragon_tui.tui.widgets.text_panel import TextPanel

if TYPE_CHECKING:
    from paragon_tui.engine.results.result import Result
    from paragon_tui.sessions.catalog import SessionLine
    from paragon_tui.sessions.comparison import ResultPair, SessionComparison
    from paragon_tui.tui.model import Model

COLUMNS = (
    Column("case"),
    Column("on", cut=True, rank=3),
    Column("A", right=True, rank=2),
    Column("B", right=True, rank=1),
    Column("change"),
    Column("B is"),
    Column("bits"),
)
_CHOICES = (
    Column("when"),
    Column("measured", right=True),
    Column("verdict"),
    Column("name", cut=True),
    Column("session", rank=1),
)
_MOST_LINES = 5  # of what is told above the list
_STYLES = {"faster": "faster", "slower": "wrong", "same": "muted", "unclear": "muted", UNKNOWN: "muted"}


class ComparePage(Page):
    """The two sides, what they show, and the list of their results; below, the selected one in full.

    ``sides`` are those of the last comparison; ``keep_sides`` is called with others.
    """

    PAGE = "compare"
    AUTO_FOCUS = "#lines"
    DEFAULT_CSS = """
    ComparePage {
        #sides { height: 2; padding: 0 1; background: $surface; link-style: none; link-color: $foreground; }
        #shown { height: auto; max-height: 30%; padding: 0 1; }
        #facts { height: 5; padding: 0 1; border-top: solid $primary-darken-1; }
    }
    """
    BINDINGS = [
        Binding("slash", "search", "Find", tooltip="Filter the results by words", id="compare_search"),
        Binding("enter", "trend", "Trend", tooltip="Show the result over all sessions", id="compare_trend"),
        Binding("a", "choose(0)", "A", tooltip="Choose session A", id="compare_a"),
        Binding("b", "choose(1)", "B", tooltip="Choose session B", id="compare_b"),
        Binding("s", "swap", "Swap", tooltip="Exchange A and B", id="compare_swap"),
        Binding("t", "adapters", "Adapters", tooltip="Compare two adapters of one session", id="compare_adapters"),
    ]

    def __init__(
        self,
        model: Model,
        database: Path,
        now: Callable[[], datetime],
        sides: tuple[Side, Side] | None,
        keep_sides: Callable[[tuple[Side, Side]], None],
    ) -> None:
        super().__init__(model)
        self._database, self._now, self._keep_sides = database, now, keep_sides
        self._sides = sides or (Side("previous"), Side("last"))
        self.comparison: SessionComparison | None = None
        self._rows: dict[str, ResultPair] = {}
        self._trouble = ""

    def body(self) -> ComposeResult:
        """Yield the sides, the conclusion, the list and the facts."""
        yield TextPanel(id="sides")
        yield TextPanel(id="shown")
        yield FoundLines(COLUMNS, "Reading the sessions…")
        yield TextPanel(id="facts")

    def on_mount(self) -> None:
        """Begin to read both sides."""
        self._compare()

    def _compare(self) -> None:
        self.run_worker(self._load(), group="comparison", exclusive=True)

    async def _load(self) -> None:
        """Read both sides beside the event loop, and show their comparison."""
        try:
            self.comparison = await asyncio.to_thread(compare_sides, *self._sides, self._database)
            self._trouble = ""
        except catalog.TROUBLES as error:
            self.comparison, self._trouble = None, str(error)
        self._rows = {}
        if self.comparison is not None:
            self._rows = {str(place): row for place, row in enumerate(biggest_changes_first(self.comparison.rows))}
        self._show()

    @property
    def _of_adapters(self) -> bool:
        return self._sides[0].adapter is not None

    def _show(self) -> None:
        """Show both sides and all their results."""
        self.query_one(FoundLines).show([self._line(key, row) for key, row in self._rows.items()], self._trouble)
        self._count()
        self.query_one("#sides", TextPanel).show_text(self._sides_text())
        self.query_one("#shown", TextPanel).show_text(self._conclusion(), layout=True)

    @on(FoundLines.Changed)
    def _count(self) -> None:
        pairs = self.query_one(FoundLines)
        pairs.searched.border_title = f"{pairs.counted('result')}, the biggest changes first"

    def _sides_text(self) -> Text:
        lines = []
        for place, side in enumerate(self._sides):
            session = self.comparison and (self.comparison.a, self.comparison.b)[place]
            facts = (
                f"session {session.session}" if session else f"session {side.session}",
                side.adapter and f"on {side.adapter}",
                when(session.started, self._now()) if session else None,
                session.host.get("cpu") if session else None,
            )
            line = Text.assemble((" A " if place == 0 else " B ", "bold reverse"), "  ", "  ".join(filter(None, facts)))
            lines.append(line.on(click=f"screen.choose({place})"))
        return Text("\n", no_wrap=True, overflow="ellipsis").join(lines)

    def _conclusion(self) -> Text:
        comparison = self.comparison
        if comparison is None:
            if not self._trouble:
                return Text()
            return Text(f"{self._trouble}\na and b choose two sessions, t two adapters of one.")
        lines = [Text(line, "bold") for line in conclusion(comparison)]
        told = [] if self._of_adapters else [*too_few_processes(comparison), *_differences(comparison)]
        left_out = [
            f"only in {side}: {line}"
            for side, results in (("A", comparison.only_a), ("B", comparison.only_b))
            for line in unpaired_lines(results)
        ]
        told += left_out
        lines += [Text(line, "dim") for line in told[:_MOST_LINES]]
        if len(told) > _MOST_LINES:
            lines.append(Text(f"and {len(told) - _MOST_LINES} more; `paragon-tui compare` prints all", "dim"))
        return Text("\n").join(lines)

    def _line(self, key: str, row: ResultPair) -> Line:
        judgement = row.latency.judgement if row.latency else UNKNOWN
        claimed = row.a.bits.claims_identity and row.b.bits.claims_identity
        differ = row.bits == "other bits"
        bits_style = "wrong" if differ and claimed else "right" if row.bits == "same bits" else "muted"
        doubted = bool(row.a.conditions.doubts or row.b.conditions.doubts)
        cells: tuple[Words, ...] = (
            (row.id.label, ""),
            ("" if self._of_adapters else _on(row), "muted"),
            (_time(row.a), ""),
            (_time(row.b), ""),
            (change(row.latency), "muted" if doubted or judgement in ("same", "unclear") else ""),
            (judgement, _STYLES[judgement]),
            (BITS_WORDS[row.bits], bits_style),
        )
        return Line(key, cells)

    @on(LineList.Moved)
    def _show_facts(self) -> None:
        """Show of the selected result what its line has no room for."""
        row = self._selected()
        text = Text("\n", no_wrap=True, overflow="ellipsis").join(_facts(row)) if row else Text()
        self.query_one("#facts", TextPanel).show_text(text)

    def _selected(self) -> ResultPair | None:
        return self._rows.get(self.query_one(LineList).selected or "")

    # --- what its keys do -----------------------------------------------------------------------------------

    async def action_search(self) -> None:
        """Filter the results by what is typed."""
        await self.query_one(FoundLines).search()

    @on(LineList.Chosen)
    def action_trend(self) -> None:
        """Show the trend of the selected result, B's, over all sessions."""
        from paragon_tui.tui.dialogs.trend import TrendScreen

        row, comparison = self._selected(), self.comparison
        if row is not None and comparison is not None:
            self.app.push_screen(TrendScreen(row.b, comparison.b, self._database, self._now))

    def action_swap(self) -> None:
        """Exchange the sides."""
        self._take(self._sides[1], self._sides[0])

    def _take(self, a: Side, b: Side) -> None:
        self._sides = (a, b)
        self._keep_sides(self._sides)
        self._compare()

    def action_choose(self, place: int) -> None:
        """Choose the session of a side."""
        self.run_worker(self._choose(place), group="choice", exclusive=True)

    async def _choose(self, place: int) -> None:
        chosen = await self._session(f"Session {'AB'[place]}", place)
        if chosen is not None:
            sides = [Side(side.session) for side in self._sides]
            sides[place] = Side(chosen)
            self._take(sides[0], sides[1])

    def action_adapters(self) -> None:
        """Choose a session, and two of its adapters."""
        self.run_worker(self._choose_adapters(), group="choice", exclusive=True)

    async def _choose_adapters(self) -> None:
        from paragon_tui.tui.dialogs.choose import Choose

        name = await self._session("Two adapters of which session?", 1)
        if name is None:
            return
        adapters = next((line.adapters for line in await self._lines() if line.id == name), None)
        if adapters is None:  # somebody else has deleted it meanwhile
            self.notify(f"Session {name} is not there any more.", severity="warning")
            return
        if len(adapters) < 2:
            self.notify(f"Session {name} has only one adapter.", severity="warning")
            return
        chosen: list[str] = []
        for side in "AB":
            lines = [Line(adapter, ((adapter, ""),)) for adapter in adapters if adapter not in chosen]
            title = f"Adapter {side}" if not chosen else f"Adapter {side}, compared with {chosen[0]}"
            adapter = await self.app.push_screen_wait(Choose(title, (Column("adapter"),), lines, None))
            if adapter is None:
                return
            chosen.append(adapter)
        self._take(Side(name, chosen[0]), Side(name, chosen[1]))

    async def _session(self, title: str, place: int) -> str | None:
        """Ask for a session; ``None`` if nobody chooses one. The cursor is on that of the side."""
        from paragon_tui.tui.dialogs.choose import Choose

        try:
            lines = [_choice(line, self._now()) for line in await self._lines()]
        except catalog.TROUBLES as error:
            self.notify(str(error), severity="error")
            return None
        comparison = self.comparison
        selected = (comparison.a, comparison.b)[place].session if comparison else self._sides[place].session
        return await self.app.push_screen_wait(Choose(title, _CHOICES, lines, selected))

    async def _lines(self) -> list[SessionLine]:
        return await asyncio.to_thread(catalog.list_sessions, self._database)


def _choice(line: SessionLine, now: datetime) -> Line:
    style = "wrong" if line.wrong else "right" if line.measured else "muted"
    cells = (
        (when(line.started, now), ""),
        (f"{line.measured} of {line.results}", ""),
        (verdict(line), style),
        (line.name or "", "marked"),
        (line.id, "muted"),
    )
    return Line(line.id, cells)


def _differences(comparison: SessionComparison) -> list[str]:
    devices = (*pair_lines(comparison.adapters), *other_device_lines(comparison))
    return [*comparison.machines, *comparison.settings, *devices]


def _on(row: ResultPair) -> str:
    a, b = row.a.id.adapter, row.b.id.adapter
    return a if a == b else f"{a}, {b}"


def _time(result: Result) -> str:
    """Return the median with its unit, points aligned; instead of a time that cannot be compared, how it ended."""
    if not result.measured or result.timings.latency_ms is None:
        return result.status
    whole, rest, unit = time_parts(result.timings.latency_ms.median)
    return f"{whole}{rest:<3} {unit.strip():<2}{result.conditions.mark or ' '}"


def _facts(row: ResultPair) -> list[Text]:
    lines = [Text.assemble((row.id.label, "bold"), f" on {_on(row)}  {device_name(row.b)}")]
    for side, result in (("A", row.a), ("B", row.b)):
        latency = result.timings.latency_ms if result.measured else None
        words = f"{median(latency)} {half_width(latency)}" if latency else result.unmeasured
        flags = "".join(f"  {flag.mark} {flag.name}" for flag in result.conditions.doubts)
        lines.append(Text(f"{side}  {words}{flags}"))
    if row.device is not None:
        lines.append(Text(f"device time: {change(row.device)} {row.device.judgement}", "dim"))
    return lines
