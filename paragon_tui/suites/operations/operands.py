"""The operands of the operations: streams of one seed, made once in a process (NUMERICS.md section 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SEED = 42
_made: dict[int, NDArray[np.float32]] = {}


def operand(stream: int, count: int) -> NDArray[np.float32]:
    """The first ``count`` values in [-1, 1) of a stream: a view of the longest that was asked for so far.

    Nobody may write to it. (It is not marked so: PyTorch would warn of every array that is.)
    """
    from paragon_tui.arithmetic.data import uniform

    if stream not in _made or _made[stream].size < count:
        _made[stream] = uniform(SEED, stream, count)
    return _made[stream][:count]
