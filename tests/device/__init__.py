"""Tests of every kernel on every real adapter, against the reference."""
