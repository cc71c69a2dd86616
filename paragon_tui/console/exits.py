"""Exit statuses of the commands."""

OK, FAILED, USAGE, UNKNOWN, INTERRUPTED = 0, 1, 2, 3, 130


class UsageError(Exception):
    """Something asked for that cannot be done, found before anything runs."""
