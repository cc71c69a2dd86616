"""What to do first, in the empty place below the table of a session that has not begun."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.text import Text

from paragon_tui.formatting.quantities import counted, duration
from paragon_tui.tui.actions import ACTIONS, Action
from paragon_tui.tui.widgets.text_panel import TextPanel

if TYPE_CHECKING:
    from paragon_tui.tui.model import Model

_ACTIONS = {action.name: action for action in ACTIONS}
_WHAT = "Times every compute device of this machine on the same arithmetic, and compares every bit."


class Card(TextPanel):
    """Keys with what they do and how long that takes; a click does it, too."""

    DEFAULT_CSS = "Card { link-style: none; }"

    def show(self, model: Model) -> None:
        """Paint it, once it is known what there is."""
        lines = [_line(action, model.key(action.id), *words) for action, words in _said(model)]
        self.show_text(Text("\n").join([Text(), Text(f"  {_WHAT}"), Text(), *lines, Text(), *_found(model)]))


def _said(model: Model) -> Iterator[tuple[Action, tuple[str, str]]]:
    """Yield the actions to begin with, each with what it does and how long that takes."""
    results, seconds = model.expected or (0, 0.0)
    everything = f"{counted(results, 'result')}, about {duration(seconds)}" if results else ""
    taste = f"about {duration(model.expected_fast_s)}" if results and model.expected_fast_s is not None else ""
    yield _ACTIONS["run"], ("measure what is ticked", everything)
    yield _ACTIONS["run_fast"], ("have a taste of it", taste)
    yield _ACTIONS["verify"], ("check the bits alone", "all suites, a few minutes")
    yield _ACTIONS["help"], ("all keys and marks", "")


def _line(action: Action, key: str, words: str, detail: str) -> Text:
    line = Text.assemble("    ", (f" {key} ", "bold reverse"), f"  {words:<24}", (detail, "dim"), no_wrap=True)
    return line.on(click=action.target)


def _found(model: Model) -> list[Text]:
    if model.searching:
        return [Text(f"  Looking for adapters: {', '.join(sorted(model.searching))} …", style="dim")]
    devices = list(dict.fromkeys(adapter.short_name for adapter in model.adapters if not adapter.is_host))
    lines = [Text(f"  Found beside NumPy: {', '.join(devices) or 'nothing'}.", no_wrap=True)]
    if not model.has_gpu:
        lines.append(
            Text(f"  No GPU was found: {model.key('details')} says what is missing.", style="yellow").on(
                click="app.details"
            )
        )
    return lines
