"""Integers modulo 2^32 that follow from a size alone: a sum of leaves, Fibonacci numbers in a row, and one by calls."""

from __future__ import annotations

from dataclasses import dataclass, replace

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.device import Unsupported
from paragon_tui.backends.plan import Buffer, Step
from paragon_tui.operators import layout
from paragon_tui.operators.lowering import Lowering, Site
from paragon_tui.operators.operator import Operator, Tier
from paragon_tui.operators.reducing import works_in_vectors
from paragon_tui.operators.tensor import Tensor
from paragon_tui.operators.values import Words

ROOT = (1,)
"""The value of a tree's root."""
FIRST = (0, 1)
"""F(0) and F(1)."""

_STREAMS_PER_UNIT = 4  # on PoCL, where a work-item is a stream of instructions: it schedules several at a time
_STREAM_LEAVES = 64  # leaves that such a work-item computes at a time
_GROUP, _SIMD_GROUP = 256, 64  # work-items per work-group on GPUs, and on llvmpipe, where a work-item is a SIMD lane
_LEAVES, _NUMBERS = 16, 32  # leaves and Fibonacci numbers per work-item there
_CALLED = 7  # there a work-item evaluates fib(7), 41 calls, or fib(6)
_LARGEST_CALLED = 33  # of any work-item: 32 arguments below it can wait
_SUBTREES_PER_STREAM = 4  # on PoCL: so many that streams end together, though some subtrees are smaller
_LAST = 47
"""The last n whose F(n) fits 32 bits."""
_MOST = 2**32 - 1  # kernels count in 32 bits


class _Integers(Operator):
    """The common rules of operators without operands."""

    @property
    def operands(self) -> tuple[str, ...]:
        """No names: everything follows from the attributes."""
        return ()

    def tier(self, *operands: Tensor) -> Tier:
        """Return integer: additions and products modulo 2^32."""
        return "integer"


@dataclass(frozen=True, slots=True)
class TreeSum(_Integers):
    """y = the sum of the 2^depth leaves of a tree: a leaf is 1 plus the number of right turns on the path to it.

    The leaves are computed as well as added. Raises ``ValueError`` for a depth below zero.
    """

    depth: int

    def __post_init__(self) -> None:
        if self.depth < 0:
            raise ValueError(f"a tree of depth {self.depth} has no root")

    @property
    def leaves(self) -> int:
        """The number of leaves."""
        return 1 << self.depth

    def infer(self, *operands: Tensor) -> tuple[Tensor, ...]:
        """Return y (1,), u32."""
        return (Tensor((1,), "u32"),)

    def operations(self, *operands: Tensor) -> int:
        """Count an operation for each leaf, and one addition fewer than leaves."""
        return 2 * self.leaves - 1

    def lowerings(self, site: Site) -> tuple[Lowering, ...]:
        """Return the one way: sum the leaves of each work-group, then those sums."""
        groups, group, share = _shares(self.leaves, _LEAVES, site.adapter)

        def step(entry: str, buffers: tuple[str, str], n: int, groups: int) -> Step:
            return Step(
                parts=("group_sum", "tree_sum"),
                entry=entry,
                buffers=buffers,
                writes=1,
                parameters=(("n", n), ("share", share)),
                constants=(("WIDTH", 8 if works_in_vectors(site.adapter) else 1),),
                groups=groups,
                group_items=group,
            )

        root = Buffer("root", (len(ROOT),), "u32", "weight", Words(ROOT))
        parts = Buffer("parts", (groups,), "u32", "scratch")
        steps = (step("leaves", ("root", "parts"), self.leaves, groups), step("sums", ("parts", "y"), groups, 1))
        (y,) = self.infer()
        return (Lowering("subtrees", {"y": layout.words(y)}, steps, (root, parts), frozenset({parts.name})),)


@dataclass(frozen=True, slots=True)
class Fibonacci(_Integers):
    """y = F(0) … F(count - 1). Raises ``ValueError`` for a count below one."""

    count: int

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ValueError(f"{self.count} Fibonacci numbers cannot be computed")

    def infer(self, *operands: Tensor) -> tuple[Tensor, ...]:
        """Return y (count,), u32."""
        return (Tensor((self.count,), "u32"),)

    def operations(self, *operands: Tensor) -> int:
        """Count an addition for each number."""
        return self.count

    def lowerings(self, site: Site) -> tuple[Lowering, ...]:
        """Return the one way: each work-item computes a run of numbers."""
        groups, group, share = _shares(self.count, _NUMBERS, site.adapter)
        step = Step(
            parts=("fibonacci",),
            entry="fibonacci",
            buffers=("first", "y"),
            writes=1,
            parameters=(("n", self.count), ("share", share)),
            constants=(),
            groups=groups,
            group_items=group,
        )
        first = Buffer("first", (len(FIRST),), "u32", "weight", Words(FIRST))
        (y,) = self.infer()
        return (Lowering("runs", {"y": layout.words(y)}, (step,), (first,)),)


