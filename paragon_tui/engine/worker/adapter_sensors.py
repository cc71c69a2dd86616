"""The sensors of an adapter."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from paragon_tui.backends.adapter import Adapter
from paragon_tui.engine.worker.boards import sensors_of
from paragon_tui.engine.worker.nvml import nvidia_boards
from paragon_tui.engine.worker.sensors import Sensors
from paragon_tui.engine.worker.sysfs import amdgpu_boards, processor_sensors

_SYS = Path("/sys")


@cache
def adapter_sensors(adapter: Adapter, root: Path = _SYS) -> Sensors:
    """Return the sensors of the processor or board that the adapter is, looked for once in a process."""
    if adapter.type == "cpu":
        return processor_sensors(root)
    return sensors_of(adapter, nvidia_boards() if adapter.vendor.startswith("NVIDIA") else amdgpu_boards(root))
