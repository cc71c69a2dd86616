"""Put the top-level folders ``backends`` and ``shaders`` into the package when a wheel is built, and the manual page.

In a checkout ``paragon_tui/backends`` and ``paragon_tui/shaders`` are symbolic links to them. A wheel contains the
folders themselves, even if it is built from a checkout whose links became text files, as on Windows without the
permission to create links, or from the source distribution, which has no links.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDERS = ("backends", "shaders")
SUFFIXES = {".py", ".cl", ".wgsl", ".md"}  # other files, such as an editor's, are not the project's


class CustomBuildHook(BuildHookInterface[Any]):
    """The hook of each wheel. An editable wheel gets no copies, which would go stale: it imports the checkout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the folders to ``build_data`` if ``version`` is ``standard``, not ``editable``."""
        if version == "standard":
            build_data["force_include"] |= {
                str(path): f"paragon_tui/{folder}/{path.name}"
                for folder in FOLDERS
                for path in sorted(Path(self.root, folder).iterdir())
                if path.suffix in SUFFIXES
            }
            build_data["shared_data"][self._man_page()] = "share/man/man1/paragon-tui.1"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Delete the manual page, which is in the wheel now."""
        for path in build_data["shared_data"]:
            Path(path).unlink()

    def _man_page(self) -> str:
        """Have the program write its manual page, and return the path of the file."""
        found = os.pathsep.join([self.root, *filter(None, sys.path)])  # a build's requirements may be there alone
        environment = {**os.environ, "PYTHONPATH": found, "PYTHONDONTWRITEBYTECODE": "1"}
        descriptor, path = tempfile.mkstemp(suffix=".1")
        with os.fdopen(descriptor, "wb") as file:
            subprocess.run([sys.executable, "-m", "paragon_tui", "man"], stdout=file, env=environment, check=True)
        Path(path).chmod(0o644)
        return path
