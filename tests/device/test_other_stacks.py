"""The shipped bits on drivers for which no kernel was written, and races: with packages of Debian's, exhaustive."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.device, pytest.mark.exhaustive]

_LIBRARIES = Path("/usr/lib/x86_64-linux-gnu")
_RACES = Path("/usr/lib/oclgrind/liboclgrind-rt-icd.so")


@dataclass(frozen=True)
class Stack:
    """A driver: the package and its library, the environment that selects it, and words of its adapter's driver."""

    package: str
    library: Path
    words: str
    environment: dict[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()


STACKS = {
    "another PoCL": Stack("pocl-opencl-icd", _LIBRARIES / "libpocl.so.2", "+debian"),
    "PoCL with loops": Stack(
        "pocl-opencl-icd", _LIBRARIES / "libpocl.so.2", "+debian", {"POCL_WORK_GROUP_METHOD": "loops"}
    ),
    "PoCL without vectors": Stack(
        "pocl-opencl-icd", _LIBRARIES / "libpocl.so.2", "+debian", {"POCL_VECTORIZER_FORCE_VECTOR_WIDTH": "1"}
    ),
    "rusticl": Stack(
        "mesa-opencl-icd", _LIBRARIES / "libRusticlOpenCL.so.1", "rusticl", {"RUSTICL_ENABLE": "llvmpipe"}
    ),
}


def environment(stack: Stack, folder: Path) -> dict[str, str]:
    """Return the environment in which OpenCL finds this driver, beside the wheel's."""
    if not stack.library.exists():
        pytest.skip(f"Debian's {stack.package} is not installed")
    (folder / "driver.icd").write_text(str(stack.library), encoding="utf-8")
    caches = {"POCL_CACHE_DIR": str(folder / "pocl"), "PARAGON_CACHE_DIR": str(folder)}
    return {**os.environ, "OCL_ICD_VENDORS": str(folder), **caches, **stack.environment}


def program(environment: dict[str, str], *argv: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "paragon_tui", *argv, "--json"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


@pytest.mark.parametrize("name", STACKS)
def test_another_driver_has_the_shipped_bits(name: str, tmp_path: Path) -> None:
    stack = STACKS[name]
    env = environment(stack, tmp_path)
    adapters = program(env, "adapters")["adapters"]
    (found,) = (each["id"] for each in adapters if stack.words in f"{each['driver']} {each['driver_version']}")
    document = program(env, "verify", "--adapter", found, *stack.arguments)
    assert_right(document)


def test_llvmpipe_in_narrow_vectors_has_the_shipped_bits() -> None:
    document = program({**os.environ, "LP_NATIVE_VECTOR_WIDTH": "128"}, "verify", "--adapter", "vulkan:0")
    assert_right(document)


def assert_right(document: dict[str, Any]) -> None:
    """Every result that claims its bits has them, and most do."""
    claiming = [r for r in document["results"] if r["standing"] in ("guaranteed", "observed")]
    wrong = [
        f"{r['case']}:{r['dtype']}: {r['error'] or r['checks']}"
        for r in claiming
        if r["status"] == "ok" and not r["holds"]
    ]
    assert not wrong
    assert sum(r["holds"] for r in claiming) > len(document["results"]) / 2


def races(folder: Path, *argv: str) -> tuple[list[str], str]:
    """Return the plans that Oclgrind ran, and what it says of races."""
    env = environment(Stack("oclgrind", _RACES, "Oclgrind", {"OCLGRIND_DATA_RACES": "1"}), folder)
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.races", *argv], env=env, capture_output=True, text=True, check=True
    )
    return [line for line in done.stdout.splitlines() if line.startswith("run: ")], done.stderr


def test_no_kernel_races(tmp_path: Path) -> None:
    plans, said = races(tmp_path)
    assert len(plans) > 400
    assert "data race" not in said


def test_a_barrier_that_is_missing_is_a_race(tmp_path: Path) -> None:
    _, said = races(tmp_path, "without a barrier")
    assert "Read-write data race" in said and "Kernel: lanes" in said
