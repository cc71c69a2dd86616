"""Tests of cases, operations and their plans, on the host."""
