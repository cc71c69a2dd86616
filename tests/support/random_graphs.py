"""Random graphs of operators on small tensors, whose values stay ordinary numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from paragon_tui.arithmetic.rounding import half
from paragon_tui.operators.elementwise import Elementwise
from paragon_tui.operators.graph import Graph, Node
from paragon_tui.operators.layernorm import LayerNorm
from paragon_tui.operators.movement import Concat, Transpose
from paragon_tui.operators.operator import Operator
from paragon_tui.operators.products import MatMul
from paragon_tui.operators.reductions import Reduce, Statistic
from paragon_tui.operators.softmax import Softmax
from paragon_tui.operators.tensor import Tensor

LARGEST = 2000.0
"""The bound of every value: f16 holds it, and no sum or product of two is far beyond."""
EXTENTS = (1, 2, 3, 5, 8, 31, 64, 65, 70)
_BOUNDED = ("sigmoid", "tanh", "sin", "cos", "clamp")
_SMALLER = ("relu", "leaky_relu", "abs", "neg", "gelu", "swish", "elu")


@dataclass(frozen=True)
class Given:
    """A graph, its operands' values, and the names of those that travel in every run."""

    graph: Graph
    values: dict[str, NDArray[np.float32]]
    fed: tuple[str, ...]


@dataclass(frozen=True)
class _Known:
    """A tensor that exists, and the bound of its values' magnitudes."""

    name: str
    tensor: Tensor
    bound: float


class _Building:
    """A graph in the making."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self.draw = draw
        self.operands: dict[str, Tensor] = {}
        self.nodes: list[Node] = []
        self.known: list[_Known] = []

    def operand(self, *shape: int, dtype: str) -> _Known:
        name = f"operand{len(self.operands)}"
        self.operands[name] = Tensor(shape, dtype)
        known = _Known(name, self.operands[name], 1.0)
        self.known.append(known)
        return known

    def add(self, operator: Operator, bound: float, *operands: _Known) -> None:
        (tensor,) = operator.infer(*(each.tensor for each in operands))
        name = f"t{len(self.nodes)}"
        self.nodes.append(Node(operator, tuple(each.name for each in operands), (name,)))
        self.known.append(_Known(name, tensor, bound))

    def grow(self) -> None:
        """Add a node that takes one of the tensors so far, or two."""
        x = self.draw(st.sampled_from(self.known))
        kinds = self._kinds(x)
        self.draw(st.sampled_from(kinds))(x)

    def _kinds(self, x: _Known) -> list[Callable[[_Known], None]]:
        if not x.tensor.shape or x.tensor.dtype not in ("f32", "f16"):
            return [lambda x: None]
        kinds: list[Callable[[_Known], None]] = [self._softmax, self._layernorm]
        kinds += [self._unary, self._binary, self._reduce]
        if len(x.tensor.shape) == 2:
            kinds += [self._transpose, self._concat, self._product, self._product]
        return kinds

    def _unary(self, x: _Known) -> None:
        name = self.draw(st.sampled_from(_BOUNDED + _SMALLER))
        self.add(Elementwise(name), 1.0 if name in _BOUNDED else x.bound, x)

    def _binary(self, x: _Known) -> None:
        fitting = [known for known in self.known if known.tensor == x.tensor and known.bound + x.bound < LARGEST]
        if fitting:
            y = self.draw(st.sampled_from(fitting))
            self.add(Elementwise(self.draw(st.sampled_from(("add", "sub")))), x.bound + y.bound, x, y)

    def _softmax(self, x: _Known) -> None:
        if x.bound < 80:  # its exponentials stay normal numbers
            self.add(Softmax(), 1.0, x)

    def _layernorm(self, x: _Known) -> None:
        gamma, beta = (self.operand(x.tensor.shape[-1], dtype=x.tensor.dtype) for _ in range(2))
        self.add(LayerNorm(), float(np.sqrt(x.tensor.shape[-1])) + 1, x, gamma, beta)

    def _transpose(self, x: _Known) -> None:
        self.add(Transpose(), x.bound, x)

    def _concat(self, x: _Known) -> None:
        fitting = [
            known
            for known in self.known
            if known.tensor.dtype == x.tensor.dtype and known.tensor.shape[:-1] == x.tensor.shape[:-1]
        ]
        y = self.draw(st.sampled_from(fitting))
        if len(y.tensor.shape) == 2:
            self.add(Concat(), max(x.bound, y.bound), x, y)

    def _product(self, x: _Known) -> None:
        transposed = self.draw(st.booleans())
        depth = x.tensor.shape[1]
        fitting = [
            known
            for known in self.known
            if known.tensor.dtype == x.tensor.dtype
            and len(known.tensor.shape) == 2
            and known.tensor.shape[1 if transposed else 0] == depth
        ]
        columns = self.draw(st.sampled_from(EXTENTS))
        if not fitting or self.draw(st.booleans()):
            shape = (columns, depth) if transposed else (depth, columns)
            fitting = [self.operand(*shape, dtype=x.tensor.dtype)]
        y = self.draw(st.sampled_from(fitting))
        bound = depth * x.bound * y.bound
        if bound < LARGEST:
            self.add(MatMul(transposed), bound, x, y)

    def _reduce(self, x: _Known) -> None:
        axis = self.draw(st.sampled_from((None, -1, 0)))
        statistic = self.draw(st.sampled_from((Statistic.MAX, Statistic.MEAN, Statistic.NORM_LINF)))
        self.add(Reduce(statistic, axis), x.bound, x)


@st.composite
def graphs(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Given:
    """Draw a graph of up to eight nodes, f32 or f16; its results are some of its tensors."""
    building = _Building(draw)
    dtype = draw(st.sampled_from(("f32", "f16")))
    building.operand(draw(st.sampled_from(EXTENTS)), draw(st.sampled_from(EXTENTS)), dtype=dtype)
    for _ in range(draw(st.integers(1, 8))):
        building.grow()
    if not building.nodes:
        building.add(Transpose(), 1.0, building.known[0])
    given = [node.results[0] for node in building.nodes]
    results = draw(st.lists(st.sampled_from(given), min_size=1, max_size=3, unique=True))
    graph = Graph(building.operands, tuple(building.nodes), tuple(dict.fromkeys((*results, given[-1]))))
    fed = draw(st.lists(st.sampled_from(sorted(building.operands)), max_size=2, unique=True))
    return Given(graph, values(graph, draw(st.integers(0, 2**32 - 1))), tuple(fed))


def values(graph: Graph, seed: int) -> dict[str, NDArray[np.float32]]:
    """Return random operands in [-1, 1), whose magnitudes are at least 2^-10; those of f16 rounded to it."""
    random = np.random.default_rng(seed)
    made = {}
    for name, tensor in graph.operands.items():
        drawn = random.uniform(2.0**-10, 1, tensor.shape) * random.choice([-1, 1], tensor.shape)
        made[name] = half(drawn.astype(np.float32)) if tensor.dtype == "f16" else drawn.astype(np.float32)
    return made
