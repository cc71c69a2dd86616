"""Tests of autotuning: the fastest plan on a device with scripted times, chosen once and cached."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.device import BackendError, Unsupported
from paragon_tui.backends.plan import Buffer, Plan, Step
from paragon_tui.engine.messages.job import Job
from paragon_tui.engine.worker.autotune import autotune
from paragon_tui.engine.worker.conditions import LoadMonitor
from paragon_tui.engine.worker.executable import Launchable
from paragon_tui.operators.planning import Candidate
from tests.support.devices import Inputs, MemoryProgramBase
from tests.support.examples import CASES, GPU

MS = 1_000_000


def plan(name: str, group_items: int = 64) -> Plan:
    step = Step(("rounding", "probes"), "probes", ("x", "y"), 1, (("rows", 1),), (), 1, group_items)
    return Plan(name, (Buffer("x", (1,), "f32", "input"), Buffer("y", (1,), "f32", "output")), (step,))


A, B, C = plan("a", 32), plan("b", 64), plan("c", 128)


@dataclass
class ScriptedProgram(MemoryProgramBase):
    device: ScriptedDevice
    plan: Plan
    runs: int = 0
    closed: bool = False
    compile_ms: float | None = 1.0
    upload_ms: float | None = 1.0

    def run(self, inputs: Inputs, times: int = 1) -> int | None:
        assert not self.closed
        times = self.device.times[self.plan.name]
        took = times if isinstance(times, int) else times[min(self.runs, len(times) - 1)]
        self.runs += 1
        if isinstance(took, Exception):
            raise took
        self.device.now += took
        return self.device.device_times.get(self.plan.name)

    def read(self, names: tuple[str, ...]) -> dict[str, Any]:
        return {}

    def close(self) -> None:
        assert not self.closed
        self.closed = True


@dataclass
class ScriptedDevice:
    """Plans take ``times`` by name, nanoseconds: one, or one a run; an exception is a refusal."""

    times: dict[str, Any]
    adapter: Adapter = GPU
    language: str = "wgsl"
    now: int = 0
    programs: list[ScriptedProgram] = field(default_factory=list)
    device_times: dict[str, int] = field(default_factory=dict)
    program_type: type[ScriptedProgram] = ScriptedProgram

    def clock(self) -> int:
        return self.now

    def prepare(self, plan: Plan) -> ScriptedProgram:
        if isinstance(self.times[plan.name], Exception):
            raise self.times[plan.name]
        self.programs.append(self.program_type(self, plan))
        return self.programs[-1]

    @property
    def tried(self) -> list[str]:
        return [program.plan.name for program in self.programs]


def choose(device: ScriptedDevice, cache: Path, plans: tuple[Plan, ...] = (A, B, C), job: Job | None = None) -> str:
    """Return the name of the chosen plan; its program, and no other, is left open."""
    asked = job or Job(CASES["S1"], device.adapter)
    tuned = autotune(asked, device, [Launchable(Candidate(plan, (), ()), plan, {}) for plan in plans], cache)
    (program,) = [program for program in device.programs if not program.closed]
    assert tuned.program is program and program.plan is tuned.launchable.plan
    assert tuned.tried is (program.runs > 0)
    return tuned.launchable.plan.name


@pytest.fixture(autouse=True)
def at_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tests are other programs here: a choice made beside them is not remembered."""
    monkeypatch.setattr(LoadMonitor, "undisturbed", lambda _: True)


# The fastest


@pytest.mark.parametrize(
    ("times", "best"),
    [
        ({"a": 3 * MS, "b": 2 * MS, "c": 4 * MS}, "b"),
        ({"a": 1 * MS, "b": 2 * MS, "c": 3 * MS}, "a"),
        ({"a": 3 * MS, "b": 2 * MS, "c": 1 * MS}, "c"),
        ({"a": 5, "b": 4, "c": 3}, "c"),
    ],
)
def test_the_fastest_is_run(times, best, tmp_path):
    assert choose(ScriptedDevice(times), tmp_path) == best


