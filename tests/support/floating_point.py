"""The floating-point environment of this thread, changed as a library that is loaded into a process may change it."""

from __future__ import annotations

import ctypes
import platform
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

DOWN, UP, TOWARD_ZERO = 0x2000, 0x4000, 0x6000
FLUSH_RESULTS, FLUSH_OPERANDS = 0x8000, 0x0040
"""Bits of MXCSR: the direction of rounding, flush to zero (FTZ), and denormals are zero (DAZ)."""
_MXCSR = 28  # where glibc's fenv_t has it on x86-64


@contextmanager
def mode(bits: int) -> Iterator[None]:
    """Set ``bits`` of MXCSR, and restore the environment at the end. Skips the test where that is not known how."""
    if not sys.platform.startswith("linux") or platform.machine() != "x86_64":
        pytest.skip("the floating-point environment is changed through glibc's fenv on x86-64 alone")
    libm = ctypes.CDLL("libm.so.6")
    before, changed = ctypes.create_string_buffer(32), ctypes.create_string_buffer(32)
    assert libm.fegetenv(before) == 0
    changed.raw = before.raw
    (mxcsr,) = struct.unpack_from("<I", before, _MXCSR)
    struct.pack_into("<I", changed, _MXCSR, mxcsr | bits)
    assert libm.fesetenv(changed) == 0
    try:
        yield
    finally:
        libm.fesetenv(before)
