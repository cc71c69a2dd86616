"""Cases at a batch or a learning rate of one's own: what is not the usual is told by the id, ``S1@64``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from paragon_tui.suites.case import Case
from paragon_tui.suites.families import BATCHED

MOST_SAMPLES = 2**24
"""Sums over a batch are canonical dots, whose blocks have no blocks of their own."""
MOST_MILLIONTHS = 2**31 - 1
"""The largest learning rate, in millionths: it has to fit 32 bits."""
_TRAINING = "training"


def takes_batch(case: Case) -> bool:
    """Whether a run of it takes as many samples as one likes."""
    return case.operation in BATCHED


def learns(case: Case) -> bool:
    """Whether it has a learning rate."""
    return case.operation == _TRAINING


def at_batch(cases: Iterable[Case], samples: int) -> tuple[Case, ...]:
    """``cases``, those that take a batch with ``samples`` of them in a run.

    ``S1@64``; what is at its usual batch keeps its id. Raises ``ValueError`` for less than 1 or more than
    ``MOST_SAMPLES``.
    """
    if not 1 <= samples <= MOST_SAMPLES:
        raise ValueError(f"a batch has 1 to {MOST_SAMPLES:,} samples, not {samples:,}")
    return tuple(
        replace(case, id=f"{case.id}@{samples}", batch=samples) if takes_batch(case) and case.batch != samples else case
        for case in cases
    )


def at_learning_rate(cases: Iterable[Case], millionths: int) -> tuple[Case, ...]:
    """``cases``, those that learn with this rate (1 to ``MOST_MILLIONTHS``), the last number of their shape.

    ``train-xor@0.5``; what is at its usual rate keeps its id. A rate always has a point, a batch never has one. Raises
    ``ValueError`` for any other rate.
    """
    if not 1 <= millionths <= MOST_MILLIONTHS:
        raise ValueError(f"a learning rate is above 0 and at most {_decimal(MOST_MILLIONTHS)}")
    return tuple(
        replace(case, id=f"{case.id}@{_decimal(millionths)}", shape=(*case.shape[:-1], millionths))
        if learns(case) and case.shape[-1] != millionths
        else case
        for case in cases
    )


def _decimal(millionths: int) -> str:
    """``0.5``, ``1.0``, ``0.000001``."""
    whole, rest = divmod(millionths, 10**6)
    return f"{whole}.{f'{rest:06}'.rstrip('0') or '0'}"
