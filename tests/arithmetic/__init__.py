"""The canonical arithmetic, against exact sums, mpmath and its own contract."""
