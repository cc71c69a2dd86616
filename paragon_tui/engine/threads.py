"""The threads of the CPU baselines: how to set their number, and what they say of themselves."""

from __future__ import annotations

VARIABLES = (
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "OMP_NUM_THREADS",
)
"""What the usual libraries take the number of their threads from."""


def environment(threads: int | None) -> dict[str, str]:
    """What a worker of NumPy or PyTorch is started with; nothing where no number was asked for."""
    return {} if threads is None else dict.fromkeys(VARIABLES, str(threads))


def library(implementation: str) -> tuple[str, int] | None:
    """The library that ``numpy`` or ``torch`` multiplies with in this process, and its threads; ``None`` if not told.

    Runs in workers, after the library was loaded.
    """
    if implementation == "torch":
        import torch

        return f"PyTorch {torch.__version__}", int(torch.get_num_threads())
    if implementation != "numpy":
        return None
    from threadpoolctl import threadpool_info

    for pool in threadpool_info():
        if pool["user_api"] == "blas":
            names = {"openblas": "OpenBLAS", "mkl": "MKL", "blis": "BLIS", "flexiblas": "FlexiBLAS"}
            name = names.get(pool["internal_api"], pool["internal_api"])
            words = [name, pool.get("version"), pool.get("architecture")]
            return " ".join(word for word in words if word), int(pool["num_threads"])
    return None  # Apple's Accelerate does not say
