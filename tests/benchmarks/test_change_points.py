"""The script that measures change points, at a small size: its tables, and its exit status."""

from __future__ import annotations

import pytest

from benchmarks import change_points


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["change_points.py", "--trials", "30", "--nulls", "200"])


@pytest.mark.usefixtures("small")
class TestScript:
    def test_its_targets_are_met(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert change_points.main() == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[2] == "| normal, scatter 1 % | 5 | 0 | 0 |"
        assert len([line for line in lines if line.startswith("| ")]) == 2 + 12 + 6 + 15

    @pytest.mark.parametrize(("target", "value"), [("FOUND", 1.01), ("LEVEL", -1.0)])
    def test_a_missed_target_is_the_exit_status(
        self, target: str, value: float, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(change_points, target, value)
        assert change_points.main() == 1
        assert "by session 5" in capsys.readouterr().out
