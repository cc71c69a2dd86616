"""A deterministic backend that follows ``backends/device.py``: the right bits, its own clock, and planted faults.

``FAKE_FAULT`` plants a fault: ``segfault``, ``abort``, ``hang``, ``rubbish``, ``raise``, ``unsupported``, ``wrong``,
``nan``, ``flaky``, ``lost`` (the device, with all that is on it), ``wait`` (once, for somebody to write to the pipe
``FAKE_FAULT_PIPE``) or ``continue`` (it sends itself SIGCONT). ``FAKE_FAULT_CASE`` limits it to one case, or to
``probes`` (which have no fault otherwise),
``FAKE_FAULT_ADAPTER`` to one adapter, ``FAKE_FAULT_PLAN`` to one plan, ``FAKE_FAULT_RUN`` to the run of that number and
all after it. With ``FAKE_FAULT_IN`` it happens only in ``chained`` runs, in ``cold`` runs (right after a copy), while
the harness is measured (``examine``), or at ``close``. ``FAKE_ROUNDING=fused`` makes the probes fail.

With ``FAKE_TIMES`` a run takes ``LATENCY_NS`` times a factor drawn from a distribution (``TIMES``), seeded by the
adapter, times ``FAKE_SLOWER``. With ``FAKE_PROCESSES``, a folder, each process that opens an adapter draws other
numbers, and its ``FAKE_SLOWER`` is ``FAKE_STEP`` more than that of the process before. ``FAKE_LOG=1`` logs which plans
are made ready, go wrong and are given back, and in which process.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paragon_tui.arithmetic.activations import relu, softmax
from paragon_tui.arithmetic.reduction import matvec
from paragon_tui.arithmetic.rounding import half
from paragon_tui.backends.adapter import Adapter, numbered
from paragon_tui.backends.device import BackendError, Unsupported
from paragon_tui.backends.plan import Language, Plan, Step
from paragon_tui.engine.runner.selection import all_cases

LATENCY_NS = 2_000_000
DEVICE_NS = 1_500_000
HOST_NS = 5_000

Arrays = dict[str, NDArray[Any]]

TIMES: dict[str, Callable[[random.Random, int], float]] = {
    "constant": lambda draw, now_ns: 1.0,
    "quiet": lambda draw, now_ns: draw.gauss(1.0, 0.004),
    "noisy": lambda draw, now_ns: draw.gauss(1.0, 0.1),
    "bimodal": lambda draw, now_ns: draw.gauss(1.4 if draw.random() < 0.3 else 1.0, 0.002),
    "drifting": lambda draw, now_ns: draw.gauss(1.0 + 0.2 * now_ns / 1e9, 0.004),
    "outliers": lambda draw, now_ns: draw.gauss(5.0 if draw.random() < 0.02 else 1.0, 0.004),
}
"""A run's time over the usual time. ``drifting`` rises by a fifth in a second of the device's clock."""


def adapters(api: str) -> list[Adapter]:
    fault = os.environ.get("FAKE_DISCOVERY_FAULT", "")
    if fault == "segfault":
        os.kill(os.getpid(), signal.SIGSEGV)
    if fault == "hang":
        threading.Event().wait()
    if fault == "raise":
        raise BackendError("the fake loader is broken")
    ids = numbered(api, ["fake device"] * int(os.environ.get("FAKE_DEVICES", "1")))
    return [
        Adapter(
            id=id_,
            identity=identity,
            api=api,
            name=f"Fake device under {api}",
            vendor="Nobody",
            driver="fake",
            driver_version="1.0",
            type="discrete-gpu" if api == "vulkan" else "cpu",
            memory_bytes=2**32,
            max_buffer_bytes=2**24,  # the size of the largest layer, so that copies of a buffer stay cheap
            max_group_items=256,
            features=("determinism",),
        )
        for id_, identity in ids
    ]


def open(adapter: Adapter) -> FakeDevice:
    return FakeDevice(adapter)


WIDTHS = {case.id: case.shape for case in all_cases()}


def _is_meant(plan: Plan) -> bool:
    """Return whether the fault is meant for this plan, by ``FAKE_FAULT_CASE`` and ``FAKE_FAULT_PLAN``."""
    limited_to = os.environ.get("FAKE_FAULT_CASE")
    if plan.name == "probes" or limited_to == "probes":
        return plan.name == limited_to
    if os.environ.get("FAKE_FAULT_PLAN") not in (None, plan.name):
        return False
    parameters = [dict(step.parameters) for step in plan.steps]
    rows = tuple(given["rows"] for given in parameters if "activation" in given)
    return limited_to is None or rows == WIDTHS[limited_to][1:]


def _opened_before(adapter: Adapter) -> int:
    """Return the number of processes that have opened the adapter before, or 0 where they are not counted."""
    if "FAKE_PROCESSES" not in os.environ:
        return 0
    with Path(os.environ["FAKE_PROCESSES"], f"opened {adapter.api}").open("a") as file:
        before = file.tell()
        file.write("+")
    return before


class FakeDevice:
    init_ms = 1.25
    language: Language = "wgsl"
    runs_directly = False

    def __init__(self, adapter: Adapter) -> None:
        self.adapter = adapter
        self.now = 0
        self.lost = False
        self.last_plan = ""
        before = _opened_before(adapter)
        self.draw = random.Random(f"{adapter.id} {before}")
        self.times = TIMES.get(os.environ.get("FAKE_TIMES", ""))
        self.slower = float(os.environ.get("FAKE_SLOWER", "1")) + before * float(os.environ.get("FAKE_STEP", "0"))

    cache_bytes = 2**16

    def clock(self) -> int:
        return self.now

    def prepare(self, plan: Plan) -> FakeProgram:
        mine = os.environ.get("FAKE_FAULT_ADAPTER") in (None, self.adapter.id) and _is_meant(plan)
        return FakeProgram(self, plan, os.environ.get("FAKE_FAULT", "") if mine else "")

    def close(self) -> None:
        pass


class FakeProgram:
    """Runs a plan of f32 steps in canonical NumPy; a run takes about two milliseconds."""

    compile_ms: float | None = 10.0
    upload_ms: float | None = 3.5
    device_bytes: int | None = 2**20

    def __init__(self, device: FakeDevice, plan: Plan, fault: str) -> None:
        if fault == "unsupported":
            raise Unsupported("buffer w0 needs 400.0 MiB, the fake allows 1.0 MiB per buffer")
        self.device, self.plan, self.fault = device, plan, fault
        self.arrays = {buffer.name: buffer.fill() for buffer in plan.buffers if buffer.fill is not None}
        self.runs = 0
        self.first_fault = int(os.environ.get("FAKE_FAULT_RUN", "1"))
        self.place = os.environ.get("FAKE_FAULT_IN")
        self._log("ready")

    def run(self, inputs: Mapping[str, NDArray[Any]], times: int = 1) -> int | None:
        self.runs += 1
        if self.device.lost:
            raise BackendError("the fake device is lost")
        if self.place is None:
            self._misbehave_from_a_run_on()
        if times > 1:
            self._reach("chained")
        behind, self.device.last_plan = self.device.last_plan, self.plan.name
        if behind == "copy" != self.plan.name:
            self._reach("cold")
        self.arrays.update(inputs)
        for step in self.plan.steps:
            STEPS[step.entry](step, self.arrays)
        if self.fault in ("wrong", "flaky") and self.runs >= self.first_fault:
            self.arrays["logits"] = self.arrays["logits"].copy()
            self.arrays["logits"].view(np.uint32)[3] ^= 1 if self.fault == "wrong" else self.runs % 8
        if self.fault == "nan":
            self.arrays["logits"][2] = np.nan
        return self._pass_time(times)

    def _pass_time(self, times: int) -> int:
        device = self.device
        if device.times is None:
            wobble = (self.runs * 7919) % 101 * 400
            device_ns, around_ns = times * DEVICE_NS + wobble, LATENCY_NS - DEVICE_NS
        else:
            factor = device.slower * device.times(device.draw, device.now)
            device_ns, around_ns = round(factor * times * DEVICE_NS), round(factor * (LATENCY_NS - DEVICE_NS))
        device.now += around_ns + device_ns
        return device_ns

    def run_unclocked(self, inputs: Mapping[str, NDArray[Any]], times: int = 1) -> None:
        self.run(inputs, times)

    def reset(self) -> None:
        """Do nothing: there is no state."""

    def round_trip(self) -> None:
        self.device.now += LATENCY_NS - DEVICE_NS

    def host_ns(self, inputs: Mapping[str, NDArray[Any]]) -> int | None:
        self._reach("examine")
        self.run(inputs)
        return HOST_NS

    def _misbehave_from_a_run_on(self) -> None:
        if self.fault and self.runs == self.first_fault:
            self._log("goes wrong")
        if self.fault == "wait" and self.runs == self.first_fault:
            Path(os.environ["FAKE_FAULT_PIPE"]).read_bytes()
        if self.runs >= self.first_fault:
            self._misbehave()

    def _reach(self, place: str) -> None:
        if self.place == place:
            self._misbehave()

    def _misbehave(self) -> None:
        if self.fault == "segfault":
            print("fake driver: about to crash", file=sys.stderr, flush=True)
            os.kill(os.getpid(), signal.SIGSEGV)
        if self.fault == "abort":
            os.abort()
        if self.fault == "hang":
            threading.Event().wait()
        if self.fault == "rubbish":
            print("hello from python")
            os.write(1, b"\x00\xffdriver chatter without an end of line" + b"x" * 5000 + b'\n{"v": 1}')
        if self.fault == "continue":
            os.kill(os.getpid(), signal.SIGCONT)
        if self.fault == "lost":
            self.device.lost = True
            raise BackendError("the fake device is lost")
        if self.fault == "raise":
            raise BackendError("the fake device was lost; plug it in again")

    def read(self, names: tuple[str, ...]) -> Arrays:
        return {name: self.arrays[name] for name in names}

    def close(self) -> None:
        self._reach("close")
        self._log("given back")

    def _log(self, what: str) -> None:
        if os.environ.get("FAKE_LOG"):
            print(f"{self.plan.name} {what} in {os.getpid()}", file=sys.stderr, flush=True)


def dense(step: Step, arrays: Arrays) -> None:
    """Compute an f32 layer: weights as words, rows padded with zero."""
    w, b, x, y = step.buffers
    parameters = dict(step.parameters)
    weights = arrays[w].view(np.float32).reshape(parameters["rows"], parameters["stride"])
    columns = np.zeros(parameters["stride"], dtype=np.float32)
    values = arrays[x][: parameters["stride"]]
    columns[: values.size] = values
    sums = matvec(weights, columns) + arrays[b]
    arrays[y] = relu(sums) if parameters["activation"] else sums


def output(step: Step, arrays: Arrays) -> None:
    arrays[step.buffers[1]] = softmax(arrays[step.buffers[0]])


def probes(step: Step, arrays: Arrays) -> None:
    """Run a launch of the probes in IEEE arithmetic; ``FAKE_ROUNDING=fused`` fuses every product into its add."""
    fused = os.environ.get("FAKE_ROUNDING") == "fused"

    def accumulate(total: np.float32, a: np.float32, b: np.float32) -> np.float32:
        if fused:
            return np.float32(np.float64(total) + np.float64(a) * np.float64(b))
        return total + a * b

    rows = []
    for v in arrays["uniforms"]:
        s = v[12] + v[13]
        b = s - v[12]
        loop = v[15]
        for x, y in zip(*v[29:157].reshape(2, -1), strict=True):
            loop = accumulate(loop, x, y)
        r = np.float32(12582912)
        contracted = accumulate(v[2], v[0], v[1])
        halves = half(v[16:19])
        rows.append(
            [
                contracted,
                v[3] * v[4],
                v[5] + v[6],
                v[7] + v[8],
                (v[9] + v[10]) + v[11],
                (v[12] - (s - b)) + (v[13] - b),
                (v[14] + r) - r,
                loop,
                *halves,
                contracted,
                (v[14] + r) - r,
                v[19] * v[20],
                v[21] * v[22],
                np.add.accumulate(np.append(v[23], v[157:221]))[-1],
                np.count_nonzero(v[221:229] / v[229:237] == v[237:245]),
                np.count_nonzero(np.sqrt(v[245:253]) == v[253:261]),
                np.count_nonzero(v[261:269] / v[27] == v[269:277]),
                v[24] * v[25] * v[26],
                v[28] * np.float32(1.1) * np.float32(1.3),
                *half(v[-2:-1]),
                v[-1:].astype(np.uint16).view(np.float16)[0],
            ]
        )
    groups = np.tile(np.array(rows, dtype=np.float32).view(np.uint32).T, 3)[..., np.newaxis]
    launch = np.repeat(groups, dict(step.constants)["ELEMENTS"], axis=2)[np.newaxis]
    first = dict(step.parameters)["launch"] == 0
    arrays["outputs"] = launch if first else np.concatenate([arrays["outputs"], launch])


def copy(step: Step, arrays: Arrays) -> None:
    source, target = step.buffers
    arrays[target] = arrays[source][: 4 * dict(step.parameters)["n"]].copy()


def multiply_add(step: Step, arrays: Arrays) -> None:
    """Write the result after many rounds: each of 96 lanes has converged to 2."""
    arrays[step.buffers[1]] = np.full(step.groups * step.group_items, 2 * 96, dtype=np.float32)


STEPS = {
    "rows": dense,
    "lanes": dense,
    "plain": dense,
    "barriers": dense,
    "softmax": output,
    "probes": probes,
    "copy": copy,
    "multiply_add": multiply_add,
}
