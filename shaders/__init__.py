"""What runs on a device: one kernel, two languages (``dense.wgsl``, ``dense.cl``).

A source handed to a driver is three texts in a row: the language's prelude (the opaque step of the guarded
tier), the plan's compile-time constants, and the kernel. WGSL has no preprocessor, so this is the only
templating there is. Both languages of a kernel share their entry points, the order of their buffers and the
order of their parameters; see ``NUMERICS.md`` in this folder for the values they must compute.
"""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Literal

Language = Literal["wgsl", "cl"]

__all__ = ["Language", "source"]


def source(kernel: str, language: Language, constants: Sequence[tuple[str, int]]) -> str:
    """The complete source of ``kernel`` in ``language``, with ``constants`` defined ahead of it.

    Raises ``FileNotFoundError`` where the kernel does not exist in that language.
    """
    if language == "cl":
        defines = "".join(f"#define {name} {value}\n" for name, value in constants)
    else:
        defines = "".join(f"const {name}: u32 = {value}u;\n" for name, value in constants)
    return _text(f"prelude.{language}") + defines + _text(f"{kernel}.{language}")


@cache
def _text(name: str) -> str:
    return files(__name__).joinpath(name).read_text(encoding="utf-8")
