"""An open adapter's claims, and the guard and key of its kernels."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from paragon_tui import shaders
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.device import BackendError
from paragon_tui.backends.fingerprint import Fingerprint, Tiers
from paragon_tui.backends.host_probes import probe_host
from paragon_tui.backends.plan import Buffer, Plan, Step
from paragon_tui.engine.worker.device_session import DeviceSession, open_adapter
from tests.support.devices import Fusing, FusingThroughEverything, ProbedDevice
from tests.support.examples import ALL_GUARANTEED, GPU, NUMPY, REFERENCE, adapter
from tests.support.floating_point import TOWARD_ZERO, mode

STEP = Step(("rounding", "probes"), "probes", ("x", "y"), 1, (("rows", 2),), (("PAIRS", 4), ("GUARD", 1)), 2, 1)
PLAN = Plan("p", (Buffer("x", (4,), "f32", "input"), Buffer("y", (4,), "f32", "output")), (STEP, STEP))
SEEN = Fingerprint(3, (), Tiers("guaranteed", "observed", "not here"))


def opened(where: Adapter, device: object) -> DeviceSession:
    return open_adapter(SimpleNamespace(open=lambda asked: device), where)


def test_a_device_is_probed_as_it_is_opened():
    device = ProbedDevice(FusingThroughEverything)
    session = opened(GPU, device)
    assert session.device is device
    assert session.fingerprint is not None and session.fingerprint.guard == 7
    assert [session.standing(tier) for tier in ("integer", "exact", "guarded")] == [
        "guaranteed",
        "observed",
        "not here",
    ]


def test_a_device_that_cannot_be_probed_is_closed_again():
    closed = []

    def refuse(plan: Plan) -> None:
        raise BackendError("no")

    device = SimpleNamespace(language="cl", adapter=GPU, prepare=refuse, close=lambda: closed.append(True))
    with pytest.raises(BackendError):
        opened(GPU, device)
    assert closed == [True]


def test_the_reference_is_probed_as_it_is_opened():
    assert opened(REFERENCE, None).fingerprint == probe_host()
    assert opened(REFERENCE, None).standing("guarded") == "guaranteed"
    with mode(TOWARD_ZERO):
        session = opened(REFERENCE, None)
    assert [session.standing(tier) for tier in ("integer", "exact", "guarded")] == ["not here"] * 3


def test_libraries_are_not_probed_and_claim_nothing():
    for library in (NUMPY, adapter("torch")):
        session = opened(library, None)
        assert session.fingerprint is None
        assert [session.standing(tier) for tier in ("integer", "exact", "guarded", "plain")] == [None] * 4


def test_the_naive_kernel_claims_nothing_on_anything():
    assert DeviceSession(None, ALL_GUARANTEED).standing("plain") is None
    assert DeviceSession(None, SEEN).standing("plain") is None


def test_what_needs_several_tiers_has_the_weakest_of_their_standings():
    session = DeviceSession(None, SEEN)
    assert session.standing("integer", "exact") == session.standing("exact", "integer") == "observed"
    assert session.standing("integer", "guarded") == session.standing("guarded", "exact") == "not here"
    assert session.standing("integer", "plain") is None


def test_every_step_gets_the_guard_that_was_found_necessary():
    assert [dict(step.constants)["GUARD"] for step in DeviceSession(None, SEEN).guarded(PLAN).steps] == [3, 3]
    assert DeviceSession(None, None).guarded(PLAN) is PLAN


@pytest.mark.parametrize("language", ["wgsl", "cl"])
def test_a_guard_reaches_the_source_and_is_never_less_than_the_languages(language):
    least = shaders.LEAST_GUARD[language]
    for guard in (0, 1, 2, 3):
        first = shaders.source((), language, PLAN.with_constant("GUARD", guard).steps[0].all_constants)
        expected = f"#define GUARD {guard}\n" if language == "cl" else f"const GUARD: u32 = {guard | least}u;\n"
        assert expected in first and first.count(expected.split("GUARD", maxsplit=1)[0] + "GUARD") == 1


def test_opencl_that_contracts_in_spite_of_the_pragma_gets_every_guard():
    session = opened(adapter("opencl:0"), ProbedDevice(Fusing, "cl", promises=True, divides=True))
    assert session.fingerprint is not None and session.fingerprint.guard == shaders.EVERY_GUARD
    assert session.standing("guarded") == "observed"


# Digests of plans

CHANGED = {
    "name": replace(PLAN, name="q"),
    "buffer": replace(PLAN, buffers=(replace(PLAN.buffers[0], shape=(8,)), PLAN.buffers[1])),
    "role": replace(PLAN, buffers=(replace(PLAN.buffers[0], role="scratch"), PLAN.buffers[1])),
    "steps": replace(PLAN, steps=(STEP,)),
    "groups": replace(PLAN, steps=(STEP, replace(STEP, groups=3))),
    "group size": replace(PLAN, steps=(STEP, replace(STEP, group_items=2))),
    "parts": replace(PLAN, steps=(STEP, replace(STEP, parts=("rounding",)))),
    "entry": replace(PLAN, steps=(STEP, replace(STEP, entry="other"))),
    "parameters": replace(PLAN, steps=(STEP, replace(STEP, parameters=(("rows", 3),)))),
    "binding order": replace(PLAN, steps=(STEP, replace(STEP, buffers=("y", "x")))),
    "constants": PLAN.with_constant("PAIRS", 5),
}


@pytest.mark.parametrize("change", CHANGED)
def test_what_is_compiled_or_launched_otherwise_has_another_digest(change):
    assert CHANGED[change].digest("wgsl") != PLAN.digest("wgsl")


def test_the_languages_have_digests_of_their_own_and_weights_none():
    assert PLAN.digest("wgsl") != PLAN.digest("cl")
    filled = replace(PLAN, buffers=(replace(PLAN.buffers[0], fill=lambda: np.zeros(4)), PLAN.buffers[1]))
    assert filled.digest("cl") == PLAN.digest("cl")
    assert PLAN.with_constant("GUARD", 1).digest("wgsl") == PLAN.digest("wgsl")
