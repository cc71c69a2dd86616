"""What is typed behind options, for argparse: numbers, and words for what is none."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from paragon_tui.suites import overrides


def at_least(least: int) -> Callable[[str], int]:
    """A reader of whole numbers from ``least`` on."""

    def number(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least {least}")
        return int(text)

    return number


def processes(text: str) -> int:
    """One process, or as many as show how much they differ."""
    if text != "1" and (not text.isdecimal() or int(text) < 3):
        raise argparse.ArgumentTypeError(
            f"{text!r}: two processes cannot show how much processes differ; 1, or 3 or more"
        )
    return int(text)


def seconds(text: str) -> float:
    """More than none, and not for ever."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number of seconds")
    return number


def samples(text: str) -> int:
    """A batch."""

    return _read(overrides.samples, text)


def millionths(text: str) -> int:
    """A learning rate, in millionths."""

    return _read(overrides.millionths, text)


def _read(read: Callable[[str], int], text: str) -> int:
    """What ``read`` makes of it; what it says of what it cannot read, in argparse's way."""
    try:
        return read(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def percent(text: str) -> float:
    """``5%`` or ``5``. A bare fraction may be meant as either, so it is asked back."""
    try:
        number = float(text.removesuffix("%"))
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a percentage such as 5%")
    if 0 < number < 1 and not text.endswith("%"):
        raise argparse.ArgumentTypeError(f"{text!r} may mean {number:g}% or {number * 100:g}%; write the one with %")
    return number
