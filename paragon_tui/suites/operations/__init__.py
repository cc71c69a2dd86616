"""The operations of the suites ``vector`` and ``layers``, a family a module."""
