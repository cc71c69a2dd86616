"""The canonical arithmetic of ``shaders/NUMERICS.md`` in NumPy, which defines the right answers."""

VERSION = 2
"""Increased whenever a canonical sequence changes its bits: it is part of every cached result's key."""
