"""Integer workloads: sums of trees' leaves, the first Fibonacci numbers, and a dense layer in whole thousandths.

``case.shape`` of ``tree-sum`` is the tree's depth; of ``fibonacci`` the number of numbers, from F(0) on; of
``fibonacci-tree`` the n of F(n), which is evaluated as a tree of calls; of ``dense-fixed`` its inputs and outputs.
Integers count as f32, which also has four bytes, so that the usual run includes them.
"""

from __future__ import annotations

from paragon_tui.operators.dense_fixed import DenseFixed
from paragon_tui.operators.integers import Fibonacci, FibonacciTree, TreeSum
from paragon_tui.operators.tensor import Tensor
from paragon_tui.suites.case import Case
from paragon_tui.suites.workloads.workload import Draw, Single, Workload


def _tree(case: Case) -> TreeSum:
    return TreeSum(*case.shape)


def _fibonacci(case: Case) -> Fibonacci:
    return Fibonacci(*case.shape)


def _calls(case: Case) -> FibonacciTree:
    return FibonacciTree(*case.shape)


def _layer(case: Case, dtype: str) -> tuple[Tensor, ...]:
    inputs, outputs = case.shape
    return Tensor((inputs,), "i32"), Tensor((outputs, inputs), "i32"), Tensor((outputs,), "i32")


def _nothing(case: Case, dtype: str) -> tuple[Tensor, ...]:
    return ()


def _tree_text(case: Case) -> str:
    """Return the size as text: ``depth 10: 1,024 leaves``."""
    return f"depth {case.shape[0]}: {_tree(case).leaves:,} leaves"


def _fibonacci_text(case: Case) -> str:
    """Return the size as text: ``F(0) … F(20)``."""
    return f"F(0) … F({case.shape[0] - 1:,})"


def _calls_text(case: Case) -> str:
    """Return the size as text: ``F(20): 21,891 calls``."""
    return f"F({case.shape[0]}): {_calls(case).calls:,} calls"


def _layer_text(case: Case) -> str:
    """Return the size as text: ``64 → 64``."""
    return " → ".join(map(str, case.shape))


_DRAWN = (Draw(1, "thousandths"), Draw(0, "thousandths"), Draw(2, "thousandths"))
"""The streams of a layer's sample, weights and bias."""

WORKLOADS: dict[str, Workload] = {
    "tree-sum": Single(_tree, _nothing, (), _tree_text, counted="OP"),
    "fibonacci": Single(_fibonacci, _nothing, (), _fibonacci_text, counted="OP"),
    "fibonacci-tree": Single(_calls, _nothing, (), _calls_text, counted="OP"),
    "dense-fixed": Single(lambda case: DenseFixed(), _layer, _DRAWN, _layer_text, uses_blas=True, counted="OP"),
}
