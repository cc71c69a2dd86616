"""A tree whose leaves are ticked with space or mouse; a branch ticks all leaves below it and shows their count."""

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

_TICKS = "Tick or untick the line and everything below it"
_OPENS = "Expand or collapse a branch, tick a single line"
_TOGGLE, _TICK = Style(meta={"toggle": True}), Style(meta={"tick": True})
_TAIL = 4  # last characters kept of a shortened name, to tell norm_…rows from norm_…umns


@dataclass(frozen=True, slots=True)
class Leaf:
    """A line that can be ticked: its key, its label, and a hint beside the label."""

    key: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """A heading with lines below it. ``expanded`` is its initial state; ``keys`` are those of all leaves below it."""

    label: str
    children: tuple[Branch | Leaf, ...]
    expanded: bool = True
    keys: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", frozenset(_keys(self.children)))


Line = Branch | Leaf


class TickTree(Tree[Line | None]):
    """A tree of branches and leaves with tick boxes. The lines below a branch are created on first expansion."""

    ICON_NODE = "▸ "
    ICON_NODE_EXPANDED = "▾ "
    COMPONENT_CLASSES = {"tick-tree--on", "tick-tree--hint"}
    DEFAULT_CSS = """
    TickTree {
        & > .tick-tree--on { color: $success; }
        &:focus > .tree--cursor { background: $primary 35%; color: $foreground; }
        &:ansi > .tree--cursor { background: ansi_default; color: ansi_default; text-style: bold; }
        &:ansi:focus > .tree--cursor { text-style: bold reverse; }
        & > .tick-tree--hint { color: $foreground 55%; }
    }
    """
    BINDINGS = [
        Binding("space", "toggle_node", "Tick", False, tooltip=_TICKS, id="list_tick"),
        Binding("enter", "select_cursor", "Open", False, tooltip=_OPENS, id="list_open"),
        Binding("right", "unfold", "Expand", False, tooltip="Expand, or go to the first line below", id="list_expand"),
        Binding("left", "fold", "Collapse", False, tooltip="Collapse, or go to the branch above", id="list_collapse"),
    ]
    PLACE = "List"

    class Ticked(Message):
        """Sent when the ticks have changed."""

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
        """Show these lines; ticks stay, and the cursor stays on its line."""
        self._lines = tuple(lines)
        self._expanded = None
        self._show(self._lines, {})

    def narrow(self, keys: frozenset[str] | None) -> None:
        """Show only the leaves with these keys, or with ``None`` all again, expanded as before.

        A branch that is shown in part is expanded, one that is shown as a whole is not.
        """
        if self._expanded is None:
            self._expanded = dict(_expanded(self.root))
        if keys is not None:
            self._show(tuple(_narrowed(self._lines, keys)), {})
            return
        self._show(self._lines, self._expanded)
        self._expanded = None

    def leaf_keys(self) -> list[str]:
        """Return the keys of all leaves, shown or not, in order."""
        return list(_keys(self._lines))

    def tick(self, keys: Iterable[str], on: bool) -> None:
        """Tick or untick."""
        changed = set(keys)
        self.ticked = self.ticked | changed if on else self.ticked - changed
        self._clear_line_cache()
        self.refresh()  # without layout: only boxes and counts change
        self.post_message(self.Ticked())

    def _show(self, lines: tuple[Line, ...], expanded: dict[Branch, bool]) -> None:
        cursor_path = _path(self.cursor_node)
        self.clear()
        self.shown_keys = frozenset(_keys(lines))
        for line in lines:
            self._add(self.root, line, expanded)
        if self.last_line >= 0:
            self.move_cursor(self._nearest(cursor_path))

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
        """Return the line at ``path``, else the last existing branch on the way there, else the first line."""
        node = self.root
        for label in path:
            child = next((child for child in node.children if _label(child) == label), None)
            if child is None:
                break
            node = child
        return node if node is not self.root else self.root.children[0]

    def get_label_width(self, node: TreeNode[Line | None]) -> int:
        """Return 0: labels are cut to fit, so the tree need not measure every line at every change."""
        return 0

    def render_label(self, node: TreeNode[Line | None], base_style: Style, style: Style) -> Text:
        """Render ``☑ opencl:0 PoCL`` or ``▸ ◪ add 2/8``."""
        line = node.data
        if line is None:
            return Text()
        keys = {line.key} if isinstance(line, Leaf) else line.keys
        count = len(keys & self.ticked)
        box_style = self.get_component_rich_style("tick-tree--on", partial=True) if count else Style()
        box = "☐" if not count else "☑" if count == len(keys) else "◪"
        if isinstance(line, Leaf):
            arrow, label, hint = "", line.label, f" {line.hint}" if line.hint else ""
        else:
            arrow = self.ICON_NODE_EXPANDED if node.is_expanded else self.ICON_NODE
            label, hint = self._label_and_count(node, line, f" {count}/{len(keys)}")
            style = style + Style(bold=True)
        hint_style = self.get_component_rich_style("tick-tree--hint", partial=True)
        return Text.assemble(
            (arrow, base_style + _TOGGLE),
            (f"{box} ", style + box_style + _TICK),
            (label, style),
            (hint, style + hint_style),
        )

    def _label_and_count(self, node: TreeNode[Line | None], branch: Branch, count: str) -> tuple[str, str]:
        """Return a branch's label and count, cut to fit; an expanded branch drops the count first."""
        room = self.size.width - self.guide_depth * (len(_path(node)) - 1) - len(f"{self.ICON_NODE}☐ ")
        if len(branch.label) + len(count) > room and node.is_expanded:
            count = ""
        return _shortened(branch.label, room - len(count)), count

    # --- keys and mouse -------------------------------------------------------------------------------------

    def action_toggle_node(self) -> None:
        """Tick or untick the line (the space key)."""
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
        """Fold a branch or tick a leaf (a click or enter)."""
        event.stop()
        if isinstance(event.node.data, Branch):
            self._toggle_fold(event.node)
        else:
            self._toggle_tick(event.node)

    @on(Tree.NodeExpanded)
    def _expanded_otherwise(self, event: Tree.NodeExpanded[Line | None]) -> None:
        """Create the lines below a branch that Textual itself expands (shift+space)."""
        self._fill(event.node, {})

    def on_click(self, event: events.Click) -> None:
        """Fold on a click on an arrow, tick on a click on a box; any other click selects the line."""
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
    """Yield the keys of all leaves, in order."""
    for line in lines:
        if isinstance(line, Leaf):
            yield line.key
        else:
            yield from _keys(line.children)


