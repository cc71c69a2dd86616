"""The wheel: one package, the same from a checkout, a source distribution and a checkout without links."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections.abc import Callable
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

from tests.support.child_python import run_python

ROOT = Path(__file__).parents[2]
LINKS = ("backends", "shaders")
EXTRAS = {"torch", "numba", "pynvml", "aiohttp", "textual_serve"}

Run = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.wheel


def build(checkout: Path, folder: Path, kind: str) -> Path:
    """The ``kind`` (wheel or sdist) of a checkout or unpacked source distribution, by this environment's tools."""
    command = [sys.executable, "-m", "build", "--no-isolation", f"--{kind}", "--outdir", str(folder), str(checkout)]
    subprocess.run(command, check=True)
    (built,) = folder.iterdir()
    return built


def copy_of_checkout(target: Path, linked: bool = True) -> Path:
    """A copy of what git would hold; where not ``linked``, the links are text files, as Windows may have them."""
    listed = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        check=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        source, copy = ROOT / name, target / name
        if not source.is_symlink() and not source.exists():
            continue  # deleted, and not committed yet
        copy.parent.mkdir(parents=True, exist_ok=True)
        if source.is_symlink() and not linked:
            copy.write_text(str(source.readlink()))
        else:
            shutil.copy2(source, copy, follow_symlinks=False)
    return target


def names_in(wheel: Path) -> set[str]:
    return set(zipfile.ZipFile(wheel).namelist())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, tmp_path_factory.mktemp("wheel"), "wheel")


def test_it_installs_one_package_with_its_backends_kernels_and_styles(wheel: Path) -> None:
    names = names_in(wheel)
    kernels = ("dense.wgsl", "dense.cl", "prelude.wgsl", "prelude.cl", "NUMERICS.md")
    assert {f"paragon_tui/shaders/{name}" for name in kernels} <= names
    assert {f"paragon_tui/tui/{name}" for name in ("app.tcss", "main_screen.tcss")} <= names
    assert {f"paragon_tui/web/page/{name}" for name in ("index.html", "page.css", "page.js")} <= names
    in_checkout = {f"paragon_tui/{path.relative_to(ROOT)}" for link in LINKS for path in (ROOT / link).glob("*.*")}
    assert in_checkout <= names
    assert "paragon_tui/console/report.css" in names
    (page,) = [name for name in names if name.endswith(".data/data/share/man/man1/paragon-tui.1")]
    assert zipfile.ZipFile(wheel).read(page).startswith(b".TH PARAGON\\-TUI 1")
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"paragon_tui"}


def test_pip_builds_it_with_the_requirements_of_a_build_alone(wheel: Path, tmp_path: Path) -> None:
    """As the README's first command does, in an environment that has nothing yet."""
    checkout = copy_of_checkout(tmp_path / "checkout")
    venv.create(tmp_path / "new", with_pip=True)
    python = tmp_path / "new" / ("Scripts" if os.name == "nt" else "bin") / "python"
    command = [str(python), "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path / "wheels")]
    subprocess.run([*command, str(checkout)], check=True)
    (built,) = (tmp_path / "wheels").iterdir()
    assert names_in(built) == names_in(wheel)


def test_the_source_distribution_builds_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    sdist = build(ROOT, tmp_path / "sdist", "sdist")
    with tarfile.open(sdist) as archive:
        members = archive.getmembers()
        safely: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}  # from Python 3.11.4 on
        archive.extractall(tmp_path / "unpacked", **safely)
    names = {member.name.partition("/")[2] for member in members}
    assert {"backends/plan.py", "shaders/dense.cl", "tests/conftest.py", "pyproject.toml"} <= names
    assert not any(name.startswith(f"paragon_tui/{link}") for name in names for link in LINKS)
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    assert names_in(build(unpacked, tmp_path / "wheel", "wheel")) == names_in(wheel)


def test_a_checkout_without_links_runs_and_builds_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    checkout = copy_of_checkout(tmp_path / "checkout", linked=False)
    assert (checkout / "paragon_tui" / "backends").is_file()
    (checkout / "backends" / "plan.py.orig").touch()  # an editor's, which is not the project's
    (checkout / "shaders" / "__pycache__").mkdir()
    code = (
        "from paragon_tui.backends import plan; from paragon_tui import shaders; print(plan.__file__, shaders.__file__)"
    )
    assert run_python(code, cwd=checkout).split() == [
        str(checkout / "backends" / "plan.py"),
        str(checkout / "shaders" / "__init__.py"),
    ]
    package = "import pkgutil, paragon_tui as package"
    walk = f"{package}\nprint(*(module.name for module in pkgutil.walk_packages(package.__path__, 'paragon_tui.')))"
    walked = run_python(walk, cwd=checkout).split()
    assert "paragon_tui.cli" in walked and "paragon_tui.paragon_tui" not in walked and "paragon_tui.tests" not in walked
    assert names_in(build(checkout, tmp_path / "wheel", "wheel")) == names_in(wheel)


