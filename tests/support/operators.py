"""Operands of every operator: some that it takes, with values, and some that it refuses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paragon_tui.arithmetic.rounding import half
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.device import Unsupported
from paragon_tui.operators.attention import Attention
from paragon_tui.operators.convolution import Convolve2D
from paragon_tui.operators.dense import Activation, Dense
from paragon_tui.operators.dense_fixed import DenseFixed
from paragon_tui.operators.dropout import Dropout
from paragon_tui.operators.elementwise import Elementwise
from paragon_tui.operators.gradients import HiddenGradient, LayerGradient
from paragon_tui.operators.heads import MergeHeads, SplitHeads
from paragon_tui.operators.integers import Fibonacci, FibonacciTree, TreeSum
from paragon_tui.operators.layernorm import LayerNorm
from paragon_tui.operators.lowering import Lowering, Site
from paragon_tui.operators.movement import Broadcast, Concat, Reshape, Stack, Transpose
from paragon_tui.operators.operator import Operator
from paragon_tui.operators.products import MatMul, MatVec
from paragon_tui.operators.reductions import Dot, Reduce, Statistic
from paragon_tui.operators.softmax import Softmax
from paragon_tui.operators.sorting import Argsort, Sort
from paragon_tui.operators.tensor import Tensor
from paragon_tui.operators.training import (
    STEP,
    CrossEntropy,
    Gather,
    Momentum,
    PackedGradients,
    PackedLinear,
    SquaredError,
    Widths,
)
from paragon_tui.suites.case import VARIANTS


@dataclass(frozen=True)
class Example:
    """An operator, and the tensors of operands that it takes."""

    operator: Operator
    tensors: tuple[Tensor, ...]

    @property
    def operands(self) -> dict[str, Tensor]:
        """The tensors by name."""
        return dict(zip(self.operator.operands, self.tensors, strict=True))

    @property
    def results(self) -> dict[str, Tensor]:
        """The results' tensors by name."""
        return dict(zip(self.operator.results, self.operator.infer(*self.tensors), strict=True))

    def __str__(self) -> str:
        return f"{self.operator} of {', '.join(map(str, self.tensors)) or 'nothing'}"

    def replaced(self, **changed: Tensor) -> tuple[Tensor, ...]:
        """Return the tensors of its operands with some of them changed."""
        assert changed.keys() <= self.operands.keys()
        return tuple((self.operands | changed).values())

    def values(self, seed: int = 0) -> dict[str, NDArray[Any]]:
        """Return values of the operands."""
        random = np.random.default_rng(seed)
        return {name: _drawn(random, name, tensor) for name, tensor in self.operands.items()}

    def lowerings(self, adapter: Adapter) -> Iterator[Lowering]:
        """Yield the lowerings in every variant that there is, of constant operands and of others."""
        for variant, constant in product(VARIANTS, ((), self.operator.operands)):
            site = Site(self.operands, adapter, variant, frozenset(constant))
            try:
                yield from self.operator.lowerings(site)
            except Unsupported:
                assert variant != VARIANTS[0], f"{self} has no lowering on {adapter.id}"


def _drawn(random: np.random.Generator, name: str, tensor: Tensor) -> NDArray[Any]:
    """Draw floats in [-1, 1), thousandths, or small numbers without a sign: samples at i8, labels, keys."""
    if tensor.dtype == "i32":
        return random.integers(-1000, 1001, tensor.shape, dtype=np.int32)
    if tensor.dtype == "u32":
        return np.ones(1, dtype=np.uint32) if name == "step" else random.integers(0, 3, tensor.shape, dtype=np.uint32)
    if tensor.dtype == "i8":
        return random.integers(0, 128, tensor.shape, dtype=np.int8)
    values = np.asarray(random.uniform(-1, 1, tensor.shape), dtype=np.float32)
    return half(values) if tensor.dtype == "f16" else values


def f32(*shape: int) -> Tensor:
    return Tensor(shape, "f32")


def f16(*shape: int) -> Tensor:
    return Tensor(shape, "f16")


def i8(*shape: int) -> Tensor:
    return Tensor(shape, "i8")


