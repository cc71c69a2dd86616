"""The trend of times from round to round. Needs numpy, so it runs in workers only."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

_SIGMAS = 2.807  # 0.5 %, two-sided


def trend(processes: Sequence[Sequence[tuple[int, float]]]) -> float:
    """Return the relative rise of the (round, median) of each process from the first round to the last; 0 for no trend.

    Kendall's tau at 0.5 %, then the median of all slopes (Theil 1950, Sen 1968) of the logarithms. The pairs of each
    process are counted separately and summed, so that differences between processes are no trend: the seasonal test
    of Hirsch, Slack & Smith 1982, "Techniques of Trend Analysis for Monthly Water Quality Data", whose months are our
    processes. Medians are above 0, rounds ascend. Fewer than seven rounds of a single process never show a trend.
    """
    slopes, score, variance, span = [np.empty(0)], 0.0, 0.0, 0
    for medians in processes:
        k = len(medians)
        rounds, logs = np.array([round_ for round_, _ in medians]), np.log([median for _, median in medians])
        earlier, later = np.triu_indices(k, 1)
        rises = logs[later] - logs[earlier]
        slopes.append(rises / (rounds[later] - rounds[earlier]))
        score += float(np.sign(rises).sum())
        variance += k * (k - 1) * (2 * k + 5) / 18
        span = max(span, int(rounds[-1] - rounds[0]))
    if abs(score) - 1 <= _SIGMAS * math.sqrt(variance):
        return 0.0
    return math.expm1(float(np.median(np.concatenate(slopes))) * span)
