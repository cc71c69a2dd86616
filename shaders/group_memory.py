"""The work-group memory that a kernel declares, read from its source: limits are checked before anything is built.

Only the declarations that kernels have are understood: arrays of numbers and of vectors, whose lengths are sums,
products, quotients and choices of constants.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from functools import cache

from paragon_tui.shaders import Language

_NUMBER_BYTES = 4  # every type of a kernel's work-group memory is a number of 32 bits, or a vector of such
_VECTOR = re.compile(r"vec(\d)<|(?:float|int|uint)(\d+)$")
_ARRAYS: dict[Language, re.Pattern[str]] = {
    "wgsl": re.compile(r"^var<workgroup> \w+: array<(?P<type>.+), (?P<lengths>.+)>;", re.MULTILINE),
    "cl": re.compile(r"^ +__local (?P<type>\w+) (?P<lengths>\w+\[.*\]).*;", re.MULTILINE),
}
_TYPES = re.compile(r"^(?:typedef (?P<cl>\w+) (?P<cl_name>\w+)|alias (?P<name>\w+) = (?P<wgsl>[\w<>]+));", re.MULTILINE)
_VALUES = re.compile(
    r"^(?:#define (?P<cl_name>\w+) (?P<cl>[^/\n]+)|const (?P<name>\w+)(?:: u32)? = (?P<wgsl>.+);)", re.MULTILINE
)


@cache
def group_bytes(text: str, language: Language, entry: str) -> int:
    """Return the bytes that ``entry`` of a complete source declares; of WGSL, the bytes of all its entry points.

    Raises ``ValueError`` for a declaration that is not understood.
    """
    types, values = _definitions(_TYPES, text), _definitions(_VALUES, text)
    if language == "cl":
        _, _, text = text.partition(f"void {entry}(")
        text, _, _ = text.partition("__kernel")
    return sum(
        _type_bytes(array["type"], types) * _value(length, values)
        for array in _ARRAYS[language].finditer(text)
        for length in (re.findall(r"\[(.*?)\]", array["lengths"]) if language == "cl" else [array["lengths"]])
    )


def _definitions(pattern: re.Pattern[str], text: str) -> Mapping[str, str]:
    """Return what names stand for; the first definition counts, as that of a constant does."""
    found: dict[str, str] = {}
    for match in pattern.finditer(text):
        found.setdefault(match["cl_name"] or match["name"], match["cl"] or match["wgsl"])
    return found


def _type_bytes(name: str, types: Mapping[str, str]) -> int:
    name = types.get(name, name)
    vector = _VECTOR.match(name)
    if vector is None and name not in ("float", "int", "uint", "f32", "i32", "u32"):
        raise ValueError(f"{name} is no type of work-group memory that is understood")
    return _NUMBER_BYTES * (int(vector[1] or vector[2]) if vector else 1)


def _value(expression: str, values: Mapping[str, str]) -> int:
    """Return the value of an expression of integers, which C, WGSL and Python write nearly alike."""
    text = re.sub(r"\b(\d+)u\b", r"\1", expression.strip()).replace("/", "//")
    text = re.sub(r"^(.+?) \? (.+?) : (.+)$", r"(\2) if (\1) else (\3)", text)
    return _evaluated(ast.parse(text, mode="eval").body, values)


def _evaluated(node: ast.expr, values: Mapping[str, str]) -> int:
    match node:
        case ast.Constant(value=int(value)):
            return value
        case ast.Name(id=name) if name in values:
            return _value(values[name], values)
        case ast.IfExp():
            return _evaluated(node.body if _evaluated(node.test, values) else node.orelse, values)
        case ast.BinOp():
            left, right = _evaluated(node.left, values), _evaluated(node.right, values)
            match node.op:
                case ast.Add():
                    return left + right
                case ast.Sub():
                    return left - right
                case ast.Mult():
                    return left * right
                case ast.FloorDiv():
                    return left // right
    raise ValueError(f"{ast.unparse(node)} is no length of work-group memory that is understood")
