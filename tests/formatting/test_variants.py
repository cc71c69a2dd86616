"""Variants of a case in words: their names, and their lines beside the usual variant."""

from __future__ import annotations

from dataclasses import replace

import pytest

from paragon_tui.console.report import closing_lines
from paragon_tui.engine.messages.events import Compared, Failed, Planned, RunFinished
from paragon_tui.engine.messages.job import Job, JobId
from paragon_tui.engine.results.session import Session
from paragon_tui.formatting import session_lines, timings
from paragon_tui.tui.model import Model
from tests.support.examples import DIFFERENT, GPU, adapter, measured, prepared, ratio, started
from tests.support.sessions import folded
from tests.support.textbook import TEXTBOOK, known

GL = adapter("gl:0")


@pytest.fixture(autouse=True)
def textbook(monkeypatch: pytest.MonkeyPatch) -> None:
    known(monkeypatch)


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


# Beside the usual variant


def planned(variant: str, on=GPU, dtype: str = "f32") -> Planned:
    return Planned(Job(TEXTBOOK, on, dtype, variant).id, TEXTBOOK, on, "8 → 8 → 2", 0.1, "guarded")


TILED, VECTOR, LOOP = (planned(variant) for variant in ("tiled", "vector", "for-loop"))


def session(*events, results=(TILED, VECTOR, LOOP)) -> Session:
    return folded(started(*results, listed=("vulkan:0", "gl:0")), *events)


def ended(result: Planned, beside_usual: float | None = None):
    speedup = None if beside_usual is None else ratio(beside_usual, "slower")
    return measured(result.id, 1.0, variant_speedup=speedup)


def test_each_variant_is_told_over_the_usual_one():
    seen = session(*ended(TILED), *ended(VECTOR, 0.4), *ended(LOOP, 0.125))
    line = "tiled 1, vector 0.40× [0.3, 0.5] slower, for-loop 0.12× [0.0938, 0.156] slower"
    assert {timings.variant_ratios(seen, seen.results[result.id]) for result in (TILED, VECTOR, LOOP)} == {line}
    assert session_lines.variant_lines(seen) == [f"textbook-small f32 on vulkan:0: {line}"]
    assert f"Variants: textbook-small f32 on vulkan:0: {line}" in closing_lines(seen)
    assert ("Variants", line) in timings.timing_rows(seen, seen.results[LOOP.id])


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
    assert seen.results[VECTOR.id].timings.variant_speedup is None
