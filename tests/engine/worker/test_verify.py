"""One job verified in memory: plans run several times, and what one cannot do hides nothing of the others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from paragon_tui.backends.device import BackendError, Unsupported
from paragon_tui.backends.fingerprint import Fingerprint, Tiers
from paragon_tui.backends.plan import Plan
from paragon_tui.engine.messages.events import Checked, Event, Prepared
from paragon_tui.engine.messages.job import Job
from paragon_tui.engine.worker.device_session import DeviceSession
from paragon_tui.engine.worker.verify import RUNS, verify
from paragon_tui.operators.planning import Candidate
from paragon_tui.suites.computation import Computation, computation
from paragon_tui.suites.data.networks import NetworkData
from paragon_tui.suites.digests import shipped
from tests.support.devices import Inputs, MemoryProgramBase
from tests.support.examples import ALL_GUARANTEED, CASES, GPU, REFERENCE

S1 = CASES["S1"]
SEEN = Fingerprint(3, (), Tiers("guaranteed", "observed", "not here"))


def right() -> dict[str, np.ndarray]:
    computed = computation(S1, "f32")
    return computed.host_form("reference")(**computed.fed)


class Program(MemoryProgramBase):
    compile_ms = upload_ms = 1.0

    def __init__(self, device: Device, wrong: Any) -> None:
        self.device, self.wrong, self.runs = device, wrong, 0

    def run(self, inputs: Inputs, times: int = 1) -> None:
        self.runs += 1
        self.device.ran += 1
        if isinstance(self.wrong, Exception):
            raise self.wrong

    def read(self, names: tuple[str, ...]) -> dict[str, np.ndarray]:
        outputs = right()
        if self.wrong is not None and self.runs >= self.wrong[0]:
            outputs[self.wrong[1]].view(np.uint32)[self.wrong[2]] ^= 1
        return {name: outputs[name] for name in names}

    def close(self) -> None:
        self.device.closed += 1


class Device:
    """``faults`` by plan: a refusal, a (first run, output, index) whose bit is wrong, or an exception of the run."""

    init_ms = 2.0
    runs_directly = False

    def __init__(self, **faults: Any) -> None:
        self.faults, self.ran, self.closed = faults, 0, 0
        self.plans: list[Plan] = []

    def prepare(self, plan: Plan) -> Program:
        fault = self.faults.get(plan.name)
        if isinstance(fault, Unsupported):
            raise fault
        self.plans.append(plan)
        return Program(self, fault)

    def prepare_host(self, function: Any) -> Program:
        return Program(self, self.faults.get("host"))


@pytest.fixture(autouse=True)
def two_plans(monkeypatch: pytest.MonkeyPatch) -> None:
    original = Computation.candidates

    def candidates(self: Computation, *asked: Any) -> tuple[Candidate, ...]:
        candidate, *_ = original(self, *asked)
        return tuple(replace(candidate, plan=replace(candidate.plan, name=name)) for name in ("rows", "lanes"))

    monkeypatch.setattr(Computation, "candidates", candidates)


def events(device: Device, cache: Path, job: Job | None = None, seen: Fingerprint | None = SEEN) -> list[Event]:
    return list(verify(job or Job(S1, GPU), DeviceSession(device, seen), cache))


def checks(device: Device, cache: Path) -> list[tuple[str, bool, int | None]]:
    *_, last = events(device, cache)
    assert isinstance(last, Checked)
    return [(check.name, check.holds, check.first_difference) for check in last.checks]


RIGHT = [
    ("parameters", True, None),
    *[(f"{name} of {kind}", True, None) for kind in ("rows", "lanes") for name in ("logits", "output")],
]


def test_every_plan_is_prepared_guarded_run_and_closed(tmp_path):
    device = Device()
    first, second, last = events(device, tmp_path)
    assert (first, second) == tuple(
        Prepared(last.id, 2.0, 1.0, 1.0, name, "not here", output_standing="not here") for name in ("rows", "lanes")
    )
    assert (device.ran, device.closed) == (2 * RUNS, 2)
    assert [dict(each.steps[0].constants)["GUARD"] for each in device.plans] == [3, 3]


def test_right_bits_hold_and_runs_that_agree_are_one_check(tmp_path):
    assert checks(Device(), tmp_path) == RIGHT


def test_the_digests_are_the_shipped_ones(tmp_path):
    *_, last = events(Device(), tmp_path)
    wanted = shipped(S1, "f32")
    assert wanted is not None
    assert [check.expected for check in last.checks[:3]] == [wanted.parameters, wanted.values, wanted.output]
    assert [check.runs for check in last.checks[:3]] == [1, RUNS, RUNS]


def test_a_wrong_bit_is_found_in_the_plan_that_has_it(tmp_path):
    checked = checks(Device(lanes=(1, "logits", 3)), tmp_path)
    assert checked == [*RIGHT[:3], ("logits of lanes", False, 3), RIGHT[4]]


def test_a_result_that_changes_from_run_to_run_is_wrong_once(tmp_path):
    checked = checks(Device(rows=(4, "output", 7)), tmp_path)
    assert checked == [*RIGHT[:3], ("output of rows in run 4", False, 7), *RIGHT[3:]]


def test_a_plan_that_cannot_be_held_hides_nothing_of_the_others(tmp_path, capsys):
    assert checks(Device(lanes=Unsupported("too large"), rows=(1, "logits", 0)), tmp_path) == [
        RIGHT[0],
        ("logits of rows", False, 0),
        RIGHT[2],
    ]
    assert "S1 on vulkan:0: a plan was skipped: too large" in capsys.readouterr().out
    assert checks(Device(rows=Unsupported("too large")), tmp_path) == [RIGHT[0], *RIGHT[3:]]


def test_where_no_plan_can_be_held_the_job_is_unsupported(tmp_path):
    with pytest.raises(Unsupported, match="rows is too large"):
        events(Device(rows=Unsupported("rows is too large"), lanes=Unsupported("lanes is")), tmp_path)


def test_a_plan_that_fails_fails_the_job_and_is_closed(tmp_path):
    device = Device(rows=BackendError("the device was lost"))
    with pytest.raises(BackendError, match="was lost"):
        events(device, tmp_path)
    assert device.closed == 1


def test_the_host_has_one_form_and_its_checks_name_no_plan(tmp_path):
    prepared, last = events(Device(), tmp_path, Job(S1, REFERENCE), ALL_GUARANTEED)
    assert (prepared.plan, prepared.standing) == (None, "guaranteed")
    assert [check.name for check in last.checks] == ["parameters", "logits", "output"]
    assert all(check.holds for check in last.checks)


def test_wrong_parameters_are_found_whatever_the_device_computes(tmp_path, monkeypatch):
    monkeypatch.setattr(NetworkData, "parameters", lambda *asked: iter([np.zeros(3, dtype=np.float32)]))
    assert checks(Device(), tmp_path)[0] == ("parameters", False, None)
