"""Parsers of option values for argparse; their error messages say what is expected."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TypeVar

from paragon_tui.engine.analysis.change_point import LEAST_EARLIER
from paragon_tui.suites import overrides

_MOST = 10**9
"""More samples, processes, sessions or seconds than anybody waits for; messages hold 64 bits."""

T = TypeVar("T")

_LAST_PORT = 65_535


def at_least(least: int) -> Callable[[str], int]:
    """Return a parser of whole numbers from ``least`` to 10⁹."""

    def number(text: str) -> int:
        value = _whole(text)
        if value is None or value < least:
            raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a whole number from {least:,} to {_MOST:,}")
        return value

    return number


def _whole(text: str) -> int | None:
    """Return a whole number up to 10⁹; ``None`` for anything else."""
    if not text.isdecimal() or len(text) > len(str(_MOST)):
        return None
    return value if (value := int(text)) <= _MOST else None


def thread_counts(text: str) -> tuple[int, ...]:
    """Parse numbers of threads such as ``1,2,4``."""
    numbers = tuple(at_least(1)(part.strip()) for part in text.split(","))
    if (twice := overrides.named_twice(numbers)) is not None:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} names {twice} threads twice")
    return numbers


def port(text: str) -> int:
    """Parse the number of a TCP port; 0 is any free one."""
    value = _whole(text)
    if value is None or value > _LAST_PORT:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is no port: a whole number up to {_LAST_PORT}")
    return value


def processes(text: str) -> int:
    """Parse a number of processes: one, or enough to show how much processes differ."""
    value = _whole(text)
    if value is None or value < 1 or value == 2:
        raise argparse.ArgumentTypeError(
            f"{text[:40]!r} is neither 1 nor at least 3; two processes cannot show how much processes differ"
        )
    return value


def seconds(text: str) -> float:
    """Parse a number of seconds above 0, up to 10⁹."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number <= _MOST:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a number of seconds above 0, up to {_MOST:,}")
    return number


def batches(text: str) -> tuple[int, ...]:
    """Parse batch sizes such as ``1,8,64``."""

    return _parse(overrides.batches, text)


def millionths(text: str) -> int:
    """Parse a learning rate; return it in millionths."""

    return _parse(overrides.millionths, text)


def _parse(parse: Callable[[str], T], text: str) -> T:
    """Call ``parse``, turning its ``ValueError`` into argparse's own."""
    try:
        return parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def history(text: str) -> int:
    """Parse ``last:5``; return the number of sessions."""
    name, _, number = text.partition(":")
    value = _whole(number)
    if name != "last" or value is None or value < LEAST_EARLIER:
        raise argparse.ArgumentTypeError(
            f"{text[:40]!r} is not last:N with a number N of at least {LEAST_EARLIER} sessions"
        )
    return value


def percent(text: str) -> float:
    """Parse ``5%`` or ``5``; refuse a bare fraction, since ``0.05`` could mean 0.05 % or 5 %."""
    try:
        number = float(text.removesuffix("%"))
    except ValueError:
        number = -1.0
    if not 0 <= number <= _MOST:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a percentage such as 5%")
    if 0 < number < 1 and not text.endswith("%"):
        raise argparse.ArgumentTypeError(f"{text!r} is ambiguous: write {number:g}% or {number * 100:g}%")
    return number
