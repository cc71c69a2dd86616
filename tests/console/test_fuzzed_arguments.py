"""Command lines that nobody would type: each is run or refused in words, never with a traceback.

Discovery and measuring are left out: what is asked here is what a command line leads to before them, and behind.
"""

from __future__ import annotations

import io
import random
import sys
from pathlib import Path
from typing import Any

import pytest

from paragon_tui.backends.adapter import Adapter
from paragon_tui.cli import BACKEND_CHOICES, main
from paragon_tui.console import run_command, verify_command
from paragon_tui.engine.messages.events import RunFinished
from paragon_tui.engine.runner.run import Run
from paragon_tui.sessions import paths
from paragon_tui.suites.case import DTYPES, VARIANTS
from paragon_tui.suites.catalogue import SUITES
from tests.support.examples import GPU, NUMPY
from tests.support.sessions import record, run

WORDS = (
    *("S1", "S*", "XL2", "[", "matmul-256", "nonsense", "last", "previous", "one", "two", "-", "--", "-1", "a\0b"),
    *("", " ", "0", "1", "2", "3", "0.5", "5%", "0.05", "nan", "inf", "-inf", "1e999", "1e300", "٣", "²", "9" * 30),
    *("9" * 5000, "=1+1", "\x1b[2J", "[/]", "[bold]x", "\u202e", "\udcff", "a" * 5000, "last:5", "last:", "784,10"),
    *("784,0,10", "1,2,3,4,5", ",", "opencl:0", "opencl:*", "nvidia", "0000:01:00.0", "Example CPU", "1M", "256x256"),
    *("clear", "list", "show", "export", "import", "rename", "note", "delete", "prune", "small", "document.json"),
    *DTYPES, *VARIANTS, *BACKEND_CHOICES, *(suite.name for suite in SUITES),
)  # fmt: skip
OPTIONS = (
    *("--suite", "--op", "--size", "--list-ops", "--list-sizes", "--shape", "--adapter", "--backend", "--dtype"),
    *("--variant", "--sweep", "--batch-size", "--learning-rate", "--repeat", "--fast", "--iterations", "--min-time"),
    *(
        "--precision",
        "--warmup",
        "--timeout",
        "--threads",
        "--explain",
        "--spread",
        "--quiet",
        "--verbose",
        "--csv",
        "--json",
        "--all",
    ),
    *("--against", "--fail-above", "--baseline", "--format", "--spread", "--gate", "--output", "-o", "--keep"),
    *("--older-than", "--verbose", "--version", "--help", "-h", "--nonsense"),
)
COMMANDS = ("run", "run", "run", "verify", "cases", "compare", "report", "sessions", "cache", "nonsense", "")


@pytest.fixture
def unmeasured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine of two adapters, a store of two sessions, and runs that end when they begin."""
    found: list[Adapter] = [NUMPY, GPU]

    async def drive(run: Run, recorder: Any, *_: Any) -> None:
        recorder.apply(run._run_started())
        recorder.apply(RunFinished(run.session, interrupted=False))

    for command in (run_command, verify_command):
        monkeypatch.setattr(command, "gather_adapters", lambda apis: (found, []))
        monkeypatch.setattr(command, "_drive", drive)
    for place in ("database", "reference_cache", "exports_dir"):
        monkeypatch.setattr(paths, place, lambda place=place: tmp_path / "kept" / place)
    monkeypatch.chdir(tmp_path)


def typed(chance: random.Random) -> list[str]:
    words: list[str] = []
    for _ in range(chance.choice((0, 1, 1, 2, 2, 3, 5))):
        words += [chance.choice(OPTIONS)] if chance.random() < 0.6 else []
        words += [chance.choice(WORDS)] if chance.random() < 0.8 else []
    return [chance.choice(COMMANDS), *words]


def fuzz(seed: int, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(seed)
    for name in ("one", "two"):
        record(paths.database(), *run(name))
    store = paths.database().read_bytes()
    for _ in range(count):
        for file in paths.database().parent.glob("database*"):
            file.unlink(missing_ok=True)  # a writer that is ending takes its own with it
        paths.database().write_bytes(store)
        words = typed(chance)
        for stream in ("stdout", "stderr"):  # which show in their own way what no encoding has
            monkeypatch.setattr(sys, stream, io.TextIOWrapper(io.BytesIO(), "utf-8", "backslashreplace", newline=""))
        try:
            status: object = main(words)
        except SystemExit as end:  # argparse's way
            status = end.code
        except Exception as error:
            raise AssertionError(words) from error
        out, err = (told(stream) for stream in (sys.stdout, sys.stderr))
        assert status in (0, 1, 2, 3), words
        assert not set(out + err) & set("\x1b\x07\u202e"), (words, out, err)
        assert status in (0, 1) or err, words
        assert "Traceback" not in err, words


def told(stream: Any) -> str:
    stream.flush()
    return str(stream.buffer.getvalue(), "utf-8")


@pytest.mark.parametrize("seed", range(2))
def test_a_sample_of_odd_command_lines_is_answered_in_words(
    seed: int, unmeasured: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    fuzz(seed, 50, monkeypatch)


@pytest.mark.exhaustive
@pytest.mark.parametrize("seed", range(10, 20))
def test_a_hundred_thousand_odd_command_lines_are_answered_in_words(
    seed: int, unmeasured: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    fuzz(seed, 10_000, monkeypatch)
