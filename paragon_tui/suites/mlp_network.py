"""The network of the suite ``mlp``: its data, its canonical arithmetic, and its plans (NUMERICS.md 17).

z = x W1ᵀ + b1; h = leaky relu of z; y = h W2ᵀ + b2. Backward, from h and y's gradient dy: those of layer 2 are dyᵀ h
and the sums of dy over the batch; dz = dy W2 times leaky relu's slope; those of layer 1 dzᵀ x and the sums of dz;
dx = dz W1. A layer's gradients are a matrix (outputs, inputs + 1): of a row of weights, then of its bias.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.device import Unsupported
from paragon_tui.backends.plan import Buffer, Plan, Step
from paragon_tui.suites.case import Case, Tier
from paragon_tui.suites.contractions import Contraction, Operand, Variant, contraction
from paragon_tui.suites.parameters import parameters

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from paragon_tui.suites.operation import Arrays

VARIANTS: tuple[Variant, ...] = ("tiled", "vector", "for-loop")
DTYPES = ("f32", "f16")
TIER: Tier = "guarded"
"""At f16 too: products with leaky relu's slope are rounded."""
MOST_PRODUCTS = 2**32
"""Of a run. Beyond it the reference would compute for minutes, and nobody else knows the right answer."""
_X_STREAM, _DY_STREAM = 100, 101


def products(case: Case) -> int:
    """The products of the forward pass; the backward pass has twice as many."""
    inputs, hidden, outputs = case.shape
    return case.batch * hidden * (inputs + outputs)


def check_batch(case: Case) -> None:
    """Raise ``Unsupported`` for a batch that is more than a run may take, ahead of any work."""
    most = MOST_PRODUCTS // (2 * products(case) // case.batch)
    if case.batch > most:
        raise Unsupported(f"{case.id} takes batches of up to {most:,} samples, not of {case.batch:,}")


def describe(case: Case) -> str:
    """``64 → 64 → 16, batch 256``."""
    return f"{' → '.join(map(str, case.shape))}, batch {case.batch:,}"


def gradient_shapes(case: Case) -> dict[str, tuple[int, int]]:
    """The results of the backward pass, by name."""
    inputs, hidden, outputs = case.shape
    return {"layer1": (hidden, inputs + 1), "layer2": (outputs, hidden + 1), "dx": (case.batch, inputs)}


def forward_inputs(case: Case, dtype: str) -> Arrays:
    """``x`` (batch, inputs); ``w1``, ``w2``, each (outputs, inputs); ``b1``, ``b2``; at f16 all but b rounded."""
    (w1, b1), (w2, b2) = parameters(case.shape, dtype)
    return {"x": _samples(_X_STREAM, case.batch, case.shape[0], dtype), "w1": w1, "b1": b1, "w2": w2, "b2": b2}


def backward_inputs(case: Case, dtype: str) -> Arrays:
    """``x``, ``w1``, ``w2`` as of the forward pass; ``h`` (batch, hidden) that it gave; ``dy`` (batch, outputs)."""
    (w1, _), (w2, _) = parameters(case.shape, dtype)
    return {
        "x": _samples(_X_STREAM, case.batch, case.shape[0], dtype),
        "h": _activations(case, dtype),
        "dy": _samples(_DY_STREAM, case.batch, case.shape[-1], dtype),
        "w1": w1,
        "w2": w2,
    }


def _samples(stream: int, batch: int, width: int, dtype: str) -> NDArray[np.float32]:
    """fl(u·√3), of variance 1; rounded at f16."""
    import numpy as np

    from paragon_tui.arithmetic.rounding import half
    from paragon_tui.suites.operations.operands import operand

    values = operand(stream, batch * width).reshape(batch, width) * np.float32(np.sqrt(3))
    return half(values) if dtype == "f16" else values


@lru_cache(maxsize=1)
def _activations(case: Case, dtype: str) -> NDArray[np.float32]:
    factors = forward_inputs(case, dtype)
    return hidden(factors["x"], factors["w1"], factors["b1"], dtype)


def hidden(x: NDArray[Any], w1: NDArray[Any], b1: NDArray[Any], dtype: str) -> NDArray[np.float32]:
    """The canonical activations (batch, hidden), at f16 rounded to it."""
    from paragon_tui.arithmetic.activations import leaky_relu
    from paragon_tui.arithmetic.products import matmul

    return _kept(leaky_relu(matmul(x, w1.T) + b1), dtype)


def forward(
    x: NDArray[Any], w1: NDArray[Any], b1: NDArray[Any], w2: NDArray[Any], b2: NDArray[Any], dtype: str
) -> Arrays:
    """The canonical ``y`` (batch, outputs)."""
    from paragon_tui.arithmetic.products import matmul

    return {"y": _unsigned_zeros(matmul(hidden(x, w1, b1, dtype), w2.T) + b2)}


