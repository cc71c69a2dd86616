"""Put the top-level folders ``backends`` and ``shaders`` into the package when a wheel is built.

In the checkout ``paragon_tui/backends`` and ``paragon_tui/shaders`` are links to them. A wheel holds the folders
themselves, wherever it is built: also from a checkout whose links became text files, as on Windows without the right
to make links, and from the source distribution, which has no links.
"""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface[Any]):
    """Runs for each wheel. An editable one gets no copies, which would go stale: there the checkout is imported."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """``version`` is ``standard`` or ``editable``; ``build_data`` names what goes in beside the package."""
        if version == "standard":
            build_data["force_include"] |= {"backends": "paragon_tui/backends", "shaders": "paragon_tui/shaders"}
