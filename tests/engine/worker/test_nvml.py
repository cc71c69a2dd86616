"""Sensors of NVIDIA's boards, by a stand-in for NVML's binding: no machine of the tests has such a board."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest

from paragon_tui.engine.messages.figures import Readings
from paragon_tui.engine.worker.adapter_sensors import adapter_sensors
from paragon_tui.engine.worker.nvml import nvidia_boards
from paragon_tui.engine.worker.sensors import SensorWatch
from tests.support.examples import GPU

H200, A100 = 0x233510DE, 0x20B010DE


class NVMLError(Exception):
    """The binding's error."""


@dataclass
class FakeBoard:
    """What a board tells; ``None`` for what it does not."""

    name: str = "NVIDIA H200"
    bus: int = 0x41
    domain: int = 0
    device_id: int = H200
    answers: dict[str, Any] = field(
        default_factory=lambda: {
            "ClockInfo": 1980,
            "Temperature": 54,
            "PowerUsage": 412_500,
            "TotalEnergyConsumption": 7_000_000,
            "CurrentClocksThrottleReasons": 0,
        }
    )


class FakeNvml:
    """Functions of the binding, over ``boards``; ``broken`` is the error that initialisation raises."""

    NVMLError = NVMLError
    NVML_CLOCK_SM, NVML_TEMPERATURE_GPU = 1, 0

    def __init__(self, *boards: FakeBoard, broken: str | None = None) -> None:
        self.boards, self.broken = boards, broken

    def nvmlInit(self) -> None:
        if self.broken:
            raise NVMLError(self.broken)

    def nvmlDeviceGetCount(self) -> int:
        return len(self.boards)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> FakeBoard:
        return self.boards[index]

    def nvmlDeviceGetPciInfo(self, board: FakeBoard) -> SimpleNamespace:
        return SimpleNamespace(domain=board.domain, bus=board.bus, device=0, pciDeviceId=board.device_id)

    def nvmlDeviceGetName(self, board: FakeBoard) -> str:
        return board.name

    def __getattr__(self, name: str) -> Any:
        """Return the function for an answer that some board has; an older binding lacks the others."""
        answer = name.removeprefix("nvmlDeviceGet")
        if not any(answer in board.answers for board in self.boards):
            raise AttributeError(name)

        def get(board: FakeBoard, *arguments: int) -> Any:
            assert arguments in {"ClockInfo": [(1,)], "Temperature": [(0,)]}.get(answer, [()])
            if board.answers.get(answer) is None:
                raise NVMLError("Not Supported")
            return board.answers[answer]

        return get


@pytest.fixture
def nvml(monkeypatch: pytest.MonkeyPatch):
    """Put a stand-in with these boards in the binding's place."""

    def put(*boards: FakeBoard, **facts: Any) -> None:
        monkeypatch.setitem(sys.modules, "pynvml", FakeNvml(*boards, **facts))
        adapter_sensors.cache_clear()

    yield put
    adapter_sensors.cache_clear()


def watch(**facts: Any) -> SensorWatch:
    return SensorWatch(adapter_sensors(replace(GPU, vendor="NVIDIA", **facts)))


def readings(**facts: Any) -> Readings | None:
    return watch(**facts).readings(1)


def test_a_board_tells_its_clock_temperature_power_and_throttling(nvml):
    nvml(FakeBoard())
    seen = readings(pci_id="10de:2335")
    assert seen == Readings(1980.0, 54.0, 412.5, (), seen.energy)
    assert (seen.energy.joules, seen.energy.step_s) == (0.0, 0.1)


def test_energy_is_that_between_two_readings_of_the_counter(nvml):
    board = FakeBoard()
    nvml(board)
    visit = watch(pci_id="10de:2335")
    board.answers["TotalEnergyConsumption"] += 12_345
    energy = visit.readings(30).energy
    assert (energy.joules, energy.runs) == (pytest.approx(12.345), 30)


def test_a_counter_that_falls_tells_nothing(nvml):
    board = FakeBoard()
    nvml(board)
    visit = watch(pci_id="10de:2335")
    board.answers["TotalEnergyConsumption"] = 5
    assert visit.readings(30).energy is None


@pytest.mark.parametrize(
    ("bits", "reasons"),
    [
        (0x0, ()),
        (0x1 | 0x2 | 0x10 | 0x100, ()),  # idle, and settings
        (0x4, ("power cap",)),
        (0x20, ("heat",)),
        (0x8 | 0x40, ("hardware slowdown", "heat")),
        (0x4 | 0x20 | 0x40 | 0x80, ("power cap", "heat", "power brake")),
    ],
)
@pytest.mark.parametrize("function", ["CurrentClocksThrottleReasons", "CurrentClocksEventReasons"])
def test_the_reasons_of_throttling_are_told_in_words(nvml, function, bits, reasons):
    """Newer drivers and bindings have another name for the function."""
    board = FakeBoard()
    del board.answers["CurrentClocksThrottleReasons"]
    board.answers[function] = bits
    nvml(board)
    assert readings(pci_id="10de:2335").throttled == reasons


@pytest.mark.parametrize(
    ("answer", "figure"),
    [
        ("ClockInfo", "clock_mhz"),
        ("Temperature", "temperature_c"),
        ("PowerUsage", "power_w"),
        ("TotalEnergyConsumption", "energy"),
        ("CurrentClocksThrottleReasons", "throttled"),
    ],
)
def test_what_a_board_does_not_tell_costs_no_other_figure(nvml, answer, figure):
    board = FakeBoard()
    board.answers[answer] = None
    nvml(board)
    seen = readings(pci_id="10de:2335")
    names = ("clock_mhz", "temperature_c", "power_w", "energy", "throttled")
    assert [name for name in names if getattr(seen, name) is None] == [figure]


def test_a_board_that_is_lost_tells_nothing_any_more(nvml):
    board = FakeBoard()
    nvml(board)
    visit = watch(pci_id="10de:2335")
    board.answers = dict.fromkeys(board.answers)
    assert visit.readings(1) is None


# Which board it is


def test_the_address_tells_boards_alike_apart(nvml):
    second = FakeBoard(bus=0xC1)
    second.answers["Temperature"] = 71
    nvml(FakeBoard(), second)
    assert readings(pci_address="0000:41:00.0").temperature_c == 54
    assert readings(pci_address="0000:c1:00.0").temperature_c == 71
    assert readings(pci_address="0001:c1:00.0") is None


def test_the_ids_or_the_name_of_the_only_board_of_its_kind_do_too(nvml):
    other = FakeBoard("NVIDIA A100-SXM4-80GB", bus=0xC1, device_id=A100)
    other.answers["Temperature"] = 71
    nvml(FakeBoard(), other)
    assert readings(pci_id="10de:20b0").temperature_c == 71
    assert readings(name="NVIDIA A100-SXM4-80GB/PCIe/SSE2").temperature_c == 71  # under OpenGL


@pytest.mark.parametrize("facts", [{"pci_id": "10de:2335"}, {"name": "NVIDIA H200"}, {"name": "NVIDIA H100"}, {}])
def test_a_board_that_is_not_known_for_certain_tells_nothing(nvml, facts):
    nvml(FakeBoard(), FakeBoard(bus=0xC1))
    assert readings(**facts) is None


# Without NVML


def test_without_the_binding_there_are_no_boards(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert nvidia_boards() == []


def test_without_the_driver_there_are_no_boards(nvml):
    nvml(FakeBoard(), broken="NVML Shared Library Not Found")
    assert nvidia_boards() == []
