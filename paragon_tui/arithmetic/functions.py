"""The functions of one to three operands with the same bits on every adapter: their names and kernel numbers."""

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

    ``anywhere``: it is defined for every bit pattern, not only for ordinary numbers.
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
    "power": ("pow",),
    "basic": ("absolute", "neg", "scale", "pow2", "clamp", "add", "sub", "mul", "lerp", "fma"),
}

_UNARY = (
    *("exp", "log", "log2", "log10", "tanh", "erf", "sigmoid", "swish", "gelu", "gelu_tanh"),
    *("sqrt", "rsqrt", "recip", "sin", "cos", "half", "relu", "leaky_relu", "elu"),
    *("absolute", "neg", "scale", "pow2", "clamp"),
)
_BINARY = ("divide", "add", "sub", "mul", "lerp", "pow")
_TERNARY = ("fma",)

FUNCTIONS = tuple(
    Function(name, number, arity, name not in _MODULES["basic"])
    for arity, names in enumerate((_UNARY, _BINARY, _TERNARY), start=1)
    for number, name in enumerate(names)
)
"""All functions in the order of their numbers: first those of one operand, then of two, then of three."""


def function(name: str) -> Function:
    """Return the function of this name. Raises ``KeyError`` if it does not exist."""
    for candidate in FUNCTIONS:
        if candidate.name == name:
            return candidate
    raise KeyError(name)


def numpy_function(name: str) -> Callable[..., NDArray[np.float32]]:
    """Return the canonical NumPy implementation, imported on demand: f32 arrays in and out. Raises ``KeyError``."""
    for module, names in _MODULES.items():
        if name in names:
            canonical: Callable[..., NDArray[np.float32]]
            canonical = getattr(import_module(f"paragon_tui.arithmetic.{module}"), name)
            return canonical
    raise KeyError(name)
