"""Tests of figures, intervals, flags and verdicts of samples whose results are known."""
