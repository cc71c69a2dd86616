"""Every command in a terminal of 80 columns: no line is wider, and no number is cut.

Reports are left out: they are documents, whose tables a viewer of Markdown breaks.
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import replace

import pytest

from paragon_tui.engine.messages.events import Event, RunFinished
from paragon_tui.engine.messages.job import Job
from paragon_tui.engine.runner.selection import all_cases
from paragon_tui.sessions import paths
from paragon_tui.sessions.catalog import label_session
from tests.console.conftest import QUICK
from tests.support.examples import GPU, NUMPY, adapter, measured, planned, prepared, ratio, started
from tests.support.histories import keep_history
from tests.support.sessions import record, run
from tests.support.terminals import Terminal

LONG = adapter("vulkan:10", name="NVIDIA H200 NVL with a name that does not end before its memory does, 141 GB")
LONGEST = max(all_cases(), key=lambda case: len(case.id))


@pytest.fixture
def kept() -> None:
    """Sessions with every kind of result, with the longest names, and with a history."""
    for name in ("20250102-030405-a1b2", "20250103-030405-c3d4"):
        record(paths.database(), *run(name)[:-1], RunFinished(name, interrupted=False))
    label_session("20250102", paths.database(), "name", "the night before the driver was updated on all machines")
    label_session("20250102", paths.database(), "note", "a remark that is a little longer than a line of a terminal is")
    plans = [
        replace(planned("S1", on), id=Job(LONGEST, on, "f16", "default").id, case=LONGEST) for on in (NUMPY, GPU, LONG)
    ]
    begin = started(*plans, session="20250104-030405-e5f6", listed=("numpy", "vulkan:0", "vulkan:10"))
    events: list[Event] = [begin]
    for plan in plans:
        beside = None if plan.adapter is NUMPY else ratio(0.0123, "slower")
        events += [prepared(plan.id), *measured(plan.id, 123456.789, beside)]
    record(paths.database(), *events, RunFinished("20250104-030405-e5f6", interrupted=False))
    keep_history(paths.database(), planned("S1", GPU), [1.0, 1.01, 0.99, 1.0, 1.01, 0.99, 1.0, 1.3])


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(
    "argv",
    [
        ["adapters"],
        ["cases"],
        ["run", "--list-ops"],
        ["run", "--list-sizes"],
        ["sessions"],
        ["sessions", "show", "20250102"],
        ["sessions", "show", "20250104"],
        ["compare", "20250102", "20250103"],
        ["compare", "20250103", "20250104"],
        ["compare", "last", "--against", "last:20", "--fail-above", "5%"],
        ["cache"],
        ["doctor"],
        ["verify", "S1", "relu-100", "--adapter", "reference"],
        [
            "run",
            "S1",
            "--backend",
            "numpy",
            "--backend",
            "reference",
            *QUICK,
            "--explain",
            "--spread",
            "--batch-size",
            "1,2",
        ],
        ["nonsense"],
        ["run", "nonsense"],
    ],
    ids=" ".join,
)
def test_no_line_is_wider_and_no_number_is_cut(argv: list[str]) -> None:
    with Terminal([sys.executable, "-m", "paragon_tui", *argv], os.environ) as terminal:
        lines = terminal.lines()
    assert lines and "Traceback" not in "\n".join(lines)
    assert [line for line in lines if len(line) > 80 and " " in line] == []  # a path is one word
    assert not [line for line in lines if re.search(r"\d…", line)]


def test_progress_is_written_over_and_only_on_a_terminal() -> None:
    argv = [sys.executable, "-m", "paragon_tui", "run", "S1", *QUICK, "--adapter", "reference"]
    with Terminal(argv, os.environ) as terminal:
        terminal.wait_for("left · S1 on reference")
        lines = terminal.lines()
    assert not [line for line in lines if " left · " in line]
    assert lines[-1].startswith("1 of 1 results measured")
