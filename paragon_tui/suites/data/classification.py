"""The data that networks are trained on (NUMERICS.md section 18): the same on every machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paragon_tui.arithmetic.data import uniform
from paragon_tui.suites.data.streams import SEED
from paragon_tui.suites.workloads.training import batches

CENTRES, NOISE = 200, 201  # random streams
_XOR = ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0))


@dataclass(frozen=True, slots=True)
class Samples:
    """Samples in batches: ``x`` (batches, batch, inputs) f32, ``targets`` (batches, batch): f32, or labels u32."""

    x: NDArray[np.float32]
    targets: NDArray[Any]


def samples(inputs: int, outputs: int, batch: int) -> Samples:
    """Return the data set for ``inputs`` and ``outputs``, in ``batches(outputs, batch)`` of ``batch`` samples."""
    return xor(batch) if outputs == 1 else classes(inputs, outputs, batch)


def xor(batch: int) -> Samples:
    """Return the four pairs and their exclusive or, repeated to fill whole batches."""
    rows = np.resize(np.array(_XOR, dtype=np.float32), (batches(1, batch), batch, 3))
    return Samples(np.ascontiguousarray(rows[..., :2]), np.ascontiguousarray(rows[..., 2]))


def classes(inputs: int, outputs: int, batch: int) -> Samples:
    """Return at least 1,024 samples, of each of ``outputs`` classes in turn: x = fl(centre + 4·noise)/4."""
    count = batches(outputs, batch) * batch
    labels = np.arange(count, dtype=np.uint32) % np.uint32(outputs)
    centres = uniform(SEED, CENTRES, outputs * inputs).reshape(outputs, inputs)
    noise = uniform(SEED, NOISE, count * inputs).reshape(count, inputs)
    x = (centres[labels] + np.float32(4) * noise) * np.float32(0.25)
    return Samples(x.reshape(-1, batch, inputs), labels.reshape(-1, batch))
