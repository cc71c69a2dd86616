"""Tests of adapters, plans, probes, the stopwatch, and NumPy limited to an instruction level."""
