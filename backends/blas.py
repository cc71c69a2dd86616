"""The BLAS that NumPy multiplies with, and the environment variables for its number of threads."""

from __future__ import annotations

from typing import Any

THREAD_VARIABLES = (
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "OMP_NUM_THREADS",
)
"""The environment variables from which the usual libraries read their number of threads when they are loaded."""

ONE_THREAD = dict.fromkeys(THREAD_VARIABLES[:-1], "1")
"""The environment of a process that asks no BLAS: the threads of one spin for 0.1 s when NumPy is loaded.

``OMP_NUM_THREADS`` stays as it is, since drivers read it too.
"""


def loaded_blas() -> dict[str, Any] | None:
    """Return threadpoolctl's facts about the loaded BLAS; ``None`` if it knows none, as with Apple's Accelerate."""
    from threadpoolctl import threadpool_info

    return next((pool for pool in threadpool_info() if pool["user_api"] == "blas"), None)
