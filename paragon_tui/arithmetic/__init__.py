"""What the right answer is: the canonical arithmetic of ``shaders/NUMERICS.md`` in NumPy."""

VERSION = 1
"""Raised whenever a canonical sequence changes its bits: it is part of every cached result's key."""
