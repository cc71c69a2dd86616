"""Remembered fingerprints of real adapters: what a fresh probe gives, and never a false ✓, whatever an entry says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from paragon_tui.backends import registry
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.fingerprint import Fingerprint
from paragon_tui.backends.probes import probe
from paragon_tui.engine.messages.job import Job
from paragon_tui.engine.results.parts import ResultEvent
from paragon_tui.engine.runner.requests import RunSettings, Selection, measure_request
from paragon_tui.engine.runner.run import Run
from paragon_tui.engine.worker import fingerprints
from paragon_tui.engine.worker.cache import load_entry, store_entry
from paragon_tui.engine.worker.device_session import DeviceSession, open_adapter
from paragon_tui.engine.worker.prepare import prepare
from tests.support.engine_runs import QUICK, driven
from tests.support.examples import CASES, measured, planned, started
from tests.support.kernels import language_of, wrong_sums
from tests.support.programs import never
from tests.support.sessions import folded

pytestmark = pytest.mark.device


def opened(adapter: Adapter, cache: Path, anew: bool = False) -> DeviceSession:
    return open_adapter(registry.load(registry.BACKENDS[adapter.api]), adapter, cache, anew)


def prepared(session: DeviceSession, cache: Path) -> Any:
    """Prepare S1 as a worker does, and return what came of it, as of a session of this one result."""
    adapter = session.device.adapter
    job = Job(CASES["S1"], adapter)
    events = [event for event in prepare(job, session, cache, never) if isinstance(event, ResultEvent)]
    run = started(planned("S1", adapter), listed=(adapter.id,))
    return folded(run, *events, *measured(job.id, 0.25))


def test_what_is_remembered_is_what_a_probe_gives_and_nothing_is_compiled(
    device_adapter: Adapter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = opened(device_adapter, tmp_path)
    fresh = probe(first.device)
    (file,) = tmp_path.glob("fingerprint-*.json")
    facts = load_entry(file)["facts"]
    first.device.close()

    def fail(device: Any) -> Fingerprint:
        raise AssertionError("it was probed")

    # The compiled probes are libraries in this process now; a worker opens an adapter ahead of them (below).
    monkeypatch.setattr(fingerprints, "_facts", lambda device: facts)
    monkeypatch.setattr(fingerprints, "probe", fail)
    again = opened(device_adapter, tmp_path)
    assert again.device.compilations == 0
    again.device.close()
    assert first.fingerprint == again.fingerprint == fresh
    with pytest.raises(AssertionError, match="it was probed"):
        opened(device_adapter, tmp_path, anew=True)


async def test_workers_remember_for_one_another(device_adapter: Adapter, tmp_path: Path) -> None:
    selection = Selection((CASES["S1"],), (device_adapter,), (device_adapter.id,))
    request = measure_request(selection, RunSettings(tmp_path, sampling=QUICK))
    entries, seen = set(), []
    for _ in range(3):
        ran = await driven(Run(request))
        assert [result.status for result in ran.session.results.values()] == ["ok"]
        (file,) = tmp_path.glob("fingerprint-*.json")
        entries.add(file.read_bytes())
        seen.append(ran.session.fingerprints[device_adapter.id])
    assert len(entries) == 1  # its expiry is that of the first
    assert seen[0] == seen[1] == seen[2] and seen[0].tiers.guarded != "not here"


def test_a_planted_fingerprint_that_claims_too_much_gives_no_false_mark(
    device_adapter: Adapter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(device_adapter, tmp_path).device.close()
    (file,) = tmp_path.glob("fingerprint-*.json")
    sound = load_entry(file)
    with wrong_sums(monkeypatch, language_of(device_adapter)):
        session = opened(device_adapter, tmp_path)  # the kernels of its probes are others now
        assert session.standing("guarded") == "not here" and not file.exists()
        store_entry(file, sound | {"facts": fingerprints._facts(session.device)}, "the planted fingerprint")
        session.device.close()

        session = opened(device_adapter, tmp_path)
        assert session.standing("guarded") in ("guaranteed", "observed")  # it was believed
        ran = prepared(session, tmp_path)
        session.device.close()
        (result,) = ran.listed
        assert (result.bits.comparison.bit_identical, result.bits.bit_identical) == (False, False)
        assert result.bits.broken_claim and ran.failures == [result] and ran.claims == (0, 1)

        session = opened(device_adapter, tmp_path, anew=True)
        assert session.standing("guarded") == "not here" and not file.exists()
        session.device.close()
