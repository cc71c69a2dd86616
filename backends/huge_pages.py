"""Host memory that starts on a huge page, for buffers that a driver uses in place."""

from __future__ import annotations

import mmap
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HUGE_PAGE = 2**21
"""The size of a huge page in bytes on x86-64, and on Arm with pages of 4 KiB."""


def huge_page_memory(size: int) -> NDArray[np.uint8]:
    """Return ``size`` bytes of zeros that start on a huge page; it lives as long as an array of it.

    Where the system has no huge pages to give, its usual pages serve. Raises ``MemoryError``.
    """
    import numpy as np

    if not hasattr(mmap, "MADV_HUGEPAGE"):
        return np.zeros(size, dtype=np.uint8)
    try:
        region = mmap.mmap(-1, size + HUGE_PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)  # shared memory has none
    except OSError as error:
        raise MemoryError(f"{size:,} bytes: {error.strerror}") from error
    with suppress(OSError):  # a kernel that was built without them
        region.madvise(mmap.MADV_HUGEPAGE)
    memory = np.frombuffer(region, dtype=np.uint8)
    start = -memory.ctypes.data % HUGE_PAGE
    return memory[start : start + size]
