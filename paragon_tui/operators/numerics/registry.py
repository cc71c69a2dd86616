"""The one registry: the numerics of every operator."""

from __future__ import annotations

from typing import Any

from paragon_tui.operators.attention import Attention
from paragon_tui.operators.convolution import Convolve2D
from paragon_tui.operators.dense import Dense
from paragon_tui.operators.dense_fixed import DenseFixed
from paragon_tui.operators.dropout import Dropout
from paragon_tui.operators.elementwise import Elementwise
from paragon_tui.operators.gradients import HiddenGradient, LayerGradient
from paragon_tui.operators.heads import MergeHeads, SplitHeads
from paragon_tui.operators.integers import Fibonacci, FibonacciTree, TreeSum
from paragon_tui.operators.layernorm import LayerNorm
from paragon_tui.operators.movement import Broadcast, Concat, Reshape, Stack, Transpose
from paragon_tui.operators.numerics.attention import AttentionNumerics
from paragon_tui.operators.numerics.convolution import Convolve2DNumerics
from paragon_tui.operators.numerics.dense import DenseNumerics
from paragon_tui.operators.numerics.dense_fixed import DenseFixedNumerics
from paragon_tui.operators.numerics.dropout import DropoutNumerics
from paragon_tui.operators.numerics.elementwise import ElementwiseNumerics
from paragon_tui.operators.numerics.gradients import HiddenGradientNumerics, LayerGradientNumerics
from paragon_tui.operators.numerics.heads import MergeHeadsNumerics, SplitHeadsNumerics
from paragon_tui.operators.numerics.integers import FibonacciNumerics, FibonacciTreeNumerics, TreeSumNumerics
from paragon_tui.operators.numerics.layernorm import LayerNormNumerics
from paragon_tui.operators.numerics.movement import (
    BroadcastNumerics,
    ConcatNumerics,
    ReshapeNumerics,
    StackNumerics,
    TransposeNumerics,
)
from paragon_tui.operators.numerics.numerics import Numerics
from paragon_tui.operators.numerics.products import MatMulNumerics, MatVecNumerics
from paragon_tui.operators.numerics.reductions import DotNumerics, ReduceNumerics
from paragon_tui.operators.numerics.softmax import SoftmaxNumerics
from paragon_tui.operators.numerics.sorting import ArgsortNumerics, SortNumerics
from paragon_tui.operators.numerics.training import (
    CrossEntropyNumerics,
    GatherNumerics,
    MomentumNumerics,
    PackedGradientsNumerics,
    PackedLinearNumerics,
    SquaredErrorNumerics,
)
from paragon_tui.operators.operator import Operator
from paragon_tui.operators.products import MatMul, MatVec
from paragon_tui.operators.reductions import Dot, Reduce
from paragon_tui.operators.softmax import Softmax
from paragon_tui.operators.sorting import Argsort, Sort
from paragon_tui.operators.training import (
    CrossEntropy,
    Gather,
    Momentum,
    PackedGradients,
    PackedLinear,
    SquaredError,
)

NUMERICS: dict[type[Operator], Numerics[Any]] = {
    Dense: DenseNumerics(),
    Elementwise: ElementwiseNumerics(),
    MatMul: MatMulNumerics(),
    MatVec: MatVecNumerics(),
    Softmax: SoftmaxNumerics(),
    LayerNorm: LayerNormNumerics(),
    Reduce: ReduceNumerics(),
    Dot: DotNumerics(),
    Dropout: DropoutNumerics(),
    LayerGradient: LayerGradientNumerics(),
    HiddenGradient: HiddenGradientNumerics(),
    Gather: GatherNumerics(),
    PackedLinear: PackedLinearNumerics(),
    SquaredError: SquaredErrorNumerics(),
    CrossEntropy: CrossEntropyNumerics(),
    PackedGradients: PackedGradientsNumerics(),
    Momentum: MomentumNumerics(),
    Transpose: TransposeNumerics(),
    Broadcast: BroadcastNumerics(),
    Concat: ConcatNumerics(),
    Stack: StackNumerics(),
    Reshape: ReshapeNumerics(),
    Convolve2D: Convolve2DNumerics(),
    Attention: AttentionNumerics(),
    SplitHeads: SplitHeadsNumerics(),
    MergeHeads: MergeHeadsNumerics(),
    Sort: SortNumerics(),
    Argsort: ArgsortNumerics(),
    TreeSum: TreeSumNumerics(),
    Fibonacci: FibonacciNumerics(),
    FibonacciTree: FibonacciTreeNumerics(),
    DenseFixed: DenseFixedNumerics(),
}


def numerics(operator: Operator) -> Numerics[Any]:
    """Return the numerics of an operator."""
    return NUMERICS[type(operator)]
