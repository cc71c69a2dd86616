"""The comparison of two runs, with results that are missing, unmeasured or without an interval."""

from __future__ import annotations

from typing import Any

from benchmarks.repeatability import Results, report
from tests.support.documents import times


def run(**summaries: dict[str, Any] | None) -> Results:
    return {(case, "f32", "default", "gl:0"): summary for case, summary in summaries.items()}


def test_results_that_overlap_are_enough():
    lines, enough = report(run(S1=times(1.0, 0.1), S2=times(2.0, 0.1)), run(S1=times(1.1, 0.1), S2=times(2.0, 0.1)))
    assert enough
    assert lines[2] == "| S1 | gl:0 | 1 [0.9, 1.1] | 1.1 [0.99, 1.21] | yes |"
    assert lines[-1].startswith("2 of 2 results overlap (100%, target 90%); half an interval is 10.0% of its median")


def test_results_that_lie_apart_are_not():
    lines, enough = report(run(S1=times(1.0)), run(S1=times(1.1)))
    assert not enough and lines[2].endswith("| no |")


def test_a_result_that_only_one_run_has_agrees_with_nothing():
    for first, second in ((run(S1=times(1.0), S2=times(2.0)), run(S1=times(1.0))), (run(), run(S1=times(1.0)))):
        assert not report(first, second)[1] and not report(second, first)[1]
    assert report(run(S1=times(1.0)), run())[0][2] == "| S1 | gl:0 | 1 [0.998, 1.002] | not measured | no |"


def test_neither_does_one_that_was_not_measured_or_has_no_interval():
    lines, enough = report(run(S1=times(1.0, None), S2=None), run(S1=times(1.0), S2=None))
    assert not enough
    assert lines[2] == "| S1 | gl:0 | 1 | 1 [0.998, 1.002] | no |"
    assert lines[3] == "| S2 | gl:0 | not measured | not measured | no |"


def test_two_runs_of_nothing_are_no_agreement():
    assert report(run(), run()) == (["neither run has results"], False)
