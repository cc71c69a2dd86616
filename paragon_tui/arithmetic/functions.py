"""The functions of one to three operands that every adapter computes to the same bits: names and kernel numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Function:
    """A function of ``arity`` operands; ``number`` is its FUNCTION in the kernel ``map`` (one operand) to ``map3``.

    ``anywhere``: it is defined for every pattern of bits, and not for ordinary numbers alone.
    """

    name: str
    number: int
    arity: int
    anywhere: bool = True


_MODULES = {
    "elementary": ("exp", "log", "log2", "log10", "tanh", "erf"),
    "activations": ("sigmoid", "swish", "gelu", "gelu_tanh", "relu", "leaky_relu", "elu"),
    "rounding": ("sqrt", "rsqrt", "recip", "half", "divide"),
    "trigonometric": ("sin", "cos"),
    "basic": ("absolute", "neg", "scale", "pow2", "clamp", "add", "sub", "mul", "lerp", "fma"),
}

_UNARY = (
    *("exp", "log", "log2", "log10", "tanh", "erf", "sigmoid", "swish", "gelu", "gelu_tanh"),
    *("sqrt", "rsqrt", "recip", "sin", "cos", "half", "relu", "leaky_relu", "elu"),
    *("absolute", "neg", "scale", "pow2", "clamp"),
)
_BINARY = ("divide", "add", "sub", "mul", "lerp")
_TERNARY = ("fma",)

FUNCTIONS = tuple(
    Function(name, number, arity, name not in _MODULES["basic"])
    for arity, names in enumerate((_UNARY, _BINARY, _TERNARY), start=1)
    for number, name in enumerate(names)
)
"""All of them, in the order of their numbers, those of one operand first, then of two, then of three."""


def function(name: str) -> Function:
    """The function of this name. Raises ``KeyError`` where there is none."""
    for candidate in FUNCTIONS:
        if candidate.name == name:
            return candidate
    raise KeyError(name)


def numpy_function(name: str) -> Callable[..., NDArray[np.float32]]:
    """Its canonical NumPy implementation, imported when asked for: f32 arrays in and out. Raises ``KeyError``."""
    for module, names in _MODULES.items():
        if name in names:
            found: Callable[..., NDArray[np.float32]] = getattr(import_module(f"paragon_tui.arithmetic.{module}"), name)
            return found
    raise KeyError(name)
