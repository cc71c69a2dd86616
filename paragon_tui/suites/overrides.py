"""Cases with custom batch sizes or another learning rate, which become part of the id: ``S1@64``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from paragon_tui.suites.case import Case
from paragon_tui.suites.workloads.registry import workload
from paragon_tui.suites.workloads.workload import Trained

MOST_SAMPLES = 2**24  # more is a typing error; operations check their own limits
MOST_MILLIONTHS = 2**31 - 1  # fits 32 bits


@dataclass(frozen=True, slots=True)
class Overrides:
    """The batches of each case, and the learning rate in millionths; empty and ``None``: the usual one."""

    batches: tuple[int, ...] = ()
    millionths: int | None = None


def with_overrides(cases: Iterable[Case], overrides: Overrides) -> tuple[Case, ...]:
    """Return ``cases`` with those ``overrides`` that apply to each; a case that stays the same keeps its id.

    A case that takes a batch is there once for each of several.

    ``S1@64``, ``train-xor@0.5``, ``train-xor@64@0.5``: a rate always has a decimal point, a batch never has one.
    """
    return tuple(
        _at_rate(sized, overrides.millionths) for case in cases for sized in _at_batches(case, overrides.batches)
    )


def without_batch(case_id: str) -> str:
    """Return the id of a case without its batch: ``S1`` of ``S1@64``, ``train-xor@0.5`` of ``train-xor@64@0.5``."""
    return "@".join(part for number, part in enumerate(case_id.split("@")) if not number or not part.isdecimal())


def takes_batch(case: Case) -> bool:
    """Return whether a run of the case takes any number of samples."""
    return workload(case.operation).takes_batch


def learns(case: Case) -> bool:
    """Return whether the case has a learning rate: the last number of its shape, in millionths."""
    return isinstance(workload(case.operation), Trained)


def samples(text: str) -> int:
    """Return ``64`` as a batch. Raises ``ValueError`` for anything but a whole number from 1 to 2^24."""
    if not (text.isascii() and text.isdecimal()) or len(text) > 30 or not 1 <= int(text) <= MOST_SAMPLES:
        raise ValueError(f"{text!r} is not a batch: a whole number of samples from 1 to {MOST_SAMPLES:,}")
    return int(text)


def batches(text: str) -> tuple[int, ...]:
    """Return ``1,8,64`` as batches. Raises ``ValueError`` as ``samples`` does, and for one that is named twice."""
    parts = [part.strip() for part in text.split(",")]
    try:
        numbers = tuple(map(samples, parts))
    except ValueError as error:
        raise ValueError(
            f"{error}; {text[:40]!r} should be a list such as 1,8,64" if len(parts) > 1 else error
        ) from error
    if (twice := named_twice(numbers)) is not None:
        raise ValueError(f"{text[:40]!r} names the batch {twice} twice")
    return numbers


def named_twice(numbers: Sequence[int]) -> int | None:
    """Return the first number that is there more than once; ``None`` where each is there once."""
    return next((number for number in numbers if numbers.count(number) > 1), None)


def millionths(text: str) -> int:
    """Return ``0.05`` as a learning rate in millionths, an integer on every machine. Raises ``ValueError``."""
    try:
        number = Decimal(text).scaleb(6)
    except ArithmeticError:  # not a number, or its exponent is out of range
        number = Decimal("nan")
    if not (number.is_finite() and number > 0):
        raise ValueError(f"{text!r} is not a learning rate above 0, such as 0.05")
    if number > MOST_MILLIONTHS:
        raise ValueError(f"{text!r} is above the largest learning rate, {decimal(MOST_MILLIONTHS)}")
    if number != int(number):
        raise ValueError(f"{text!r} has more than six decimals: learning rates are whole millionths")
    return int(number)


def decimal(millionths: int) -> str:
    """Return the rate as text: ``0.5``, ``1.0``, ``0.000001``."""
    whole, rest = divmod(millionths, 10**6)
    return f"{whole}.{f'{rest:06}'.rstrip('0') or '0'}"


def _at_batches(case: Case, batches: tuple[int, ...]) -> tuple[Case, ...]:
    if not batches or not takes_batch(case):
        return (case,)
    return tuple(
        case if batch == case.batch else replace(case, id=f"{case.id}@{batch}", batch=batch) for batch in batches
    )


def _at_rate(case: Case, millionths: int | None) -> Case:
    if millionths is None or not learns(case) or millionths == case.shape[-1]:
        return case
    return replace(case, id=f"{case.id}@{decimal(millionths)}", shape=(*case.shape[:-1], millionths))