@pytest.mark.parametrize("linked", [True, False], ids=["links", "text files"])
def test_an_edit_takes_effect_in_an_editable_install(tmp_path: Path, linked: bool) -> None:
    checkout = copy_of_checkout(tmp_path / "checkout", linked)
    environment = new_environment(tmp_path / "venv", "--no-build-isolation", "--editable", str(checkout))
    with (checkout / "backends" / "plan.py").open("a") as file:
        file.write("EDITED = True\n")
    code = "import paragon_tui.backends.plan as plan; assert plan.EDITED"
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    subprocess.run([python_of(environment), "-c", code], cwd=folder, check=True)


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
    libraries = set().union(*map(imported, sources)) - set(sys.stdlib_module_names) - {"paragon_tui"}
    (metadata,) = [archive.read(name).decode() for name in archive.namelist() if name.endswith("/METADATA")]
    required = [line.removeprefix("Requires-Dist: ") for line in metadata.splitlines() if "Requires-Dist: " in line]
    declared = {named(line) for line in required if "extra ==" not in line}
    assert {"numpy", "textual", "wgpu", "pyopencl"} <= libraries
    providers = packages_distributions()
    undeclared = [name for name in libraries - EXTRAS if declared.isdisjoint(map(named, providers.get(name, [name])))]
    assert undeclared == []


def python_of(environment: Path) -> Path:
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def new_environment(folder: Path, *install: str) -> Path:
    """A virtual environment with what ``install`` says; its libraries are those of this environment."""
    venv.create(folder)
    asked: list[str | Path] = [python_of(folder), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    own = Path(subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip())
    borrowed = dict.fromkeys(sysconfig.get_path(kind) for kind in ("purelib", "platlib"))
    # Behind its own, and as plain folders: a .pth file in them, such as this checkout's, adds nothing.
    (own / "zz_borrowed.pth").write_text("\n".join(borrowed))
    pip = [sys.executable, "-m", "pip", "--python", str(python_of(folder)), "install", "--quiet", "--no-deps"]
    subprocess.run([*pip, *install], check=True)
    return folder


def runner(environment: Path, folder: Path) -> Run:
    """Runs the installed command from a folder whose files have the names of the package's folders."""
    folder.mkdir(parents=True)
    for name in LINKS:
        (folder / f"{name}.py").write_text(f"raise RuntimeError('the wrong {name}')\n")
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def run(*argv: str) -> subprocess.CompletedProcess[str]:
        command: list[str | Path] = [python_of(environment).with_name("paragon-tui"), *argv]
        return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=inherited, check=False)

    return run


def assert_it_lists_and_runs(run: Run) -> None:
    listed = run("adapters", "--json")
    assert listed.returncode == 0, listed.stderr
    adapters = [adapter["id"] for adapter in json.loads(listed.stdout)["adapters"] if not adapter["on_request"]]
    assert adapters[:2] == ["numpy", "reference"]
    options = [option for id_ in dict.fromkeys((*adapters[:2], adapters[-1])) for option in ("--adapter", id_)]
    ran = run("run", "S1", *options, "--fast", "--iterations", "3", "--json", "-")
    assert ran.returncode == 0, ran.stderr
    results = json.loads(ran.stdout)["results"]
    assert {result["status"] for result in results} == {"ok"}
    assert all(result["bit_identical"] for result in results if result["tier"] == "guarded")


def test_it_runs_from_a_new_environment_beside_files_of_the_same_names(wheel: Path, tmp_path: Path) -> None:
    environment = new_environment(tmp_path / "venv", str(wheel))
    folder = tmp_path / "elsewhere"
    assert_it_lists_and_runs(runner(environment, folder))
    script = folder / "script.py"
    script.write_text("from paragon_tui import Paragon\nprint(Paragon.new_network([4, 3]).forward_cpu([0.5] * 4))\n")
    subprocess.run([python_of(environment), script], cwd=folder, check=True)


@pytest.mark.exhaustive
def test_it_runs_from_an_environment_of_nothing_but_what_it_requires(wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "venv"
    venv.create(environment, with_pip=True)
    bin_folder = environment / ("Scripts" if os.name == "nt" else "bin")
    subprocess.run([bin_folder / "python", "-m", "pip", "install", "--quiet", str(wheel)], check=True)
    assert_it_lists_and_runs(runner(environment, tmp_path / "elsewhere"))
