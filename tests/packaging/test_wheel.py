"""The wheel carries everything: built, installed in a new environment, run from there."""

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT)], check=True)
    (built,) = folder.glob("*.whl")
    return built


def test_it_holds_the_three_packages_and_their_data(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    wanted = ("dense.wgsl", "dense.cl", "prelude.wgsl", "prelude.cl", "NUMERICS.md")
    assert {f"shaders/{name}" for name in wanted} <= names
    assert {"paragon_tui/tui/app.tcss", "paragon_tui/tui/main_screen.tcss", "backends/plan.py"} <= names
    assert not any(name.startswith(("tests/", "screenshots/")) for name in names)


def test_it_runs_from_a_new_environment(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    bin_folder = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin")
    subprocess.run([bin_folder / "python", "-m", "pip", "install", "--quiet", str(wheel)], check=True)
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "backends").mkdir(parents=True)  # a user's folder of that name must not shadow ours
    (elsewhere / "backends" / "__init__.py").write_text("raise RuntimeError('the wrong backends')\n")

    def run(*argv: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [bin_folder / "paragon-tui", *argv], capture_output=True, text=True, cwd=elsewhere, check=False
        )

    listed = run("adapters")
    assert listed.returncode == 0, listed.stderr
    assert "numpy" in listed.stdout and "reference" in listed.stdout
    ran = run("run", "S1", "--iterations", "3", "--json", "-")
    assert ran.returncode == 0, ran.stderr
    results = json.loads(ran.stdout)["results"]
    assert {result["status"] for result in results} == {"ok"}
    assert all(result["bit_identical"] for result in results if result["tier"] == "guarded")