@pytest.mark.parametrize(("b", "best"), [(1_000_000, "a"), (970_000, "a"), (969_999, "b"), (1_000_001, "a")])
def test_the_first_is_run_where_a_later_one_is_not_faster_by_three_percent(b, best, tmp_path):
    assert choose(ScriptedDevice({"a": MS, "b": b, "c": 2 * MS}), tmp_path) == best


@pytest.mark.parametrize(("b", "best"), [(1_000_000, "a"), (885_000, "a"), (880_000, "b, on the calling thread")])
def test_one_on_the_calling_thread_is_run_where_it_is_clearly_faster_end_to_end(b, best, tmp_path):
    """The device times say the opposite: waking the other threads is outside of them."""
    direct = B.directly()
    device = ScriptedDevice({"a": MS, direct.name: b}, device_times={"a": MS // 2, direct.name: MS})
    assert choose(device, tmp_path, (A, direct)) == best


def test_warm_up_and_single_stutters_decide_nothing(tmp_path):
    a = [90 * MS, 90 * MS, 1 * MS, 50 * MS, *[1 * MS] * 100]
    b = [1, 1, 2 * MS, 1, *[2 * MS] * 100]
    assert choose(ScriptedDevice({"a": a, "b": b, "c": 3 * MS}), tmp_path) == "a"


@pytest.mark.parametrize(("took", "runs"), [(1, 124), (MS, 60), (10 * MS, 16), (500 * MS, 16)])
def test_a_trial_takes_sixty_milliseconds_each_or_eight_rounds_at_least_and_62_at_most(took, runs, tmp_path):
    device = ScriptedDevice({"a": took, "b": took, "c": took})
    choose(device, tmp_path)
    assert [program.runs for program in device.programs] == [runs] * 3  # two a round, one of them untimed


def test_the_candidates_take_turns(tmp_path):
    """A slowdown of the machine for a while slows all of them."""
    order = []
    device = ScriptedDevice({"a": MS, "b": MS, "c": MS})
    run = ScriptedProgram.run

    class Noted(ScriptedProgram):
        def run(self, inputs: Inputs, times: int = 1) -> int | None:
            order.append(self.plan.name)
            return run(self, inputs, times)

    device.program_type = Noted
    choose(device, tmp_path)
    assert order[:12] == ["a", "a", "b", "b", "c", "c"] * 2


def test_where_there_is_a_device_clock_it_decides(tmp_path):
    device = ScriptedDevice({"a": MS, "b": 5 * MS, "c": 5 * MS}, device_times={"a": 300, "b": 200, "c": 400})
    assert choose(device, tmp_path) == "b"


def test_one_plan_needs_no_trial_and_no_memory(tmp_path):
    device = ScriptedDevice({"a": MS})
    assert choose(device, tmp_path, (A,)) == "a"
    assert device.programs[0].runs == 0
    assert not list(tmp_path.iterdir())


# Refusals


def test_a_plan_that_is_refused_is_passed_over_with_a_word(tmp_path, capsys):
    refused = Unsupported("work-groups of 128 are needed")
    device = ScriptedDevice({"a": refused, "b": 2 * MS, "c": 3 * MS})
    assert choose(device, tmp_path) == "b"
    said = capsys.readouterr().out
    assert said == "S1 on vulkan:0: a plan was skipped: work-groups of 128 are needed\n"


def test_where_all_are_refused_the_first_refusal_is_raised(tmp_path):
    device = ScriptedDevice({name: Unsupported(f"{name} is too large") for name in "abc"})
    with pytest.raises(Unsupported, match="a is too large"):
        choose(device, tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_only_plan_refused_is_raised(tmp_path):
    with pytest.raises(Unsupported, match="too large"):
        choose(ScriptedDevice({"a": Unsupported("too large")}), tmp_path, (A,))


def test_a_plan_that_fails_while_it_is_tried_is_passed_over_too(tmp_path, capsys):
    lost = [1, 1, 1, BackendError("out of resources")]
    assert choose(ScriptedDevice({"a": 2 * MS, "b": lost, "c": 3 * MS}), tmp_path) == "a"
    assert "skipped: out of resources" in capsys.readouterr().out


def test_what_no_backend_may_raise_leaves_nothing_open(tmp_path):
    device = ScriptedDevice({"a": 2 * MS, "b": [1, 1, RuntimeError("a binding's own")], "c": 3 * MS})
    with pytest.raises(RuntimeError, match="a binding's own"):
        choose(device, tmp_path)
    assert all(program.closed for program in device.programs)


def test_a_remembered_plan_that_is_refused_now_is_chosen_anew(tmp_path):
    assert choose(ScriptedDevice({"a": 1 * MS, "b": 2 * MS, "c": 3 * MS}), tmp_path) == "a"
    full = ScriptedDevice({"a": Unsupported("memory is full"), "b": 2 * MS, "c": 3 * MS})
    assert choose(full, tmp_path) == "b"


# Wrong bits


class Verdicts:
    """Plans of these names have wrong bits; each is asked once."""

    key = "the right digest"

    def __init__(self, *wrong: str) -> None:
        self.wrong, self.asked = wrong, list[str]()

    def hold(self, executable: Any) -> bool:
        name = executable.program.plan.name
        self.asked.append(name)
        return name not in self.wrong


def judged(device: ScriptedDevice, cache: Path, verdicts: Any) -> tuple[str, tuple[str, ...]]:
    plans = [Launchable(Candidate(each, (), ()), each, {}) for each in (A, B, C)]
    tuned = autotune(Job(CASES["S1"], device.adapter), device, plans, cache, verdicts)
    (program,) = [program for program in device.programs if not program.closed]
    assert tuned.program is program
    return tuned.launchable.plan.name, tuned.wrong


def test_a_plan_with_wrong_bits_is_not_chosen_and_stays_known(tmp_path):
    times = {"a": 2 * MS, "b": 1 * MS, "c": 3 * MS}
    first = Verdicts("b", "c")
    assert judged(ScriptedDevice(times), tmp_path, first) == ("a", ("b", "c"))
    assert first.asked == ["a", "b", "c"]
    second = Verdicts("b", "c")
    assert judged(ScriptedDevice(times), tmp_path, second) == ("a", ("b", "c"))
    assert second.asked == []


def test_where_all_have_wrong_bits_the_fastest_runs(tmp_path):
    times = {"a": 2 * MS, "b": 1 * MS, "c": 3 * MS}
    assert judged(ScriptedDevice(times), tmp_path, Verdicts("a", "b", "c")) == ("b", ("a", "b", "c"))


def test_other_right_bits_are_judged_anew(tmp_path):
    times = {"a": 2 * MS, "b": 1 * MS, "c": 3 * MS}
    judged(ScriptedDevice(times), tmp_path, Verdicts("b"))
    other = Verdicts()
    other.key = "another digest"
    assert judged(ScriptedDevice(times), tmp_path, other) == ("b", ())


# Memory

TIMES = {"a": 3 * MS, "b": 1 * MS, "c": 2 * MS}
OTHERWISE = {"a": 1 * MS, "b": 3 * MS, "c": 2 * MS}


def test_a_choice_is_remembered_and_nothing_is_tried_again(tmp_path):
    cache = tmp_path / "new" / "cache"
    assert choose(ScriptedDevice(TIMES), cache) == "b"
    again = ScriptedDevice(OTHERWISE)
    assert choose(again, cache) == "b"
    assert (again.tried, again.programs[0].runs) == (["b"], 0)
    assert len(list(cache.iterdir())) == 1


CHANGES: dict[str, dict[str, Any]] = {
    "driver": {"driver": "another"},
    "driver version": {"driver_version": "1.2.4"},
    "device": {"identity": "vulkan:0#1"},
    "API": {"api": "gl"},
    "cores": {"compute_units": 8},
}


@pytest.mark.parametrize("change", CHANGES)
def test_another_adapter_or_driver_measures_anew(change, tmp_path):
    choose(ScriptedDevice(TIMES), tmp_path)
    device = ScriptedDevice(OTHERWISE, replace(GPU, **CHANGES[change]))
    assert choose(device, tmp_path) == "a"
    assert device.tried == ["a", "b", "c"]
    assert choose(ScriptedDevice(OTHERWISE), tmp_path) == "b"  # the other's choice is still known


def test_the_id_that_an_adapter_has_today_is_none_of_it(tmp_path):
    choose(ScriptedDevice(TIMES), tmp_path)
    assert choose(ScriptedDevice(OTHERWISE, replace(GPU, id="vulkan:1")), tmp_path) == "b"


@pytest.mark.parametrize(
    "job", [Job(CASES["S2"], GPU), Job(CASES["S1"], GPU, "f16"), Job(CASES["S1"], GPU, "f32", "plain")]
)
def test_another_case_dtype_or_variant_measures_anew(job, tmp_path):
    choose(ScriptedDevice(TIMES), tmp_path)
    assert choose(ScriptedDevice(OTHERWISE), tmp_path, job=job) == "a"


OTHER_PLANS = {
    "guard": (A, B, C.with_constant("GUARD", 3)),
    "group size": (A, B, plan("c", 256)),
    "order": (A, C, B),
    "parameters": (A, B, replace(C, steps=(replace(C.steps[0], parameters=(("rows", 2),)),))),
}


@pytest.mark.parametrize("change", OTHER_PLANS)
def test_other_plans_measure_anew(change, tmp_path):
    choose(ScriptedDevice(TIMES), tmp_path)
    assert choose(ScriptedDevice(OTHERWISE), tmp_path, OTHER_PLANS[change]) == "a"


def test_another_source_measures_anew(tmp_path, monkeypatch):
    from paragon_tui import shaders

    choose(ScriptedDevice(TIMES), tmp_path)
    original = shaders.source
    monkeypatch.setattr(shaders, "source", lambda *asked: original(*asked) + "\n// a new comment\n")
    assert choose(ScriptedDevice(OTHERWISE), tmp_path) == "a"


@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b"\xff\xfe", b"[]", b"null", b'{"plan": 3}', b'{"plan": "d"}', b'{"plan": "b", "wrong": 1}', b'"b"'],
)
def test_a_damaged_memory_is_measured_anew_and_replaced(damage, tmp_path):
    choose(ScriptedDevice(TIMES), tmp_path)
    (path,) = tmp_path.iterdir()
    path.write_bytes(damage)
    assert choose(ScriptedDevice(OTHERWISE), tmp_path) == "a"
    replaced = json.loads(path.read_bytes())
    assert (replaced["plan"], replaced["wrong"]) == ("a", [])


def test_a_choice_expires(tmp_path, monkeypatch):
    choose(ScriptedDevice(TIMES), tmp_path)
    later = time.time() + 31 * 24 * 3600
    assert choose(ScriptedDevice(OTHERWISE), tmp_path) == "b"
    monkeypatch.setattr(time, "time", lambda: later)
    assert choose(ScriptedDevice(OTHERWISE), tmp_path) == "a"


def test_a_choice_that_was_made_beside_other_programs_is_not_remembered(tmp_path, monkeypatch):
    with monkeypatch.context() as busy:
        busy.setattr(LoadMonitor, "undisturbed", lambda _: False)
        assert choose(ScriptedDevice(TIMES), tmp_path) == "b"
    assert not list(tmp_path.iterdir())
    assert choose(ScriptedDevice(OTHERWISE), tmp_path) == "a"


def test_a_cache_that_cannot_be_written_costs_a_choice_each_time_and_says_so(tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    cache = tmp_path / "file" / "cache"
    assert choose(ScriptedDevice(TIMES), cache) == "b"
    assert "the autotuned plan was not cached" in capsys.readouterr().out
    assert choose(ScriptedDevice(OTHERWISE), cache) == "a"
