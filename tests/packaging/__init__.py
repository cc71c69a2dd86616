"""Tests of the wheel, of imports, of other platforms, and of the documentation."""
