"""The default timeouts of runs and verifications, without imports, so that building the command line loads nothing."""

MEASURE_TIMEOUT_S = 60.0
"""The limit for a command to a worker, and for a result in one process."""
VERIFY_TIMEOUT_S = 120.0
"""The limit for checking a result."""
