"""What `doctor` looks at: each fault that people have, made on purpose, and the words for it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from paragon_tui import trial
from paragon_tui.diagnosis import libraries, system
from paragon_tui.diagnosis.finding import Finding, without_home
from paragon_tui.diagnosis.libraries import load_problem
from paragon_tui.diagnosis.opencl import opencl_findings
from paragon_tui.diagnosis.storage import storage_findings
from paragon_tui.diagnosis.system import linker_findings, node_findings, terminal_findings, variable_findings
from paragon_tui.diagnosis.vulkan import vulkan_findings
from paragon_tui.sessions import paths
from tests.support.sessions import record, run

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="drivers are registered in such files on Linux")


def of(findings: list[Finding], subject: str) -> Finding:
    (found,) = [finding for finding in findings if finding.subject == subject]
    return found


def test_a_library_that_is_there_loads() -> None:
    assert load_problem("libc.so.6") is None


def test_a_library_that_is_not_there_or_is_none_is_told_in_the_loaders_words(tmp_path: Path) -> None:
    assert "cannot open shared object file" in str(load_problem("libnothing-at-all.so"))
    (tmp_path / "lib.so").write_bytes(b"not a library, and long enough to be looked at as one " * 4)
    assert "invalid ELF header" in str(load_problem(str(tmp_path / "lib.so")))


def test_a_library_that_hangs_costs_its_time_limit_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "LIMIT_S", 0.5)
    os.mkfifo(tmp_path / "lib.so")  # opening it waits for a writer
    assert "hangs: no answer within" in str(load_problem(str(tmp_path / "lib.so")))


def test_a_library_that_crashes_ends_only_the_process_that_loads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libraries, "_LOAD", "import os; os.abort()")
    assert load_problem("any") == "crashes (SIGABRT)"


def test_a_driver_of_opencl_that_names_a_missing_library_is_told_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "gone.icd").write_text("/nowhere/libgone.so\n")
    (tmp_path / "empty.icd").write_text("")
    findings = list(opencl_findings({"OCL_ICD_VENDORS": str(tmp_path)}))
    gone, empty = of(findings, "gone.icd"), of(findings, "empty.icd")
    assert (gone.state, empty.state) == ("problem", "problem")
    assert "libgone.so: " in gone.words and "cannot open shared object file" in gone.words
    assert str(tmp_path / "gone.icd") in str(gone.remedy)
    assert empty.words == "names no library"


def test_a_driver_of_vulkan_that_cannot_be_loaded_is_told_with_its_file(tmp_path: Path) -> None:
    sound, gone, broken = (tmp_path / f"{name}.json" for name in ("sound", "gone", "broken"))
    sound.write_text(json.dumps({"ICD": {"library_path": "libc.so.6"}}))
    gone.write_text(json.dumps({"ICD": {"library_path": "/nowhere/libgone.so"}}))
    broken.write_text("[]")
    files = os.pathsep.join(map(str, (sound, gone, broken, tmp_path / "missing.json")))
    findings = list(vulkan_findings({"VK_DRIVER_FILES": files}))
    assert [finding.state for finding in findings] == ["fine", "problem", "problem", "problem"]
    assert "libgone.so: " in findings[1].words
    assert (findings[2].words, findings[3].words) == ("is no description of a driver", "does not exist")


def test_a_system_without_drivers_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("paragon_tui.diagnosis.vulkan._FOLDERS", ())
    (none,) = vulkan_findings({})
    assert none.state == "problem" and "mesa-vulkan-drivers" in str(none.remedy)


def test_a_device_node_that_may_not_be_opened_names_its_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dri").mkdir()
    (tmp_path / "dri" / "renderD128").touch()
    assert [finding.state for finding in node_findings(tmp_path)] == ["fine"]
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    monkeypatch.setattr(Path, "group", lambda self: "render")
    (denied,) = node_findings(tmp_path)
    assert (denied.subject, denied.state) == ("/dev/dri/renderD128", "problem")
    assert denied.remedy == "sudo usermod -aG render $USER, then log in again"


def test_a_machine_without_a_gpu_has_no_fault(tmp_path: Path) -> None:
    assert [finding.state for finding in node_findings(tmp_path)] == ["note"]


def test_a_linker_that_is_missing_is_what_pocl_would_fail_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (missing,) = linker_findings()
    assert (missing.state, missing.remedy) == ("problem", "sudo apt install binutils")


def test_variables_that_change_drivers_are_told_and_no_others() -> None:
    found = list(variable_findings({"VK_ICD_FILENAMES": "/x.json", "SECRET": "s", "WGPU_BACKEND": ""}))
    assert [(finding.subject, finding.words, finding.state) for finding in found] == [
        ("VK_ICD_FILENAMES", "/x.json", "note")
    ]


@pytest.mark.parametrize("name", ["", "dumb"])
def test_a_terminal_that_is_none_is_told(name: str) -> None:
    (found,) = terminal_findings({"TERM": name})
    assert found.state == "note" and "the interface needs another" in found.words


def test_the_limit_of_a_container_counts(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text(f"{512 << 20}\n")
    (tmp_path / "memory.current").write_text(f"{112 << 20}\n")
    (found,) = system.memory_findings(tmp_path)
    assert found.words.startswith("400 MiB of ")


def test_folders_and_the_store_are_sound_where_they_are() -> None:
    record(paths.database(), *run("one"), *())
    findings = list(storage_findings())
    assert {finding.state for finding in findings} == {"fine"}
    assert of(findings, "store").words.startswith("1 session, 0 unfinished, ")


def test_a_damaged_store_is_told_and_left_alone() -> None:
    record(paths.database(), *run("one"))
    content = paths.database().read_bytes()
    paths.database().write_bytes(content[: len(content) // 2])
    found = of(list(storage_findings()), "store")
    assert found.state == "problem" and "the next run sets it aside" in str(found.remedy)
    assert len(paths.database().read_bytes()) == len(content) // 2


def test_a_folder_that_is_in_the_way_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file"))
    assert of(list(storage_findings()), "data folder").state == "problem"


def test_no_home_folder_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    assert without_home("/home/somebody/x, and /home/somebody") == "~/x, and ~"
