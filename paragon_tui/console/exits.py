"""Exit statuses of the commands."""

OK, FAILED, USAGE, UNKNOWN, INTERRUPTED = 0, 1, 2, 3, 130


class UsageError(Exception):
    """A request that cannot be fulfilled, detected before anything runs."""
