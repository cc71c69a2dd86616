"""From what was chosen to jobs, in the order in which they run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from paragon_tui.engine.messages.job import FAST, Job, Sampling
from paragon_tui.engine.runner.requests import RunSettings, Selection, measure_request, verify_request
from paragon_tui.suites.case import Arithmetic
from tests.support.examples import CASES, GPU, NUMPY, REFERENCE, adapter

GL, TORCH = adapter("gl:0"), adapter("torch")
FOUND = (NUMPY, REFERENCE, TORCH, GPU, GL)
ALL = tuple(one.id for one in FOUND)
S1, S2 = CASES["S1"], CASES["S2"]
TERMS = RunSettings(Path("somewhere"), {"host": "h", "vulkan": "v", "gl": "g"})
F32, F16, I8 = (Arithmetic(dtype) for dtype in ("f32", "f16", "i8"))
PLAIN, BARRIERS = Arithmetic("f32", "plain"), Arithmetic("f32", "barriers")


def measured(*arithmetic: Arithmetic, cases=(S1,), selected=ALL, found=FOUND) -> list[str]:
    chosen = Selection(cases, found, selected, arithmetic or (F32,))
    return [str(job.id) for job in measure_request(chosen, TERMS).jobs]


def verified(*arithmetic: Arithmetic, cases=(S1,), selected=ALL, found=FOUND) -> list[str]:
    chosen = Selection(cases, found, selected, arithmetic or (F32,))
    return [str(job.id) for job in verify_request(chosen, TERMS).jobs]


# Measuring


def test_jobs_come_case_by_case_the_baseline_first():
    assert measured(cases=(S1, S2), selected=("numpy", "reference", "gl:0")) == [
        *("S1 on numpy", "S1 on reference", "S1 on gl:0"),
        *("S2 on numpy", "S2 on reference", "S2 on gl:0"),
    ]


def test_adapters_come_in_the_order_in_which_they_were_found():
    assert measured(selected=("gl:0", "vulkan:0", "reference")) == [
        *("S1 on numpy", "S1 on reference", "S1 on vulkan:0", "S1 on gl:0"),
    ]


def test_the_baseline_runs_unlisted_where_it_was_not_asked_for():
    request = measure_request(Selection((S1,), FOUND, ("gl:0",)), TERMS)
    assert [job.adapter.id for job in request.jobs] == ["numpy", "gl:0"]
    assert request.listed == ("gl:0",)


def test_the_baseline_runs_once_for_each_case_and_dtype_whatever_the_variants():
    jobs = measured(F32, PLAIN, BARRIERS, F16, I8, cases=(S1, S2))
    baselines = [job for job in jobs if job.endswith("on numpy")]
    assert baselines == [f"{case}{dtype} on numpy" for case in ("S1", "S2") for dtype in ("", ":f16", ":i8")]


def test_a_dtype_is_finished_before_the_next_begins():
    assert measured(F32, PLAIN, I8, selected=("reference", "gl:0")) == [
        *("S1 on numpy", "S1 on reference", "S1 on gl:0", "S1:plain on gl:0"),
        *("S1:i8 on numpy", "S1:i8 on reference", "S1:i8 on gl:0"),
    ]


def test_variants_are_for_kernels_and_the_host_has_none():
    jobs = measured(PLAIN, BARRIERS)
    assert jobs == [
        "S1 on numpy",
        *("S1:plain on vulkan:0", "S1:plain on gl:0"),
        *("S1:barriers on vulkan:0", "S1:barriers on gl:0"),
    ]


@pytest.mark.parametrize("variant", ["plain", "barriers"])
@pytest.mark.parametrize("dtype", ["f16", "i8"])
def test_f16_and_i8_have_the_canonical_kernels_alone(dtype, variant):
    assert measured(Arithmetic(dtype, variant)) == []
    canonical = Arithmetic(dtype)
    assert measured(canonical, Arithmetic(dtype, variant)) == measured(canonical)


def test_no_job_is_there_twice():
    jobs = measured(F32, PLAIN, BARRIERS, F16, I8, cases=(S1, S2))
    assert len(set(jobs)) == len(jobs)


def test_without_a_baseline_the_others_run():
    assert measured(found=(REFERENCE, GPU)) == ["S1 on reference", "S1 on vulkan:0"]


def test_nothing_selected_measures_the_baseline_and_lists_nothing():
    assert measured(selected=()) == ["S1 on numpy"]


def test_the_adapters_of_a_case_and_dtype_take_turns():
    chosen = Selection((S1, S2), FOUND, ("numpy", "gl:0"), (F32, PLAIN, I8))
    groups = measure_request(chosen, TERMS).groups
    assert [[str(job.id) for job in group] for group in groups] == [
        ["S1 on numpy", "S1 on gl:0", "S1:plain on gl:0"],
        ["S1:i8 on numpy", "S1:i8 on gl:0"],
        ["S2 on numpy", "S2 on gl:0", "S2:plain on gl:0"],
        ["S2:i8 on numpy", "S2:i8 on gl:0"],
    ]


def test_a_request_has_the_terms_and_what_discovery_took():
    request = measure_request(Selection((S1,), FOUND, ALL, discovery_ms={"gl": 12.5}), TERMS)
    assert (request.settings, request.listed, request.discovery_ms) == (TERMS, ALL, {"gl": 12.5})


# What it will take


def seconds(job: Job, **settings) -> float:
    return replace(TERMS, **settings).expected_s(job)


def test_a_result_that_is_known_takes_what_it_took():
    job = Job(S1, GL)
    assert seconds(job, known_s={job.id: 12.5}) == 12.5
    assert seconds(job, known_s={Job(S2, GL).id: 12.5}) == seconds(job)


def test_what_is_not_known_takes_its_sampling_and_what_goes_around_it():
    on_host, on_device = Job(S1, NUMPY), Job(S1, GL)
    usual = Sampling()
    assert 2 * usual.min_time_s < seconds(on_host) < 1.3 * seconds(on_host) < seconds(on_device)
    assert seconds(on_device) < 5 * usual.min_time_s
    longer = replace(usual, min_time_s=usual.min_time_s + 10)
    for job, times in ((on_host, 2), (on_device, 3)):  # a device is run once more a sample, for its own time
        assert seconds(job, sampling=longer) - seconds(job) == pytest.approx(10 * times)
    alone = replace(usual, chained=0)
    assert seconds(on_host, sampling=alone) == seconds(on_host)
    assert seconds(on_device, sampling=alone) < seconds(on_device)
    assert seconds(on_device, sampling=replace(usual, repeat=3)) == pytest.approx(3 * seconds(on_device))


def test_a_fast_result_is_expected_to_be_one():
    assert FAST.min_time_s <= FAST.max_time_s <= 0.2
    assert seconds(Job(S1, GL), sampling=FAST) < seconds(Job(S1, GL)) / 1.5


def test_a_run_takes_what_its_results_take():
    request = measure_request(Selection((S1, S2), FOUND, ALL), TERMS)
    assert request.expected_s == pytest.approx(sum(TERMS.expected_s(job) for job in request.jobs))
    assert measure_request(Selection((), FOUND, ALL), TERMS).expected_s == 0


# Verifying


def test_verifying_asks_those_that_compute_canonically_adapter_by_adapter():
    assert verified(F32, F16, cases=(S1, S2)) == [
        f"{case}{dtype} on {where}"
        for where in ("reference", "vulkan:0", "gl:0")
        for case in ("S1", "S2")
        for dtype in ("", ":f16")
    ]


def test_verifying_asks_the_selected_alone():
    assert verified(selected=("numpy", "torch", "gl:0")) == ["S1 on gl:0"]
    assert verified(selected=("numpy", "torch")) == []


def test_a_dtype_is_verified_once_whatever_the_variants():
    assert verified(F32, PLAIN, BARRIERS, I8, selected=("gl:0",)) == ["S1 on gl:0", "S1:i8 on gl:0"]


def test_a_verification_has_the_terms_and_who_was_asked():
    request = verify_request(Selection((S1,), FOUND, ALL), TERMS)
    assert (request.settings, request.listed) == (TERMS, ALL)
