"""What a shell knows of the program: completion in real shells, the manual page, and help that fits a terminal."""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from paragon_tui.cli import main, parser
from paragon_tui.console import help_text
from paragon_tui.console.completion import KINDS
from paragon_tui.engine.messages.events import RunFinished
from paragon_tui.sessions import choices, paths
from paragon_tui.sessions.catalog import label_session
from tests.support.sessions import record, run
from tests.support.terminals import Terminal


def commands(of: argparse.ArgumentParser | None = None) -> Iterator[argparse.ArgumentParser]:
    """Yield the parser and those of all its commands."""
    of = of or parser()
    yield of
    for action in of._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from commands(command)


COMMANDS = tuple(commands())


@pytest.fixture
def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program as a command that shells find, and a store of two sessions, one of them named."""
    command = tmp_path / "bin" / "paragon-tui"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m paragon_tui "$@"\n')
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{command.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("one", "two"):
        record(paths.database(), *run(name)[:-1], RunFinished(name, interrupted=False))
    label_session("one", paths.database(), "name", "nightly")
    label_session("two", paths.database(), "name", "a name of $(several) words")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "session.json").touch()
    monkeypatch.chdir(tmp_path / "folder")


def shell(name: str) -> str:
    """The path of a shell; the test is skipped where it is not installed."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed: apt-get install {name}")
    return path


# Each line as it is typed, up to the cursor; and what is offered for its last word.
TYPED = [
    (("run", "--fast", "S1", "XL"), {"XL1", "XL2"}),
    (("run", "--adapter", "vulkan:"), {"vulkan:0", "vulkan:1"}),
    (("run", "--adapter", "numpy", "--adapter", "re"), {"reference"}),
    (("verify", "--suite", "in"), {"inference"}),
    (("cases", "--op", "softm"), {"softmax", "softmax-batched"}),
    (("cases", "--size", "1024x10"), {"1024x1024", "1024x1024x1024", "1024x1024x5x5"}),
    (("run", "--verb"), {"--verbose"}),
    (("compare", "previous", "l"), {"last"}),
    (("report", "n"), {"nightly"}),
    (("report", "se"), {"session.json"}),
    (("sessions", "show", "o"), {"one"}),
    (("sessions", "export", "last", "--format", "sam"), {"samples"}),
    (("completion", ""), {"bash", "zsh", "fish"}),
]


@pytest.mark.usefixtures("on_path")
def test_bash_completes() -> None:
    """bash takes a colon for a word of its own, and has what is behind it replaced."""
    script = ['eval "$(paragon-tui completion bash)"']
    for typed, _ in TYPED:
        words = " ".join(f"'{word}'" for part in typed for word in (re.findall(r":|[^:]+", part) or [""]))
        script.append(f"COMP_WORDS=(paragon-tui {words}) COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))")
        script.append('_paragon_tui; echo "${COMPREPLY[*]}"')
    done = subprocess.run([shell("bash"), "-c", "\n".join(script)], capture_output=True, text=True, check=True)
    offered = [{*line.split()} for line in done.stdout.splitlines()]
    wanted = [{word.rpartition(":")[2] if ":" in typed[-1] else word for word in words} for typed, words in TYPED]
    assert done.stderr == "" and dict(enumerate(offered)) == dict(enumerate(wanted))


@pytest.mark.usefixtures("on_path")
def test_bash_completes_what_is_typed() -> None:
    with Terminal([shell("bash"), "--norc", "-i"], os.environ) as terminal:
        terminal.press("PS1='$ '; eval \"$(paragon-tui completion bash)\"; echo REA''DY\n")
        terminal.wait_for("READY")
        terminal.press("echo paragon-tui; paragon-tui run --adapter vulk\t1 --ada\tref\t")
        assert "run --adapter vulkan:1 --adapter reference " in terminal.wait_for("reference ")


@pytest.mark.usefixtures("on_path")
def test_fish_completes() -> None:
    asked = [f"complete -C 'paragon-tui {' '.join(typed)}'; echo ---" for typed, _ in TYPED]
    script = "\n".join(["paragon-tui completion fish | source", *asked])
    done = subprocess.run([shell("fish"), "--no-config", "-c", script], capture_output=True, text=True, check=True)
    parts = done.stdout.split("---\n")[:-1]
    offered = [{line.partition("\t")[0] for line in part.splitlines()} for part in parts]
    assert done.stderr == "" and dict(enumerate(offered)) == dict(enumerate(words for _, words in TYPED))


