"""Tests of results and sessions folded from events written by hand."""
