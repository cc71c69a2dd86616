"""The interface in a real browser: a run by real keys, its download, its title, and what becomes of a closed page."""

from __future__ import annotations

import csv
import sqlite3
from pathlib import Path

import pytest

from paragon_tui.sessions import paths
from paragon_tui.sessions.session_lookup import open_session
from tests.conftest import expected_adapters
from tests.support.chromium import Page, chromium, executable
from tests.web.conftest import gone, interfaces, served, until

pytestmark = pytest.mark.exhaustive


@pytest.fixture(autouse=True)
def browser() -> None:
    if executable() is None:
        assert not expected_adapters(), "chromium is missing on a machine that is set up for every test"
        pytest.skip("chromium is not installed")


async def title_until(page: Page, pattern: str) -> None:
    """Wait until the title of the page fits ``pattern``."""
    await page.evaluate(
        f"new Promise(done => {{ const look = () => /{pattern}/.test(document.title) ? done(true) "
        ": setTimeout(look, 50); look(); })"
    )


async def test_a_run_and_its_download(tmp_path: Path) -> None:
    async with served("--token") as (process, address), chromium(tmp_path) as page:
        base = address.partition("?")[0]
        await page.call(
            "Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"], origin=base
        )
        await page.open(address, (1280, 800))
        await page.until(lambda: "ready" in page.painted, "all adapters are found")
        assert await page.evaluate("location.href") == base  # the token is not left in the address
        await page.press("n", "ArrowDown", " ", "F")  # S1 alone
        await title_until(page, r"^paragon \d+ %")
        await title_until(page, "^paragon-tui$")
        session = open_session("last", paths.database())
        assert session.ended == "finished" and {result.id.case for result in session.results} == {"S1"}

        await page.press("e")
        downloaded = tmp_path / "downloads" / f"{session.session}.csv"
        await page.until(downloaded.exists, "the file is downloaded")
        assert downloaded.read_bytes() == (paths.exports_dir() / downloaded.name).read_bytes()
        rows = {row["adapter_id"]: row for row in csv.DictReader(downloaded.read_text(encoding="utf-8").splitlines())}
        assert {"numpy", "reference"} < set(rows) and {row["id"] for row in rows.values()} == {"S1"}
        assert rows["reference"]["bit_identical"] == "True" and float(rows["reference"]["latency_median"]) > 0

        await page.press("c")
        await page.until(lambda: "Copied: S1" in page.painted, "the row is copied")
        assert "S1" in await page.evaluate("navigator.clipboard.readText()")
        assert all(url.startswith((base, "data:")) for url in page.requested)

        await page.press("F")
        await title_until(page, r"^paragon \d+ %")
        await until(lambda: len(interfaces(process.pid)) > 2, "the interface and two workers run")
        started = interfaces(process.pid)
        await page.leave()
        await until(lambda: all(map(gone, started)), "all processes of the page are gone")
        with sqlite3.connect(paths.database()) as store:
            ended = [row[0] for row in store.execute("SELECT ended FROM session ORDER BY started")]
        assert ended == ["finished", "interrupted"]  # in order: what it had measured is kept


async def test_the_end_of_the_server_is_told(tmp_path: Path) -> None:
    async with served() as (process, address), chromium(tmp_path) as page:
        await page.open(address, (500, 800))
        await page.until(lambda: "ready" in page.painted, "a narrow window has 80 columns, too")
        process.terminate()
        assert await process.wait() == 0
        await page.evaluate(
            "new Promise(done => { const look = () => document.body.classList.contains('-closed') ? done(true) "
            ": setTimeout(look, 50); look(); })"
        )
        assert await page.evaluate("document.getElementById('why').textContent") == "The server has ended."
        assert await page.evaluate("getComputedStyle(document.querySelector('.ended')).display") == "flex"
