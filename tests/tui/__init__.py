"""Tests of the interface, on scripted and real runs."""
