"""Real adapters on the processor, limited to one thread and to two: each has as many, and the same bits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.cores import usable_cores
from paragon_tui.backends.threads import limited
from paragon_tui.engine.messages.job import FAST, Job, JobId
from paragon_tui.engine.runner.requests import MeasureRequest, RunSettings
from paragon_tui.engine.runner.run import Run
from tests.support.engine_runs import driven
from tests.support.examples import CASES

pytestmark = [
    pytest.mark.device,
    pytest.mark.skipif(usable_cores() < 2, reason="one core has no two numbers of threads"),
]


async def test_each_has_as_many_and_the_same_bits(device_adapter: Adapter, tmp_path: Path) -> None:
    versions = [version for version in (limited(device_adapter, count) for count in (1, 2)) if version is not None]
    if not versions:
        pytest.skip("nothing limits this adapter")
    group = tuple(Job(CASES["S1"], version) for version in versions)
    request = MeasureRequest((group,), tuple(each.id for each in versions), RunSettings(tmp_path, sampling=FAST), {})
    ran = await driven(Run(request))
    one, two = (ran.session.results[JobId("inference", "S1", "f32", "default", each.id)] for each in versions)
    assert (one.status, two.status) == ("ok", "ok"), (one.error, two.error)
    assert (one.resources.threads, two.resources.threads) == (1, 2)
    assert one.bits.bit_identical and one.bits.digest == two.bits.digest


async def test_one_whose_limit_does_nothing_fails(device_adapter: Adapter, tmp_path: Path) -> None:
    version = limited(device_adapter, 1)
    if version is None:
        pytest.skip("nothing limits this adapter")
    free = replace(version, environment=(), compute_units=device_adapter.compute_units)
    request = MeasureRequest(((Job(CASES["S1"], free),),), (free.id,), RunSettings(tmp_path, sampling=FAST), {})
    ran = await driven(Run(request))
    (result,) = ran.session.listed
    assert result.status == "failed" and result.error is not None
    assert f"was not limited to 1 thread: it has {usable_cores()}" in result.error
