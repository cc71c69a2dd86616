"""The arithmetic of NUMERICS.md written again in plain Python.

One binary64 operation on f32 operands, packed to f32, is one f32 operation: 53 bits are more than 2·24+1.
"""

from __future__ import annotations

import struct
from itertools import pairwise
from math import sqrt

G = 0x9E3779B97F4A7C15
M64 = 2**64


def to_f32(value: float) -> float:
    return float(struct.unpack("<f", struct.pack("<f", value))[0])


def mix(z: int) -> int:
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % M64
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB % M64
    return z ^ (z >> 31)


def section_4(seed: int, stream: int, count: int) -> list[float]:
    key = mix((seed + G * (stream + 1)) % M64)
    bits = (mix((key + G * (i + 1)) % M64) >> 40 for i in range(count))
    return [(2 * b - 2**24) / 2**24 for b in bits]


def section_4_pixels(count: int) -> list[float]:
    state, values = 123, []
    for _ in range(count):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        values.append(to_f32(round(state / 0xFFFFFFFF, 6)))
    return values


def dot(a: list[float], b: list[float]) -> float:
    """For at most 4096 elements, where there is one block."""
    lanes = [0.0] * 64
    for index, (p, q) in enumerate(zip(a, b, strict=True)):
        lanes[index % 64] = to_f32(lanes[index % 64] + to_f32(p * q))
    while len(lanes) > 1:
        half = len(lanes) // 2
        lanes = [to_f32(lanes[i] + lanes[i + half]) for i in range(half)]
    return lanes[0]


def to_f16(value: float) -> float:
    """Round to f16, ties to even, with gradual underflow; no zero has a sign."""
    rounded = float(struct.unpack("<e", struct.pack("<e", value))[0])
    return rounded or 0.0


def logits(widths: tuple[int, ...]) -> list[float]:
    """Return the f32 logits of the inference suite's network of these widths."""
    x = section_4_pixels(widths[0])
    for layer, (k, o) in enumerate(pairwise(widths)):
        weight_scale, bias_scale = to_f32(sqrt(6 / k)), to_f32(1 / sqrt(k))
        weights = [to_f32(u * weight_scale) for u in section_4(42, 2 * layer, o * k)]
        bias = [to_f32(u * bias_scale) for u in section_4(42, 2 * layer + 1, o)]
        y = [to_f32(dot(weights[j * k : (j + 1) * k], x) + bias[j]) for j in range(o)]
        x = [max(value, 0.0) for value in y] if layer < len(widths) - 2 else y
    return x


def f16_layer(layer: int, k: int, o: int) -> tuple[list[float], list[float]]:
    """The weights, row-major, and the bias of a layer at f16."""
    weight_scale, bias_scale = to_f32(sqrt(6 / k)), to_f32(1 / sqrt(k))
    weights = [to_f16(to_f32(u * weight_scale)) for u in section_4(42, 2 * layer, o * k)]
    return weights, [to_f32(u * bias_scale) for u in section_4(42, 2 * layer + 1, o)]


def f16_logits(widths: tuple[int, ...]) -> list[float]:
    """Return the logits at f16, where weights and the inputs of every layer are rounded."""
    x = section_4_pixels(widths[0])
    for layer, (k, o) in enumerate(pairwise(widths)):
        x = [to_f16(value) for value in x]
        weights, bias = f16_layer(layer, k, o)
        y = [to_f32(dot(weights[j * k : (j + 1) * k], x) + bias[j]) for j in range(o)]
        x = [max(value, 0.0) for value in y] if layer < len(widths) - 2 else y
    return x


def i8_layer(layer: int, k: int, o: int) -> tuple[list[int], list[int]]:
    """The weights, row-major, and the bias of a layer at i8. Python rounds half to even."""
    weights = [round(127 * u) for u in section_4(42, 2 * layer, o * k)]
    return weights, [round(127 * 127 * u / sqrt(k)) for u in section_4(42, 2 * layer + 1, o)]


def i8_input(count: int) -> list[int]:
    return [round(127 * x) for x in section_4_pixels(count)]


def i8_hidden_sums(widths: tuple[int, ...], shifts: tuple[int, ...]) -> list[list[int]]:
    """The sums of every layer; those of the last are the logits."""
    x, all_sums = i8_input(widths[0]), []
    for layer, (k, o) in enumerate(pairwise(widths)):
        weights, bias = i8_layer(layer, k, o)
        all_sums.append([sum(w * v for w, v in zip(weights[j * k :], x, strict=False)) + bias[j] for j in range(o)])
        if layer < len(shifts):
            s = shifts[layer]
            x = [min(127, (max(acc, 0) + 2 ** (s - 1)) >> s) for acc in all_sums[-1]]
    return all_sums
