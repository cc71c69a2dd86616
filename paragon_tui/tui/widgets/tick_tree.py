"""A tree whose leaves are ticked with space or mouse; a branch ticks all below it, and says how much of it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from rich.style import Style
from rich.text import Text
from textual import events, on
from textual.binding import Binding
from textual.message import Message
from textual.widgets import Tree
from textual.widgets.tree import TreeNode

_TOGGLE, _TICK = Style(meta={"toggle": True}), Style(meta={"tick": True})
_TAIL = 4  # as much of a name that has no room stays of its end: norm_…rows and norm_…umns are two


@dataclass(frozen=True, slots=True)
class Leaf:
    """A line that can be ticked: what it is known by, what it is called, what is said beside it."""

    key: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """A heading with lines below it; ``expanded`` at first or not. ``keys`` are those of all leaves below it."""

    label: str
    children: tuple[Branch | Leaf, ...]
    expanded: bool = True
    keys: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", frozenset(_keys(self.children)))


Line = Branch | Leaf


class TickTree(Tree[Line | None]):
    """Branches and leaves with boxes. What is below a branch is made when that is expanded for the first time."""

    ICON_NODE = "▸ "
    ICON_NODE_EXPANDED = "▾ "
    COMPONENT_CLASSES = {"tick-tree--on", "tick-tree--hint"}
    DEFAULT_CSS = """
    TickTree {
        & > .tick-tree--on { color: $success; }
        & > .tick-tree--hint { color: $foreground 55%; }
    }
    """
    BINDINGS = [
        Binding("right", "unfold", "Expand", show=False),
        Binding("left", "fold", "Collapse", show=False),
    ]

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
        self.shown_keys: frozenset[str] = frozenset()
        self._lines: tuple[Line, ...] = ()
        self._expanded: dict[Branch, bool] | None = None

    def set_lines(self, lines: Iterable[Line]) -> None:
        """Show these; what was ticked stays so, and the cursor stays on its line."""
        self._lines = tuple(lines)
        self._expanded = None
        self._show(self._lines, {})

    def narrow(self, keys: frozenset[str] | None) -> None:
        """Show the leaves with these keys alone, or with ``None`` all again, expanded as before.

        A branch that is there in part is expanded, one that is there as a whole is not.
        """
        if self._expanded is None:
            self._expanded = dict(_expanded(self.root))
        if keys is not None:
            self._show(tuple(_narrowed(self._lines, keys)), {})
            return
        self._show(self._lines, self._expanded)
        self._expanded = None

    def leaf_keys(self) -> list[str]:
        """The keys of all leaves, in order, whether they are shown or not."""
        return list(_keys(self._lines))

    def tick(self, keys: Iterable[str], on: bool) -> None:
        """Tick or untick."""
        changed = set(keys)
        self.ticked = self.ticked | changed if on else self.ticked - changed
        self._clear_line_cache()
        self.refresh()  # no layout: boxes and counts alone become others
        self.post_message(self.Ticked())

    def _show(self, lines: tuple[Line, ...], expanded: dict[Branch, bool]) -> None:
        before = _path(self.cursor_node)
        self.clear()
        self.shown_keys = frozenset(_keys(lines))
        for line in lines:
            self._add(self.root, line, expanded)
        if self.last_line >= 0:
            self.move_cursor(self._nearest(before))

    def _add(self, parent: TreeNode[Line | None], line: Line, expanded: dict[Branch, bool]) -> None:
        if isinstance(line, Leaf):
            parent.add_leaf(Text(line.label), data=line)
            return
        node = parent.add(Text(line.label), data=line, expand=expanded.get(line, line.expanded))
        if node.is_expanded:
            self._fill(node, expanded)

    def _fill(self, node: TreeNode[Line | None], expanded: dict[Branch, bool]) -> None:
        if isinstance(node.data, Branch) and not node.children:
            for line in node.data.children:
                self._add(node, line, expanded)

    def _nearest(self, path: tuple[str, ...]) -> TreeNode[Line | None]:
        """The line at ``path``, or the last branch on the way that is there; the first line where none is."""
        node = self.root
        for label in path:
            found = next((child for child in node.children if _label(child) == label), None)
            if found is None:
                break
            node = found
        return node if node is not self.root else self.root.children[0]

    def get_label_width(self, node: TreeNode[Line | None]) -> int:
        """Labels are made to fit: nothing is to be measured, which a tree does at each change, line by line."""
        return 0

    def render_label(self, node: TreeNode[Line | None], base_style: Style, style: Style) -> Text:
        """``☑ opencl:0 PoCL``; ``▸ ◪ add 2/8``."""
        line = node.data
        if line is None:
            return Text()
        keys = {line.key} if isinstance(line, Leaf) else line.keys
        count = len(keys & self.ticked)
        box_style = self.get_component_rich_style("tick-tree--on", partial=True) if count else Style()
        box = "☐" if not count else "☑" if count == len(keys) else "◪"
        if isinstance(line, Leaf):
            arrow, label, beside = "", line.label, f" {line.hint}" if line.hint else ""
        else:
            arrow = self.ICON_NODE_EXPANDED if node.is_expanded else self.ICON_NODE
            label, beside = self._counted(node, line, f" {count}/{len(keys)}")
            style = style + Style(bold=True)
        hint_style = self.get_component_rich_style("tick-tree--hint", partial=True)
        return Text.assemble(
            (arrow, base_style + _TOGGLE),
            (f"{box} ", style + box_style + _TICK),
            (label, style),
            (beside, style + hint_style),
        )

    def _counted(self, node: TreeNode[Line | None], branch: Branch, count: str) -> tuple[str, str]:
        """A branch's name and its count as there is room: one whose lines stand below it can do without the count."""
        room = self.size.width - self.guide_depth * (len(_path(node)) - 1) - len(f"{self.ICON_NODE}☐ ")
        if len(branch.label) + len(count) > room and node.is_expanded:
            count = ""
        return _shortened(branch.label, room - len(count)), count

    # --- keys and mouse -------------------------------------------------------------------------------------

    def action_toggle_node(self) -> None:
        """Space ticks."""
        if self.cursor_node is not None:
            self._toggle_tick(self.cursor_node)

    def action_unfold(self) -> None:
        """Expand a branch; on an expanded one, go to the first line below it."""
        node = self.cursor_node
        if node is not None and isinstance(node.data, Branch):
            if node.is_expanded:
                self.action_cursor_down()
            else:
                self._toggle_fold(node)

    def action_fold(self) -> None:
        """Collapse a branch; on anything else, go to the branch above it."""
        node = self.cursor_node
        if node is None:
            return
        if isinstance(node.data, Branch) and node.is_expanded:
            self._toggle_fold(node)
        elif node.parent is not None and node.parent is not self.root:
            self.move_cursor(node.parent)

    @on(Tree.NodeSelected)
    def _selected(self, event: Tree.NodeSelected[Line | None]) -> None:
        """A click or enter folds a branch, and ticks a leaf."""
        event.stop()
        if isinstance(event.node.data, Branch):
            self._toggle_fold(event.node)
        else:
            self._toggle_tick(event.node)

    @on(Tree.NodeExpanded)
    def _expanded_otherwise(self, event: Tree.NodeExpanded[Line | None]) -> None:
        """Shift+space expands what is side by side."""
        self._fill(event.node, {})

    def on_click(self, event: events.Click) -> None:
        """A click on an arrow folds, one on a box ticks; all others select the line."""
        meta = event.style.meta
        node = self.get_node_at_line(meta["line"]) if "line" in meta else None
        if node is None or not (meta.get("toggle") or meta.get("tick")):
            return
        event.prevent_default()
        self.move_cursor(node)
        if meta.get("toggle"):
            self._toggle_fold(node)
        else:
            self._toggle_tick(node)

    def _toggle_fold(self, node: TreeNode[Line | None]) -> None:
        self._fill(node, {})
        node.toggle()

    def _toggle_tick(self, node: TreeNode[Line | None]) -> None:
        if node.data is not None:
            keys = {node.data.key} if isinstance(node.data, Leaf) else node.data.keys
            self.tick(keys, on=not keys <= self.ticked)


