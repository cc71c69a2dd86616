"""Memory that starts on a huge page, and OpenCL buffers in it."""

from __future__ import annotations

import gc
import mmap
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from paragon_tui.backends.huge_pages import HUGE_PAGE, huge_page_memory


@pytest.mark.parametrize("size", [1, HUGE_PAGE, 3 * HUGE_PAGE + 4])
def test_memory_is_zero_starts_on_a_huge_page_and_lives_as_long_as_its_array(size):
    memory = huge_page_memory(size)
    gc.collect()
    assert memory.size == size and not memory.any()
    memory[:] = 7
    assert (memory == 7).all()
    if sys.platform == "linux":
        assert memory.ctypes.data % HUGE_PAGE == 0


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system is not asked")
def test_a_system_without_huge_pages_gives_usual_ones(monkeypatch):
    monkeypatch.setattr(mmap, "MADV_HUGEPAGE", 9999)  # as a kernel without them, this one refuses
    assert not huge_page_memory(HUGE_PAGE).any()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere NumPy allocates it, with an error of its own")
def test_more_memory_than_there_are_addresses_is_told():
    with pytest.raises(MemoryError, match="bytes: Cannot allocate memory"):
        huge_page_memory(2**48)


def bounds(mapping: str) -> range:
    first, last = mapping.partition(" ")[0].split("-")
    return range(int(first, 16), int(last, 16))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says which memory asks for huge pages")
def test_the_system_is_asked_for_huge_pages():
    memory = huge_page_memory(2 * HUGE_PAGE)
    begin = memory.ctypes.data
    mappings = re.split(r"^(?=[0-9a-f]+-[0-9a-f]+ )", Path("/proc/self/smaps").read_text(), flags=re.MULTILINE)[1:]
    (mine,) = [mapping for mapping in mappings if begin in bounds(mapping)]
    assert re.search(r"^VmFlags:.* hg\b", mine, re.MULTILINE)
    assert np.all(memory == 0)
