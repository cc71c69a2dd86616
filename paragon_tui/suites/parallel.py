"""The parallel suite: the workloads of Paragon on HVM3, in operations per second, counted alike on both sides.

Shapes: the number of elements, keys or Fibonacci numbers; the depth of ``tree-sum``; the n of ``fibonacci-tree``'s
F(n); inputs and outputs of the layers; all widths of the networks, which are 3 and 5 layers deep.
"""

from paragon_tui.suites.case import Case, Suite
from paragon_tui.suites.operations import SORTS

_COUNTS = {"1K": 2**10, "64K": 2**16, "1M": 2**20}
_KEYS = {"1K": 2**10, "4K": 2**12, "16K": 2**14, "64K": 2**16, "256K": 2**18, "1M": 2**20}
_VECTORS = {"tensor-add": "add", "tensor-relu": "relu", "parallel-sum": "sum"}
_LAYERS = ((64, 64), (256, 256), (1024, 512))
_NETWORKS = tuple((width, depth) for width in (16, 32, 64) for depth in (3, 5))
_DEPTHS = (10, 16, 20)
_CALLED = (20, 25, 30)


def _counted(name: str, operation: str, counts: dict[str, int]) -> tuple[Case, ...]:
    return tuple(
        Case("parallel", f"{name}-{size}", operation, (count,), (size, str(count))) for size, count in counts.items()
    )


def _layers(operation: str) -> tuple[Case, ...]:
    return tuple(Case("parallel", f"{operation}-{i}x{o}", operation, (i, o), (f"{i}x{o}",)) for i, o in _LAYERS)


SUITE = Suite(
    "parallel",
    (
        *(case for name, operation in _VECTORS.items() for case in _counted(name, operation, _COUNTS)),
        *_layers("dense"),
        *_layers("dense-fixed"),
        *(
            Case("parallel", f"network-{width}x{depth}", "network", (width,) * (depth + 1), (f"{width}x{depth}",))
            for width, depth in _NETWORKS
        ),
        *(Case("parallel", f"tree-sum-{depth}", "tree-sum", (depth,), (f"depth-{depth}",)) for depth in _DEPTHS),
        Case("parallel", "fibonacci-20", "fibonacci", (21,), ("first-21",)),
        *_counted("fibonacci", "fibonacci", {"1M": 2**20}),
        *(Case("parallel", f"fibonacci-tree-{n}", "fibonacci-tree", (n,), (f"fib-{n}",)) for n in _CALLED),
        *(case for operation in SORTS for case in _counted(operation, operation, _KEYS)),
    ),
    frozenset({"1K", "1M", "256x256", "16x3", "64x5", "depth-10", "depth-20", "first-21", "fib-20", "fib-30"}),
)
