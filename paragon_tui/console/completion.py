"""``paragon-tui completion``: what a shell completes, made from the parser, and the words that it asks for."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

from paragon_tui.engine.runner.selection import all_cases
from paragon_tui.exit_status import OK
from paragon_tui.sessions import catalog, choices, paths
from paragon_tui.suites.catalogue import ALL, SUITES

SHELLS = ("bash", "zsh", "fish")
_PROGRAM = "paragon-tui"
_PLAIN = re.compile(r"[\w.:@-]+")  # a shell would make several words, or a command, of anything else

_KINDS_BY_METAVAR = {"CASE": "cases", "SESSION": "sessions", "A": "sessions", "B": "sessions"}
_KINDS_BY_NAME = {"suite": "suites", "op": "operations", "size": "sizes", "adapter": "adapters", "choice": "choices"}
_FILES = ("PATH", "FILE")

_BASH_COLONS = """
# bash takes "opencl:0" for three words: join them, and give back what is behind the last colon.
_paragon_tui() {
  local line=() current=0 index
  for index in "${!COMP_WORDS[@]}"; do
    if (( index > 0 && ${#line[@]} > 1 )) && [[ ${COMP_WORDS[index]} == :* || ${line[-1]} == *: ]]; then
      line[-1]+=${COMP_WORDS[index]}
    else
      line+=("${COMP_WORDS[index]}")
    fi
    (( index == COMP_CWORD )) && current=$(( ${#line[@]} - 1 ))
  done
  local COMP_WORDS=("${line[@]}") COMP_CWORD=$current
  _shtab_paragon_tui
  local word=${COMP_WORDS[COMP_CWORD]}
  [[ $word == *:* ]] && COMPREPLY=("${COMPREPLY[@]#"${word%"${word##*:}"}"}")
}
complete -o bashdefault -F _paragon_tui paragon-tui
"""


def completion_script(parser: argparse.ArgumentParser, shell: str) -> str:
    """Return the script that has ``shell`` complete commands, options and their values; names come from the program."""
    import shtab

    for action in _actions(parser):
        if (complete := _completer(action)) is not None:
            action.complete = complete  # where shtab looks for it
    script: str = shtab.complete(parser, shell)
    return f"{script}\n{_BASH_COLONS}" if shell == "bash" else script


def print_words(kind: str) -> int:
    """Print the names of a kind, a line each, for a shell that asks. Never fails: a shell has no place for errors."""
    printed: set[str] = set()
    with suppress(Exception):
        for word in _WORDS[kind]():
            if word not in printed and _PLAIN.fullmatch(word):
                printed.add(word)
                print(word)
    return OK


def _actions(parser: argparse.ArgumentParser) -> Iterator[Any]:
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _actions(command)


def _completer(action: Any) -> dict[str, Any] | None:
    """Return what shtab is to complete an argument with; ``None`` for what it knows itself, or what has no names."""
    if action.metavar in _FILES:
        import shtab

        return shtab.FILE
    kind = _KINDS_BY_METAVAR.get(action.metavar) or (_KINDS_BY_NAME.get(action.dest) if action.option_strings else None)
    return None if kind is None else _asking(kind)


def _asking(kind: str) -> dict[str, Any]:
    """Return for each shell a function that asks the program; where a session is named, a file is another way to."""
    ask = f"{_PROGRAM} completion --words {kind} 2>/dev/null"
    name, or_files = f"_paragon_tui_{kind}", ("", "", "")
    if kind == "sessions":
        name = f"{name}_or_file"  # shtab takes what bash gets from a function of such a name for paths
        or_files = ('compgen -f -- "$1"', "_files", "; __fish_complete_path (commandline -ct)")
    bash = f'{name}() {{\n  compgen -W "$({ask})" -- "$1"\n  {or_files[0]}\n}}'
    zsh = f'{name}() {{\n  compadd -- ${{(f)"$({ask})"}}\n  {or_files[1]}\n}}'
    return {"bash": name, "zsh": name, "fish": f"({ask}{or_files[2]})", "preamble": {"bash": bash, "zsh": zsh}}


def _sessions() -> Iterator[str]:
    yield from ("last", "previous")
    for line in catalog.list_sessions(paths.database()):
        yield from filter(None, (line.name, line.id))


_WORDS: dict[str, Callable[[], Iterable[str]]] = {
    "cases": lambda: (case.id for case in all_cases()),
    "suites": lambda: (*(suite.name for suite in SUITES), ALL),
    "operations": lambda: (case.operation for case in all_cases()),
    "sizes": lambda: (size for case in all_cases() for size in case.sizes),
    "adapters": lambda: catalog.known_adapters(paths.database()),
    "choices": lambda: choices.load(paths.choices_file()),
    "sessions": _sessions,
}
KINDS = tuple(_WORDS)
