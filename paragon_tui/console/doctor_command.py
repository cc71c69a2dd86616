"""``paragon-tui doctor``: what is wrong with this machine, and the command that mends it."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from itertools import chain

import msgspec
from rich.text import Text

from paragon_tui import __version__
from paragon_tui.console.listings import gather_adapters, print_line, table_console, write_json
from paragon_tui.diagnosis.finding import Finding, without_home
from paragon_tui.diagnosis.opencl import opencl_findings
from paragon_tui.diagnosis.storage import storage_findings
from paragon_tui.diagnosis.system import (
    linker_findings,
    memory_findings,
    node_findings,
    terminal_findings,
    variable_findings,
)
from paragon_tui.diagnosis.vulkan import loader_findings, vulkan_findings
from paragon_tui.engine.runner.selection import apis_to_search
from paragon_tui.exit_status import FAILED, OK
from paragon_tui.formatting.quantities import counted

SCHEMA = 1
_PACKAGES = ("numpy", "wgpu", "pyopencl", "textual", "platformdirs")
_MARKS = {"fine": ("✓", "green"), "note": ("·", "dim"), "problem": ("✗", "red")}


def doctor_command(as_json: bool) -> int:
    """Look at everything, and print what was found. Return 1 if there is a problem."""
    found = list(_findings())
    problems = [finding for finding in found if finding.state == "problem"]
    if as_json:
        write_json({"schema": SCHEMA, "findings": msgspec.to_builtins(found), "problems": len(problems)})
    else:
        _print(found, len(problems))
    return FAILED if problems else OK


def _findings() -> Iterator[Finding]:
    yield Finding("program", "paragon-tui", "fine", f"{__version__}, Python {platform.python_version()}")
    yield from chain(_packages(), memory_findings(), terminal_findings(), variable_findings())
    yield from chain(node_findings(), loader_findings(), vulkan_findings(), opencl_findings(), linker_findings())
    yield from chain(_searches(), storage_findings())


def _packages() -> Iterator[Finding]:
    for name in _PACKAGES:
        try:
            yield Finding("program", name, "fine", version(name))
        except PackageNotFoundError:
            yield Finding("program", name, "problem", "is not installed", f"pip install {name}")


def _searches() -> Iterator[Finding]:
    """Search every API as the program does, each in a process of its own."""
    adapters, finished = gather_adapters(apis_to_search((), ()))
    for event in finished:
        names = ", ".join(adapter.short_name for adapter in adapters if adapter.api == event.api)
        if event.error:
            remedy = "do as it says, or reinstall the driver that is named, here or above, or remove it"
            yield Finding("adapters", event.api, "problem", without_home(event.error), remedy)
        elif event.found == 0:
            yield Finding("adapters", event.api, "note", f"none: {event.remedy}")
        else:
            yield Finding("adapters", event.api, "fine", f"{counted(event.found, 'adapter')}: {names}")


def _print(found: Iterable[Finding], problems: int) -> None:
    console = table_console(sys.stdout)
    area = ""
    for finding in found:
        if finding.area != area:
            area = finding.area
            console.print(Text(area, "bold"))
        mark, colour = _MARKS[finding.state]
        print_line(console, Text.assemble("  ", (mark, colour), f" {finding.subject}: {finding.words}"))
        if finding.remedy:
            print_line(console, Text.assemble("    → ", finding.remedy))
    console.print(f"{counted(problems, 'problem')}." if problems else "No problem was found.")
