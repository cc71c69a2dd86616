"""hardswish on arrays: x·relu6(x + 3)/6, of Howard et al. (Searching for MobileNetV3, 2019)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from paragon_tui.arithmetic.basic import positive_zero
from paragon_tui.operators.numerics.functions import Functions, Values

_SIXTH = np.uint32(0x3E2AAAAB).view(np.float32)  # fl(1/6)
_THREE, _SIX = np.float32(3), np.float32(6)


def _canonical(x: Values) -> Values:
    """Return fl(x·fl(t·fl(1/6))), where t is fl(x + 3) limited to 0 to 6 (NUMERICS.md section 11)."""
    t = np.minimum(np.maximum(x + _THREE, np.float32(0)), _SIX)
    return positive_zero(x * (t * _SIXTH))


def _numpy(y: Values) -> Callable[[Values, Values], None]:
    def hardswish(x: Values, y: Values) -> None:
        np.add(x, _THREE, out=y)
        np.clip(y, 0, _SIX, out=y)
        np.multiply(y, x, out=y)
        np.divide(y, _SIX, out=y)

    return hardswish


def _torch(y: Any) -> Callable[[Any], Any]:
    import torch

    return lambda x: torch._C._nn.hardswish(x, out=y)


HARDSWISH = Functions(_canonical, _numpy, _torch)
