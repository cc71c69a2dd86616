"""A device in memory: a test gives its results, and its clock moves by a fixed step a reading."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.plan import Plan
from paragon_tui.suites.inference import network_case
from tests.support.devices import Inputs, MemoryProgramBase
from tests.support.examples import adapter
from tests.support.host_forms import host_outputs, softmax_of

GPU = adapter("vulkan:0", name="Example GPU", max_group_items=64)  # one candidate, so that nothing is autotuned
CASE = network_case("13-7-3", (13, 7, 3))
MS = 1_000_000


def right(case=CASE) -> np.ndarray:
    return host_outputs(case, "f32", "reference")["logits"]


class Clock:
    """A nanosecond clock that moves by ``step`` each time it is read."""

    def __init__(self, step: int = MS) -> None:
        self.now = 0
        self.step = step

    def __call__(self) -> int:
        self.now += self.step
        return self.now


class MemoryProgram(MemoryProgramBase):
    """A program whose logits are ``logits_of`` of the number of the run."""

    compile_ms: float | None = 3.5
    upload_ms: float | None = 0.5

    def __init__(self, logits_of: Callable[[int], np.ndarray], device_ns: int | None) -> None:
        self.logits_of = logits_of
        self.device_ns = device_ns
        self.runs = self.chained = 0
        self.closed = False

    def run(self, inputs: Inputs, times: int = 1) -> int | None:
        assert not self.closed
        self.runs += 1
        self.chained = max(self.chained, times)
        self.inputs = inputs
        return self.device_ns

    def host_ns(self, inputs: Inputs) -> int | None:
        return None if self.device_ns is None else 5_000

    def read(self, names: tuple[str, ...]) -> dict[str, np.ndarray]:
        assert not self.closed
        logits = self.logits_of(self.runs)
        values = {"logits": logits, "output": softmax_of(logits)}
        return {name: values[name] for name in names}

    def close(self) -> None:
        self.closed = True


class MemoryDevice:
    """A device that prepares plans and, as the host, callables."""

    init_ms = 12.5
    runs_directly = False

    def __init__(
        self,
        logits_of: Callable[[int], np.ndarray] | None = None,
        device_ns: int | None = 400_000,
        where: Adapter = GPU,
    ) -> None:
        answer = right()
        self.adapter = where
        self.clock = Clock()
        self.program = MemoryProgram(logits_of or (lambda run: answer), device_ns)
        self.plan: Plan | None = None
        self.language = "wgsl"

    def prepare(self, plan: Plan) -> MemoryProgram:
        self.plan = plan
        return self.program

    def prepare_host(self, function: Callable[..., dict[str, np.ndarray]]) -> MemoryProgram:
        self.program.logits_of = lambda run: function(**self.program.inputs)["logits"]
        return self.program


def never() -> bool:
    return False


def stop_after(questions: int) -> Callable[[], bool]:
    """Return a stop flag that is not set the first ``questions`` times that it is asked."""
    asked = iter(range(10**9))
    return lambda: next(asked) >= questions
