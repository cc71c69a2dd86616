"""Which BLAS NumPy multiplies with in this process."""

from __future__ import annotations

from typing import Any


def loaded_blas() -> dict[str, Any] | None:
    """What threadpoolctl tells of the BLAS that is loaded; ``None`` where it knows none, such as Apple's Accelerate."""
    from threadpoolctl import threadpool_info

    return next((pool for pool in threadpool_info() if pool["user_api"] == "blas"), None)
