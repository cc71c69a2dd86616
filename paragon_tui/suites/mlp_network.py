"""The network of the suite ``mlp``: its data, its canonical arithmetic, and its plans (NUMERICS.md 17).

z = x W1ᵀ + b1; h = leaky relu of z; y = h W2ᵀ + b2. Backward, from h and dy, the gradient of y: the gradients of
layer 2 are dyᵀ h and the sums of dy over the batch; dz = dy W2 times leaky relu's slope; those of layer 1 are dzᵀ x
and the sums of dz; dx = dz W1. A layer's gradients form a matrix (outputs, inputs + 1): in each row those of the
weights, then that of the bias.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.device import Unsupported
from paragon_tui.backends.plan import Buffer, Plan, Step
from paragon_tui.suites.case import Case, Tier
from paragon_tui.operators.contractions import Contraction, Operand, Variant, contraction
from paragon_tui.suites.parameters import parameters

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from paragon_tui.suites.operation import Arrays

VARIANTS: tuple[Variant, ...] = ("tiled", "vector", "for-loop")
DTYPES = ("f32", "f16")
TIER: Tier = "guarded"
"""The tier at both dtypes: products with leaky relu's slope are rounded at f16 too."""
MOST_PRODUCTS = 2**32
"""The most products in a run. Beyond it the reference, the only source of the right answer, would take minutes."""
_X_STREAM, _DY_STREAM = 100, 101


def products(case: Case) -> int:
    """Return the number of products in the forward pass; the backward pass has twice as many."""
    inputs, hidden, outputs = case.shape
    return case.batch * hidden * (inputs + outputs)


def check_batch(case: Case) -> None:
    """Raise ``Unsupported``, before any work, for a batch with more products than a run may have."""
    largest_batch = MOST_PRODUCTS // (2 * products(case) // case.batch)
    if case.batch > largest_batch:
        raise Unsupported(f"{case.id} takes batches of up to {largest_batch:,} samples, not of {case.batch:,}")


def describe(case: Case) -> str:
    """Return the size as text: ``64 → 64 → 16, batch 256``."""
    return f"{' → '.join(map(str, case.shape))}, batch {case.batch:,}"


def gradient_shapes(case: Case) -> dict[str, tuple[int, int]]:
    """Return the shapes of the backward pass's results, by name."""
    inputs, hidden, outputs = case.shape
    return {"layer1": (hidden, inputs + 1), "layer2": (outputs, hidden + 1), "dx": (case.batch, inputs)}


def forward_inputs(case: Case, dtype: str) -> Arrays:
    """Return ``x`` (batch, inputs); ``w1``, ``w2`` (outputs, inputs); ``b1``, ``b2``; at f16 all but b rounded."""
    (w1, b1), (w2, b2) = parameters(case.shape, dtype)
    return {"x": _samples(_X_STREAM, case.batch, case.shape[0], dtype), "w1": w1, "b1": b1, "w2": w2, "b2": b2}


def backward_inputs(case: Case, dtype: str) -> Arrays:
    """Return ``x``, ``w1``, ``w2`` of the forward pass, its ``h`` (batch, hidden), and ``dy`` (batch, outputs)."""
    (w1, _), (w2, _) = parameters(case.shape, dtype)
    return {
        "x": _samples(_X_STREAM, case.batch, case.shape[0], dtype),
        "h": _activations(case, dtype),
        "dy": _samples(_DY_STREAM, case.batch, case.shape[-1], dtype),
        "w1": w1,
        "w2": w2,
    }


def _samples(stream: int, batch: int, width: int, dtype: str) -> NDArray[np.float32]:
    """Return fl(u·√3), of variance 1; at f16 rounded."""
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
    """Return the canonical activations (batch, hidden), at f16 rounded to it."""
    from paragon_tui.arithmetic.activations import leaky_relu
    from paragon_tui.arithmetic.products import matmul

    return _stored(leaky_relu(matmul(x, w1.T) + b1), dtype)


def forward(
    x: NDArray[Any], w1: NDArray[Any], b1: NDArray[Any], w2: NDArray[Any], b2: NDArray[Any], dtype: str
) -> Arrays:
    """Return the canonical ``y`` (batch, outputs)."""
    from paragon_tui.arithmetic.products import matmul

    return {"y": _unsigned_zeros(matmul(hidden(x, w1, b1, dtype), w2.T) + b2)}


def backward(
    x: NDArray[Any], h: NDArray[Any], dy: NDArray[Any], w1: NDArray[Any], w2: NDArray[Any], dtype: str
) -> Arrays:
    """Return the canonical gradients, with the names and shapes of ``gradient_shapes``."""
    from paragon_tui.arithmetic.activations import leaky_slope
    from paragon_tui.arithmetic.products import matmul

    dz = _stored(leaky_slope(matmul(dy, w2), h), dtype)
    return {"layer1": _layer_gradients(dz, x), "layer2": _layer_gradients(dy, h), "dx": matmul(dz, w1)}


def _layer_gradients(gradient: NDArray[Any], inputs: NDArray[Any]) -> NDArray[np.float32]:
    """Return a layer's gradients from its ``inputs`` (batch, inputs) and the gradient of its sums (batch, outputs)."""
    import numpy as np

    from paragon_tui.arithmetic.products import matmul

    return matmul(gradient.T, np.column_stack([inputs, np.ones(len(inputs), dtype=np.float32)]))


def _stored(values: NDArray[np.float32], dtype: str) -> NDArray[np.float32]:
    from paragon_tui.arithmetic.rounding import half

    return half(values) if dtype == "f16" else _unsigned_zeros(values)


def _unsigned_zeros(values: NDArray[np.float32]) -> NDArray[np.float32]:
    import numpy as np

    return np.where(values == 0, np.float32(0), values)


def forward_plan(case: Case, dtype: str, variant: Variant, adapter: Adapter) -> Plan:
    """Return the plan of the forward pass: two contractions; ``y`` stays on the device."""
    (inputs, width, outputs), batch = case.shape, case.batch
    first = Contraction(
        *(batch, inputs, width, Operand("x", inputs, 1), Operand("w1", inputs, 1), Operand("h", width, 1)),
        epilogue="leaky",
        extra=Operand("b1", 1, 1),
        half=dtype == "f16",
    )
    second = Contraction(
        *(batch, width, outputs, Operand("h", width, 1), Operand("w2", width, 1), Operand("y", outputs, 1)),
        epilogue="bias",
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
    """Return the plan of the backward pass: four contractions, two over the batch; gradients stay on the device."""
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
    transposed = {name: Operand(name, 1, width) for name, (_, width) in {**shapes, "dz": (batch, width)}.items()}
    by_rows = {
        name: Operand(name, width, 1) for name, (_, width) in {**shapes, **results, "dz": (batch, width)}.items()
    }
    steps = {
        "of_layer2": Contraction(
            outputs, batch, width, transposed["dy"], transposed["h"], by_rows["layer2"], ones=True
        ),
        "of_sums": Contraction(
            *(batch, outputs, width, by_rows["dy"], transposed["w2"], by_rows["dz"]),
            epilogue="slope",
            extra=by_rows["h"],
            half=dtype == "f16",
        ),
        "of_layer1": Contraction(width, batch, inputs, transposed["dz"], transposed["x"], by_rows["layer1"], ones=True),
        "of_x": Contraction(batch, width, inputs, by_rows["dz"], transposed["w1"], by_rows["dx"]),
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
    for name, product in contractions.items():
        product_scratch, launches = contraction(name, product, dtype, variant, adapter)
        scratch += product_scratch
        steps += launches
    return Plan(variant, (*buffers, *scratch), tuple(steps))
