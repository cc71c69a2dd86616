"""Tests of whole runs of the engine and its processes, on a fake device."""
