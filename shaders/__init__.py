"""What runs on a device: a kernel is a sequence of texts, each in two languages (``dense.wgsl``, ``dense.cl``).

A source handed to a driver is the compile-time constants, the language's prelude (what keeps one operation one
rounding), and the parts that a step names, in order: libraries of functions first, the file with the entry points
last. WGSL has no preprocessor, so this is the only templating there is. Both languages of a part share their
functions, entry points, order of buffers and order of parameters; see ``NUMERICS.md`` in this folder for the
values they must compute.
"""

from collections.abc import Sequence
from functools import cache
from typing import Literal

Language = Literal["wgsl", "cl"]

GUARD_PRODUCTS = 1
"""Bit of the constant ``GUARD``: products pass the integer step before they reach an add."""
GUARD_SUMS = 2
"""Bit of the constant ``GUARD``: running sums pass the integer step too."""

GUARD_DIVISIONS = 4
"""Bit of the constant ``GUARD``: division and square roots are made with integers, not by the device's own."""

LEAST_GUARD: dict[Language, int] = {"wgsl": GUARD_PRODUCTS | GUARD_DIVISIONS, "cl": 0}
"""What a language never goes without: WGSL cannot forbid contraction otherwise, and rounds no quotient for certain.

OpenCL C has a switch of its own, and a promise that devices may make.
"""

__all__ = ["GUARD_DIVISIONS", "GUARD_PRODUCTS", "GUARD_SUMS", "LEAST_GUARD", "Language", "source"]


def source(parts: Sequence[str], language: Language, constants: Sequence[tuple[str, int]]) -> str:
    """The complete source of ``parts`` in ``language``, with ``constants`` defined ahead of it.

    ``GUARD`` is always among the constants: what is asked for, and never less than the language needs. Raises
    ``FileNotFoundError`` where a part does not exist in that language.
    """
    values = dict(constants)
    values["GUARD"] = values.get("GUARD", 0) | LEAST_GUARD[language]
    form = "#define {} {}\n" if language == "cl" else "const {}: u32 = {}u;\n"
    defined = "".join(form.format(name, value) for name, value in values.items())
    return defined + "".join(_text(f"{part}.{language}") for part in ("prelude", *parts))


@cache
def _text(name: str) -> str:
    from importlib.resources import files  # slow to import, and only a device needs it

    return files(__name__).joinpath(name).read_text(encoding="utf-8")
