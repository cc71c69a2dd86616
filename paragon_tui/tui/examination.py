"""What ``paragon-tui doctor`` finds, from a process of its own: it loads drivers, which may crash or hang."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass

import msgspec

from paragon_tui.diagnosis.finding import Finding


@dataclass(frozen=True, slots=True)
class _Document:
    findings: list[Finding]


async def examination() -> list[Finding]:
    """Return all findings. Raises ``OSError`` where it does not start, ``ValueError`` where it gives no document."""
    command = (sys.executable, "-P", "-m", "paragon_tui", "doctor", "--json")
    doctor = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        document, _ = await doctor.communicate()
    finally:
        if doctor.returncode is None:  # whoever asked has left
            doctor.kill()
    # It has no terminal, so that what it says of one is not true of this one.
    findings = msgspec.json.decode(document, type=_Document).findings
    return [finding for finding in findings if finding.area != "terminal"]
