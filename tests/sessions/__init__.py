"""Tests of saving, reading, exporting and comparing sessions."""
