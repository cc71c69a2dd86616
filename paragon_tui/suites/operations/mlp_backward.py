"""The backward pass of a network of one hidden layer: gradients of weights, biases and samples, from the outputs'.

The activations of the forward pass are inputs, as a library would have stored them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from paragon_tui.backends.adapter import Adapter
from paragon_tui.suites import mlp_network
from paragon_tui.suites.case import Case, Cost
from paragon_tui.operators.contractions import Variant
from paragon_tui.suites.mlp_network import describe
from paragon_tui.suites.operations.mlp import tier, variants

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paragon_tui.backends.plan import Plan
    from paragon_tui.suites.operation import Answer, Arrays

__all__ = [
    "RESULTS",
    "answer",
    "cost",
    "describe",
    "host_form",
    "inputs",
    "megabytes",
    "plans",
    "tier",
    "variants",
]

RESULTS = ("layer1", "layer2", "dx")


def megabytes(case: Case, dtype: str = "f32") -> float:
    """Return the MiB of weights, samples, activations and gradients, four bytes each."""
    return (cost(case, dtype).bytes + 4 * case.batch * case.shape[1]) / 2**20


def cost(case: Case, dtype: str) -> Cost:
    """Return the cost: twice the forward pass's products and sums; per sample a sum per bias, a product per slope.

    Bytes: weights, samples, activations and dy are read, the gradients written, four each at f16 too.
    """
    inputs, hidden, outputs = case.shape
    weights, biases = hidden * (inputs + outputs), hidden + outputs
    operations = case.batch * (4 * weights + biases + hidden)
    return Cost(operations, 4 * (case.batch * (2 * inputs + hidden + outputs) + 2 * weights + biases))


def inputs(case: Case, dtype: str) -> Arrays:
    """Return ``mlp_network.backward_inputs``. Raises ``Unsupported`` for too large a batch."""
    mlp_network.check_batch(case)
    return mlp_network.backward_inputs(case, dtype)


def host_form(case: Case, dtype: str, implementation: str) -> Callable[..., Arrays]:
    """Return the host form. ``reference``: canonical; ``numpy``, ``torch``: BLAS on f32, at f16 dz rounded between."""
    if implementation == "reference":
        return partial(mlp_network.backward, dtype=dtype)
    return _torch_form(case, dtype) if implementation == "torch" else _numpy_form(case, dtype)


def _numpy_form(case: Case, dtype: str) -> Callable[..., Arrays]:
    import numpy as np

    results = {name: np.empty(shape, dtype=np.float32) for name, shape in mlp_network.gradient_shapes(case).items()}
    first, second, dx = results.values()
    dz = np.empty((case.batch, case.shape[1]), dtype=np.float32)
    slopes = np.array([0.01, 1], dtype=np.float32)

    def backward(x: NDArray[Any], h: NDArray[Any], dy: NDArray[Any], w1: NDArray[Any], w2: NDArray[Any]) -> Arrays:
        np.matmul(dy.T, h, out=second[:, :-1])
        np.sum(dy, axis=0, out=second[:, -1])
        np.multiply(np.matmul(dy, w2, out=dz), np.where(h > 0, slopes[1], slopes[0]), out=dz)
        rounded = dz.astype(np.float16).astype(np.float32) if dtype == "f16" else dz
        np.matmul(rounded.T, x, out=first[:, :-1])
        np.sum(rounded, axis=0, out=first[:, -1])
        np.matmul(rounded, w1, out=dx)
        return results

    return backward


def _torch_form(case: Case, dtype: str) -> Callable[..., Arrays]:
    import torch

    first, second, dx = (torch.empty(shape) for shape in mlp_network.gradient_shapes(case).values())

    def backward(**arrays: NDArray[Any]) -> Arrays:
        with torch.inference_mode():
            x, h, dy, w1, w2 = (torch.from_numpy(arrays[name]) for name in ("x", "h", "dy", "w1", "w2"))
            torch.mm(dy.T, h, out=second[:, :-1])
            torch.sum(dy, 0, out=second[:, -1])
            dz = torch.ops.aten.leaky_relu_backward(torch.mm(dy, w2), h, 0.01, True)
            if dtype == "f16":
                dz = dz.half().float()
            torch.mm(dz.T, x, out=first[:, :-1])
            torch.sum(dz, 0, out=first[:, -1])
            torch.mm(dz, w1, out=dx)
        return {"layer1": first.numpy(), "layer2": second.numpy(), "dx": dx.numpy()}

    return backward


def plans(case: Case, dtype: str, variant: str, adapter: Adapter) -> tuple[Plan, ...]:
    """Return the one plan of the variant. Raises ``Unsupported`` for a batch that is too large."""
    return (mlp_network.backward_plan(case, dtype, cast(Variant, variant), adapter),)


def answer(case: Case, dtype: str, outputs: Arrays) -> Answer:
    """Return the gradients of W1, b1, W2, b2 and x, each in C order, one after another."""
    import numpy as np

    from paragon_tui.suites.operation import Answer

    first, second, dx = (outputs[name] for name in RESULTS)
    parts = (first[:, :-1], first[:, -1], second[:, :-1], second[:, -1], dx)
    return Answer(np.concatenate([part.ravel() for part in parts]))
