"""Integers modulo 2^32 on arrays: canonical level by level and number by number; in libraries by runs that double.

A tree of calls is expanded level by level everywhere: no form evaluates a call once in place of all equal ones.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from paragon_tui.arithmetic import integers
from paragon_tui.operators.integers import FIRST, ROOT, Fibonacci, FibonacciTree, TreeSum
from paragon_tui.operators.numerics.numerics import Array, Form, Numerics
from paragon_tui.operators.tensor import Tensor

_TURNS = 2**10  # leaves that NumPy computes by counting turns; it doubles them for larger trees


class TreeSumNumerics(Numerics[TreeSum]):
    """The numerics of the sum of a tree's leaves."""

    def canonical(self, operator: TreeSum, *operands: Tensor) -> Form:
        """Return the sum, level by level."""
        return lambda: (integers.tree_sum(operator.depth).view(np.uint32),)

    def numpy(self, operator: TreeSum, *operands: Tensor) -> Form:
        """Return a form that counts turns for the first leaves; the rest is repeatedly the leaves so far, plus one."""
        count = operator.leaves
        leaves = np.empty(count, dtype=np.uint32)
        indices = np.arange(min(count, _TURNS), dtype=np.uint32)
        turns, total = np.empty(indices.shape, dtype=np.uint8), np.empty(1, dtype=np.uint32)

        def summed() -> tuple[Array]:
            size = indices.size
            np.add(np.bitwise_count(indices, out=turns), ROOT[0], out=leaves[:size])
            while size < count:
                np.add(leaves[:size], 1, out=leaves[size : 2 * size])
                size *= 2
            np.add.reduce(leaves, keepdims=True, out=total)
            return (total,)

        return summed

    def torch(self, operator: TreeSum, *operands: Tensor) -> Form:
        """Return a form on i32, which wraps. PyTorch has no bit count, so leaves are doubled from the first one."""
        import torch

        count = operator.leaves
        leaves, total = torch.empty(count, dtype=torch.int32), torch.empty(1, dtype=torch.int32)

        def summed() -> tuple[Any]:
            leaves[0], size = ROOT[0], 1
            while size < count:
                torch.add(leaves[:size], 1, out=leaves[size : 2 * size])
                size *= 2
            return (torch.sum(leaves, 0, keepdim=True, dtype=torch.int32, out=total),)

        return summed


class FibonacciNumerics(Numerics[Fibonacci]):
    """The numerics of Fibonacci numbers."""

    def canonical(self, operator: Fibonacci, *operands: Tensor) -> Form:
        """Return the numbers, one after another."""
        return lambda: (integers.fibonacci(operator.count).view(np.uint32),)

    def numpy(self, operator: Fibonacci, *operands: Tensor) -> Form:
        """Return a form whose runs double in length."""
        y, scratch = np.empty((2, max(2, operator.count)), dtype=np.uint32)
        numbers = y[: operator.count]

        def doubled() -> tuple[Array]:
            with np.errstate(over="ignore"):
                _double(y, scratch, np.multiply, np.add)
            return (numbers,)

        return doubled

    def torch(self, operator: Fibonacci, *operands: Tensor) -> Form:
        """Return the same form on i32, which wraps."""
        import torch

        y, scratch = torch.empty((2, max(2, operator.count)), dtype=torch.int32)
        numbers = y[: operator.count]

        def doubled() -> tuple[Any]:
            _double(y, scratch, torch.mul, torch.add)
            return (numbers,)

        return doubled


class FibonacciTreeNumerics(Numerics[FibonacciTree]):
    """The numerics of a tree of calls. A level is an array of the calls' arguments."""

    def canonical(self, operator: FibonacciTree, *operands: Tensor) -> Form:
        """Return the sum of the leaves, level by level."""
        return lambda: (integers.fibonacci_tree(operator.n).view(np.uint32),)

    def numpy(self, operator: FibonacciTree, *operands: Tensor) -> Form:
        """Return a form that splits the calls of a level that are no leaves into those of the next, a byte a call."""
        n, (zero, one) = operator.n, FIRST
        arguments, after = np.empty((2, _widest(n)), dtype=np.uint8)
        splits, total = np.empty(arguments.shape, dtype=np.bool_), np.empty(1, dtype=np.uint32)

        def evaluated() -> tuple[Array]:
            level, following, size, zeros, ones = arguments, after, 1, 0, 0
            level[0] = n
            while size:
                calls = level[:size]
                inner = calls[np.greater(calls, 1, out=splits[:size])]
                ended = int(np.count_nonzero(np.equal(calls, 1, out=splits[:size])))
                ones, zeros = ones + ended, zeros + size - len(inner) - ended
                size = 2 * len(inner)
                np.subtract(inner, 1, out=following[: len(inner)])
                np.subtract(inner, 2, out=following[len(inner) : size])
                level, following = following, level
            total[0] = ones * one + zeros * zero
            return (total,)

        return evaluated

    def torch(self, operator: FibonacciTree, *operands: Tensor) -> Form:
        """Return the same form on bytes."""
        import torch

        n, (zero, one) = operator.n, FIRST
        first, total = torch.full((1,), n, dtype=torch.uint8), torch.empty(1, dtype=torch.int32)

        def evaluated() -> tuple[Any]:
            level, zeros, ones = first, 0, 0
            while len(level):
                inner = level[level > 1]
                ended = int(torch.count_nonzero(level == 1))
                ones, zeros = ones + ended, zeros + len(level) - len(inner) - ended
                level = torch.cat((inner - 1, inner - 2))
            total[0] = ones * one + zeros * zero
            return (total,)

        return evaluated


def _widest(n: int) -> int:
    """Return the most calls of a level of fib(n)'s tree."""
    level, widest = Counter({n: 1}), 1
    while level:
        widest = max(widest, level.total())
        following: Counter[int] = Counter()
        for argument, calls in level.items():
            if argument > 1:
                following[argument - 1] += calls
                following[argument - 2] += calls
        level = following
    return widest


def _double(y: Any, scratch: Any, multiply: Any, add: Any) -> None:
    """Fill ``y`` with F(m+i) = F(m)·F(i+1) + F(m-1)·F(i), each time for as many i as there are numbers so far."""
    count, known = len(y), 2
    y[0], y[1] = FIRST
    while known < count:
        y[known] = y[known - 1] + y[known - 2]
        added = min(known, count - known)
        target, part = y[known + 1 : known + added], scratch[1:added]
        multiply(y[2 : added + 1], y[known], out=target)
        multiply(y[1:added], y[known - 1], out=part)
        add(target, part, out=target)
        known += added