@pytest.mark.usefixtures("on_path")
def test_zsh_completes() -> None:
    """It has no way to ask it without a terminal; two keys of a tab list what is offered, and ctrl+u takes it back."""
    with Terminal([shell("zsh"), "-f", "-i"], os.environ, columns=200) as terminal:
        terminal.press("PS1='$ '; autoload -U compinit; compinit -u; setopt no_auto_menu no_list_beep\n")
        terminal.press("eval \"$(paragon-tui completion zsh)\"; echo REA''DY\n")
        terminal.wait_for("READY")
        terminal.press("paragon-tui run XL\t\t")
        terminal.wait_for("XL1  XL2")
        terminal.press("\x15paragon-tui run --adapter vulkan:\t\t")
        terminal.wait_for("vulkan:0  vulkan:1")
        terminal.press("\x15paragon-tui compare ni\tl\t--js\t")
        line = re.sub(
            ".\x08", "", terminal.wait_for("--json")
        )  # zsh moves back over the space that it puts behind a word
        assert "paragon-tui compare nightly last --json" in line


def test_what_shells_ask_for_is_there_and_nothing_is_told_about_mistakes(capsys: pytest.CaptureFixture[str]) -> None:
    choices.save(paths.choices_file(), {"nightly": choices.Choice(("S1",), (), ())})
    for kind in KINDS:
        assert main(["completion", "--words", kind]) == 0
        captured = capsys.readouterr()
        assert captured.out.splitlines() and captured.err == ""
    paths.database().write_text("no store")
    assert main(["completion", "--words", "sessions"]) == 0
    assert capsys.readouterr() == ("last\nprevious\n", "")
    assert main(["completion", "--words", "nonsense"]) == 0
    assert capsys.readouterr() == ("", "")


def test_a_shell_must_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion"]) == 2
    assert "completion takes the name of a shell: bash, zsh or fish" in capsys.readouterr().err


# The manual page


@pytest.fixture
def page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert main(["man"]) == 0
    file = tmp_path / "paragon-tui.1"
    file.write_text(capsys.readouterr().out, encoding="utf-8")
    return file


def test_the_manual_page_has_every_command_and_option(page: Path) -> None:
    text = page.read_text(encoding="utf-8").replace("\\-", "-")
    for command in COMMANDS:
        assert command.prog in text
        for action in command._actions:
            if action.help not in (None, argparse.SUPPRESS) and action.dest != "help":
                assert all(f"\\fB{name}\\fR" in text for name in action.option_strings), action.option_strings
    assert not [line for line in text.splitlines() if len(line) > 90]
    assert not re.search(r"(?<!\\)-", re.sub(r"^\.TH.*", "", page.read_text(encoding="utf-8")))  # all can be copied


@pytest.mark.skipif(shutil.which("man") is None, reason="there is no man here")
def test_man_shows_it_without_a_complaint(page: Path) -> None:
    environment = {**os.environ, "MANWIDTH": "80", "LC_ALL": "C.UTF-8", "PAGER": "cat"}
    command = ["man", "--warnings", "-l", str(page)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert done.stderr == "" and max(map(len, done.stdout.splitlines())) <= 80
    words = " ".join(done.stdout.split())
    assert "EXAMPLES" in words and 'eval "$(paragon-tui completion bash)"' in words


@pytest.mark.skipif(shutil.which("mandoc") is None, reason="there is no mandoc here: apt-get install mandoc")
def test_mandoc_finds_nothing_but_that_it_has_no_date(page: Path) -> None:
    """A date would differ from build to build."""
    done = subprocess.run(["mandoc", "-Tlint", page], capture_output=True, text=True, check=False)
    assert [line for line in done.stdout.splitlines() if "missing date" not in line] == []


# Help


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.prog)
def test_help_fits_eighty_columns(command: argparse.ArgumentParser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = command.format_help().splitlines()
    assert max(map(len, lines)) <= 80
    assert command.description


@pytest.mark.parametrize(
    "command", ["top", *(command.prog.split()[1] for command in COMMANDS if command.prog.count(" ") == 1)]
)
def test_every_command_has_examples_that_the_parser_takes(command: str) -> None:
    text = getattr(help_text, command.upper())
    examples = [line.split("  ")[0] for line in re.findall(r"^  (paragon-tui .*)$", text, re.MULTILINE)]
    assert examples or command == "completion"
    for example in examples:
        words = shlex.split(re.split(r" [|>] ", example)[0])[1:]
        options = parser().parse_args(words)
        assert options.command == command or command == "top"
