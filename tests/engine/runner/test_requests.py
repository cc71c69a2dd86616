"""From a selection to jobs, in the order in which they run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from paragon_tui.engine.messages.job import FAST, Job, Sampling
from paragon_tui.engine.runner.requests import (
    RunSettings,
    Selection,
    measure_request,
    supported_arithmetic,
    usual_variant,
    verify_request,
)
from paragon_tui.suites.case import DTYPES, USUAL, VARIANTS, Arithmetic, Case
from paragon_tui.suites.workloads.registry import OPERATIONS, workload
from tests.support.examples import CASES, GPU, NUMPY, REFERENCE, adapter
from tests.support.textbook import TEXTBOOK, known

GL, TORCH = adapter("gl:0"), adapter("torch")
ADAPTERS = (NUMPY, REFERENCE, TORCH, GPU, GL)
ALL = tuple(adapter.id for adapter in ADAPTERS)
S1, S2 = CASES["S1"], CASES["S2"]
TERMS = RunSettings(Path("somewhere"), {"host": "h", "vulkan": "v", "gl": "g"})
F32, F16, I8 = (Arithmetic(dtype) for dtype in ("f32", "f16", "i8"))
PLAIN, BARRIERS = Arithmetic("f32", "plain"), Arithmetic("f32", "barriers")
SWEEP = tuple(Arithmetic(dtype, variant) for dtype in DTYPES for variant in VARIANTS)
TEXTBOOK_KNOWN = pytest.mark.usefixtures("textbook")


@pytest.fixture
def textbook(monkeypatch: pytest.MonkeyPatch) -> None:
    known(monkeypatch)


def measured(*arithmetic: Arithmetic, cases=(S1,), selected=ALL, adapters=ADAPTERS) -> list[str]:
    selection = Selection(cases, adapters, selected, arithmetic or (F32,))
    return [str(job.id) for job in measure_request(selection, TERMS).jobs]


def verified(*arithmetic: Arithmetic, cases=(S1,), selected=ALL, adapters=ADAPTERS) -> list[str]:
    selection = Selection(cases, adapters, selected, arithmetic or (F32,))
    return [str(job.id) for job in verify_request(selection, TERMS).jobs]


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
    request = measure_request(Selection((S1,), ADAPTERS, ("gl:0",)), TERMS)
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
    assert measured(adapters=(REFERENCE, GPU)) == ["S1 on reference", "S1 on vulkan:0"]


def test_nothing_selected_measures_the_baseline_and_lists_nothing():
    assert measured(selected=()) == ["S1 on numpy"]


def test_the_adapters_of_a_case_and_dtype_take_turns():
    selection = Selection((S1, S2), ADAPTERS, ("numpy", "gl:0"), (F32, PLAIN, I8))
    groups = measure_request(selection, TERMS).groups
    assert [[str(job.id) for job in group] for group in groups] == [
        ["S1 on numpy", "S1 on gl:0", "S1:plain on gl:0"],
        ["S1:i8 on numpy", "S1:i8 on gl:0"],
        ["S2 on numpy", "S2 on gl:0", "S2:plain on gl:0"],
        ["S2:i8 on numpy", "S2:i8 on gl:0"],
    ]


def test_a_request_has_the_terms_and_what_discovery_took():
    request = measure_request(Selection((S1,), ADAPTERS, ALL, discovery_ms={"gl": 12.5}), TERMS)
    assert (request.settings, request.listed, request.discovery_ms) == (TERMS, ALL, {"gl": 12.5})


# Variants


def supported(case: Case, *arithmetic: Arithmetic) -> list[tuple[str, str]]:
    return [(each.dtype, each.variant) for each in supported_arithmetic(case, arithmetic)]


@TEXTBOOK_KNOWN
def test_the_default_is_each_operations_usual_variant():
    assert supported(S1, Arithmetic()) == [("f32", "default")]
    assert supported(TEXTBOOK, Arithmetic()) == [("f32", "tiled")]
    assert (usual_variant(S1, "f16"), usual_variant(TEXTBOOK, "f16")) == ("default", "tiled")


@TEXTBOOK_KNOWN
def test_the_usual_variant_by_its_two_names_is_one():
    both = (Arithmetic(), Arithmetic(variant="vector"), Arithmetic(variant="tiled"))
    assert supported(TEXTBOOK, *both) == [("f32", "tiled"), ("f32", "vector")]
    assert supported(S1, *both) == [("f32", "default")]


@TEXTBOOK_KNOWN
def test_a_sweep_is_every_variant_that_there_is():
    assert supported(TEXTBOOK, *SWEEP) == [
        *(("f32", "tiled"), ("f32", "vector"), ("f32", "for-loop")),
        *(("f16", "tiled"), ("f16", "vector")),
    ]
    assert supported(S1, *SWEEP) == [
        *(("f32", "default"), ("f32", "plain"), ("f32", "barriers"), ("f16", "default"), ("i8", "default")),
    ]


def textbook_jobs(*arithmetic: Arithmetic) -> list[tuple[str, str]]:
    selection = Selection((TEXTBOOK,), (NUMPY, REFERENCE, GPU), ("numpy", "reference", "vulkan:0"), arithmetic)
    return [(job.adapter.id, job.variant) for job in measure_request(selection, TERMS).jobs]


@TEXTBOOK_KNOWN
def test_hosts_run_beside_the_usual_variant_by_either_name_and_have_none():
    usual = [("numpy", "default"), ("reference", "default"), ("vulkan:0", "tiled")]
    assert textbook_jobs(Arithmetic()) == textbook_jobs(Arithmetic(variant="tiled")) == usual
    assert textbook_jobs(Arithmetic(variant="vector")) == [("numpy", "default"), ("vulkan:0", "vector")]


@TEXTBOOK_KNOWN
def test_the_variants_of_a_case_are_in_one_group():
    selection = Selection((TEXTBOOK,), (NUMPY, GPU), ("vulkan:0",), SWEEP)
    groups = measure_request(selection, TERMS).groups
    assert [[job.variant for job in group] for group in groups] == [
        ["default", "tiled", "vector", "for-loop"],
        ["default", "tiled", "vector"],
    ]


@pytest.mark.parametrize("name", sorted(OPERATIONS))
@pytest.mark.parametrize("dtype", DTYPES)
def test_an_operations_first_variant_is_a_usual_one_and_no_other(name, dtype):
    variants = workload(name).variants(dtype)
    assert set(variants) <= set(VARIANTS)
    assert [variant in USUAL for variant in variants] == [place == 0 for place, _ in enumerate(variants)]


# Expected durations


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
    assert seconds(on_device) < 6 * usual.min_time_s
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
    request = measure_request(Selection((S1, S2), ADAPTERS, ALL), TERMS)
    assert request.expected_s == pytest.approx(sum(TERMS.expected_s(job) for job in request.jobs))
    assert measure_request(Selection((), ADAPTERS, ALL), TERMS).expected_s == 0


# Verifying


def test_verifying_asks_those_that_compute_canonically_adapter_by_adapter():
    assert verified(F32, F16, cases=(S1, S2)) == [
        f"{case}{arithmetic} on {where}"
        for where in ("reference", "vulkan:0", "gl:0")
        for case in ("S1", "S2")
        for arithmetic in ("", ":barriers", ":f16")
        if where != "reference" or arithmetic != ":barriers"  # a host has no kernels
    ]


def test_verifying_asks_the_selected_alone():
    assert verified(selected=("numpy", "torch", "gl:0")) == ["S1 on gl:0", "S1:barriers on gl:0"]
    assert verified(selected=("numpy", "torch")) == []


def test_a_dtype_is_verified_in_all_variants_but_the_naive_one_whichever_are_ticked():
    verified_on_gl = ["S1 on gl:0", "S1:barriers on gl:0", "S1:i8 on gl:0"]
    assert verified(F32, PLAIN, I8, selected=("gl:0",)) == verified_on_gl


def test_a_verification_has_the_terms_and_who_was_asked():
    request = verify_request(Selection((S1,), ADAPTERS, ALL), TERMS)
    assert (request.settings, request.listed) == (TERMS, ALL)
