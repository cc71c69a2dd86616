"""paragon-tui: neural-network arithmetic on every compute adapter of a machine, to the last bit.

``from paragon_tui import Paragon`` is the Python interface; it is loaded when it is first asked for.
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paragon_tui.library import Paragon

__version__ = "0.1.0"

_here = Path(__file__).parent
if not (_here / "backends").is_dir():
    # A checkout whose links are text files, as on Windows without the right to make links: the folders are in its root.
    __path__.append(str(_here.parent))

__all__ = ["Paragon", "__version__"]


def __getattr__(name: str) -> object:
    if name == "Paragon":
        from paragon_tui.library import Paragon

        return Paragon
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
