"""A whole run from the screen, with the real engine and its processes, on the fake device."""

from __future__ import annotations

from pathlib import Path

import pytest

from paragon_tui.sessions.session_lookup import find_session
from tests.support.screen_sources import FakeBackendSource
from tests.tui.conftest import Make, text_of, until, until_left

pytestmark = pytest.mark.usefixtures("fake_path")


async def test_r_alone_does_the_main_job(make: Make, tmp_path: Path) -> None:
    app = make(FakeBackendSource(tmp_path / "reference"))
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: not app.model.searching)
        await pilot.press("r")
        await until(pilot, lambda: app.model.session.finished, seconds=600)
        results = app.model.session.listed
        assert len(results) == 40
        assert {result.status for result in results} == {"ok"}
        assert not app.model.session.failures
        assert "have the reference's bits" in text_of(app)
        await pilot.press("e")
        assert len(list((tmp_path / "exports").glob("*.csv"))) == 1


async def test_a_crash_is_told_and_the_rest_goes_on(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_FAULT", "segfault")
    monkeypatch.setenv("FAKE_FAULT_CASE", "S1")
    app = make(FakeBackendSource(tmp_path / "reference"))
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: not app.model.searching)
        await pilot.press("n", "down", "space", "down", "space", "r")
        await until(pilot, lambda: app.model.session.finished)
        assert [r.status for r in app.model.session.listed] == ["ok", "ok", "failed", "failed"] + ["ok"] * 4
        assert "✗ failed" in text_of(app)
        assert any("SIGSEGV" in line.text for line in app.model.log)


async def test_leaving_keeps_what_was_measured(make: Make, tmp_path: Path) -> None:
    app = make(FakeBackendSource(tmp_path / "reference", iterations=1_000_000))
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: not app.model.searching)
        await pilot.press("r")
        await until(pilot, lambda: len(app.model.live_ms) > 0)
        await pilot.press("q", "y")
        await until_left(pilot)
    document = find_session(app.model.session.id, tmp_path / "data" / "sessions.sqlite3")
    assert document["ended"] == "interrupted"
    kept = document["results"]
    assert len(kept) == 40 and {fields["status"] for fields in kept} == {"stopped"}
    assert any(fields["latency_ms"] for fields in kept)


async def test_x_stops_the_engine(make: Make, tmp_path: Path) -> None:
    app = make(FakeBackendSource(tmp_path / "reference", iterations=1_000_000))
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: not app.model.searching)
        await pilot.press("r")
        await until(pilot, lambda: len(app.model.live_ms) > 0)
        await pilot.press("X", "y")
        await until(pilot, lambda: app.model.session.finished)
        statuses = [result.status for result in app.model.session.listed]
        assert statuses[0] == "stopped" and set(statuses) == {"stopped"}
        assert app.model.session.listed[0].timings.latency_ms is not None  # what was measured stays
