"""Exit statuses of the commands, and the error of a request that cannot be fulfilled."""

OK, FAILED, USAGE, UNKNOWN, INTERRUPTED = 0, 1, 2, 3, 130


class UsageError(Exception):
    """A request that cannot be fulfilled, detected before anything runs."""
