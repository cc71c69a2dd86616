"""Verifying and probing by the real engine, its processes and the fake device."""

from __future__ import annotations

from pathlib import Path

import pytest

from paragon_tui.engine.messages.events import Checked, Event, JobStarted, Log, Probed, RunFinished, RunStarted
from paragon_tui.engine.results.verification import Verification, Verified
from paragon_tui.engine.runner.probing import probe_adapters
from paragon_tui.engine.runner.requests import RunSettings, Selection, measure_request, verify_request
from paragon_tui.engine.runner.run import Run
from paragon_tui.engine.runner.selection import CaseFilter, select_cases
from paragon_tui.formatting.bits import describe_bits
from tests.support.engine_runs import BACKENDS, QUICK, adapters_under, driven

pytestmark = pytest.mark.usefixtures("fake_path")


async def chosen(cases: str) -> Selection:
    adapters = await adapters_under()
    return Selection(select_cases(CaseFilter((cases,))), tuple(adapters), tuple(adapter.id for adapter in adapters))


async def verified(tmp_path: Path, cases: str = "S1", timeout_s: float = 120.0) -> tuple[Verification, list[Event]]:
    verification, events = Verification(), []
    settings = RunSettings(tmp_path, BACKENDS, timeout_s=timeout_s)
    async for event in Run(verify_request(await chosen(cases), settings)).events():
        verification.apply(event)
        events.append(event)
    return verification, events


def on(verification: Verification, adapter: str, case: str = "S1") -> Verified:
    asked = (case, adapter, "default")
    (match,) = [r for r in verification.results.values() if (r.id.case, r.id.adapter, r.id.variant) == asked]
    return match


async def test_without_faults_everything_holds(tmp_path: Path) -> None:
    verification, events = await verified(tmp_path, "S[12]")
    assert isinstance(events[0], RunStarted) and events[0].sampling is None
    assert isinstance(events[-1], RunFinished)
    assert verification.finished and not verification.interrupted and not verification.failures
    # Two cases on three adapters, and `barriers` on both devices.
    assert (verification.tally.holding, verification.tally.checked) == (10, 10)
    assert [adapter.id for adapter in verification.adapters] == ["reference", "vulkan:0", "gl:0"]
    assert {result.status for result in verification.results.values()} == {"ok"}
    fake = on(verification, "gl:0")
    assert (fake.tier, fake.standing, fake.holds) == ("guarded", "observed", True)
    assert fake.plans >= 1 and on(verification, "reference").plans == 0
    assert fake.checks[0].name == "parameters" and len(fake.checks) >= 3


async def test_each_adapter_is_probed_once_before_its_first_result(tmp_path: Path) -> None:
    verification, events = await verified(tmp_path, "S[12]")
    order = [event.adapter if isinstance(event, Probed) else event.id.adapter for event in events_of_jobs(events)]
    kinds = [type(event).__name__ for event in events_of_jobs(events)]
    first, more = ["JobStarted", "Probed", "Checked"], ["JobStarted", "Checked"]
    assert kinds == [*first, *more, *(first + more * 3) * 2]
    assert order == ["reference"] * 5 + ["vulkan:0"] * 9 + ["gl:0"] * 9
    assert verification.fingerprints["vulkan:0"].guard == 5
    assert verification.fingerprints["vulkan:0"].tiers.guarded == "observed"
    assert not verification.fingerprints["reference"].has_kernels
    assert all(probe.holds for probe in verification.fingerprints["reference"].probes)


def events_of_jobs(events: list[Event]) -> list[JobStarted | Probed | Checked]:
    return [event for event in events if isinstance(event, JobStarted | Probed | Checked)]


async def test_a_wrong_bit_is_found_at_its_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_FAULT", "wrong")
    monkeypatch.setenv("FAKE_FAULT_ADAPTER", "gl:0")
    verification, _ = await verified(tmp_path)
    wrong = on(verification, "gl:0")
    assert verification.failures[0] == wrong and {failure.id.adapter for failure in verification.failures} == {"gl:0"}
    assert {check.name.split()[0] for check in wrong.wrong} == {"logits"}
    assert all(check.first_difference == 3 for check in wrong.wrong)
    assert on(verification, "vulkan:0").holds and on(verification, "reference").holds


