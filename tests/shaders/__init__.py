"""Tests of kernel sources made of parts."""
