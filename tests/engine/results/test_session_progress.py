"""A session's progress, time left and advice."""

from __future__ import annotations

import pytest

from paragon_tui.engine.messages.events import Compared, Failed, Finished
from paragon_tui.engine.messages.figures import Verdict
from paragon_tui.engine.messages.job import Sampling
from paragon_tui.engine.results.session import Session
from tests.support.examples import (
    DIFFERENT,
    GPU,
    NUMPY,
    REFERENCE,
    SAME,
    adapter,
    figures,
    job_id,
    measured,
    planned,
    prepared,
    ratio,
    started,
)
from tests.support.sessions import folded

BASE, FAST = job_id("S1", NUMPY), job_id("S1", GPU)


# How far a run is


def test_the_share_done_weighs_results_by_what_they_were_expected_to_take():
    long, short = planned("S1", NUMPY, expected_s=6.0), planned("S1", GPU, expected_s=2.0)
    run = started(long, short, sampling=Sampling(repeat=4))
    assert folded(run).share_done == 0
    assert folded(run, figures(FAST, 1.0, processes=2)).share_done == 1 / 8
    assert folded(run, *measured(FAST, 1.0, processes=4)).share_done == 1 / 4
    assert folded(run, *measured(FAST, 1.0), Failed(BASE, "failed", "lost")).share_done == 1
    assert Session().share_done == 0


def test_the_time_left_is_what_was_expected_at_first_and_ever_more_as_it_went():
    run = started(planned("S1", NUMPY, expected_s=4.0), planned("S1", GPU, expected_s=4.0))
    assert folded(run).seconds_left(3.0) == 8.0
    half_done = folded(run, *measured(BASE, 1.0))
    assert half_done.seconds_left(4.0) == pytest.approx(4.0)  # as expected
    assert 4.0 < half_done.seconds_left(8.0) < 8.0
    assert folded(run, *measured(BASE, 1.0), *measured(FAST, 1.0)).seconds_left(9.0) == 0


# Advice

SIZES = ("S1", "M1", "L1", "XL1")


def advised(*without, listed=("numpy", "vulkan:0", "reference"), on=GPU):
    """Return the advice on an adapter that is slower, slower, faster, faster, after the events ``without``."""
    judgements: tuple[tuple[str, float, Verdict], ...] = (
        ("S1", 0.2, "slower"),
        ("M1", 0.3, "slower"),
        ("L1", 4.0, "faster"),
        ("XL1", 8.0, "faster"),
    )
    session = folded(started(*(planned(case, on) for case in SIZES), listed=listed))
    for case, value, judgement in judgements:
        name = job_id(case, on)
        for event in (prepared(name), *measured(name, 1.0, ratio(value, judgement))):
            session.apply(event)
    for event in without:
        session.apply(event)
    return session.advice


def test_advice_names_the_crossover():
    (advice,) = advised()
    assert (advice.adapter, advice.between) == ("vulkan:0", ("M1", "L1"))
    assert advice.interval.low < advice.crossover < advice.interval.high


def test_a_wrong_answer_is_not_advised_however_fast():
    (advice,) = advised(Compared(job_id("M1", GPU), SAME, DIFFERENT, ()))
    assert advice.between == ("S1", "L1")


def test_what_was_stopped_is_not_advised():
    (advice,) = advised(Finished(job_id("M1", GPU), "stopped", 1.0, "stopped by the user"))
    assert advice.between == ("S1", "L1")


def test_advice_is_for_what_was_listed_and_can_be_chosen():
    assert advised(listed=("numpy",)) == ()
    assert advised(on=REFERENCE) == ()  # it is there to be right
    assert advised(listed=("gl:0",), on=adapter("gl:0"))[0].adapter == "gl:0"