@pytest.mark.parametrize("fault", ["flaky", "nan"])
async def test_a_bit_that_is_wrong_the_second_time_or_no_number_is_found(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_FAULT", fault)
    verification, _ = await verified(tmp_path)
    assert {(failure.id.adapter, failure.status) for failure in verification.failures} == {
        ("vulkan:0", "ok"),
        ("gl:0", "ok"),
    }


@pytest.mark.parametrize(("fault", "words"), [("segfault", "SIGSEGV"), ("raise", "was lost")])
async def test_a_crash_in_the_probes_costs_that_adapter_only(
    fault: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_FAULT", fault)
    monkeypatch.setenv("FAKE_FAULT_CASE", "probes")
    monkeypatch.setenv("FAKE_FAULT_ADAPTER", "vulkan:0")
    verification, _ = await verified(tmp_path, "S[12]")
    assert [failure.id.adapter for failure in verification.failures] == ["vulkan:0"] * 4
    assert all(words in (failure.error or "") for failure in verification.failures)
    assert set(verification.fingerprints) == {"reference", "gl:0"}
    assert all(on(verification, adapter, case).holds for adapter in ("reference", "gl:0") for case in ("S1", "S2"))


async def test_an_adapter_that_hangs_is_a_timeout_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_FAULT", "hang")
    monkeypatch.setenv("FAKE_FAULT_ADAPTER", "vulkan:0")
    verification, _ = await verified(tmp_path, timeout_s=3.0)
    hung, *_ = verification.failures
    assert (hung.id.adapter, hung.status) == ("vulkan:0", "timeout")
    assert "--timeout" in (hung.error or "") and "run --timeout" not in (hung.error or "")
    assert on(verification, "gl:0").holds


async def test_what_cannot_be_held_is_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_FAULT", "unsupported")
    verification, _ = await verified(tmp_path)
    assert on(verification, "gl:0").status == "unsupported"
    assert not verification.failures and (verification.tally.holding, verification.tally.checked) == (1, 1)


async def test_a_stop_leaves_the_rest_unverified_and_fails_nothing(tmp_path: Path) -> None:
    run = Run(verify_request(await chosen("S*"), RunSettings(tmp_path, BACKENDS)))
    verification = Verification()
    async for event in run.events():
        verification.apply(event)
        if isinstance(event, Checked):
            run.stop()
    assert verification.interrupted and not verification.failures
    statuses = [result.status for result in verification.results.values()]
    assert statuses[0] == "ok" and statuses[-1] == "stopped" and set(statuses) == {"ok", "stopped"}


# A device that fuses, whatever is guarded


async def test_where_the_probes_fail_a_tier_is_not_claimed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_ROUNDING", "fused")
    verification, _ = await verified(tmp_path)
    seen = verification.fingerprints["gl:0"]
    assert (seen.guard, seen.tiers.exact, seen.tiers.guarded) == (7, "observed", "not here")
    assert "no contraction" in str(seen) and "loop-carried accumulate" in str(seen)
    assert on(verification, "gl:0").standing == "not here"
    assert on(verification, "gl:0").holds  # the bits are what they are
    assert on(verification, "reference").standing == "guaranteed"


@pytest.mark.parametrize("fault", ["", "wrong"])
async def test_a_result_of_such_a_device_claims_no_identity_and_breaks_none(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_ROUNDING", "fused")
    monkeypatch.setenv("FAKE_FAULT", fault)
    ran = await driven(Run(measure_request(await chosen("S1"), RunSettings(tmp_path, BACKENDS, QUICK))))
    result = ran.result("gl:0")
    assert (result.status, result.bits.standing, result.bits.claims_identity) == ("ok", "not here", False)
    assert not ran.session.failures and not result.bits.broken_claim
    assert ran.session.claims == (1, 1)  # the reference's own
    words = describe_bits(result)
    assert ("the guarded tier does not hold here, no identity claimed" in words) is bool(fault)


# Probing alone, as the listing and the screen do


async def probed(timeout_s: float = 120.0) -> tuple[list[Probed], list[Log]]:
    events = [event async for event in probe_adapters(await adapters_under(), BACKENDS, timeout_s)]
    return [e for e in events if isinstance(e, Probed)], [e for e in events if isinstance(e, Log)]


async def test_those_that_compute_canonically_are_asked_in_order() -> None:
    answers, _ = await probed()
    assert [answer.adapter for answer in answers] == ["reference", "vulkan:0", "gl:0"]
    assert all(answer.fingerprint is not None and answer.error is None for answer in answers)


@pytest.mark.parametrize(
    ("fault", "words"), [("segfault", "SIGSEGV"), ("hang", "no answer to the probes within 3 s"), ("raise", "was lost")]
)
async def test_one_that_cannot_be_asked_says_why_and_the_next_is_asked(
    fault: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_FAULT", fault)
    monkeypatch.setenv("FAKE_FAULT_CASE", "probes")
    monkeypatch.setenv("FAKE_FAULT_ADAPTER", "vulkan:0")
    (reference, broken, whole), logged = await probed(timeout_s=3.0)
    assert reference.fingerprint is not None and whole.fingerprint is not None
    assert broken.fingerprint is None and words in (broken.error or "")
    assert any("about to crash" in line.text for line in logged) is (fault == "segfault")
