"""An integer network on real adapters: its logits are integers everywhere, its softmax needs the float tiers."""

from __future__ import annotations

from pathlib import Path

import pytest

from paragon_tui.backends import registry
from paragon_tui.backends.adapter import Adapter
from paragon_tui.engine.messages.job import Job
from paragon_tui.engine.results.parts import ResultEvent
from paragon_tui.engine.worker.device_session import open_adapter
from paragon_tui.engine.worker.prepare import prepare
from tests.support.examples import CASES, measured, planned, started
from tests.support.kernels import language_of, wrong_sums
from tests.support.programs import never
from tests.support.sessions import folded

pytestmark = pytest.mark.device


def prepared(adapter: Adapter, cache: Path):
    """Prepare S1 at i8 as a worker does, and return what came of it, as of a session of this one result."""
    session = open_adapter(registry.load(registry.BACKENDS[adapter.api]), adapter)
    try:
        job = Job(CASES["S1"], adapter, "i8")
        events = [event for event in prepare(job, session, cache, never) if isinstance(event, ResultEvent)]
    finally:
        session.device.close()
    run = started(planned("S1", adapter, "i8"), listed=(adapter.id,))
    return folded(run, *events, *measured(job.id, 0.25))


def test_where_sums_are_wrong_the_logits_hold_and_nothing_is_claimed_of_the_softmax(
    device_adapter: Adapter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with wrong_sums(monkeypatch, language_of(device_adapter)):
        session = prepared(device_adapter, tmp_path)
    (result,) = session.listed
    bits = result.bits
    assert (bits.tier, bits.standing) == ("integer", "guaranteed")
    assert (bits.output_tier, bits.output_standing) == ("guarded", "not here")
    assert (bits.comparison.bit_identical, bits.output_comparison.bit_identical) == (True, False)
    assert (bits.bit_identical, bits.wrong_plans, bits.broken_claim) == (False, (), False)
    assert (session.failures, session.claims) == ([], (1, 1))


def test_here_both_hold(device_adapter: Adapter, tmp_path: Path) -> None:
    session = prepared(device_adapter, tmp_path)
    (result,) = session.listed
    assert result.bits.standing == "guaranteed"
    assert result.bits.output_standing == ("guaranteed" if device_adapter.promises_rounding else "observed")
    assert (result.bits.bit_identical, session.failures) == (True, [])
