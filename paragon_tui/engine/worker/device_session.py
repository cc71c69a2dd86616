"""An opened and probed adapter, which all jobs on it share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paragon_tui.backends.adapter import REFERENCE, Adapter
from paragon_tui.backends.device import Backend
from paragon_tui.backends.fingerprint import STANDINGS, Fingerprint, Standing
from paragon_tui.backends.host_probes import probe_host
from paragon_tui.backends.plan import Plan
from paragon_tui.engine.worker.fingerprints import fingerprint_of
from paragon_tui.operators.operator import Tier


@dataclass(frozen=True, slots=True)
class DeviceSession:
    """A device and its fingerprint, ``None`` for the libraries of the baselines, which claim nothing."""

    device: Any
    fingerprint: Fingerprint | None

    def standing(self, *tiers: Tier) -> Standing | None:
        """Return the ground for claims of identity that need all ``tiers`` on this device, the weakest of theirs.

        ``None`` where none is claimed.
        """
        if self.fingerprint is None or "plain" in tiers:
            return None
        return max(map(self.fingerprint.tiers.standing, tiers), key=STANDINGS.index)

    def guarded(self, plan: Plan) -> Plan:
        """Return the plan with the guards that the probes found necessary."""
        return plan.with_constant("GUARD", self.fingerprint.guard) if self.fingerprint else plan


def open_adapter(backend: Backend, adapter: Adapter, cache: Path | None = None, anew: bool = False) -> DeviceSession:
    """Open and probe an adapter; with a ``cache``, what was probed before may do, unless it is to be probed ``anew``.

    Raises ``NoSuchAdapter`` or ``BackendError``.
    """
    device: Any = backend.open(adapter)
    if adapter.is_host:
        return DeviceSession(device, probe_host() if adapter.id == REFERENCE else None)
    try:
        return DeviceSession(device, fingerprint_of(device, cache, anew))
    except BaseException:  # an interrupt too must not leave a device open that nobody owns yet
        device.close()
        raise
