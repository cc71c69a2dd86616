"""A library that is preloaded changes how the processor rounds: nothing is compared, and nothing wrong is kept."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from paragon_tui.cli import main
from paragon_tui.sessions import paths
from paragon_tui.suites.digests import shipped
from tests.console.conftest import QUICK
from tests.support.documents import Document
from tests.support.examples import CASES

SOURCE = "#include <fenv.h>\n__attribute__((constructor)) static void begin(void) { fesetround(FE_TOWARDZERO); }\n"
SHIPPED = shipped(CASES["S1"], "f32")
REASON = "does not compute as IEEE 754 defines (failing probes: sum to nearest"
ARGUMENTS = ("run", "S1", "--shape", "20,33", "--adapter", "numpy", "--adapter", "reference", "--adapter", "vulkan:0")
"""A case whose digests ship, and one whose digests do not."""

pytestmark = pytest.mark.usefixtures("fakes")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library that rounds toward zero from the moment when it is loaded."""
    compiler = shutil.which("cc")
    if not sys.platform.startswith("linux") or compiler is None:
        pytest.skip("the library to preload needs Linux and a C compiler")
    folder = tmp_path_factory.mktemp("preloaded")
    (folder / "toward_zero.c").write_text(SOURCE)
    target = folder / "toward_zero.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", target, folder / "toward_zero.c", "-lm"], check=True)
    return target


@pytest.fixture
def preloaded(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every process that is started has the library."""
    monkeypatch.setenv("LD_PRELOAD", str(library))


def run_json(capsys: pytest.CaptureFixture[str]) -> tuple[int, Document]:
    status = main([*ARGUMENTS, *QUICK, "--json", "-"])
    return status, json.loads(capsys.readouterr().out)


def answers() -> list[str]:
    return sorted(path.name for path in paths.reference_cache().glob("*.npz"))


def test_nothing_is_compared_or_kept_and_the_next_run_without_it_is_right(
    library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LD_PRELOAD", str(library))
        status, document = run_json(capsys)
    assert (status, len(document["results"])) == (1, 6)
    for result in document["results"]:
        assert (result["status"], result["bit_identical"], result["digest"]) == ("failed", None, None)
        assert REASON in result["error"] and str(library) in result["error"]
    assert document["fingerprints"]["reference"]["tiers"] == dict.fromkeys(("integer", "exact", "guarded"), "not here")
    assert answers() == []

    status, document = run_json(capsys)
    assert status == 0, [(r["adapter"], r["error"]) for r in document["results"]]
    assert len(answers()) == 2
    claims = {(r["case"], r["adapter"]): r["bit_identical"] for r in document["results"] if r["standing"]}
    assert len(claims) == 4 and all(claims.values())
    assert {r["digest"] for r in document["results"] if r["case"] == "S1" and r["standing"]} == {SHIPPED.values}


@pytest.mark.usefixtures("preloaded")
def test_it_fails_a_verification(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "S1", "--adapter", "reference", "--dtype", "i8", "--json"]) == 1
    (result,) = json.loads(capsys.readouterr().out)["results"]
    assert (result["status"], result["checks"]) == ("failed", []) and REASON in result["error"]
    assert answers() == []


@pytest.mark.usefixtures("preloaded")
def test_the_list_of_adapters_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    main(["adapters"])
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "4 of 12 probes" in line]
    assert "exact not here, guarded not here; 4 of 12 probes pass (failing: sum to nearest, " in line
    assert "run without what is preloaded or was built with -ffast-math, or install NumPy anew" in line
