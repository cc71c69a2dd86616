"""The digest of the sources that define canonical results changes with any of them, and with nothing else."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from paragon_tui.engine.worker.sources import _add, sources_digest


def digest_of(folder: Path) -> str:
    sha = hashlib.sha256()
    _add(sha, folder, "package")
    return sha.hexdigest()


@pytest.fixture
def package(tmp_path: Path) -> Path:
    (tmp_path / "inner").mkdir()
    (tmp_path / "one.py").write_text("ONE = 1\n")
    (tmp_path / "inner" / "two.py").write_text("TWO = 2\n")
    return tmp_path


def test_a_line_in_any_module_makes_another_digest(package: Path) -> None:
    seen = {digest_of(package)}
    for module in ("one.py", "inner/two.py"):
        with (package / module).open("a") as file:
            file.write("# more\n")
        seen.add(digest_of(package))
    (package / "one.py").rename(package / "three.py")
    seen.add(digest_of(package))
    assert len(seen) == 4


def test_compiled_files_and_data_are_no_sources(package: Path) -> None:
    before = digest_of(package)
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "one.cpython-313.pyc").write_bytes(b"\0")
    (package / "digests.json").write_text("{}")
    assert digest_of(package) == before


def test_the_digest_is_that_of_this_installation() -> None:
    assert len(sources_digest()) == 64 and sources_digest() == sources_digest()
