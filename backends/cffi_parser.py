"""cffi's parser, which wgpu-py has look up every type by its text, made to read only what a text names.

cffi puts all type names of a header ahead of each text that it parses, since they decide how C is read: for wgpu's
header that is 10 ms for each of some fifty types, in every process. Only the names in the text itself matter.
"""

from __future__ import annotations

import re
from typing import Any

_TYPEDEF = "typedef "


def declare_what_is_named(ffi: Any) -> None:
    """Have ``ffi``, whose header has been read, parse types with the type names that are in their text alone.

    It rests on private parts of cffi; where these are others than in version 2.1, types are only parsed more slowly.
    """
    parser = getattr(ffi, "_parser", None)
    parse, declared = getattr(parser, "_parse", None), getattr(parser, "_declarations", None)
    if parser is None or not callable(parse) or not isinstance(declared, dict):
        return

    def parse_what_is_named(text: str) -> Any:
        declarations = parser._declarations
        names = {_TYPEDEF + word for word in re.findall(r"\w+", text)}
        parser._declarations = {name: declarations[name] for name in names if name in declarations}
        try:
            return parse(text)
        finally:
            parser._declarations = declarations

    parser._parse = parse_what_is_named