@dataclass(frozen=True, slots=True)
class FibonacciTree(_Integers):
    """y = F(n) as a tree of calls: fib(n) = fib(n - 1) + fib(n - 2) down to fib(1) and fib(0), every call evaluated.

    Raises ``ValueError`` for an n below zero, and for one whose F(n) does not fit 32 bits.
    """

    n: int

    def __post_init__(self) -> None:
        if not 0 <= self.n <= _LAST:
            raise ValueError(f"fib(n) is evaluated for n from 0 to {_LAST}, not for {self.n}")

    @property
    def calls(self) -> int:
        """The number of calls; the leaves are one more than half of them."""
        return 2 * fibonacci(self.n + 1) - 1

    def infer(self, *operands: Tensor) -> tuple[Tensor, ...]:
        """Return y (1,), u32."""
        return (Tensor((1,), "u32"),)

    def operations(self, *operands: Tensor) -> int:
        """Count an addition for each call that is no leaf."""
        return fibonacci(self.n + 1) - 1

    def lowerings(self, site: Site) -> tuple[Lowering, ...]:
        """Return the one way: each work-item evaluates a subtree; their sums are added up as those of ``TreeSum``."""
        argument = self._called(site.adapter)
        larger, smaller = fibonacci(self.n - argument + 1), fibonacci(self.n - argument)
        group = _group_items(site.adapter)
        groups = -(-(larger + smaller) // group)
        calls = Step(
            parts=("group_sum", "fibonacci_tree"),
            entry="calls",
            buffers=("leaves", "parts"),
            writes=1,
            parameters=(("n", larger + smaller), ("larger", larger), ("argument", argument)),
            constants=(),
            groups=groups,
            group_items=group,
        )
        sums = replace(
            calls,
            parts=("group_sum", "tree_sum"),
            entry="sums",
            buffers=("parts", "y"),
            parameters=(("n", groups), ("share", 0)),
            constants=(("WIDTH", 1),),
            groups=1,
        )
        leaves = Buffer("leaves", (len(FIRST),), "u32", "weight", Words(FIRST))
        parts = Buffer("parts", (groups,), "u32", "scratch")
        (y,) = self.infer()
        return (Lowering("subtrees", {"y": layout.words(y)}, (calls, sums), (leaves, parts), frozenset({parts.name})),)

    def _called(self, adapter: Adapter) -> int:
        """Return the argument of the largest subtree of a work-item: on PoCL so large that each stream has a few."""
        if not works_in_vectors(adapter):
            return min(self.n, _CALLED)
        wanted = _SUBTREES_PER_STREAM * _STREAMS_PER_UNIT * (adapter.compute_units or 1)
        called = min(self.n, _LARGEST_CALLED)
        while called > _CALLED and fibonacci(self.n - called + 2) < wanted:
            called -= 1
        return called


def fibonacci(k: int) -> int:
    """Return F(k), the number of subtrees fib(n - k + 1) of fib(n), and of leaves of fib(k - 1)."""
    a, b = FIRST
    for _ in range(k):
        a, b = b, a + b
    return a


def _group_items(adapter: Adapter) -> int:
    """Return work-items per work-group; on PoCL a group is a stream of instructions."""
    if works_in_vectors(adapter):
        return 1
    return _SIMD_GROUP if adapter.type == "cpu" else min(_GROUP, adapter.max_group_items or _GROUP)


def _shares(count: int, share: int, adapter: Adapter) -> tuple[int, int, int]:
    """Return work-groups, work-items per work-group, and numbers per work-item: ``share``, on PoCL its part of all.

    Raises ``Unsupported`` for more numbers than kernels can count.
    """
    if count > _MOST:
        raise Unsupported(f"at most {_MOST:,} numbers can be computed, these are {count:,}")
    group = _group_items(adapter)
    if works_in_vectors(adapter):
        share = -(-count // (_STREAMS_PER_UNIT * (adapter.compute_units or 1) * _STREAM_LEAVES)) * _STREAM_LEAVES
    return -(-count // (group * share)), group, share
