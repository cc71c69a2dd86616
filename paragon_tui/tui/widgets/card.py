"""What to do first, in the empty place below the table of a session that has not begun."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from paragon_tui.formatting.quantities import counted, duration
from paragon_tui.tui.widgets.text_panel import TextPanel

if TYPE_CHECKING:
    from paragon_tui.tui.model import Model

_WHAT = "Times every compute device of this machine on the same arithmetic, and compares every bit."


class Card(TextPanel):
    """Keys with what they do and how long that takes; a click does it, too."""

    DEFAULT_CSS = "Card { link-style: none; }"

    def show(self, model: Model) -> None:
        """Paint it, once it is known what there is."""
        self.show_text(Text("\n").join([Text(), Text(f"  {_WHAT}"), Text(), *_keys(model), Text(), *_found(model)]))


def _keys(model: Model) -> list[Text]:
    results, seconds = model.expected or (0, 0.0)
    everything = f"{counted(results, 'result')}, about {duration(seconds)}" if results else ""
    taste = f"about {duration(model.expected_fast_s)}" if results and model.expected_fast_s is not None else ""
    return [
        _key("r", "run", "measure what is ticked", everything),
        _key("F", "run_fast", "have a taste of it", taste),
        _key("V", "verify", "check the bits alone", "all suites, a few minutes"),
        _key("?", "help", "all keys and marks", ""),
    ]


def _key(key: str, action: str, words: str, detail: str) -> Text:
    line = Text.assemble("    ", (f" {key} ", "bold reverse"), f"  {words:<24}", (detail, "dim"), no_wrap=True)
    return line.on(click=f"app.{action}")


def _found(model: Model) -> list[Text]:
    if model.searching:
        return [Text(f"  Looking for adapters: {', '.join(sorted(model.searching))} …", style="dim")]
    devices = list(dict.fromkeys(adapter.short_name for adapter in model.adapters if not adapter.is_host))
    lines = [Text(f"  Found beside NumPy: {', '.join(devices) or 'nothing'}.", no_wrap=True)]
    if not model.has_gpu:
        lines.append(Text("  No GPU was found: d says what is missing.", style="yellow").on(click="app.details"))
    return lines
