"""What the last lines of a process that died say of the cause."""

from __future__ import annotations

import re
from collections.abc import Sequence

_TRACE = re.compile(
    r"^\s*(File \"|<no Python frame>|Current thread |Thread 0x|Stack |Extension modules: |note: run with|at /|\d+: 0x)"
)
"""Lines of a Python or Rust back trace, which say where and not why."""

_CAUSES = {
    "Final linking": "PoCL found no linker: install one (on Debian: sudo apt install binutils)",
    "libLLVM": "LLVM, with which drivers compile, does not load: reinstall the driver",
}
_LONGEST = 200


def cause(lines: Sequence[str]) -> str | None:
    """Return why a process died, as far as its last ``lines`` say: in words if known, else the line that says most.

    ``None`` if it has said nothing.
    """
    for line in reversed(lines):
        for words, explanation in _CAUSES.items():
            if words in line:
                return explanation
    telling = [line for line in lines if not _TRACE.match(line)]
    if not telling:
        return lines[-1][:_LONGEST] if lines else None
    for number, line in enumerate(telling[:-1]):
        if "panicked at" in line:  # Rust says why in the line behind
            return f"{line} {telling[number + 1]}"[:_LONGEST]
    return telling[-1][:_LONGEST]
