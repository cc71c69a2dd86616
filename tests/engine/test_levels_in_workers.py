"""NumPy's instruction levels in workers of their own, by the real engine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.levels import LEVELS
from paragon_tui.engine.messages.job import Job
from paragon_tui.engine.runner.requests import MeasureRequest
from paragon_tui.engine.runner.run import Run
from paragon_tui.suites.case import Arithmetic
from tests.support.engine_runs import Ran, adapters_under, driven, request_for, run_cases

HOST = ("host",)


async def limited() -> list[Adapter]:
    adapters = [adapter for adapter in await adapters_under(HOST) if adapter.on_request]
    if not adapters:
        pytest.skip("NumPy cannot be limited on this machine")
    return adapters


async def asked_for(tmp_path: Path, *adapters: str, arithmetic: tuple[Arithmetic, ...] = (Arithmetic(),)) -> Ran:
    return await run_cases(tmp_path, selected=adapters, arithmetic=arithmetic, apis=HOST)


async def test_each_level_is_measured_in_its_own_worker_and_says_what_it_computed_with(tmp_path: Path) -> None:
    ids = [adapter.id for adapter in await limited()]
    ran = await asked_for(tmp_path, "numpy", *ids)
    cores = {level.id: level.core for level in LEVELS}
    words = {level.id: level.label for level in LEVELS}
    for id_ in ids:
        result = ran.result(id_)
        assert (result.status, result.timings.latency_ms is not None) == ("ok", True)
        assert result.resources.library is not None
        assert result.resources.library.startswith(f"{words[id_]}: NumPy ") and result.resources.library.endswith(
            f" {cores[id_]}"
        )
        assert not result.bits.claims_identity
    usual = ran.result("numpy")
    assert usual.resources.library is not None and usual.resources.library.startswith("OpenBLAS ")


async def test_a_level_stands_beside_the_unlimited_numpy_which_is_not_listed(tmp_path: Path) -> None:
    level = (await limited())[-1].id
    ran = await asked_for(tmp_path, level, arithmetic=(Arithmetic("f16"),))
    assert [result.id.adapter for result in ran.session.listed] == [level]
    assert [ran.result(name).status for name in ("numpy", level)] == ["ok", "ok"]
    assert str(ran.result(level).resources.library).endswith(" on widened f32, rounded back")


async def test_nothing_asked_for_runs_no_level(tmp_path: Path) -> None:
    await limited()
    request = await request_for(tmp_path, apis=HOST)
    assert {job.adapter.id for job in request.jobs} >= {"numpy", "reference"}
    assert not any(job.adapter.on_request for job in request.jobs)


async def test_a_switch_that_did_not_work_fails_with_words_and_costs_nobody_else(tmp_path: Path) -> None:
    level = (await limited())[0]
    request = await request_for(tmp_path, selected=("numpy", level.id), apis=HOST)
    forgotten = tuple(tuple(_unlimited(job) for job in group) for group in request.groups)
    ran = await driven(Run(MeasureRequest(forgotten, request.listed, request.settings, request.discovery_ms)))
    failed = ran.result(level.id)
    assert (failed.status, failed.timings.latency_ms, failed.resources.library) == ("failed", None, None)
    assert "NumPy was not limited to baseline: it still uses" in str(failed.error)
    assert ran.result("numpy").status == "ok"


def _unlimited(job: Job) -> Job:
    """The same job, whose worker is not limited."""
    return replace(job, adapter=replace(job.adapter, environment=()))
