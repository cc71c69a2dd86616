"""Helpers shared by several test packages: examples, fakes, and results computed by hand."""
