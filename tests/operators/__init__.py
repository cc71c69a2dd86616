"""Tests of operators, graphs and their plans."""
