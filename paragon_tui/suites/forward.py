"""The forward pass of a dense network on the host: canonical, and as usually written in NumPy and PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from paragon_tui.suites.case import Chain
    from paragon_tui.suites.operation import Arrays
    from paragon_tui.suites.parameters import Layer

INTEGER_LOGIT_SCALE = 2.0**-13
"""The scale of an integer logit before the softmax."""
LARGEST_ACTIVATION = 127
SHIFTS: dict[tuple[int, ...], tuple[int, ...]] = {
    (784, 64, 10): (12,),
    (784, 128, 10): (12,),
    (784, 256, 10): (12,),
    (784, 256, 256, 10): (12, 10),
    (784, 384, 384, 10): (12, 10),
    (784, 512, 512, 10): (12, 10),
    (784, 768, 768, 768, 10): (12, 11, 10),
    (784, 1024, 1024, 1024, 10): (12, 11, 11),
    (784, 1536, 1536, 1536, 1536, 10): (12, 12, 10, 12),
    (784, 2048, 2048, 2048, 2048, 10): (12, 12, 11, 11),
}
"""The shifts, in bits, of an i8 network's hidden sums, one per hidden layer (NUMERICS.md section 4)."""
_USUAL_SHIFT = 12


def shifts(widths: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shifts of a network's hidden layers; 12 for custom networks, whose larger sums are clamped."""
    return SHIFTS.get(widths, (_USUAL_SHIFT,) * (len(widths) - 2))


def widths_of(layers: Sequence[Layer]) -> tuple[int, ...]:
    """Return inputs, hidden widths and outputs."""
    return (layers[0][0].shape[1], *(weights.shape[0] for weights, _ in layers))


def canonical(layers: Sequence[Layer], x: NDArray[Any], dtype: str) -> Arrays:
    """Return logits and output in canonical arithmetic. ``x`` is a ``network_input``, or rows of them."""
    logits = canonical_logits(layers, x, dtype, shifts(widths_of(layers)) if dtype == "i8" else ())
    return {"logits": logits, "output": output_of(logits)}


def canonical_logits(
    layers: Sequence[Layer], x: NDArray[Any], dtype: str, hidden_shifts: Sequence[int] = ()
) -> NDArray[Any]:
    """Return the logits (outputs,) of a sample (inputs,), or (batch, outputs) of samples (batch, inputs).

    They are f32, at i8 i32. ``hidden_shifts``: for i8, one per hidden layer.
    """
    if dtype == "i8":
        return _canonical_i8(layers, x, hidden_shifts)
    from paragon_tui.arithmetic.activations import relu
    from paragon_tui.arithmetic.rounding import half

    for weights, bias in layers[:-1]:
        x = relu(_sums(weights, x) + bias)
        x = half(x) if dtype == "f16" else x
    weights, bias = layers[-1]
    return _sums(weights, x) + bias


def _sums(weights: NDArray[np.float32], x: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the canonical dots of every row of ``weights`` with a sample, or with each sample of a batch."""
    from paragon_tui.arithmetic.products import matmul
    from paragon_tui.arithmetic.reduction import matvec

    return matvec(weights, x) if x.ndim == 1 else matmul(x, weights.T)


def output_of(logits: NDArray[Any]) -> NDArray[np.float32]:
    """Return the canonical softmax of each row of f32 logits, or of i32 logits scaled by 2^-13."""
    import numpy as np

    from paragon_tui.suites.operations.softmax import canonical as softmax

    if logits.dtype == np.int32:
        logits = logits.astype(np.float32) * np.float32(INTEGER_LOGIT_SCALE)
    return softmax("softmax", logits.reshape(-1, logits.shape[-1]), "f32").reshape(logits.shape)


def _canonical_i8(layers: Sequence[Layer], x: NDArray[np.int32], hidden_shifts: Sequence[int]) -> NDArray[np.int32]:
    """Return the logits: acc = Σ w·x + b in i32, shifted and clamped between layers."""
    import numpy as np

    for (weights, bias), shift in zip(layers[:-1], hidden_shifts, strict=True):
        sums = np.maximum(_integer_sums(weights, x) + bias, 0)
        x = np.minimum(LARGEST_ACTIVATION, (sums + (1 << (shift - 1))) >> shift)
    weights, bias = layers[-1]
    return _integer_sums(weights, x) + bias


def _integer_sums(weights: NDArray[np.int8], x: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return exact sums below 2^31. Those of a batch use binary64, which is exact too and has a BLAS."""
    import numpy as np

    if x.ndim == 1:
        return weights.astype(np.int32) @ x
    return (x.astype(np.float64) @ weights.T.astype(np.float64)).astype(np.int32)


def chains(layers: Sequence[Layer], x: NDArray[np.float32]) -> Iterator[tuple[Chain, NDArray[np.float32]]]:
    """Yield the f32 logits of ``acc += w*x`` in order: with every product rounded, and fused into its add."""
    yield "multiply-then-add", _chained(layers, x, lambda acc, w, v: acc + w * v)
    yield "fma", _chained(layers, x, fused)


def _chained(
    layers: Sequence[Layer],
    x: NDArray[np.float32],
    step: Callable[[NDArray[np.float32], NDArray[np.float32], np.float32], NDArray[np.float32]],
) -> NDArray[np.float32]:
    import numpy as np

    for layer, (weights, bias) in enumerate(layers):
        sums = np.zeros(len(bias), dtype=np.float32)
        for column, value in zip(np.ascontiguousarray(weights.T), x, strict=True):
            sums = step(sums, column, value)
        sums = sums + bias
        x = sums if layer == len(layers) - 1 else np.maximum(sums, np.float32(0))
    return x


def fused(acc: NDArray[np.float32], w: NDArray[np.float32], v: np.float32) -> NDArray[np.float32]:
    """Return ``acc + w·v`` rounded once, f32.

    The product is exact in binary64. The sum is rounded to odd there, so that the second rounding, to f32, is right.
    """
    import numpy as np

    product = w.astype(np.float64) * np.float64(v)
    wide = acc.astype(np.float64)
    total = product + wide
    part = total - product
    error = (product - (total - part)) + (wide - part)
    bits = total.view(np.int64)
    even_and_inexact = ((bits & 1) == 0) & (error != 0)
    away = np.where((error > 0) == (total > 0), 1, -1)  # the neighbour on the other side of the exact sum is odd
    return np.where(even_and_inexact, bits + away, bits).view(np.float64).astype(np.float32)


def library_form(layers: Sequence[Layer], dtype: str, library: str, batch: int = 1) -> Callable[..., Arrays]:
    """Return a library's host form: inputs by name in, outputs by name out.

    ``numpy``: idiomatic ``W @ x`` on BLAS; ``torch``: ``nn.functional``. f16 and i8 run on BLAS in f32, on weights
    widened beforehand, and are rounded back between layers. If ``batch`` is above 1, a call takes that many samples,
    one per row, and NumPy's arrays are allocated beforehand.
    """
    if library == "torch":
        return _torch_form(layers, dtype)
    return _numpy_form(layers, dtype) if batch == 1 else _numpy_batch_form(layers, dtype, batch)


def _numpy_form(layers: Sequence[Layer], dtype: str) -> Callable[..., Arrays]:
    import numpy as np

    wide = [tuple(values.astype(np.float32, copy=False) for values in layer) for layer in layers]
    between = _between(dtype, widths_of(layers))

    def forward(x: NDArray[Any]) -> Arrays:
        h = x.astype(np.float32, copy=False)
        for layer, (weights, bias) in enumerate(wide[:-1]):
            h = between(np.maximum(weights @ h + bias, 0), layer)
        weights, bias = wide[-1]
        logits = weights @ h + bias
        z = logits * np.float32(INTEGER_LOGIT_SCALE) if dtype == "i8" else logits
        e = np.exp(z - z.max())
        if dtype == "i8":
            logits = np.rint(logits).astype(np.int32)
        return {"logits": logits, "output": e / e.sum()}

    return forward


def _numpy_batch_form(layers: Sequence[Layer], dtype: str, batch: int) -> Callable[..., Arrays]:
    import numpy as np

    wide = [(weights.T.astype(np.float32, copy=False), bias.astype(np.float32, copy=False)) for weights, bias in layers]
    sums = [np.empty((batch, len(bias)), dtype=np.float32) for _, bias in wide]
    between = _between(dtype, widths_of(layers))
    output = np.empty_like(sums[-1])
    per_row = np.empty((batch, 1), dtype=np.float32)

    def forward(x: NDArray[Any]) -> Arrays:
        h = x.astype(np.float32, copy=False)
        for layer, (weights, bias) in enumerate(wide):
            y = np.matmul(h, weights, out=sums[layer])
            y += bias
            h = between(np.maximum(y, 0, out=y), layer) if layer < len(wide) - 1 else y
        logits = h
        z = np.multiply(logits, np.float32(INTEGER_LOGIT_SCALE), out=output) if dtype == "i8" else logits
        np.subtract(z, np.max(z, axis=1, keepdims=True, out=per_row), out=output)
        np.exp(output, out=output)
        np.divide(output, np.sum(output, axis=1, keepdims=True, out=per_row), out=output)
        return {"logits": np.rint(logits).astype(np.int32) if dtype == "i8" else logits, "output": output}

    return forward


def _between(dtype: str, widths: tuple[int, ...]) -> Callable[[NDArray[Any], int], NDArray[Any]]:
    """Return the function that rounds a layer's activations, given the layer's number, before the next layer."""
    import numpy as np

    if dtype == "f16":
        return lambda h, layer: h.astype(np.float16).astype(np.float32)
    if dtype == "i8":
        scales = [2.0**-shift for shift in shifts(widths)]
        return lambda h, layer: np.minimum(np.floor(h * np.float32(scales[layer]) + np.float32(0.5)), 127)
    return lambda h, layer: h


def _torch_form(layers: Sequence[Layer], dtype: str) -> Callable[..., Arrays]:
    import torch
    from torch.nn.functional import linear

    tensors = [(torch.from_numpy(w).float(), torch.from_numpy(b).float()) for w, b in layers]
    scales = [2.0**-shift for shift in shifts(widths_of(layers))] if dtype == "i8" else []

    def between(h: Any, layer: int) -> Any:
        if dtype == "f16":
            return h.half().float()
        if dtype == "i8":
            return torch.clamp(torch.floor(h * scales[layer] + 0.5), max=LARGEST_ACTIVATION)
        return h

    def forward(x: NDArray[Any]) -> Arrays:
        with torch.inference_mode():
            h = torch.from_numpy(x).float()
            for layer, (weights, bias) in enumerate(tensors[:-1]):
                h = between(torch.relu(linear(h, weights, bias)), layer)
            logits = linear(h, *tensors[-1])
            output = torch.softmax(logits * INTEGER_LOGIT_SCALE if dtype == "i8" else logits, dim=-1)
            if dtype == "i8":
                logits = torch.round(logits).int()
            return {"logits": logits.numpy(), "output": output.numpy()}

    return forward
