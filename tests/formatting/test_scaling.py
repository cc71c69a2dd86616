"""How times change along an axis, from saved sessions: rows, figures, and what is left out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from paragon_tui.console.report_sections import Grid, sections
from paragon_tui.engine.results.scaling import batch_scaling, thread_scaling
from paragon_tui.formatting.scaling import scaling_tables
from paragon_tui.sessions.review import review
from paragon_tui.sessions.saved_session import SavedSession, saved_session
from tests.support.documents import Document, compared, result, session, times

STEPS = {"value": 1.0, "interval": None, "unit": "steps/s", "count": 100}


def of_batch(batch: int, ms: float, case: str = "S1", **changes: Any) -> Document:
    name = case if batch == 1 else f"{case}@{batch}"
    return result(name, latency=times(ms), batch=batch, **{"operation": "network", "size": case} | changes)


def saved(*results: Document) -> SavedSession:
    return saved_session(json.loads(json.dumps(session(*results))), "it")


def test_the_figures_of_a_row_follow_from_its_medians() -> None:
    (row,) = batch_scaling(saved(of_batch(64, 4.0), of_batch(1, 0.5), of_batch(8, 1.0)).results)
    assert [point.result.batch for point in row] == [1, 8, 64]
    assert [point.per_sample_ms for point in row] == pytest.approx([0.5, 0.125, 0.0625])
    assert [point.per_second for point in row] == pytest.approx([2000, 8000, 16000])
    assert [point.gain for point in row] == pytest.approx([1, 4, 8])


def test_a_row_is_of_one_case_dtype_variant_and_adapter() -> None:
    others = (
        of_batch(8, 1.0, adapter="gl:0"),
        of_batch(8, 1.0, dtype="f16"),
        of_batch(8, 1.0, variant="vector"),
        of_batch(8, 1.0, case="S2"),
    )
    assert batch_scaling(saved(of_batch(1, 0.5), *others).results) == ()
    assert len(batch_scaling(saved(of_batch(1, 0.5), of_batch(8, 1.0, adapter="gl:0"), *others[1:]).results)) == 0


def test_what_has_no_sound_time_is_in_no_row() -> None:
    wrong = of_batch(8, 0.1, **compared(False))
    failed = of_batch(64, 0.1, status="failed", error="lost", latency_ms=None)
    assert batch_scaling(saved(of_batch(1, 0.5), wrong, failed).results) == ()
    assert list(scaling_tables(saved(of_batch(1, 0.5), wrong, failed).results)) == []


def test_each_step_of_a_training_takes_a_batch() -> None:
    trainings = (of_batch(batch, ms, "train-xor", rate=STEPS) for batch, ms in ((4, 10.0), (64, 40.0)))
    (row,) = batch_scaling(saved(*trainings).results)
    assert [point.samples for point in row] == [400, 6400]
    assert [point.gain for point in row] == pytest.approx([1, 4])


def test_a_report_has_the_table_and_says_what_a_gain_is() -> None:
    kept = saved(of_batch(1, 0.5), of_batch(8, 1.0, flags=[{"name": "imprecise", "words": "±9 %"}]))
    (section,) = [each for each in sections(review(kept, "numpy")) if each.title == "Scaling with the batch"]
    words, grid = section.content
    assert isinstance(words, str) and isinstance(grid, Grid)
    assert "samples per second over that at the smallest batch" in words
    assert grid.heading == ("case", "adapter", "batch", "time", "per sample", "samples/s", "gain")
    assert grid.rows == (
        ("S1", "opencl:0", "1", "500 µs", "500 µs", "2,000", "1.00×"),
        ("S1@8", "opencl:0", "8", "1.00 ms~", "125 µs", "8,000", "4.00×"),
    )


def on_threads(threads: int, ms: float, adapter: str = "numpy", **changes: Any) -> Document:
    return result(adapter=f"{adapter}@{threads}", latency=times(ms), **{"threads": threads} | changes)


def test_a_speedup_is_over_the_fewest_threads_and_efficiency_over_how_many_times_as_many() -> None:
    (row,) = thread_scaling(saved(on_threads(4, 1.0), on_threads(1, 3.0), on_threads(2, 1.5)).results)
    assert [point.threads for point in row] == [1, 2, 4]
    assert [point.speedup for point in row] == pytest.approx([1, 2, 3])
    assert [point.efficiency for point in row] == pytest.approx([1, 1, 0.75])
    (row,) = thread_scaling(saved(on_threads(2, 2.0), on_threads(4, 1.0)).results)
    assert [(point.speedup, point.efficiency) for point in row] == [(1, 1), (2, 1)]


def test_a_row_of_threads_is_of_one_adapter_and_of_numbers_that_were_used() -> None:
    loops = on_threads(2, 1.0) | {"threads": 1}  # a ufunc: it says that it used one
    free = result(adapter="numpy", latency=times(1.0), threads=2)
    assert thread_scaling(saved(on_threads(1, 1.0), loops, on_threads(2, 1.0, "opencl:0"), free).results) == ()
    assert list(scaling_tables(saved(on_threads(1, 1.0), loops, free).results)) == []


def test_a_report_has_a_table_of_threads_and_each_number_beside_its_own_baseline() -> None:
    kept = saved(
        *(on_threads(number, 4.0 / number) for number in (1, 2)),
        *(on_threads(number, 3.0, "opencl:0", speedup=None) for number in (1, 2)),
        result(adapter="reference", latency=times(9.0), cpu_ms=1.9),
    )
    reviewed = review(kept, "numpy")
    assert [(table.threads, table.baseline, table.columns) for table in reviewed.tables] == [
        (1, "numpy@1", ("opencl:0@1",)),
        (2, "numpy@2", ("opencl:0@2",)),
        (None, "numpy", ("reference",)),
    ]
    ratios = [cell.ratio.value for cell in reviewed.cells if cell.ratio and cell.column != "reference"]
    assert ratios == pytest.approx([4 / 3, 2 / 3])
    by_title = {section.title: section for section in sections(reviewed)}
    assert by_title["Fastest adapter by size, number of operations"].content[0] == (
        "Adapters that are limited to a number of threads compete with those on as many."
    )
    assert {"inference: inference, f32, 1 thread", "inference: inference, f32, 2 threads"} <= {
        title if ": " in title else f"inference: {title}" for title in by_title
    }
    words, grid = by_title["Scaling with threads"].content
    assert isinstance(words, str) and isinstance(grid, Grid)
    assert grid.rows == (
        ("S1", "numpy", "1", "4.00 ms", "1.00×", "100 %"),
        ("S1", "numpy", "2", "2.00 ms", "2.00×", "100 %"),
        ("S1", "opencl:0", "1", "3.00 ms", "1.00×", "100 %"),
        ("S1", "opencl:0", "2", "3.00 ms", "1.00×", "50 %"),
    )
