"""The shipped digests (NUMERICS.md section 5), against which every machine checks its results.

``python benchmarks/make_digests.py`` computes the files in ``shipped``, one a suite, with the NumPy reference.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from paragon_tui.suites.case import Case
from paragon_tui.suites.catalogue import SUITES
from paragon_tui.suites.checks import CHECKS

FOLDER = "shipped"


@dataclass(frozen=True, slots=True)
class Digests:
    """SHA-256 (hex) of a case at a dtype: of its ``values``, a network's logits; of a network's softmax and parameters.

    ``checkpoints`` are those of a training's parameters at each checkpoint; the last are its values. ``histories`` are
    those of parameters, velocities and losses after every step up to each checkpoint.
    """

    values: str
    output: str | None = None
    parameters: str | None = None
    checkpoints: tuple[str, ...] = ()
    histories: tuple[str, ...] = ()


def shipped(case: Case, dtype: str) -> Digests | None:
    """Return the digests of a case; ``None`` where none ship, as for other sizes, batches and rates.

    Raises ``FileNotFoundError`` where a suite's file is missing.
    """
    if _sizes().get((case.suite, case.id)) != (case.shape, case.batch):
        return None
    entry = _suite(case.suite).get(case.id, {}).get(dtype)
    if entry is None:
        return None
    lists: dict[str, Any] = {name: tuple(value) for name, value in entry.items() if isinstance(value, list)}
    return Digests(**{**entry, **lists})


@cache
def _sizes() -> dict[tuple[str, str], tuple[tuple[int, ...], int]]:
    """Return the shape and batch of each case whose digests ship: a name alone is not yet that case."""
    cases = (*(case for suite in SUITES for case in suite.cases), *CHECKS)
    return {(case.suite, case.id): (case.shape, case.batch) for case in cases}


@cache
def _suite(name: str) -> dict[str, dict[str, dict[str, Any]]]:
    text = files(__package__).joinpath(FOLDER, f"{name}.json").read_text(encoding="utf-8")
    digests: dict[str, dict[str, dict[str, Any]]] = json.loads(text)["digests"]
    return digests
