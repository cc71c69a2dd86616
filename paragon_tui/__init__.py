"""paragon-tui: neural-network arithmetic on every compute adapter of a machine, to the last bit.

``from paragon_tui import Paragon`` is the Python interface; it is loaded when it is first asked for.
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paragon_tui.library import Paragon

__version__ = "0.1.0"

if not Path(__file__).with_name("backends").is_dir():
    # The links to the top-level folders are text files in this checkout.
    from paragon_tui import without_links

    without_links.install()

__all__ = ["Paragon", "__version__"]


def __getattr__(name: str) -> object:
    if name == "Paragon":
        from paragon_tui.library import Paragon

        return Paragon
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
