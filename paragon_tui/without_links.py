"""Import the top-level folders where the links to them became text files, as Windows may have them."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDERS = ("backends", "shaders")


class TopLevelFolders:
    """The finder of ``paragon_tui.backends`` and ``paragon_tui.shaders`` in the root of the checkout."""

    @classmethod
    def find_spec(cls, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Return the spec of one of the two packages; ``None`` for every other name."""
        package, _, folder = name.rpartition(".")
        if package != __package__ or folder not in FOLDERS:
            return None
        place = ROOT / folder
        return spec_from_file_location(name, place / "__init__.py", submodule_search_locations=[str(place)])


def install() -> None:
    """Have the import system ask the finder, after all others."""
    sys.meta_path.append(TopLevelFolders)
