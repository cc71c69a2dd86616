"""A verification folded from its events."""

from __future__ import annotations

import pytest

from paragon_tui.backends.fingerprint import Fingerprint, Tiers
from paragon_tui.engine.messages.events import Check, Checked, Event, Failed, JobStarted, Log, Probed, RunFinished
from paragon_tui.engine.results.verification import Tally, Verification, Verified
from tests.support.examples import ALL_GUARANTEED, GPU, REFERENCE, adapter, planned, prepared, started

GL = adapter("gl:0")
ONE, HALF, OTHER = planned("S1", GPU), planned("S1", GPU, "f16"), planned("S1", GL)
RIGHT = (Check("parameters", "aa", "aa"), Check("logits of rows", "bb", "bb"), Check("output of rows", "cc", "cc"))
WRONG = (RIGHT[0], Check("logits of rows", "00", "bb", 3), RIGHT[2])
SEEN = Fingerprint(1, (), Tiers("guaranteed", "observed", "not here"))


def folded(*events: Event) -> Verification:
    verification = Verification()
    for event in (started(ONE, HALF, OTHER), *events):
        verification.apply(event)
    return verification


def only_result(*events: Event) -> Verified:
    return folded(*events).results[ONE.id]


def test_at_the_start_everything_planned_is_known_and_nothing_has_ended():
    verification = folded()
    assert (verification.id, verification.host["cpu"]) == ("one", "Example CPU")
    assert list(verification.results) == [ONE.id, HALF.id, OTHER.id]
    assert verification.adapters == (GPU, GL)
    assert verification.tally == Tally(planned=3)
    assert not verification.failures and not verification.finished and verification.running is None
    result = verification.results[HALF.id]
    assert (result.tier, result.status, result.standing, result.holds, result.fails) == (
        "exact",
        None,
        None,
        False,
        False,
    )


def test_before_the_start_there_is_nothing():
    verification = Verification()
    assert (verification.results, verification.tally, verification.adapters) == ({}, Tally(), ())


def test_what_runs_is_known_from_its_start_to_its_end():
    assert folded(JobStarted(ONE.id)).running == ONE.id
    assert folded(JobStarted(ONE.id), prepared(ONE.id)).running == ONE.id
    assert folded(JobStarted(ONE.id), Checked(ONE.id, RIGHT)).running is None
    assert folded(JobStarted(ONE.id), Failed(ONE.id, "failed", "lost")).running is None
    assert folded(JobStarted(ONE.id), RunFinished("one", True)).running is None


def test_a_result_holds_where_every_check_does():
    result = only_result(JobStarted(ONE.id), prepared(ONE.id, "guaranteed"), Checked(ONE.id, RIGHT))
    assert (result.status, result.standing, result.checks) == ("ok", "guaranteed", RIGHT)
    assert result.holds and not result.fails and not result.wrong


def test_one_wrong_check_is_a_failure_and_known_by_itself():
    verification = folded(Checked(ONE.id, WRONG), Checked(OTHER.id, RIGHT))
    (failure,) = verification.failures
    assert failure.id == ONE.id and failure.fails and not failure.holds
    assert failure.wrong == (WRONG[1],)
    assert verification.tally == Tally(planned=3, ended=2, holding=1, failing=1)


@pytest.mark.parametrize(
    ("status", "fails"), [("failed", True), ("timeout", True), ("unsupported", False), ("stopped", False)]
)
def test_what_did_not_run_does_not_hold_and_fails_only_where_it_could_have_run(status, fails):
    result = only_result(JobStarted(ONE.id), prepared(ONE.id), Failed(ONE.id, status, "why"))
    assert (result.status, result.error, result.holds, result.fails) == (status, "why", False, fails)


def test_each_adapter_says_once_how_it_rounds_and_what_could_not_be_asked_says_nothing():
    verification = folded(Probed("vulkan:0", SEEN), Probed("gl:0", None, "its driver hangs"))
    assert verification.fingerprints == {"vulkan:0": SEEN}


def test_what_was_stopped_has_not_ended_and_its_plans_do_not_count():
    verification = folded(
        prepared(ONE.id), Checked(ONE.id, RIGHT), prepared(HALF.id), Failed(HALF.id, "stopped", "by the user")
    )
    assert verification.tally == Tally(planned=3, ended=1, holding=1, plans=1)
    assert folded(Failed(ONE.id, "unsupported", "why")).tally.checked == 0


def test_the_end_says_whether_it_was_early():
    assert (folded(RunFinished("one", False)).finished, folded(RunFinished("one", False)).interrupted) == (True, False)
    assert folded(RunFinished("one", True)).interrupted


def test_events_of_others_change_nothing():
    before, after = folded(), folded(Log("driver", "driver", "hello"))
    assert before.results == after.results


def test_adapters_come_in_the_order_of_their_results_and_once():
    verification = Verification()
    verification.apply(started(planned("S1", REFERENCE), planned("S2", REFERENCE), ONE, HALF))
    assert verification.adapters == (REFERENCE, GPU)
    verification.apply(Probed("reference", ALL_GUARANTEED))
    assert verification.fingerprints["reference"].tiers.exact == "guaranteed"


def test_a_verification_holds_only_where_something_was_checked_and_all_of_it_held():
    refused = [Failed(planned_one.id, "unsupported", "too large") for planned_one in (ONE, HALF, OTHER)]
    ended = RunFinished("one", False)
    assert not folded(*refused, ended).holds
    assert folded(Checked(ONE.id, RIGHT), *refused[1:], ended).holds
    assert not folded(Checked(ONE.id, RIGHT), *refused[1:]).holds
    assert not folded(Checked(ONE.id, RIGHT), *refused[1:], RunFinished("one", True)).holds
    assert not folded(Checked(ONE.id, WRONG), *refused[1:], ended).holds
