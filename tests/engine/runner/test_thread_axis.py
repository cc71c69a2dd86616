"""Several numbers of threads: which adapters a run has then, in which order, and beside which baselines."""

from __future__ import annotations

from dataclasses import replace

import pytest

from paragon_tui.engine.messages.job import JobId, is_baseline_adapter
from paragon_tui.engine.runner import thread_axis
from paragon_tui.engine.runner.requests import Selection, measure_request
from paragon_tui.engine.runner.thread_axis import check_counts, shown_versions, single, with_thread_counts
from paragon_tui.exit_status import UsageError
from tests.backends.test_threads import POCL
from tests.engine.runner.test_requests import S1, TERMS
from tests.support.examples import GPU, NUMPY, REFERENCE

FOUND = (NUMPY, REFERENCE, POCL, GPU)


def measured(selected: tuple[str, ...], counts: tuple[int, ...]) -> tuple[list[str], tuple[str, ...]]:
    request = measure_request(Selection((S1,), *with_thread_counts(FOUND, selected, counts)), TERMS)
    return [job.adapter.id for job in request.jobs], request.listed


def test_adapters_on_the_processor_are_there_once_for_each_number_beside_numpy_on_as_many() -> None:
    assert measured(("opencl:0",), (1, 2)) == (
        ["numpy@1", "numpy@2", "opencl:0@1", "opencl:0@2"],
        ("opencl:0@1", "opencl:0@2"),
    )
    assert measured(("numpy", "opencl:0"), (2, 1)) == (
        ["numpy@2", "numpy@1", "opencl:0@2", "opencl:0@1"],
        ("numpy@2", "numpy@1", "opencl:0@2", "opencl:0@1"),
    )


def test_what_has_no_limit_has_numpy_as_it_is_for_its_baseline() -> None:
    jobs, listed = measured(("reference", "opencl:0", "vulkan:0"), (1, 2))
    assert jobs == ["numpy", "numpy@1", "numpy@2", "reference", "opencl:0@1", "opencl:0@2", "vulkan:0"]
    assert listed == ("reference", "opencl:0@1", "opencl:0@2", "vulkan:0")


@pytest.mark.parametrize("counts", [(), (2,)])
def test_one_number_or_none_makes_no_adapters(counts: tuple[int, ...]) -> None:
    assert with_thread_counts(FOUND, ("opencl:0",), counts) == (FOUND, ("opencl:0",))
    assert measured(("opencl:0",), counts) == (["numpy", "opencl:0"], ("opencl:0",))
    assert single(counts) == (counts[0] if counts else None)
    assert shown_versions(NUMPY, counts) == (NUMPY,)


def test_several_are_no_setting_of_the_whole_run() -> None:
    assert single((1, 2)) is None


def test_where_adapters_are_ticked_numpy_without_a_limit_is_on_request() -> None:
    numpy, *others = shown_versions(NUMPY, (1, 2))
    assert numpy == replace(NUMPY, on_request=True)
    assert [(each.id, each.on_request) for each in others] == [("numpy@1", False), ("numpy@2", False)]
    assert [each.id for each in shown_versions(POCL, (1, 2))] == ["opencl:0@1", "opencl:0@2"]
    assert shown_versions(GPU, (1, 2)) == (GPU,)


def test_more_threads_than_cores_are_refused_in_a_list_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thread_axis, "usable_cores", lambda: 4)
    check_counts((1, 4))
    check_counts((64,))
    with pytest.raises(UsageError, match="--threads 1,8: this program may use 4 cores here, so 8 threads would show"):
        check_counts((1, 8))


@pytest.mark.parametrize(
    ("adapter", "baseline"),
    [("opencl:0@2", "numpy@2"), ("numpy@1", "numpy@1"), ("vulkan:0", "numpy"), ("numpy-avx2@2", "numpy@2")],
)
def test_a_speedup_is_over_numpy_on_as_many_threads(adapter: str, baseline: str) -> None:
    assert JobId("inference", "S1", "f32", "plain", adapter).baseline.adapter == baseline
    assert is_baseline_adapter(adapter) == (adapter in ("numpy@1", "numpy"))
    assert is_baseline_adapter(baseline)
