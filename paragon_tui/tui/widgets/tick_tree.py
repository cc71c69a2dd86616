"""A tree whose leaves are ticked with space or mouse; a branch ticks everything below it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rich.style import Style
from rich.text import Text
from textual import on
from textual.message import Message
from textual.widgets import Tree
from textual.widgets.tree import TreeNode


@dataclass(frozen=True, slots=True)
class Leaf:
    """A line that can be ticked: what it is known by, what it is called, what is said beside it."""

    key: str
    label: str
    hint: str = ""


class TickTree(Tree[Leaf | None]):
    """Branches by heading, leaves with boxes."""

    ICON_NODE = "▸ "
    ICON_NODE_EXPANDED = "▾ "
    COMPONENT_CLASSES = {"tick-tree--on", "tick-tree--hint"}
    DEFAULT_CSS = """
    TickTree {
        & > .tick-tree--on { color: $success; }
        & > .tick-tree--hint { color: $foreground 55%; }
    }
    """

    class Ticked(Message):
        """What is ticked has changed."""

    def __init__(self, *, id: str) -> None:
        super().__init__("", id=id)
        self.show_root = False
        self.guide_depth = 2
        self.show_guides = False
        self.auto_expand = False
        self.root.expand()
        self.ticked: set[str] = set()

    def set_branches(self, branches: Iterable[tuple[str, Iterable[Leaf]]]) -> None:
        """Show these headings and leaves; what was ticked stays so, and the cursor stays on its line.

        Leaves under an empty heading stand by themselves.
        """
        line = self.cursor_line
        self.clear()
        for heading, leaves in branches:
            branch = self.root.add(heading, data=None, expand=True) if heading else self.root
            for leaf in leaves:
                branch.add_leaf(leaf.label, data=leaf)
        if self.root.children:
            self.move_cursor_to_line(min(max(line, 0), self.last_line))

    def leaf_keys(self) -> list[str]:
        """The keys of all leaves, in order."""
        return [leaf.key for leaf in _leaves(self.root)]

    def tick(self, keys: Iterable[str], on: bool) -> None:
        """Tick or untick."""
        changed = set(keys)
        self.ticked = self.ticked | changed if on else self.ticked - changed
        self._invalidate()
        self.refresh()
        self.post_message(self.Ticked())

    def render_label(self, node: TreeNode[Leaf | None], base_style: Style, style: Style) -> Text:
        """``☑ opencl:0 PoCL``."""
        if node.data is None:
            return Text.assemble(super().render_label(node, base_style, style + Style(bold=True)))
        on = node.data.key in self.ticked
        box_style = self.get_component_rich_style("tick-tree--on", partial=True) if on else Style()
        hint_style = self.get_component_rich_style("tick-tree--hint", partial=True)
        return Text.assemble(
            ("☑ " if on else "☐ ", style + box_style),
            (node.data.label, style),
            (f" {node.data.hint}" if node.data.hint else "", style + hint_style),
        )

    def action_toggle_node(self) -> None:
        """Space ticks; folding is for shift+space and the arrow."""
        if self.cursor_node is not None:
            self._toggle_tick(self.cursor_node)

    @on(Tree.NodeSelected)
    def _selected(self, event: Tree.NodeSelected[Leaf | None]) -> None:
        """A click or enter ticks as well."""
        event.stop()
        self._toggle_tick(event.node)

    def _toggle_tick(self, node: TreeNode[Leaf | None]) -> None:
        keys = {leaf.key for leaf in _leaves(node)}
        self.tick(keys, on=not keys <= self.ticked)


def _leaves(node: TreeNode[Leaf | None]) -> Iterator[Leaf]:
    if node.data is not None:
        yield node.data
    for child in node.children:
        yield from _leaves(child)
