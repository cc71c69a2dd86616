"""The forward pass of a network of one hidden layer on a batch: ``case.shape`` is its inputs, hidden units, outputs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from paragon_tui.backends.adapter import Adapter
from paragon_tui.suites import mlp_network
from paragon_tui.suites.case import Case, Cost, Tier
from paragon_tui.operators.contractions import Variant
from paragon_tui.suites.mlp_network import describe

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

RESULTS = ("y",)


def megabytes(case: Case, dtype: str = "f32") -> float:
    """Return the MiB of parameters, samples, activations and results, four bytes each."""
    return (cost(case, dtype).bytes + 4 * case.batch * case.shape[1]) / 2**20


def cost(case: Case, dtype: str) -> Cost:
    """Return the cost: per sample a product and a sum per weight, a sum per bias; leaky relu does not count.

    Bytes: samples, parameters and results, four each at f16 too; activations between the layers need not move.
    """
    inputs, hidden, outputs = case.shape
    weights, biases = hidden * (inputs + outputs), hidden + outputs
    return Cost(case.batch * (2 * weights + biases), 4 * (case.batch * (inputs + outputs) + weights + biases))


def variants(dtype: str) -> tuple[str, ...]:
    """Return the variants of contractions, for f32 and f16."""
    return mlp_network.VARIANTS if dtype in mlp_network.DTYPES else ()


def tier(dtype: str, variant: str) -> Tier:
    """Return the tier, guarded at f16 too."""
    return mlp_network.TIER


def inputs(case: Case, dtype: str) -> Arrays:
    """Return ``mlp_network.forward_inputs``: samples and parameters. Raises ``Unsupported`` for too large a batch."""
    mlp_network.check_batch(case)
    return mlp_network.forward_inputs(case, dtype)


def host_form(case: Case, dtype: str, implementation: str) -> Callable[..., Arrays]:
    """Return the host form. ``reference``: canonical; ``numpy``, ``torch``: BLAS on f32, at f16 h rounded between."""
    if implementation == "reference":
        return partial(mlp_network.forward, dtype=dtype)
    return _torch_form(dtype) if implementation == "torch" else _numpy_form(case, dtype)


def _numpy_form(case: Case, dtype: str) -> Callable[..., Arrays]:
    import numpy as np

    _, width, outputs = case.shape
    h, scaled = (np.empty((case.batch, width), dtype=np.float32) for _ in range(2))
    y = np.empty((case.batch, outputs), dtype=np.float32)
    slope = np.float32(0.01)

    def forward(
        x: NDArray[Any], w1: NDArray[Any], b1: NDArray[Any], w2: NDArray[Any], b2: NDArray[Any]
    ) -> dict[str, Any]:
        np.add(np.matmul(x, w1.T, out=h), b1, out=h)
        np.maximum(h, np.multiply(h, slope, out=scaled), out=h)
        rounded = h.astype(np.float16).astype(np.float32) if dtype == "f16" else h
        np.add(np.matmul(rounded, w2.T, out=y), b2, out=y)
        return {"y": y}

    return forward


def _torch_form(dtype: str) -> Callable[..., Arrays]:
    import torch
    from torch.nn.functional import leaky_relu, linear

    def forward(**arrays: NDArray[Any]) -> Arrays:
        with torch.inference_mode():
            x, w1, b1, w2, b2 = (torch.from_numpy(arrays[name]) for name in ("x", "w1", "b1", "w2", "b2"))
            h = leaky_relu(linear(x, w1, b1), 0.01, inplace=True)
            return {"y": linear(h.half().float() if dtype == "f16" else h, w2, b2).numpy()}

    return forward


def plans(case: Case, dtype: str, variant: str, adapter: Adapter) -> tuple[Plan, ...]:
    """Return the one plan of the variant. Raises ``Unsupported`` for a batch that is too large."""
    return (mlp_network.forward_plan(case, dtype, cast(Variant, variant), adapter),)


def answer(case: Case, dtype: str, outputs: Arrays) -> Answer:
    """Return ``y`` (batch, outputs)."""
    from paragon_tui.suites.operation import Answer

    return Answer(outputs["y"])
