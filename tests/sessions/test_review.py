"""A session beside its baseline: ratios and where they come from, and why there is none."""

from __future__ import annotations

import random

import pytest

from paragon_tui.sessions.review import Cell, Row, adapters
from paragon_tui.sessions.saved_session import saved_session
from tests.support.documents import Document, compared, failed, numpy, rated, result, reviewed, session, times


def only_row(*results: Document, baseline: str = "numpy") -> Row:
    (table,) = reviewed(*results, baseline=baseline).tables
    (only,) = table.rows
    return only


def only_cell(*results: Document, baseline: str = "numpy") -> Cell:
    (only,) = only_row(*results, baseline=baseline).cells
    return only


# Ratios


def test_numpys_ratio_and_interval_are_the_sessions_own() -> None:
    cell = only_cell(numpy(latency=times(1.0)), rated(0.9))
    assert cell.ratio is not None and cell.ratio.interval is not None and cell.reason is None
    assert cell.ratio.value == 0.9
    assert cell.ratio.interval.low == pytest.approx(0.8982)
    assert (str(cell.speed), str(cell.band)) == ("within 20 %", "excellent")


def test_numpy_need_not_be_listed() -> None:
    only = only_row(rated(2.0))
    assert (only.baseline_ms, only.baseline, only.reason) == (1.0, None, None)
    assert str(only.cells[0].speed) == "faster"


def test_torchs_ratio_is_of_the_medians_with_the_interval_of_theirs() -> None:
    cell = only_cell(result(adapter="torch", latency=times(3.0)), rated(0.5), baseline="torch")
    assert cell.ratio is not None and cell.ratio.interval is not None
    assert cell.ratio.value == pytest.approx(1.5)  # 2 ms, whatever its ratio to NumPy
    assert 1.49 < cell.ratio.interval.low < 1.5 < cell.ratio.interval.high < 1.51


def test_a_side_without_an_interval_leaves_the_ratio_without() -> None:
    cell = only_cell(result(adapter="torch", latency=times(3.0, None)), result(), baseline="torch")
    assert cell.ratio is not None and cell.ratio.interval is None
    assert (str(cell.speed), str(cell.band)) == ("faster ?", "excellent ?")


def test_without_visits_side_by_side_numpys_median_gives_the_ratio() -> None:
    cell = only_cell(rated(2.0, speedup=None, speedup_interval=None))
    assert cell.ratio is not None and (cell.ratio.value, cell.ratio.interval) == (2.0, None)


# Why there is none


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (failed(error="no more memory"), "failed: no more memory"),
        (failed() | {"status": "unsupported", "error": "64 GiB are needed"}, "unsupported: 64 GiB are needed"),
        (rated(1.0, status="stopped", error=None), "stopped"),
        (
            rated(1.0, status="stopped", error="stopped by the user after 3 samples"),
            "stopped by the user after 3 samples",
        ),
        (failed() | {"status": "ok"}, "no time was measured"),
        (rated(9.0, bit_identical=False), "it claimed the reference's bits but differs"),
        (rated(9.0, **compared(False, "output_")), "it claimed the reference's bits but differs"),
        (rated(9.0, deterministic=False), "it claimed the reference's bits but differs"),
        (result(latency=times(0.0), cpu_ms=1.0), "too short for the clock"),
        (result(cpu_ms=0.0), "too short for the clock"),
        (result(cpu_ms=None), "numpy was not measured"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_has_no_ratio_says_why(document: Document, why: str) -> None:
    cell = only_cell(document)
    assert (cell.ratio, cell.speed, cell.band, cell.reason) == (None, None, None, why)


def test_a_baseline_that_failed_is_said_beside_its_time_and_every_ratio() -> None:
    only = only_row(failed(adapter="numpy", error="killed"), result())
    assert (only.baseline_ms, only.reason, only.cells[0].reason) == (
        None,
        "numpy: failed: killed",
        "numpy: failed: killed",
    )


def test_torch_that_is_not_there_is_said() -> None:
    only = only_row(numpy(), rated(2.0), baseline="torch")
    assert only.reason == "torch was not measured" and only.baseline_ms is None
    assert [cell.column for cell in only.cells] == ["numpy", "opencl:0"]


def test_a_baseline_at_another_dtype_or_variant_is_none() -> None:
    tables = reviewed(numpy(dtype="f16"), result(), numpy(variant="plain")).tables
    f32 = next(table for table in tables if table.dtype == "f32")
    assert [cell.reason for cell in f32.rows[0].cells] == ["numpy was not measured"] * 2


# Bits


@pytest.mark.parametrize(
    ("changes", "bits"),
    [
        ({}, "identical"),
        ({"bit_identical": False}, "claim broken"),
        ({"bit_identical": False, "standing": None}, "other bits, none claimed"),
        (compared(False, "output_") | {"standing": "not here"}, "other bits, none claimed"),
        ({"bit_identical": None}, "not compared"),
        ({"bit_identical": True, "standing": None}, "identical"),
    ],
)
def test_bits(changes: Document, bits: str) -> None:
    assert only_cell(rated(1.0, **changes)).bits == bits


# Tables


def test_a_table_an_operation_and_dtype_a_row_a_size() -> None:
    add: Document = {"suite": "vector", "operation": "add"}
    tables = reviewed(
        rated(1.0, "add-1k", **add, size="1k"),
        rated(1.0, "add-1k", **add, size="1k", dtype="f16"),
        rated(1.0, "add-1M", **add, size="1M"),
        rated(1.0, "dot-1k", **add | {"operation": "dot"}, size="1k"),
    ).tables
    assert [(table.suite, table.operation, table.dtype, [row.size for row in table.rows]) for table in tables] == [
        ("vector", "add", "f32", ["1k", "1M"]),
        ("vector", "add", "f16", ["1k"]),
        ("vector", "dot", "f32", ["1k"]),
    ]


def test_an_older_document_has_its_suite_and_cases_for_operation_and_sizes() -> None:
    (table,) = reviewed(rated(1.0, "S1"), rated(1.0, "XL2", operation=None, size=None), schema=2).tables
    assert (table.operation, [row.size for row in table.rows]) == ("inference", ["S1", "XL2"])


def test_columns_stand_as_adapters_are_shown_whoever_ended_first() -> None:
    names = ["vulkan:0", "gl:0", "opencl:1", "reference", "torch", "opencl:0", "later:0"]
    results = [rated(1.0, adapter=name) for name in names]
    results += [rated(1.0, adapter="opencl:0", variant="plain"), numpy()]
    wanted = ("reference", "torch", "opencl:0", "opencl:0 plain", "opencl:1", "vulkan:0", "gl:0", "later:0")
    for seed in range(5):
        random.Random(seed).shuffle(results)
        (table,) = reviewed(*results).tables
        assert table.columns == tuple(cell.column for cell in table.rows[0].cells) == wanted


def test_an_adapter_is_shown_by_a_result_that_tells_its_library() -> None:
    saved = saved_session(session(result("S1"), numpy("S1"), numpy("S2", library="OpenBLAS", threads=2)), "it")
    assert [(adapter.id.adapter, adapter.resources.library) for adapter in adapters(saved)] == [
        ("numpy", "OpenBLAS"),
        ("opencl:0", None),
    ]