def i32(*shape: int) -> Tensor:
    return Tensor(shape, "i32")


def u32(*shape: int) -> Tensor:
    return Tensor(shape, "u32")


WIDTHS = Widths(5, 4, 3)
PARAMETERS = WIDTHS.parameters
LEAKY = Activation.LEAKY_RELU
AXES = (None, 0, -1)

_EXAMPLES: tuple[tuple[Any, ...], ...] = (
    (Dense(Activation.RELU), f32(5), f32(7, 5), f32(7)),
    (Dense(LEAKY, widens=True), f32(3, 5), f32(7, 5), f32(7)),
    (Dense(widens=True), f16(3, 5), f16(7, 5), f32(7)),
    *((Dense(activation), f16(5), f16(7, 5), f32(7)) for activation in Activation),
    (Dense(widens=True), i8(5), i8(7, 5), i32(7)),
    (Dense(Activation.RELU, shift=7), i8(3, 5), i8(7, 5), i32(7)),
    (Dense(), f32(2, 3, 5), f32(7, 5), f32(7)),
    (Dense(LEAKY), f16(2, 3, 5), f16(7, 5), f32(7)),
    (Dense(widens=True), f16(5), f16(7, 5), f32(7)),
    (Dense(widens=True), i8(2, 3, 5), i8(7, 5), i32(7)),
    (Elementwise("add"), f32(7), f32(7)),
    (Elementwise("gelu"), f32(3, 5)),
    (Elementwise("fma"), f32(2, 3, 4), f32(2, 3, 4), f32(2, 3, 4)),
    (Elementwise("neg"), f32()),
    (Elementwise("sub"), f16(7), f16(7)),
    (Elementwise("gelu"), f16(3, 5)),
    (Elementwise("hardswish"), f16(2, 3, 4)),
    (Elementwise("fma"), f16(3, 5), f16(3, 5), f16(3, 5)),
    (Elementwise("div", 0.3), f32(3, 5)),
    (Elementwise("sub", 0.3), f16(7)),
    (Elementwise("pow", 2.0), f32(3, 5)),
    (Elementwise("neg"), f16()),
    (MatMul(), f32(3, 5), f32(5, 7)),
    (MatMul(transposed=True), f16(3, 5), f16(7, 5)),
    (MatMul(widens=True), f16(3, 5), f16(5, 7)),
    (MatMul(), f32(2, 3, 5), f32(2, 5, 7)),
    (MatMul(transposed=True), f16(2, 3, 3, 5), f16(2, 3, 7, 5)),
    (MatVec(), f32(3, 5), f32(5)),
    (MatVec(), f16(3, 5), f16(5)),
    (Softmax(), f32(3, 5)),
    (Softmax(), i32(2, 3, 4)),
    (Softmax(logarithm=True), f16(5)),
    (Softmax(), f32(5000)),
    (LayerNorm(), f32(3, 5), f32(5), f32(5)),
    (LayerNorm(), f16(2, 3, 4), f16(4), f16(4)),
    *((Reduce(statistic, axis), f32(3, 5)) for statistic in Statistic for axis in AXES),
    *((Reduce(statistic, axis), f16(3, 5)) for statistic in Statistic for axis in AXES),
    (Reduce(Statistic.SUM), f32(5000)),
    (Reduce(Statistic.ARGMAX), f16(5000)),
    (Dot(), f32(7), f32(7)),
    (Dot(), f32(3, 5), f32(3, 5)),
    (Dot(), f16(7), f16(7)),
    (Dropout(0.1, 42, 1), f32(3, 5)),
    (Dropout(0.5, 42, 1), f16(7)),
    (LayerGradient(), f32(3, 7), f32(3, 5)),
    (LayerGradient(), f16(3, 7), f16(3, 5)),
    (HiddenGradient(), f32(3, 7), f32(7, 5), f32(3, 5)),
    (HiddenGradient(), f16(3, 7), f16(7, 5), f16(3, 5)),
    (Gather(), f32(4, 3, 5), STEP),
    (Gather(), f16(4, 3), STEP),
    (Gather(), u32(4, 3), STEP),
    (PackedLinear(WIDTHS, 0, LEAKY), f32(6, 5), PARAMETERS),
    (PackedLinear(WIDTHS, 1), f32(6, 4), PARAMETERS),
    (SquaredError(), f32(6, 1), f32(4, 6), STEP, f32(9)),
    (CrossEntropy(), f32(6, 5), u32(4, 6), STEP, f32(9)),
    (PackedGradients(WIDTHS), f32(6, 3), f32(6, 4), f32(6, 5), PARAMETERS),
    (Momentum(0.1, 0.9), f32(7), f32(7), f32(7), STEP),
    (Transpose(), f32(3, 5)),
    (Transpose(), f16(5, 3)),
    (Transpose(), u32(1, 3)),
    (Broadcast(3), f32(5)),
    (Broadcast(2), f16(3, 5)),
    (Concat(), f32(3, 5), f32(3, 2)),
    (Concat(axis=0), f16(3, 5), f16(2, 5)),
    (Concat(), i32(3), i32(4)),
    (Stack(), f32(3, 5), f32(3, 5)),
    (Stack(axis=1), f16(3, 5), f16(3, 5)),
    (Stack(axis=-1), f16(3), f16(3)),
    (Reshape((5, 3)), f32(3, 5)),
    (Reshape((3, 1, 7)), f16(7, 3)),
    (Reshape(()), u32(1, 1)),
    (Convolve2D(), f32(7, 9), f32(3, 2)),
    (Convolve2D(), f16(7, 9), f16(3, 2)),
    (Attention(), f32(2, 3, 5), f32(2, 3, 5), f32(2, 3, 5)),
    (Attention(), f16(3, 5), f16(3, 5), f16(3, 5)),
    (Attention(causal=True), f32(2, 2, 3, 5), f32(2, 2, 3, 5), f32(2, 2, 3, 5)),
    (Attention(causal=True), f16(3, 5), f16(3, 5), f16(3, 5)),
    (SplitHeads(3), f32(5, 6)),
    (SplitHeads(2), f16(2, 3, 10)),
    (MergeHeads(), f32(2, 3, 5)),
    (MergeHeads(), f16(2, 3, 4, 5)),
    *((operator, tensor) for operator in (Sort(), Argsort()) for tensor in (f32(7), f16(7), u32(7))),
    (TreeSum(5),),
    (Fibonacci(10),),
    (FibonacciTree(10),),
    (DenseFixed(), i32(5), i32(7, 5), i32(7)),
)

