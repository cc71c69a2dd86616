"""The shipped digests (NUMERICS.md section 5), against which every machine checks its results.

``python benchmarks/make_digests.py`` computes ``digests.json`` with the NumPy reference.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Digests:
    """SHA-256 (hex) of one inference case at one dtype: its logits, its softmax output, and all its parameters."""

    logits: str
    output: str
    parameters: str


def shipped(case: str, dtype: str) -> Digests:
    """Return the digests of a case. Raises ``KeyError`` where none are shipped, as for custom networks."""
    return Digests(**_all()[case][dtype])


@cache
def _all() -> dict[str, dict[str, dict[str, str]]]:
    values: dict[str, dict[str, dict[str, str]]] = json.loads(
        files(__package__).joinpath("digests.json").read_text(encoding="utf-8")
    )
    return values
