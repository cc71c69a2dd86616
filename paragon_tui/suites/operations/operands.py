"""The operands of the operations: streams of one seed, created once per process (NUMERICS.md section 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SEED = 42
_made: dict[int, NDArray[np.float32]] = {}


def operand(stream: int, count: int) -> NDArray[np.float32]:
    """Return the first ``count`` values in [-1, 1) of a stream: a view of its longest operand so far.

    Callers must not write to it. (It is not marked read-only, because PyTorch warns of every such array.)
    """
    from paragon_tui.arithmetic.data import uniform

    if stream not in _made or _made[stream].size < count:
        _made[stream] = uniform(SEED, stream, count)
    return _made[stream][:count]