EXAMPLES: tuple[Example, ...] = tuple(Example(operator, tuple(tensors)) for operator, *tensors in _EXAMPLES)
"""Examples of every operator; ``REFUSED`` changes those that are the first of their class."""

REFUSED: Mapping[type[Operator], Mapping[str, tuple[Tensor, ...]]] = {
    Dense: {
        "x": (f32(6), f16(5), u32(5), f32()),
        "w": (f32(7), f32(7, 4), f16(7, 5), f32()),
        "b": (f32(6), i32(7), f32(7, 1), f32()),
    },
    Elementwise: {"a": (f16(7), f32(8), f32()), "b": (i32(7), f32(8), f32(1, 7))},
    MatMul: {
        "a": (f32(3, 6), f16(3, 5), i32(3, 5), f32(15), f32(1, 3, 5), f32()),
        "b": (f32(6, 7), f16(5, 7), f32(5), f32(1, 5, 7), f32()),
    },
    MatVec: {"a": (f32(3, 4), f16(3, 5), f32(5), f32()), "x": (f32(4), f16(5), f32(5, 1), f32())},
    Softmax: {"x": (f32(), i8(3, 5), u32(3, 5))},
    LayerNorm: {
        "x": (f32(), i32(3, 5), f16(3, 5), f32(3, 4)),
        "gamma": (f32(4), f16(5), f32(1, 5), f32()),
        "beta": (f32(4), f16(5), f32(1, 5), f32()),
    },
    Reduce: {"x": (u32(3, 5), i32(3, 5))},
    Dot: {"x": (f32(8), f16(7), f32()), "w": (f32(1, 7), i32(7), f32())},
    Dropout: {"x": (i32(3, 5), u32(3, 5))},
    LayerGradient: {
        "dy": (f32(4, 7), f16(3, 7), i32(3, 7), f32(7), f32()),
        "x": (f32(4, 5), f16(3, 5), f32(5), f32()),
    },
    HiddenGradient: {
        "dy": (f32(3, 6), f32(4, 7), f16(3, 7), f32()),
        "w": (f32(6, 5), f32(7, 4), f32(7), f16(7, 5), f32()),
        "h": (f32(3, 4), f32(4, 5), f16(3, 5), f32()),
    },
    Gather: {"samples": (f32(4), i8(4, 3), f32()), "step": (f32(1), u32(2), u32())},
    PackedLinear: {
        "x": (f32(6, 4), f16(6, 5), f32(5), f32(1, 6, 5), f32()),
        "parameters": (f32(10), Tensor(PARAMETERS.shape, "f16"), f32()),
    },
    SquaredError: {
        "y": (f32(6, 2), f32(5, 1), f16(6, 1), f32(6), f32()),
        "targets": (f32(4, 5), u32(4, 6), f32(6), f32()),
        "step": (f32(1), u32(2), u32()),
        "losses": (f32(9, 1), i32(9), f32()),
    },
    CrossEntropy: {
        "y": (f32(5, 5), f16(6, 5), f32(6), f32()),
        "targets": (u32(4, 5), f32(4, 6), u32(6), u32()),
        "step": (f32(1), u32(2), u32()),
        "losses": (f32(9, 1), i32(9), f32()),
    },
    PackedGradients: {
        "dy": (f32(6, 4), f32(5, 3), f16(6, 3), f32()),
        "h": (f32(6, 5), f32(5, 4), f16(6, 4), f32()),
        "x": (f32(6, 4), f32(5, 5), f16(6, 5), f32()),
        "parameters": (f32(10), Tensor(PARAMETERS.shape, "f16"), f32()),
    },
    Momentum: {
        "gradients": (f32(8), f16(7), f32()),
        "parameters": (f32(8), f16(7), f32()),
        "velocities": (f32(1, 7), i32(7), f32()),
        "step": (f32(1), u32(2), u32()),
    },
    Transpose: {"x": (f32(3), f32(2, 3, 5), i8(3, 5), f32())},
    Broadcast: {"x": (f32(), i8(5))},
    Concat: {
        "left": (f32(4, 5), f16(3, 5), i8(3, 5), f32(3), f32()),
        "right": (f32(4, 2), f16(3, 2), i32(3, 2), f32(2), f32()),
    },
    Stack: {name: (f32(4, 5), f16(3, 5), i8(3, 5), f32(3), f32()) for name in ("left", "right")},
    Reshape: {"x": (f32(3, 4), f32(14), i8(3, 5), f32())},
    Convolve2D: {
        "x": (f32(2, 9), f32(7, 1), f16(7, 9), i32(7, 9), f32(9), f32()),
        "w": (f32(8, 2), f32(3, 10), f16(3, 2), f32(3), f32()),
    },
    Attention: {name: (f32(2, 3, 4), f32(3, 5), f16(2, 3, 5), i32(2, 3, 5), f32(5), f32()) for name in ("q", "k", "v")},
    SplitHeads: {"x": (f32(6), f32(5, 7), i8(5, 6), f32())},
    MergeHeads: {"x": (f32(3, 5), i8(2, 3, 5), f32())},
    Sort: {"x": (f32(3, 5), i32(7), i8(7), f32())},
    Argsort: {"x": (f32(3, 5), i32(7), i8(7), f32())},
    TreeSum: {},
    Fibonacci: {},
    FibonacciTree: {},
    DenseFixed: {
        "x": (i32(6), f32(5), i32(5, 1), i32()),
        "w": (i32(7), i32(7, 4), f32(7, 5), i32()),
        "b": (i32(6), f32(7), i32(7, 1), i32()),
    },
}
"""For every class operands that it refuses, each alone in place of that of its first example."""


def first(operator: type[Operator]) -> Example:
    """Return the first example of a class."""
    return next(example for example in EXAMPLES if type(example.operator) is operator)
