"""Courses of disturbed visits, as logarithms of their times over those of an undisturbed machine: seeded."""

from __future__ import annotations

import math
from random import Random


def autoregressive(seeded: Random, count: int, correlation: float, deviation: float) -> list[float]:
    """``count`` values with this correlation of each with the next, and this standard deviation."""
    value = seeded.gauss(0, deviation)
    values = [value]
    for _ in range(count - 1):
        value = correlation * value + math.sqrt(1 - correlation**2) * seeded.gauss(0, deviation)
        values.append(value)
    return values


def burst(seeded: Random, count: int) -> list[float]:
    """Bursts of three visits, one beginning at every 25th, by a factor of its own that is 1.55 in the middle."""
    values, left, by = [], 0, 0.0
    for _ in range(count):
        if left == 0 and seeded.random() < 0.04:
            left = 3
        if left:
            by = math.log(1 + seeded.expovariate(1 / 0.8))
        values.append(by if left else 0.0)
        left = max(0, left - 1)
    return values


def step(count: int, at: float = 0.5) -> list[float]:
    """From ``at`` of the visits on, all take 30 % longer."""
    return [math.log(1.3) if index >= at * count else 0.0 for index in range(count)]


def second_process(seeded: Random, count: int) -> list[float]:
    """Another process comes for 5 visits on average and stays away for 10; beside it everything takes half longer."""
    values, there = [], seeded.random() < 1 / 3
    for _ in range(count):
        values.append(math.log(1.5) if there else 0.0)
        there = seeded.random() >= 1 / 5 if there else seeded.random() < 1 / 10
    return values
