"""The details of all adapters, grouped by physical device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from paragon_tui.formatting.bits import guard, tiers
from paragon_tui.formatting.quantities import UNKNOWN, milliseconds, size
from paragon_tui.formatting.rates import peak_rates
from paragon_tui.tui.pages.page import Page

if TYPE_CHECKING:
    from paragon_tui.backends.adapter import Adapter
    from paragon_tui.backends.fingerprint import Fingerprint
    from paragon_tui.engine.messages.figures import Ceiling


class AdaptersPage(Page):
    """A table per adapter."""

    PAGE = "adapters"

    def body(self) -> ComposeResult:
        """Yield a scrolling text."""
        with VerticalScroll(can_focus=True):
            yield Static(id="facts")

    def paint(self) -> None:
        """Bring the tables up to date: adapters may still be found, probed and measured."""
        super().paint()
        model = self.model
        order = list(dict.fromkeys(adapter.physical for adapter in model.adapters))
        tables = [
            _facts(
                adapter,
                model.fingerprints.get(adapter.id),
                model.session.ceilings.get(adapter.id),
                model.discovery_ms.get(adapter.api),
            )
            for adapter in sorted(model.adapters, key=lambda adapter: order.index(adapter.physical))
        ]
        none = Text("No adapter found yet. The log shows what was searched.")
        self.query_one("#facts", Static).update(Group(*tables) if tables else none)


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
