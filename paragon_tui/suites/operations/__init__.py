"""The operations of the suites, one family per module."""