def backward(
    x: NDArray[Any], h: NDArray[Any], dy: NDArray[Any], w1: NDArray[Any], w2: NDArray[Any], dtype: str
) -> Arrays:
    """The canonical gradients, by the names and shapes of ``gradient_shapes``."""
    from paragon_tui.arithmetic.activations import leaky_slope
    from paragon_tui.arithmetic.products import matmul

    dz = _kept(leaky_slope(matmul(dy, w2), h), dtype)
    return {"layer1": _layer(dz, x), "layer2": _layer(dy, h), "dx": matmul(dz, w1)}


def _layer(gradient: NDArray[Any], given: NDArray[Any]) -> NDArray[np.float32]:
    """The gradients of a layer that was given ``given`` (batch, inputs), from that of its sums (batch, outputs)."""
    import numpy as np

    from paragon_tui.arithmetic.products import matmul

    return matmul(gradient.T, np.column_stack([given, np.ones(len(given), dtype=np.float32)]))


def _kept(values: NDArray[np.float32], dtype: str) -> NDArray[np.float32]:
    from paragon_tui.arithmetic.rounding import half

    return half(values) if dtype == "f16" else _unsigned_zeros(values)


def _unsigned_zeros(values: NDArray[np.float32]) -> NDArray[np.float32]:
    import numpy as np

    return np.where(values == 0, np.float32(0), values)


def forward_plan(case: Case, dtype: str, variant: Variant, adapter: Adapter) -> Plan:
    """Two contractions; ``y`` stays on the device."""
    (inputs, width, outputs), batch = case.shape, case.batch
    first = Contraction(
        *(batch, inputs, width, Operand("x", inputs, 1), Operand("w1", inputs, 1), Operand("h", width, 1)),
        kind="leaky",
        extra=Operand("b1", 1, 1),
        half=dtype == "f16",
    )
    second = Contraction(
        *(batch, width, outputs, Operand("h", width, 1), Operand("w2", width, 1), Operand("y", outputs, 1)),
        kind="bias",
        extra=Operand("b2", 1, 1),
    )
    shapes = {"x": (batch, inputs), "w1": (width, inputs), "b1": (width,), "w2": (outputs, width), "b2": (outputs,)}
    buffers = (
        *_resident(shapes, forward_inputs, case, dtype),
        Buffer("h", (batch, width), "f32", "scratch"),
        Buffer("y", (batch, outputs), "f32", "result"),
    )
    return _plan({"layer1": first, "layer2": second}, buffers, case, dtype, variant, adapter)


def backward_plan(case: Case, dtype: str, variant: Variant, adapter: Adapter) -> Plan:
    """Four contractions, two of them over the batch; the gradients stay on the device."""
    (inputs, width, outputs), batch = case.shape, case.batch
    shapes = {
        **{"x": (batch, inputs), "h": (batch, width), "dy": (batch, outputs)},
        **{"w1": (width, inputs), "w2": (outputs, width)},
    }
    results = gradient_shapes(case)
    buffers = (
        *_resident(shapes, backward_inputs, case, dtype),
        Buffer("dz", (batch, width), "f32", "scratch"),
        *(Buffer(name, shape, "f32", "result") for name, shape in results.items()),
    )
    across = {name: Operand(name, 1, width) for name, (_, width) in {**shapes, "dz": (batch, width)}.items()}
    down = {name: Operand(name, width, 1) for name, (_, width) in {**shapes, **results, "dz": (batch, width)}.items()}
    steps = {
        "of_layer2": Contraction(outputs, batch, width, across["dy"], across["h"], down["layer2"], ones=True),
        "of_sums": Contraction(
            *(batch, outputs, width, down["dy"], across["w2"], down["dz"]),
            kind="slope",
            extra=down["h"],
            half=dtype == "f16",
        ),
        "of_layer1": Contraction(width, batch, inputs, across["dz"], across["x"], down["layer1"], ones=True),
        "of_x": Contraction(batch, width, inputs, down["dz"], across["w1"], down["dx"]),
    }
    return _plan(steps, buffers, case, dtype, variant, adapter)


def _resident(shapes: Mapping[str, tuple[int, ...]], inputs: Any, case: Case, dtype: str) -> tuple[Buffer, ...]:
    def fill(name: str) -> NDArray[np.float32]:
        values: NDArray[np.float32] = inputs(case, dtype)[name]
        return values

    return tuple(Buffer(name, shape, "f32", "weight", partial(fill, name)) for name, shape in shapes.items())


def _plan(
    contractions: dict[str, Contraction],
    buffers: tuple[Buffer, ...],
    case: Case,
    dtype: str,
    variant: Variant,
    adapter: Adapter,
) -> Plan:
    check_batch(case)
    scratch: list[Buffer] = []
    steps: list[Step] = []
    for name, each in contractions.items():
        more, launches = contraction(name, each, dtype, variant, adapter)
        scratch += more
        steps += launches
    return Plan(variant, (*buffers, *scratch), tuple(steps))
