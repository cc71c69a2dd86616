"""Drills: faults made on purpose, at random moments, again and again; ``python -m tests.drills`` prints one table."""
