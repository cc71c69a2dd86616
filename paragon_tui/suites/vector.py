"""The vector suite: element-wise operations, reductions and softmax, over vectors and over square matrices.

The operations and sizes are those of trueno and Genesis. A matrix is reduced as a whole, by rows, and by columns;
softmax and log_softmax of a matrix work on its rows.
"""

from collections.abc import Iterator

from paragon_tui.suites.case import Case, Suite
from paragon_tui.suites.operations import ELEMENTWISE, REDUCTIONS, SOFTMAX

_VECTORS = {"100": 100, "1k": 1000, "10k": 10_000, "100k": 100_000, "1M": 1_000_000}
_MATRICES = {"small": 1024, "medium": 2048, "large": 4096}


def _cases(operation: str) -> Iterator[Case]:
    if not operation.endswith(("-rows", "-columns")):
        for size, count in _VECTORS.items():
            yield Case("vector", f"{operation}-{size}", operation, (count,), tuple(dict.fromkeys((size, str(count)))))
    for category, side in _MATRICES.items():
        size = f"{side}x{side}"
        yield Case("vector", f"{operation}-{size}", operation, (side, side), (size, category))


SUITE = Suite(
    "vector",
    tuple(case for operation in (*ELEMENTWISE, *REDUCTIONS, *SOFTMAX) for case in _cases(operation)),
    frozenset({"1k", "1M", "1024x1024"}),
)
