"""Which samples count beside other programs."""

from __future__ import annotations

import pytest

from paragon_tui.engine.analysis import disturbance
from paragon_tui.engine.analysis.disturbance import Load, counting_samples, is_quiet, quiet_cores
from tests.support.distributions import DISTRIBUTIONS, samples_of, visits


@pytest.fixture(autouse=True)
def loads_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disturbance, "QUIET_CORES", 0.1)


ENOUGH = samples_of(visits(DISTRIBUTIONS["quiet"], 0, rounds=10))
TOO_FEW = samples_of(visits(DISTRIBUTIONS["quiet"], 0, rounds=9))


@pytest.mark.parametrize("others", [None, 0.0, 0.1])
@pytest.mark.parametrize("uninterrupted", [None, TOO_FEW, ENOUGH])
def test_on_a_quiet_machine_all_count(others, uninterrupted):
    assert counting_samples(Load(others, 2, on_cpu=True), uninterrupted) == "all"


@pytest.mark.parametrize("on_cpu", [True, False])
def test_on_a_busy_one_those_count_that_were_not_interrupted(on_cpu):
    assert counting_samples(Load(1.0, 2, on_cpu), ENOUGH) == "uninterrupted"


@pytest.mark.parametrize("uninterrupted", [None, TOO_FEW])
def test_without_them_a_run_on_the_processor_is_disturbed(uninterrupted):
    assert counting_samples(Load(1.0, 2, on_cpu=True), uninterrupted) == "disturbed"
    assert counting_samples(Load(1.0, 2, on_cpu=False), uninterrupted) == "all"


def test_a_load_that_is_small_beside_all_cores_is_carried_by_the_scatter():
    assert counting_samples(Load(0.7, 16, on_cpu=True), TOO_FEW) == "all"
    assert counting_samples(Load(0.9, 16, on_cpu=True), TOO_FEW) == "disturbed"


@pytest.mark.parametrize(
    ("setting", "cores"), [("", 0.1), ("0", 0.0), ("1.5", 1.5), ("-1", 0.1), ("nan", 0.1), ("inf", 0.1), ("two", 0.1)]
)
def test_how_many_cores_disturb_can_be_set(setting, cores):
    assert quiet_cores(setting) == cores


def test_a_short_time_may_count_a_tick_too_much():
    assert is_quiet(None, 1.0) and is_quiet(0.1, 60.0)
    assert is_quiet(0.13, 0.5) and not is_quiet(0.14, 0.5)
    assert not is_quiet(0.13, 60.0)


def test_the_load_counts_where_an_adapter_computes_on_the_cores():
    assert Load(1.0, 2, on_cpu=True).beyond_scatter == 0.5
    assert Load(3.0, 2, on_cpu=True).beyond_scatter == 1.0  # a count in ticks may be too high
    for unweighed in (Load(1.0, 2, on_cpu=False), Load(None, 2, on_cpu=True), Load(0.7, 16, on_cpu=True)):
        assert unweighed.beyond_scatter == 0.0
