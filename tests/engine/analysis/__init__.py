"""Figures, intervals, flags and verdicts of samples whose answers are known."""
