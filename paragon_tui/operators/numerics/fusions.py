"""Host forms of several nodes at once, where a library's users would write them so, or they are faster."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from numpy.typing import NDArray

from paragon_tui.operators.graph import Graph
from paragon_tui.operators.numerics.network_forms import network_form
from paragon_tui.operators.numerics.training_forms import training_form

FusedForm = Callable[[Graph, str, Mapping[str, NDArray[Any]]], "Callable[..., dict[str, NDArray[Any]]] | None"]
"""Returns the form of a whole graph in a library, given what it holds, or ``None`` where it is not for this graph."""

FUSED_FORMS: tuple[FusedForm, ...] = (network_form, training_form)


def fused_form(
    graph: Graph, library: str, held: Mapping[str, NDArray[Any]]
) -> Callable[..., dict[str, NDArray[Any]]] | None:
    """Return the first fused form of the graph, or ``None``. The canonical form is never fused."""
    if library == "reference":
        return None
    forms = (fused(graph, library, held) for fused in FUSED_FORMS)
    return next((form for form in forms if form is not None), None)
