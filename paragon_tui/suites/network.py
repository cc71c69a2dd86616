"""A dense network: y = relu(W x + b) layer by layer, the last one without relu, then softmax; a sample or a batch."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from paragon_tui.backends.adapter import Adapter
from paragon_tui.operators.operator import Cost, Tier
from paragon_tui.suites.case import VARIANTS, Case, Chain
from paragon_tui.suites.parameters import SEED, parameters

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from paragon_tui.backends.plan import Plan
    from paragon_tui.suites.operation import Answer, Arrays

RESULTS = ("logits", "output")
LARGEST_WIDTH = 2**24  # more would need a further level of blocks, which the kernels do not support
MOST_PARAMETERS = 2**31
LONGEST_INTEGER_ROW = (2**31 - 2 * 127**2) // 127**2  # i8 sums plus a bias of at most 127² stay below 2^31
_TIERS: dict[str, Tier] = {"f32": "guarded", "f16": "exact", "i8": "integer"}
_WEIGHT_BYTES = {"f32": 4, "f16": 2, "i8": 1}


def check_widths(widths: Sequence[int], dtype: str = "f32") -> None:
    """Raise ``ValueError`` unless ``widths`` describe a network that the kernels can compute at ``dtype``."""
    if len(widths) < 2 or not all(type(width) is int and width >= 1 for width in widths):
        raise ValueError(f"a network needs at least two widths, whole numbers of at least 1; got {list(widths)}")
    weights = sum(k * o for k, o in itertools.pairwise(widths))
    if max(widths) > LARGEST_WIDTH or weights > MOST_PARAMETERS:
        raise ValueError(f"widths up to 2^24 and 2^31 weights are supported; {list(widths)} has {weights:,} weights")
    if dtype == "i8" and max(widths[:-1]) > LONGEST_INTEGER_ROW:
        raise ValueError(f"i8 sums of more than {LONGEST_INTEGER_ROW:,} products may not fit 32 bits")


def check_batch(batch: int) -> None:
    """Raise ``ValueError`` unless ``batch`` is a number of samples."""
    if type(batch) is not int or batch < 1:
        raise ValueError(f"--batch-size takes whole numbers of at least 1; got {batch}")


def describe(case: Case) -> str:
    """Return the size as text: ``784 → 64 → 10``, or for a batch ``784 → 64 → 10, batch 64``."""
    widths = " → ".join(map(str, case.shape))
    return f"{widths}, batch {case.batch}" if case.batch > 1 else widths


def megabytes(case: Case, dtype: str = "f32") -> float:
    """Return Paragon-Py's estMB in MiB: weights as the dtype stores them, and activations in four bytes.

    It leaves a single sample out. In a batch, all samples but the first count with their activations, since they may
    be the largest part.
    """
    activations = sum(case.shape[1:]) * case.batch + case.shape[0] * (case.batch - 1)
    return (_weights(case) * _WEIGHT_BYTES[dtype] + activations * 4) / 2**20


def cost(case: Case, dtype: str) -> Cost:
    """Return the cost: a product and a sum per weight, a sum per bias; relu and softmax do not count.

    Bytes: the input and the weights as ``dtype`` stores them, biases and logits in four bytes. Activations between two
    layers may stay in a cache, so they need not move. The operations, input and logits count for each sample; the
    weights and biases move once.
    """
    weights, biases = _weights(case), sum(case.shape[1:])
    moved = (case.batch * case.shape[0] + weights) * _WEIGHT_BYTES[dtype] + 4 * (biases + case.batch * case.shape[-1])
    return Cost(case.batch * (2 * weights + biases), moved)


def _weights(case: Case) -> int:
    return sum(inputs * outputs for inputs, outputs in itertools.pairwise(case.shape))


def variants(dtype: str) -> tuple[str, ...]:
    """Return the variants: naive and textbook kernels exist for f32 only; f16 and i8 have the canonical ones."""
    return VARIANTS[:3] if dtype == "f32" else VARIANTS[:1]


def tier(dtype: str, variant: str) -> Tier:
    """Return the tier: f32 sums of guarded products, exact products, or integers; the naive kernel has no guard."""
    return "plain" if variant == "plain" else _TIERS[dtype]


def inputs(case: Case, dtype: str) -> Arrays:
    """Return the suite's one sample (inputs,); or a batch (batch, inputs), whose first sample it is."""
    from paragon_tui.suites.parameters import network_input

    x = network_input(case.batch * case.shape[0], dtype)
    return {"x": x if case.batch == 1 else x.reshape(case.batch, -1)}


def device_inputs(inputs: Arrays, dtype: str) -> Arrays:
    """Return ``inputs`` in the form that plans take."""
    from paragon_tui.suites.packing import packed_batch, packed_input

    x = inputs["x"]
    return {"x": packed_input(x, dtype) if x.ndim == 1 else packed_batch(x, dtype)}


def parameter_arrays(case: Case, dtype: str) -> Iterator[NDArray[Any]]:
    """Yield each layer's weights, then its bias."""
    return itertools.chain.from_iterable(parameters(case.shape, dtype))


def host_form(case: Case, dtype: str, implementation: str) -> Callable[..., Arrays]:
    """Return the host form. ``reference``: canonical arithmetic; ``numpy`` and ``torch``: idiomatic, on BLAS."""
    from paragon_tui.suites.forward import canonical, library_form

    layers = parameters(case.shape, dtype)
    if implementation == "reference":
        return lambda x: canonical(layers, x, dtype)
    return library_form(layers, dtype, implementation, case.batch)


def chains(case: Case) -> Iterator[tuple[Chain, NDArray[np.float32]]]:
    """Yield the f32 logits that a compiled naive kernel may give."""
    from paragon_tui.suites import forward

    return forward.chains(parameters(case.shape), inputs(case, "f32")["x"])


def answer(case: Case, dtype: str, outputs: Arrays) -> Answer:
    """Return the logits, (outputs,) or (batch, outputs), and their softmax."""
    from paragon_tui.suites.operation import Answer

    return Answer(outputs["logits"], outputs["output"])


def reference_of(case: Case, dtype: str, inputs: Arrays, samples: NDArray[Any]) -> Answer:
    """Return the canonical answer of the ``samples`` (k,) of a batch."""
    return answer(case, dtype, host_form(case, dtype, "reference")(inputs["x"][samples]))


def plans(case: Case, dtype: str, variant: str, adapter: Adapter, seed: int = SEED) -> tuple[Plan, ...]:
    """Return the plans of ``dense_lowering`` or, for a batch, ``batched_lowering``. Raises ``Unsupported``."""
    from paragon_tui.suites import dense_lowering
    from paragon_tui.suites.forward import shifts

    hidden = shifts(case.shape) if dtype == "i8" else (1,) * (len(case.shape) - 2)
    layers = [
        dense_lowering.Layer(
            k, o, partial(_array, case, dtype, seed, index, 0), partial(_array, case, dtype, seed, index, 1), shift
        )
        for index, ((k, o), shift) in enumerate(zip(itertools.pairwise(case.shape), (*hidden, 1), strict=True))
    ]
    if case.batch > 1:
        from paragon_tui.suites import batched_lowering

        return batched_lowering.plans(layers, case.batch, dtype, variant, adapter)
    return dense_lowering.plans(layers, dtype, variant, adapter)


def _array(case: Case, dtype: str, seed: int, layer: int, part: int) -> NDArray[Any]:
    return parameters(case.shape, dtype, seed)[layer][part]
