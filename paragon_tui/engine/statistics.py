"""Robust figures of timing samples. Needs numpy, so it runs in workers only."""

from collections.abc import Sequence

from paragon_tui.engine.events import Summary

MAD_TO_SIGMA = 1.4826  # of a normal distribution


def summarise(samples_ns: Sequence[int]) -> Summary:
    """Median, min, quartiles and MAD in milliseconds of ``samples_ns`` nanoseconds. Raises ``ValueError`` for none."""
    import numpy as np

    if not samples_ns:
        raise ValueError("no samples to summarise")
    values = np.asarray(samples_ns, dtype=np.float64) / 1e6
    q1, median, q3 = np.percentile(values, [25, 50, 75])
    return Summary(
        median=float(median),
        min=float(values.min()),
        q1=float(q1),
        q3=float(q3),
        mad=float(np.median(np.abs(values - median))),
        n=len(samples_ns),
    )


def noise(summary: Summary) -> float:
    """1.4826·MAD/median, the robust relative standard deviation; 0 where the clock did not move."""
    return MAD_TO_SIGMA * summary.mad / summary.median if summary.median > 0 else 0.0
