"""The boards of a machine, and which one of them an adapter is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.identity import same_address
from paragon_tui.engine.worker.sensors import NO_SENSORS, Sensors


@dataclass(frozen=True, slots=True)
class Board:
    """A device with sensors: its PCI address (``0000:03:00.0``), its PCI ids (``1002:73bf``), its name if known."""

    address: str
    pci_id: str
    name: str | None
    sensors: Sensors


def sensors_of(adapter: Adapter, boards: Iterable[Board]) -> Sensors:
    """Return the sensors of the only board that ``adapter`` can be; of several alike, nobody knows which it is."""
    possible = [board for board in boards if _may_be(adapter, board)]
    return possible[0].sensors if len(possible) == 1 else NO_SENSORS


def _may_be(adapter: Adapter, board: Board) -> bool:
    """Compare what the adapter's API tells, the surest first."""
    if adapter.pci_address is not None:
        return same_address(adapter.pci_address, board.address)
    if adapter.pci_id is not None:
        return adapter.pci_id == board.pci_id
    return adapter.short_name == board.name
