"""``paragon-tui man``: the manual page, made from the parser, in the man macros that every system has."""

from __future__ import annotations

import argparse
import re
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

from paragon_tui import __version__
from paragon_tui.console.help_text import paragraphs

NAME = "paragon-tui"
_SUMMARY = "measure neural-network arithmetic on every compute adapter, and compare every bit"
_FILES = """\
- ~/.local/share/paragon-tui/sessions.sqlite3: every session with all its samples
- ~/.local/share/paragon-tui/exports: the exports of the interface
- ~/.config/paragon-tui/settings.toml: the settings of the interface
- ~/.cache/paragon-tui: reference answers, fastest plans, peaks and probes; `paragon-tui cache clear` empties it

These are the folders on Linux; XDG_DATA_HOME, XDG_CONFIG_HOME and XDG_CACHE_HOME move them.
"""


def man_page(parser: argparse.ArgumentParser) -> str:
    """Return the page as roff: every command of ``parser`` with its options, descriptions and examples."""
    return "\n".join(_page(parser)) + "\n"


def _page(parser: argparse.ArgumentParser) -> Iterator[str]:
    yield f'.TH {_text(NAME.upper())} 1 "" "{NAME} {__version__}" "User Commands"'
    yield from (".SH NAME", *_lines(f"{_text(NAME)} \\- {_text(_SUMMARY)}"), ".SH SYNOPSIS")
    yield from _synopsis(parser)
    yield ".SH DESCRIPTION"
    yield from _prose(parser.description)
    yield from _options(parser)
    yield ".SH COMMANDS"
    for command in _commands(parser):
        yield f".SS {_text(command.prog)}"
        yield from _command(command)
    examples, _, status = (parser.epilog or "").partition("\n\n")
    yield ".SH EXAMPLES"
    yield from _prose(examples.partition("\n")[2])
    yield ".SH EXIT STATUS"
    yield from _prose(status.removeprefix("exit status: "))
    yield ".SH FILES"
    yield from _prose(_FILES)


def _command(command: argparse.ArgumentParser) -> Iterator[str]:
    yield from _synopsis(command)
    yield ".PP"
    yield from _prose(command.description)
    yield from _options(command)
    for inner in _commands(command):
        yield ".PP"
        yield from _synopsis(inner)
        yield ".RS"
        yield from _prose(inner.description)
        yield from _options(inner)
        yield ".RE"
    yield ".PP"
    yield from _prose(command.epilog)


def _commands(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.values()


def _synopsis(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Yield the command in bold, and what it takes: single options are few enough to name only where there are few."""
    options = [action for action in parser._actions if action.option_strings and action.help != argparse.SUPPRESS]
    positional = [action for action in parser._actions if not action.option_strings]
    words = ["[OPTION ...]"] if len(options) > 1 else []
    words += [_word(action) for action in positional if action.help != argparse.SUPPRESS]
    yield f".B {_text(parser.prog)}"
    if words:
        yield _text(" ".join(words))


def _word(action: Any) -> str:
    name = _value(action)
    many = f"{name} ..." if action.nargs in ("*", "+", "A...") else name
    return f"[{many}]" if action.nargs in ("*", "?") or isinstance(action, argparse._SubParsersAction) else many


def _value(action: Any) -> str:
    if action.metavar is not None:
        return str(action.metavar)
    return "|".join(map(str, action.choices)) if action.choices else str(action.dest).upper()


def _options(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Yield a tagged paragraph for each argument that has a help text."""
    for action in parser._actions:
        text = action.help
        if not text or text == argparse.SUPPRESS or isinstance(action, argparse._HelpAction):
            continue
        value = "" if action.nargs == 0 else _value(action)
        yield ".TP"
        if action.option_strings:
            names = ", ".join(f"\\fB{_text(name)}\\fR" for name in action.option_strings)
            yield f"{names} \\fI{_text(value)}\\fR" if value else names
        else:
            yield f"\\fI{_text(value)}\\fR"
        yield from _lines(_text(text % {**vars(action), "prog": parser.prog}))


def _prose(text: str | None) -> Iterator[str]:
    """Yield the paragraphs of a description; lines of commands stand as they are."""
    for paragraph in paragraphs(text or ""):
        first = paragraph[0]
        if not first:
            yield ".PP"
        elif first.startswith(" "):
            yield from (".nf", *(_text(line) for line in paragraph), ".fi")
        elif first.startswith("- "):
            yield ".IP \\(bu 2"
            yield from _lines(_text(" ".join(paragraph)[2:]))
        else:
            yield from _lines(_text(" ".join(paragraph)))


def _lines(text: str) -> Iterable[str]:
    """Return text with a new line for each sentence, as roff has them; none begins like a request of its own."""
    sentences = re.split(r"(?<=[.;:]) (?=\S)", text)
    lines = (line for sentence in sentences for line in textwrap.wrap(sentence, 78, break_on_hyphens=False))
    return (f"\\&{line}" if line.startswith(".") else line for line in lines)


def _text(text: str) -> str:
    """Return text that roff prints as it is: hyphens are minus signs, which can be copied into a shell."""
    return text.replace("\\", "\\e").replace("-", "\\-").replace("`", "\\(ga").replace("'", "\\(aq")
