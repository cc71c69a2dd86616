"""The form of an element-wise function on arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Functions:
    """An element-wise function: canonical, of NumPy into a given result, and of PyTorch, which may use that too."""

    canonical: Callable[..., Values]
    numpy: Callable[[Values], Callable[..., Any]]
    torch: Callable[[Any], Callable[..., Any]]
