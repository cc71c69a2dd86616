"""Tests of the canonical arithmetic, against exact sums, mpmath and NUMERICS.md."""