def _keys(lines: Iterable[Line]) -> Iterator[str]:
    """The keys of all leaves, in order."""
    for line in lines:
        if isinstance(line, Leaf):
            yield line.key
        else:
            yield from _keys(line.children)


def _narrowed(lines: Iterable[Line], keys: frozenset[str]) -> Iterator[Line]:
    """What is left of ``lines`` with ``keys`` alone."""
    for line in lines:
        if isinstance(line, Leaf):
            if line.key in keys:
                yield line
        elif line.keys <= keys:
            yield Branch(line.label, line.children, expanded=False)
        elif not line.keys.isdisjoint(keys):
            yield Branch(line.label, tuple(_narrowed(line.children, keys)))


def _expanded(node: TreeNode[Line | None]) -> Iterator[tuple[Branch, bool]]:
    """All branches below a line that there are lines for, and whether they are expanded."""
    for child in node.children:
        if isinstance(child.data, Branch):
            yield child.data, child.is_expanded
            yield from _expanded(child)


def _label(node: TreeNode[Line | None]) -> str:
    return node.data.label if node.data is not None else ""


def _path(node: TreeNode[Line | None] | None) -> tuple[str, ...]:
    """The names from the outermost branch to a line."""
    if node is None or node.data is None:
        return ()
    return (*_path(node.parent), node.data.label)


def _shortened(text: str, room: int) -> str:
    """As much as there is room for, of its beginning and its end."""
    if len(text) <= room:
        return text
    return text[: max(1, room - _TAIL - 1)] + "…" + text[-_TAIL:]
