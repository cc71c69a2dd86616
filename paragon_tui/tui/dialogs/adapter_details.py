"""The details of all adapters, grouped by physical device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from paragon_tui.formatting.bits import guard, tiers
from paragon_tui.formatting.quantities import UNKNOWN, counted, milliseconds, size
from paragon_tui.formatting.rates import peak_rates
from paragon_tui.tui.dialogs.dialog import ESC_CLOSES, Dialog

if TYPE_CHECKING:
    from paragon_tui.backends.adapter import Adapter
    from paragon_tui.backends.fingerprint import Fingerprint
    from paragon_tui.engine.messages.figures import Ceiling
    from paragon_tui.tui.model import Model


class AdapterDetails(Dialog[None]):
    """A table per adapter."""

    BINDINGS = [("d", "close", "Close")]

    def __init__(self, model: Model) -> None:
        super().__init__()
        self._model = model
        self._adapters = tuple(model.adapters)
        self._shown = -1

    def compose(self) -> ComposeResult:
        """Yield a scrolling table per adapter."""
        with VerticalScroll(classes="dialog") as dialog:
            dialog.border_title = counted(len(self._adapters), "adapter")
            dialog.border_subtitle = ESC_CLOSES
            if not self._adapters:
                yield Static("No adapter found yet. The log shows what was searched.")
            order = list(dict.fromkeys(adapter.physical for adapter in self._adapters))
            for adapter in sorted(self._adapters, key=lambda adapter: order.index(adapter.physical)):
                yield Static(classes="adapter", name=adapter.id)

    def on_mount(self) -> None:
        """Keep the tables up to date: adapters may still be probed and measured."""
        self._show()
        self.set_interval(0.5, self._show)

    def _show(self) -> None:
        fingerprints, ceilings = self._model.fingerprints, self._model.session.ceilings
        if len(fingerprints) + len(ceilings) == self._shown:
            return
        self._shown = len(fingerprints) + len(ceilings)
        facts = {
            adapter.id: _facts(
                adapter,
                fingerprints.get(adapter.id),
                ceilings.get(adapter.id),
                self._model.discovery_ms.get(adapter.api),
            )
            for adapter in self._adapters
        }
        for widget in self.query(".adapter").results(Static):
            widget.update(facts[widget.name or ""])


def _facts(
    adapter: Adapter, fingerprint: Fingerprint | None, ceiling: Ceiling | None, discovery_ms: float | None
) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_row(Text(adapter.id, style="bold cyan"), Text(adapter.name, style="bold"))
    rows = (
        ("vendor", adapter.vendor),
        ("driver", f"{adapter.driver} {adapter.driver_version}"),
        ("limited by", " ".join(f"{name}={value!r}" for name, value in adapter.environment)),
        ("type", f"{adapter.type}, via {adapter.api}"),
        ("UUID", adapter.uuid),
        ("PCI", adapter.pci_address),
        (
            "found in",
            f"{milliseconds(discovery_ms)} (all {adapter.api} adapters)" if discovery_ms is not None else None,
        ),
        ("units", adapter.compute_units),
        ("memory", size(adapter.memory_bytes)),
        ("max buffer", size(adapter.buffer_limit_bytes)),
        ("local", size(adapter.local_memory_bytes)),
        ("group", f"{adapter.max_group_items} items" if adapter.max_group_items else None),
        ("tiers", tiers(fingerprint) if fingerprint else "not probed yet" if not adapter.is_host else None),
        ("probes", str(fingerprint) if fingerprint and fingerprint.probes else None),
        ("kernels", guard(fingerprint) if fingerprint and fingerprint.probes else None),
        ("peak", peak_rates(ceiling) if ceiling else None),
        ("features", ", ".join(adapter.features)),
    )
    known_rows = [(name, str(value)) for name, value in rows if value and value != UNKNOWN]
    for name, value in known_rows:
        table.add_row(Text(name, style="dim", justify="right"), Text(value))
    table.add_row("", "")
    return table