def _narrowed(lines: Iterable[Line], keys: frozenset[str]) -> Iterator[Line]:
    """Yield the part of ``lines`` whose leaves have ``keys``."""
    for line in lines:
        if isinstance(line, Leaf):
            if line.key in keys:
                yield line
        elif line.keys <= keys:
            yield Branch(line.label, line.children, expanded=False)
        elif not line.keys.isdisjoint(keys):
            yield Branch(line.label, tuple(_narrowed(line.children, keys)))


def _expanded(node: TreeNode[Line | None]) -> Iterator[tuple[Branch, bool]]:
    """Yield all existing branches below a line, and whether they are expanded."""
    for child in node.children:
        if isinstance(child.data, Branch):
            yield child.data, child.is_expanded
            yield from _expanded(child)


def _label(node: TreeNode[Line | None]) -> str:
    return node.data.label if node.data is not None else ""


def _path(node: TreeNode[Line | None] | None) -> tuple[str, ...]:
    """Return the labels from the outermost branch to a line."""
    if node is None or node.data is None:
        return ()
    return (*_path(node.parent), node.data.label)


def _shortened(text: str, room: int) -> str:
    """Shorten ``text`` to ``room`` characters, keeping its beginning and its end."""
    if len(text) <= room:
        return text
    return text[: max(1, room - _TAIL - 1)] + "…" + text[-_TAIL:]
