"""A run of every variant that a case has."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from paragon_tui.formatting import timings
from paragon_tui.suites.case import VARIANTS, Arithmetic
from tests.support.engine_runs import QUICK, run_cases

pytestmark = pytest.mark.usefixtures("fake_path")


async def test_a_variant_that_cannot_be_had_stops_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweep: the usual one, and those that compute as one first would, and with barriers, which fails."""
    for name, value in {"FAKE_FAULT": "raise", "FAKE_FAULT_PLAN": "barriers", "FAKE_FAULT_RUN": "1"}.items():
        monkeypatch.setenv(name, value)
    sweep = tuple(Arithmetic(variant=variant) for variant in VARIANTS)
    ran = await run_cases(
        tmp_path, selected=("gl:0",), arithmetic=sweep, sampling=replace(QUICK, iterations=10, rounds=10)
    )
    barriers, plain, usual = (ran.result("gl:0", variant=variant) for variant in ("barriers", "plain", "default"))
    assert (
        barriers.status == "failed"
        and "was lost" in (barriers.error or "")
        and barriers.timings.variant_speedup is None
    )
    assert (plain.status, usual.status) == ("ok", "ok")
    assert plain.timings.variant_speedup is not None and usual.timings.variant_speedup is None
    assert plain.timings.variant_speedup.value == pytest.approx(
        1.0, rel=0.05
    )  # the fake takes two milliseconds for any plan
    assert (
        timings.variant_ratios(ran.session, plain)
        == f"default 1, plain {timings.ratio_and_verdict(plain.timings.variant_speedup)}, barriers failed"
    )
