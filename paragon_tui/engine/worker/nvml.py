"""The sensors of NVIDIA's boards, through NVML, where the extra ``nvidia`` (nvidia-ml-py) is installed."""

from __future__ import annotations

from functools import partial
from typing import Any

from paragon_tui.engine.worker.boards import Board
from paragon_tui.engine.worker.sensors import HEAT, EnergyCounter, Sensors

_STEP_S = 0.1  # boards measure their power every 20 to 100 ms, by their generation
_REASONS = {0x04: "power cap", 0x08: "hardware slowdown", 0x20: HEAT, 0x40: HEAT, 0x80: "power brake"}
"""The bits of NVML's clock event reasons that are throttling; the others are idleness and settings."""


def nvidia_boards() -> list[Board]:
    """Return NVIDIA's boards with their sensors; none where NVML or its binding is missing."""
    try:
        import pynvml as nvml
    except ImportError:
        return []
    try:
        nvml.nvmlInit()
        count = nvml.nvmlDeviceGetCount()
    except nvml.NVMLError:
        return []
    handles = (_told(nvml, ("nvmlDeviceGetHandleByIndex",), index) for index in range(count))
    boards = (_board(nvml, handle) for handle in handles if handle is not None)
    return [board for board in boards if board is not None]


def _board(nvml: Any, handle: Any) -> Board | None:
    pci = _told(nvml, ("nvmlDeviceGetPciInfo",), handle)
    if pci is None:
        return None
    address = f"{pci.domain:04x}:{pci.bus:02x}:{pci.device:02x}.0"
    pci_id = f"{pci.pciDeviceId & 0xFFFF:04x}:{pci.pciDeviceId >> 16:04x}"
    return Board(address, pci_id, _told(nvml, ("nvmlDeviceGetName",), handle), _sensors(nvml, handle))


def _sensors(nvml: Any, handle: Any) -> Sensors:
    """Return the sensors of a board. Where NVML has renamed a function, the newer name comes first."""
    told = partial(_told, nvml)
    temperature = ("nvmlDeviceGetTemperatureV", "nvmlDeviceGetTemperature")
    reasons = ("nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetCurrentClocksThrottleReasons")
    return Sensors(
        clock_mhz=lambda: _positive(told(("nvmlDeviceGetClockInfo",), handle, nvml.NVML_CLOCK_SM), 1.0),
        temperature_c=lambda: _positive(told(temperature, handle, nvml.NVML_TEMPERATURE_GPU), 1.0),
        power_w=lambda: _positive(told(("nvmlDeviceGetPowerUsage",), handle), 1e-3),
        energy=(EnergyCounter(lambda: _microjoules(told(("nvmlDeviceGetTotalEnergyConsumption",), handle)), _STEP_S),),
        throttle_reasons=lambda: _reasons(told(reasons, handle)),
    )


def _told(nvml: Any, names: tuple[str, ...], *arguments: Any) -> Any:
    """Return the answer of the first of these functions that has one; ``None`` where the board tells nothing."""
    for name in names:
        try:
            return getattr(nvml, name)(*arguments)
        except (AttributeError, nvml.NVMLError):
            continue  # an older binding, driver or board, or one that is gone
    return None


def _positive(value: int | None, unit: float) -> float | None:
    return value * unit if value is not None and value > 0 else None


def _microjoules(millijoules: int | None) -> int | None:
    return None if millijoules is None else 1000 * millijoules


def _reasons(bits: int | None) -> tuple[str, ...] | None:
    return None if bits is None else tuple(dict.fromkeys(word for bit, word in _REASONS.items() if bits & bit))
