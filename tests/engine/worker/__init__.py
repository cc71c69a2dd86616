"""Tests of the child's side, without its process."""
