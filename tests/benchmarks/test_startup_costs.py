"""The script that measures start-up costs, with one command and one adapter: its tables, and its exit status."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import startup_costs
from benchmarks.startup_costs import DISCOVERY, FIGURES, IMPORTS, OPENING, own_folders, phases


@pytest.mark.parametrize(("target", "status"), [(60.0, 0), (0.0, 1), (None, 0)])
def test_a_missed_target_is_the_exit_status(
    target: float | None, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["startup_costs.py", "--runs", "1"])
    monkeypatch.setattr(startup_costs, "COMMANDS", {("--version",): target})
    monkeypatch.setattr(startup_costs, "ADAPTERS", ())
    assert startup_costs.main() == status
    row = capsys.readouterr().out.splitlines()[2]
    assert row.startswith("| `--version` | 0.") and row.endswith("| ≤ 60 |" if target == 60 else "|")


def test_the_phases_of_a_run_are_told_apart(tmp_path: Path) -> None:
    found = phases("numpy", own_folders(str(tmp_path)))
    assert {IMPORTS, DISCOVERY, OPENING, "operands", "reference", "sampling", FIGURES, "end"} <= found.keys()
    assert all(0 <= seconds < 60 for seconds in found.values())
    assert found[IMPORTS] > 0.02 and found[OPENING] > 0.02
    ordered = startup_costs._ordered(set(found))
    assert set(ordered) == set(found) and ordered[:2] == [IMPORTS, DISCOVERY] and ordered[-2:] == [FIGURES, "end"]
