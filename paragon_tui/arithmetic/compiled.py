"""The same lanes compiled by Numba, where it is installed (extra ``numba``): the same bits, several times as fast."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np

from paragon_tui.arithmetic.data import uniform
from paragon_tui.arithmetic.lanes import numpy_lanes

Lanes = Callable[[Any, Any, Any], None]

_ENOUGH_PRODUCTS = 1 << 30  # half a second of NumPy: what follows may be many times as much, and worth compiling
_TILE = 256  # outputs of a row that are summed together: their lanes take 64 KiB, which stay in a core's cache
_TRIAL = ((3, 133, 5), (2, 67, 261))  # rows, depth, columns: no multiples of anything


class LanesInTurn:
    """The lanes to compute with: NumPy's, and compiled ones once a process has computed much with those."""

    def __init__(self) -> None:
        self._products = 0

    def choose(self, products: int) -> Lanes:
        """Return the lanes for so many products more."""
        self._products += products
        return (self._products > _ENOUGH_PRODUCTS and compiled_lanes()) or numpy_lanes


@cache
def compiled_lanes() -> Lanes | None:
    """Return ``numpy_lanes`` compiled, ``None`` where Numba is absent or unusable, or its code gives other bits."""
    if find_spec("numba") is None:
        return None
    try:
        import numba
    except ImportError as error:  # a Numba that this NumPy is too new for
        print(f"the reference computes without Numba: {error}")  # stdout of a worker is its log
        return None
    signature = "void(f4[:, ::1], f4[:, ::1], f4[:, ::1])"
    try:
        lanes: Lanes = numba.njit(signature, nogil=True, cache=True)(_lanes)
    except RuntimeError:  # no folder to keep the code in can be written: it is compiled in every process
        lanes = numba.njit(signature, nogil=True)(_lanes)
    if not gives_the_same_bits(lanes):
        print("the reference computes without Numba, whose code gives other bits than NumPy")
        return None
    return lanes


def gives_the_same_bits(lanes: Lanes) -> bool:
    """Return whether ``lanes`` gives the bits of ``numpy_lanes``: fused or reordered operations change them."""
    for stream, (rows, depth, columns) in enumerate(_TRIAL):
        values = uniform(0, stream, (rows + columns) * depth)
        a, b = values[: rows * depth].reshape(rows, depth), values[rows * depth :].reshape(depth, columns)
        right, found = np.empty((2, rows, columns), dtype=np.float32)
        numpy_lanes(a, b, right)
        lanes(a, b, found)
        if found.tobytes() != right.tobytes():
            return False
    return True


def _lanes(a: Any, b: Any, sums: Any) -> None:
    """Set ``sums`` as ``numpy_lanes`` does, row by row; written for a compiler: Python would take minutes."""
    lanes = np.empty((64, _TILE), dtype=np.float32)
    for row in range(len(a)):
        for start in range(0, b.shape[1], _TILE):
            lanes[:] = 0
            width = min(_TILE, b.shape[1] - start)
            for k in range(len(b)):
                lane, factor, others = lanes[k % 64], a[row, k], b[k, start : start + width]
                for column in range(len(others)):
                    lane[column] += factor * others[column]
            half = 32
            while half > 0:
                for upper in range(half):
                    lane, other = lanes[upper], lanes[upper + half]
                    for column in range(len(lane)):
                        lane[column] += other[column]
                half //= 2
            sums[row, start : start + width] = lanes[0, :width]
