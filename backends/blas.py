"""The BLAS that NumPy multiplies with, and what sets the number of its threads."""

from __future__ import annotations

from typing import Any

THREAD_VARIABLES = (
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "OMP_NUM_THREADS",
)
"""The environment variables from which the usual libraries take the number of their threads, when they are loaded."""


def loaded_blas() -> dict[str, Any] | None:
    """What threadpoolctl tells of the BLAS that is loaded; ``None`` where it knows none, such as Apple's Accelerate."""
    from threadpoolctl import threadpool_info

    return next((pool for pool in threadpool_info() if pool["user_api"] == "blas"), None)
