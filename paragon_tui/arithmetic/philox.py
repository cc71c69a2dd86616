"""Random masks (NUMERICS.md section 3): Philox4x32-10, the counter-based generator of Salmon et al. (SC'11).

J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw: Parallel Random Numbers: As Easy as 1, 2, 3. Any word of a stream
can be computed without those before it, so every adapter draws the same words, in any order.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from paragon_tui.arithmetic.masks import WORDS, scale, threshold

_ROUNDS = 10
_MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
_WEYL = (0x9E3779B9, 0xBB67AE85)
_WORD = 2**32 - 1
_CHUNK = 1 << 13  # blocks computed at a time: their 64-bit temporaries stay in a core's cache


def philox(counter: NDArray[np.uint32], key: tuple[int, int]) -> NDArray[np.uint32]:
    """Return the blocks (n, 4) of ``counter`` (n, 4) under a key of two 32-bit words."""
    c0, c1, c2, c3 = (counter[:, word].astype(np.uint64) for word in range(WORDS))
    k0, k1 = key
    for _ in range(_ROUNDS):
        first, second = c0 * np.uint64(_MULTIPLIERS[0]), c2 * np.uint64(_MULTIPLIERS[1])
        c0, c1 = (second >> np.uint64(32)) ^ c1 ^ np.uint64(k0), second & np.uint64(_WORD)
        c2, c3 = (first >> np.uint64(32)) ^ c3 ^ np.uint64(k1), first & np.uint64(_WORD)
        k0, k1 = (k0 + _WEYL[0]) & _WORD, (k1 + _WEYL[1]) & _WORD
    return np.stack([c0, c1, c2, c3], axis=1).astype(np.uint32)


def random_words(seed: int, stream: int, count: int) -> NDArray[np.uint32]:
    """Return the first ``count`` words (count,) of the key (seed, stream): word i is word i mod 4 of block i div 4."""
    blocks = -(-count // WORDS)
    words = np.empty((blocks, WORDS), dtype=np.uint32)
    for start in range(0, blocks, _CHUNK):
        stop = min(start + _CHUNK, blocks)
        index = np.arange(start, stop, dtype=np.uint64)
        counter = np.zeros((stop - start, WORDS), dtype=np.uint32)
        counter[:, 0], counter[:, 1] = index & np.uint64(_WORD), index >> np.uint64(32)
        words[start:stop] = philox(counter, (seed, stream))
    return words.ravel()[:count]


def dropout(x: NDArray[np.float32], rate: float, seed: int, stream: int) -> NDArray[np.float32]:
    """Return ``x`` (f32, any shape) times ``scale(rate)`` where its word, in C order, is kept; else, and for -0, +0."""
    mask = random_words(seed, stream, x.size).reshape(x.shape) >= np.uint32(threshold(rate))
    product: Any = x * np.float32(scale(rate))
    return np.where(mask & (product != 0), product, np.float32(0))
