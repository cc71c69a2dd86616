"""The most memory that this process has held, as this system tells."""

from __future__ import annotations

import mmap
import sys

import pytest

from paragon_tui.engine.worker.memory import peak_bytes, reset_peak

HELD = 50 * 2**20


def test_a_peak_is_at_least_what_an_interpreter_takes():
    peak = peak_bytes()
    assert peak is not None and peak > 5 * 2**20


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux counts anew")
def test_the_peak_has_what_was_held_since_the_reset_and_no_more():
    reset_peak()
    before = peak_bytes()
    held = mmap.mmap(-1, HELD)  # the heap may have kept as much from other tests, and take it from there
    for page in range(0, HELD, 4096):
        held[page] = 1
    grown = peak_bytes()
    held.close()
    kept = peak_bytes()
    reset_peak()
    anew = peak_bytes()
    assert before is not None and grown is not None and kept is not None and anew is not None
    assert grown - before >= 0.9 * HELD
    assert kept >= grown - 0.1 * HELD  # a peak stays one, but Linux counts some pages late
    assert anew <= grown - 0.9 * HELD
