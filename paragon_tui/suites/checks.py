"""Cases that only a verification runs: sizes at which kernels take every path, most of them no multiple of anything.

One element, less than a vector, a rest behind whole vectors, groups, tiles and pairs of halves, more than one block of
4096, more than one lane's worth of blocks. Nobody measures them, so no list of cases shows them; their digests ship.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from paragon_tui.suites.case import Case
from paragon_tui.suites.mlp import SUITE as MLP
from paragon_tui.suites.operations import ELEMENTWISE, MOVES, REDUCTIONS, SOFTMAX, SORTS
from paragon_tui.suites.training import RATE


class _Sizes(NamedTuple):
    """Shapes at which operations of a suite are checked; ``batches`` are those of each shape."""

    suite: str
    operations: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]
    batches: tuple[int, ...] = (1,)


def _reductions(along: str) -> tuple[str, ...]:
    """Return the reductions of whole arrays (``""``), of rows or of columns."""
    return tuple(
        name for name in REDUCTIONS if (name.endswith(along) if along else not name.endswith(("-rows", "-columns")))
    )


_TABLE = (
    _Sizes("vector", ELEMENTWISE, ((1,), (1003,), (70_001,))),
    _Sizes("vector", _reductions(""), ((1,), (67,), (4099,), (262_211,))),
    _Sizes("vector", _reductions("-rows"), ((3, 5), (67, 131), (5, 4099))),
    _Sizes("vector", _reductions("-columns"), ((5, 3), (131, 67), (4099, 5))),
    _Sizes("vector", SOFTMAX, ((1,), (1001,), (4099,))),
    _Sizes(
        "layers",
        ("matmul", "matmul-transposed"),
        ((1, 1, 1), (5, 7, 3), (67, 130, 33), (33, 4099, 17), (300, 257, 270)),
    ),
    _Sizes("layers", ("matmul-batched",), ((1, 1, 1, 1), (3, 5, 7, 3), (5, 67, 130, 33), (2, 3, 4099, 17))),
    _Sizes("layers", ("matvec",), ((1, 1), (5, 3), (67, 130), (3, 4099))),
    _Sizes("layers", ("convolve2d",), ((5, 7, 5, 7), (9, 11, 3, 3), (67, 131, 5, 6), (33, 41, 9, 9))),
    _Sizes(
        "layers",
        ("attention", "attention-causal", "attention-projected"),
        ((1, 1, 1), (2, 67, 33), (3, 130, 64), (1, 300, 17)),
    ),
    _Sizes("layers", ("attention-batched",), ((1, 1, 1, 1), (3, 2, 67, 33), (1, 3, 130, 64), (2, 1, 9, 65))),
    _Sizes("layers", ("softmax", "layernorm"), ((3, 5), (67, 131), (5, 4099))),
    _Sizes("layers", ("softmax-batched", "layernorm-batched"), ((2, 3, 5), (3, 67, 131))),
    _Sizes("layers", ("dropout", *MOVES), ((1, 2), (3, 5), (67, 131), (33, 258))),
    _Sizes("mlp", tuple(dict.fromkeys(case.operation for case in MLP.cases)), ((5, 7, 3), (67, 130, 33)), (1, 67)),
    _Sizes("training", ("training",), ((2, 5, 1, 60, RATE), (67, 33, 5, 60, RATE)), (4, 33)),
    _Sizes("inference", ("network",), ((1, 1), (13, 7, 3), (784, 300, 10), (5, 4099, 9)), (1, 2, 67)),
    _Sizes("parallel", ("dense",), ((1, 1), (5, 3), (130, 67), (4099, 5))),
    _Sizes("parallel", ("dense-fixed",), ((1, 1), (5, 3), (130, 67), (2147, 5))),
    _Sizes("parallel", ("tree-sum",), ((1,), (5,), (13,))),
    _Sizes("parallel", ("fibonacci",), ((1,), (2,), (101,), (5003,))),
    _Sizes("parallel", ("fibonacci-tree",), ((0,), (1,), (2,), (13,), (23,))),
    _Sizes("parallel", SORTS, ((1,), (7,), (1003,), (5003,), (70_001,))),
)


def _cases(table: Iterable[_Sizes]) -> Iterator[Case]:
    for row in table:
        for operation in row.operations:
            for shape in row.shapes:
                for batch in row.batches:
                    yield _case(row.suite, operation, shape, batch)


def _case(suite: str, operation: str, shape: tuple[int, ...], batch: int) -> Case:
    """Return the case: a network has the id that ``--shape`` and ``--batch-size`` give it."""
    if operation == "network":
        name = size = "-".join(map(str, shape))
    else:
        size = "x".join(map(str, shape))
        name = f"{operation}-{size}"
    return Case(suite, f"{name}@{batch}" if batch > 1 else name, operation, shape, (size,), batch)


CHECKS: tuple[Case, ...] = tuple(_cases(_TABLE))
"""All cases of verifications alone, suite by suite."""

SHOWN_BY_CHECKS = frozenset(
    {
        *("matmul-1024", "matmul-transposed-medium", "matmul-batched-medium", "train-medium"),
        *("attention-medium", "attention-batched-medium", "attention-projected-medium"),
        *(f"{operation}-1M" for operation in SORTS),
    }
)
"""Cases of fast runs that take a processor seconds, and no path of a kernel that smaller ones do not take."""
