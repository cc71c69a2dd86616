"""The wheel carries everything: built, installed in a new environment, run from there."""

import ast
import json
import os
import re
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Callable
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("paragon_tui", "backends", "shaders")
EXTRAS = {"torch"}

Run = Callable[..., subprocess.CompletedProcess[str]]

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


def imported(source: str) -> set[str]:
    """The top-level packages that a module imports anywhere in it."""
    nodes = list(ast.walk(ast.parse(source)))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module and not node.level]
    return {name.partition(".")[0] for name in names}


def named(requirement: str) -> str:
    """The distribution of a requirement, as names are compared."""
    return re.split(r"[^\w.-]", requirement)[0].lower().replace("_", "-")


def test_it_requires_every_library_that_it_imports(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    sources = [archive.read(name).decode() for name in archive.namelist() if name.endswith(".py")]
    libraries = set().union(*map(imported, sources)) - set(sys.stdlib_module_names) - set(PACKAGES)
    (metadata,) = [archive.read(name).decode() for name in archive.namelist() if name.endswith("/METADATA")]
    required = [line.removeprefix("Requires-Dist: ") for line in metadata.splitlines() if "Requires-Dist: " in line]
    declared = {named(line) for line in required if "extra ==" not in line}
    assert {"numpy", "textual", "wgpu", "pyopencl"} <= libraries
    providers = packages_distributions()
    undeclared = [name for name in libraries - EXTRAS if declared.isdisjoint(map(named, providers.get(name, [name])))]
    assert undeclared == []


def runner(environment: Path, folder: Path) -> Run:
    """Runs the installed command from a folder whose names must not shadow the program's own."""
    bin_folder = environment / ("Scripts" if os.name == "nt" else "bin")
    (folder / "backends").mkdir(parents=True)
    (folder / "backends" / "__init__.py").write_text("raise RuntimeError('the wrong backends')\n")
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def run(*argv: str) -> subprocess.CompletedProcess[str]:
        command = [bin_folder / "paragon-tui", *argv]
        return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=inherited, check=False)

    return run


def assert_it_lists_and_runs(run: Run) -> None:
    listed = run("adapters", "--json")
    assert listed.returncode == 0, listed.stderr
    found = [adapter["id"] for adapter in json.loads(listed.stdout)["adapters"] if not adapter["on_request"]]
    assert found[:2] == ["numpy", "reference"]
    some = [option for id_ in dict.fromkeys((*found[:2], found[-1])) for option in ("--adapter", id_)]
    ran = run("run", "S1", *some, "--fast", "--iterations", "3", "--json", "-")
    assert ran.returncode == 0, ran.stderr
    results = json.loads(ran.stdout)["results"]
    assert {result["status"] for result in results} == {"ok"}
    assert all(result["bit_identical"] for result in results if result["tier"] == "guarded")


def test_it_runs_from_a_new_environment(wheel: Path, tmp_path: Path) -> None:
    """Its libraries are those of this environment, its own packages the wheel's."""
    environment = tmp_path / "venv"
    venv.create(environment)
    python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    install = ["-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", str(wheel)]
    subprocess.run([sys.executable, *install], check=True)
    asked = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    own = Path(subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip())
    assert all((own / package / "__init__.py").exists() for package in PACKAGES)
    borrowed = dict.fromkeys(sysconfig.get_path(kind) for kind in ("purelib", "platlib"))
    (own / "borrowed.pth").write_text("\n".join(borrowed))  # added behind its own
    assert_it_lists_and_runs(runner(environment, tmp_path / "elsewhere"))


@pytest.mark.exhaustive
def test_it_runs_from_an_environment_of_nothing_but_what_it_requires(wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "venv"
    venv.create(environment, with_pip=True)
    bin_folder = environment / ("Scripts" if os.name == "nt" else "bin")
    subprocess.run([bin_folder / "python", "-m", "pip", "install", "--quiet", str(wheel)], check=True)
    assert_it_lists_and_runs(runner(environment, tmp_path / "elsewhere"))
