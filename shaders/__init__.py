"""Kernels: the source text of a kernel is made of parts, each in two languages (``dense.wgsl``, ``dense.cl``).

The source for a driver consists of the compile-time constants, the language's prelude (which keeps every operation
rounded once), and the parts that a step names, in order: libraries of functions first, the file with the entry points
last. WGSL has no preprocessor, so this is the only templating. Both languages of a part have the same functions, entry
points, order of buffers and order of parameters; ``NUMERICS.md`` in this folder defines the values that they compute.
"""

from collections.abc import Sequence
from functools import cache
from typing import Literal

Language = Literal["wgsl", "cl"]

GUARD_PRODUCTS = 1
"""Bit of the constant ``GUARD``: products pass through the integer step before an addition."""
GUARD_SUMS = 2
"""Bit of the constant ``GUARD``: running sums pass through the integer step too."""

GUARD_DIVISIONS = 4
"""Bit of the constant ``GUARD``: division, square root and widening are not the device's own operations."""

EVERY_GUARD = GUARD_PRODUCTS | GUARD_SUMS | GUARD_DIVISIONS
"""All bits of the constant ``GUARD``."""

LEAST_GUARD: dict[Language, int] = {"wgsl": GUARD_PRODUCTS | GUARD_DIVISIONS, "cl": 0}
"""The bits that a language always needs: WGSL cannot forbid contraction and does not guarantee rounded quotients.

OpenCL C has a pragma against contraction, and devices may promise correctly rounded division.
"""

__all__ = ["EVERY_GUARD", "GUARD_DIVISIONS", "GUARD_PRODUCTS", "GUARD_SUMS", "LEAST_GUARD", "Language", "source"]


def source(parts: Sequence[str], language: Language, constants: Sequence[tuple[str, int]]) -> str:
    """Return the complete source of ``parts`` in ``language``, preceded by ``constants``.

    ``GUARD`` is always among the constants, with at least the bits of ``LEAST_GUARD``. Raises ``FileNotFoundError``
    if a part does not exist in that language.
    """
    values = dict(constants)
    values["GUARD"] = values.get("GUARD", 0) | LEAST_GUARD[language]
    template = "#define {} {}\n" if language == "cl" else "const {}: u32 = {}u;\n"
    definitions = "".join(template.format(name, value) for name, value in values.items())
    return definitions + "".join(_text(f"{part}.{language}") for part in ("prelude", *parts))


@cache
def _text(name: str) -> str:
    from importlib.resources import files  # slow to import, and needed only with a device

    return files(__name__).joinpath(name).read_text(encoding="utf-8")
