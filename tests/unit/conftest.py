"""Hypothesis without a deadline, since a busy machine is no failure, and without a folder left behind."""

from hypothesis import settings

settings.register_profile("unit", deadline=None, database=None)
settings.load_profile("unit")
