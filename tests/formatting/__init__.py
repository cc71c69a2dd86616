"""Tests of words and numbers shown to people."""
