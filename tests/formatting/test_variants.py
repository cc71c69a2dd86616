"""Variants of one case: which are meant, what they are called, and how they are told beside the usual one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from paragon_tui.console.report import closing_lines
from paragon_tui.engine.messages.events import Compared, Failed, Planned, RunFinished
from paragon_tui.engine.messages.job import Job, JobId
from paragon_tui.engine.results.session import Session
from paragon_tui.engine.runner.requests import (
    RunSettings,
    Selection,
    measure_request,
    supported_arithmetic,
    usual_variant,
)
from paragon_tui.formatting import session_lines, timings
from paragon_tui.suites.case import DTYPES, USUAL, VARIANTS, Arithmetic, Case
from paragon_tui.suites.families import MODULES
from paragon_tui.suites.operation import operation
from paragon_tui.tui.model import Model
from tests.support.examples import CASES, DIFFERENT, GPU, NUMPY, REFERENCE, adapter, measured, prepared, ratio, started
from tests.support.sessions import folded
from tests.support.textbook import TEXTBOOK, known

GL = adapter("gl:0")
SWEEP = tuple(Arithmetic(dtype, variant) for dtype in DTYPES for variant in VARIANTS)
S1 = CASES["S1"]


@pytest.fixture(autouse=True)
def textbook(monkeypatch: pytest.MonkeyPatch) -> None:
    known(monkeypatch)


def names(case: Case, *arithmetic: Arithmetic) -> list[tuple[str, str]]:
    return [(one.dtype, one.variant) for one in supported_arithmetic(case, arithmetic)]


# Which are meant


def test_the_default_is_each_operations_usual_variant():
    assert names(S1, Arithmetic()) == [("f32", "default")]
    assert names(TEXTBOOK, Arithmetic()) == [("f32", "tiled")]
    assert (usual_variant(S1, "f16"), usual_variant(TEXTBOOK, "f16")) == ("default", "tiled")


def test_the_usual_variant_by_its_two_names_is_one():
    both = (Arithmetic(), Arithmetic(variant="vector"), Arithmetic(variant="tiled"))
    assert names(TEXTBOOK, *both) == [("f32", "tiled"), ("f32", "vector")]
    assert names(S1, *both) == [("f32", "default")]


def test_a_sweep_is_every_variant_that_there_is():
    assert names(TEXTBOOK, *SWEEP) == [
        *(("f32", "tiled"), ("f32", "vector"), ("f32", "for-loop")),
        *(("f16", "tiled"), ("f16", "vector")),
    ]
    assert names(S1, *SWEEP) == [
        *(("f32", "default"), ("f32", "plain"), ("f32", "barriers"), ("f16", "default"), ("i8", "default")),
    ]


def jobs(*arithmetic: Arithmetic) -> list[tuple[str, str]]:
    chosen = Selection((TEXTBOOK,), (NUMPY, REFERENCE, GPU), ("numpy", "reference", "vulkan:0"), arithmetic)
    return [(job.adapter.id, job.variant) for job in measure_request(chosen, RunSettings(Path("somewhere"))).jobs]


def test_hosts_run_beside_the_usual_variant_by_either_name_and_have_none():
    usual = [("numpy", "default"), ("reference", "default"), ("vulkan:0", "tiled")]
    assert jobs(Arithmetic()) == jobs(Arithmetic(variant="tiled")) == usual
    assert jobs(Arithmetic(variant="vector")) == [("numpy", "default"), ("vulkan:0", "vector")]


def test_the_variants_of_a_case_are_in_one_group():
    chosen = Selection((TEXTBOOK,), (NUMPY, GPU), ("vulkan:0",), SWEEP)
    groups = measure_request(chosen, RunSettings(Path("somewhere"))).groups
    assert [[job.variant for job in group] for group in groups] == [
        ["default", "tiled", "vector", "for-loop"],
        ["default", "tiled", "vector"],
    ]


@pytest.mark.parametrize("name", sorted(MODULES))
@pytest.mark.parametrize("dtype", DTYPES)
def test_an_operations_first_variant_is_a_usual_one_and_no_other(name, dtype):
    there = operation(name).variants(dtype)
    assert set(there) <= set(VARIANTS)
    assert [variant in USUAL for variant in there] == [place == 0 for place, _ in enumerate(there)]


@pytest.mark.parametrize(
    ("dtype", "variant", "label", "arithmetic"),
    [
        ("f32", "default", "S1", "f32"),
        ("f32", "tiled", "S1", "f32"),
        ("f16", "tiled", "S1:f16", "f16"),
        ("f32", "for-loop", "S1:for-loop", "f32 for-loop"),
        ("f16", "vector", "S1:f16:vector", "f16 vector"),
    ],
)
def test_a_usual_variant_needs_no_name(dtype, variant, label, arithmetic):
    name = JobId("inference", "S1", dtype, variant, "gl:0")
    assert (name.label, name.arithmetic) == (label, arithmetic)


# How they are told


def planned(variant: str, on=GPU, dtype: str = "f32") -> Planned:
    return Planned(Job(TEXTBOOK, on, dtype, variant).id, TEXTBOOK, on, "8 → 8 → 2", 0.1, "guarded")


TILED, VECTOR, LOOP = (planned(variant) for variant in ("tiled", "vector", "for-loop"))


def session(*events, results=(TILED, VECTOR, LOOP)) -> Session:
    return folded(started(*results, listed=("vulkan:0", "gl:0")), *events)


def ended(one: Planned, beside_usual: float | None = None):
    told = None if beside_usual is None else ratio(beside_usual, "slower")
    return measured(one.id, 1.0, variant_speedup=told)


def test_each_variant_is_told_over_the_usual_one():
    seen = session(*ended(TILED), *ended(VECTOR, 0.4), *ended(LOOP, 0.125))
    told = "tiled 1, vector 0.40× [0.3, 0.5] slower, for-loop 0.12× [0.0938, 0.156] slower"
    assert {timings.variant_ratios(seen, seen.results[one.id]) for one in (TILED, VECTOR, LOOP)} == {told}
    assert session_lines.variant_lines(seen) == [f"textbook-small f32 on vulkan:0: {told}"]
    assert f"Variants: textbook-small f32 on vulkan:0: {told}" in closing_lines(seen)
    assert ("Variants", told) in timings.timing_rows(seen, seen.results[LOOP.id])


def test_a_variant_that_failed_is_named_beside_the_others():
    seen = session(*ended(TILED), Failed(VECTOR.id, "unsupported", "too wide"), *ended(LOOP, 0.5))
    assert session_lines.variant_lines(seen)[0].endswith(
        ": tiled 1, vector unsupported, for-loop 0.50× [0.375, 0.625] slower"
    )


def test_wrong_bits_are_not_fast():
    wrong = (prepared(VECTOR.id), Compared(VECTOR.id, DIFFERENT, None, ()), *ended(VECTOR, 2.0))
    seen = session(*ended(TILED), *wrong, *ended(LOOP, 0.5))
    assert "vector ≠, for-loop 0.50×" in session_lines.variant_lines(seen)[0]


def test_where_the_usual_one_failed_nothing_is_compared():
    seen = session(Failed(TILED.id, "failed", "lost"), *ended(VECTOR), *ended(LOOP))
    assert session_lines.variant_lines(seen) == []
    assert "Variants" not in dict(timings.timing_rows(seen, seen.results[VECTOR.id]))


def test_a_variant_alone_is_compared_with_nothing():
    seen = session(*ended(TILED), results=(TILED,))
    assert session_lines.variant_lines(seen) == []
    assert seen.variants(seen.results[TILED.id]) == [seen.results[TILED.id]]


def test_adapters_and_dtypes_are_told_apart():
    half, elsewhere = replace(VECTOR, id=replace(VECTOR.id, dtype="f16")), planned("vector", GL)
    seen = session(*ended(TILED), *ended(VECTOR, 0.5), results=(TILED, VECTOR, half, elsewhere))
    assert [line.partition(":0:")[0] for line in session_lines.variant_lines(seen)] == ["textbook-small f32 on vulkan"]
    assert len(seen.variants(seen.results[half.id])) == len(seen.variants(seen.results[elsewhere.id])) == 1


def test_the_log_of_the_interface_tells_them_when_a_run_has_ended(tmp_path):
    model = Model((), tmp_path / "sessions.db")
    model.begin_run()
    for event in (started(TILED, VECTOR), *ended(TILED), *ended(VECTOR, 0.5), RunFinished("one", interrupted=False)):
        model.apply(event)
    assert "textbook-small f32 on vulkan:0: tiled 1, vector 0.50× [0.375, 0.625] slower" in [
        line.text for line in model.log
    ]


def test_a_failure_takes_the_comparison_away():
    seen = session(*ended(TILED), *ended(VECTOR, 0.5), Failed(VECTOR.id, "failed", "its bits changed"))
    assert seen.results[VECTOR.id].variant_speedup is None
