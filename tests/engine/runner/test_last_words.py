"""The cause of a worker's end, from the last lines that drivers print."""

from __future__ import annotations

import pytest

from paragon_tui.engine.runner.last_words import cause


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([], None),
        (["fake driver: about to crash"], "fake driver: about to crash"),
        (["error: Final linking of kernel step1 failed"], "PoCL found no linker: install one (on Debian: sudo apt"),
        (
            [
                "Fatal Python error: Aborted",
                "Current thread 0x00007f [python] (most recent call first):",
                '  File "x.py", line 1 in f',
                "  <no Python frame>",
                "Extension modules: numpy (total: 1)",
            ],
            "Fatal Python error: Aborted",
        ),
        (
            [
                "thread '<unnamed>' panicked at src/lib.rs:700:9:",
                "invalid validation layer",
                "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace",
                "fatal runtime error: failed to initiate panic, error 5, aborting",
                "<no Python frame>",
            ],
            "thread '<unnamed>' panicked at src/lib.rs:700:9: invalid validation layer",
        ),
        (["<no Python frame>"], "<no Python frame>"),
        (["x" * 5000], "x" * 200),
    ],
)
def test_what_is_told_of_the_cause(lines: list[str], words: str | None) -> None:
    told = cause(lines)
    assert told is None if words is None else str(told).startswith(words)
