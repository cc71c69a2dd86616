"""The memory of a case on all its adapters together: what does not fit is refused in words, the rest is measured."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from paragon_tui.engine.messages.events import SampleBatch
from paragon_tui.engine.messages.job import Job
from paragon_tui.engine.runner import scheduler
from paragon_tui.engine.runner.available_memory import available_mib, beyond_memory
from paragon_tui.engine.runner.selection import CaseFilter, select_cases
from paragon_tui.suites.workloads.registry import workload
from tests.support.engine_runs import run_cases
from tests.support.examples import NUMPY, adapter

(CASE,) = select_cases(CaseFilter(("XL2",)))
SIZE = workload(CASE.operation).megabytes(CASE, "f32")
JOBS = [Job(CASE, each, "f32") for each in (NUMPY, adapter("opencl:0", type="cpu"), adapter("vulkan:0"))]


def test_all_that_hold_a_case_at_a_time_count() -> None:
    assert beyond_memory(JOBS, SIZE * 5.7) == {}
    refused = beyond_memory(JOBS, SIZE * 5.5)
    assert list(refused) == [JOBS[2]]
    assert "beside" in refused[JOBS[2]] and "measure it on fewer adapters" in refused[JOBS[2]]


def test_a_board_has_memory_of_its_own_and_a_smaller_one_may_still_fit() -> None:
    assert list(beyond_memory(JOBS, SIZE * 3.5)) == [JOBS[1]]
    assert list(beyond_memory(JOBS, SIZE * 0.5)) == JOBS


@pytest.mark.parametrize(
    ("limit", "usage"),
    [("memory.max", "memory.current"), ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes")],
)
def test_a_container_has_what_is_left_of_its_limit(limit: str, usage: str, tmp_path: Path) -> None:
    (tmp_path / "memory").mkdir()
    (tmp_path / limit).write_text(f"{64 << 20}\n")
    (tmp_path / usage).write_text(f"{24 << 20}\n")
    assert available_mib(tmp_path) == 40.0


@pytest.mark.parametrize("limit", [None, "max\n"])
def test_without_a_limit_the_machines_memory_counts(limit: str | None, tmp_path: Path) -> None:
    if limit is not None:
        (tmp_path / "memory.max").write_text(limit)
        (tmp_path / "memory.current").write_text("1\n")
    assert available_mib(tmp_path) == pytest.approx(psutil.virtual_memory().available / 2**20, rel=0.2)


@pytest.mark.usefixtures("fake_path")
async def test_what_does_not_fit_is_unsupported_and_the_rest_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = workload("network").megabytes(select_cases(CaseFilter(("S1",)))[0], "f32")
    monkeypatch.setattr(scheduler, "available_mib", lambda: size * 7)
    ran = await run_cases(tmp_path)
    statuses = {result.id.adapter: result.status for result in ran.session.results.values()}
    assert statuses == {"numpy": "ok", "reference": "ok", "vulkan:0": "ok", "gl:0": "unsupported"}
    assert "fewer adapters" in str(ran.result("gl:0").error)
    assert {visit.id.adapter for visit in ran.of(SampleBatch)} == {"numpy", "reference", "vulkan:0"}
