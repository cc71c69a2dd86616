"""From what was chosen to jobs, in the order in which they run."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit_examples import CASES, GPU, NUMPY, REFERENCE, adapter

from paragon_tui.engine.job import Job, Measure, Sampling, Verify
from paragon_tui.engine.requests import Chosen, RunRequest, measuring, verifying
from paragon_tui.suites.case import Arithmetic

GL, TORCH = adapter("gl:0"), adapter("torch")
FOUND = (NUMPY, REFERENCE, TORCH, GPU, GL)
ALL = tuple(one.id for one in FOUND)
S1, S2 = CASES["S1"], CASES["S2"]
CACHE = Path("somewhere")
BACKENDS = {"host": "h", "vulkan": "v", "gl": "g"}
F32, F16, I8 = (Arithmetic(dtype) for dtype in ("f32", "f16", "i8"))
PLAIN, BARRIERS = Arithmetic("f32", "plain"), Arithmetic("f32", "barriers")


def measured(*arithmetic: Arithmetic, cases=(S1,), selected=ALL, found=FOUND) -> list[str]:
    chosen = Chosen(cases, found, selected, arithmetic or (F32,))
    return [str(job.id) for job in measuring(chosen, CACHE, backends=BACKENDS).jobs]


def verified(*arithmetic: Arithmetic, cases=(S1,), selected=ALL, found=FOUND) -> list[str]:
    chosen = Chosen(cases, found, selected, arithmetic or (F32,))
    return [str(job.id) for job in verifying(chosen, CACHE, backends=BACKENDS).jobs]


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
    request = measuring(Chosen((S1,), FOUND, ("gl:0",)), CACHE, backends=BACKENDS)
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


def test_a_worker_is_asked_with_its_backend_the_sampling_and_the_cache():
    sampling = Sampling(iterations=3)
    request = measuring(Chosen((S1,), FOUND, ALL), CACHE, sampling, 7.5, BACKENDS)
    assert request.timeout_s == 7.5
    job = Job(S1, GL)
    assert request.command(job) == Measure(job, "g", sampling, "somewhere")
    assert measuring(Chosen((S1,), FOUND, ALL), CACHE, backends=BACKENDS).command(job) == Measure(
        job, "g", Sampling(), "somewhere"
    )


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


def test_a_worker_is_asked_to_verify_with_its_backend_and_the_cache():
    request: RunRequest = verifying(Chosen((S1,), FOUND, ALL), CACHE, 9.0, BACKENDS)
    job = Job(S1, REFERENCE)
    assert (request.command(job), request.timeout_s, request.listed) == (Verify(job, "h", "somewhere"), 9.0, ALL)
