"""A remembered fingerprint is used only where a fresh probe could give nothing else, and never where a tier fails."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from paragon_tui import shaders
from paragon_tui.backends.fingerprint import Fingerprint
from paragon_tui.backends.probes import probe
from paragon_tui.cache_folder import clear, contents
from paragon_tui.engine.worker import compiler_state, fingerprints
from paragon_tui.engine.worker.cache import VALID_S, load_entry, store_entry
from paragon_tui.engine.worker.fingerprints import fingerprint_of
from tests.support.devices import Arithmetic, Flushing, Fusing, FusingThroughEverything, ProbedDevice, Reassociating
from tests.support.folders import only_file

Entry = dict[str, Any]


def asked(cache: Path, device: ProbedDevice | None = None, anew: bool = False) -> tuple[Fingerprint, bool]:
    """Return the fingerprint, and whether the device was probed for it."""
    device = device or ProbedDevice()
    seen = fingerprint_of(device, cache, anew)
    assert device.open_programs == 0
    return seen, bool(device.guards)


@pytest.fixture
def remembered(tmp_path: Path) -> Path:
    """A cache with the fingerprint of a sound device."""
    assert asked(tmp_path)[1]
    return tmp_path


def edited(cache: Path, edit: Callable[[Entry], None]) -> None:
    """Edit the entry as whoever knows the checksum could."""
    file = only_file(cache)
    entry = load_entry(file)
    edit(entry)
    store_entry(file, entry, "the edited entry")


@pytest.mark.parametrize("arithmetic", [Arithmetic, Flushing, Reassociating])
def test_what_was_probed_once_is_remembered(arithmetic: type[Arithmetic], tmp_path: Path) -> None:
    first, probed = asked(tmp_path, ProbedDevice(arithmetic))
    assert probed and first == probe(ProbedDevice(arithmetic))
    assert asked(tmp_path, ProbedDevice(arithmetic)) == (first, False)


def test_a_promise_is_remembered_only_where_no_guard_was_needed(tmp_path: Path) -> None:
    for arithmetic, standing in ((Arithmetic, "guaranteed"), (Fusing, "observed")):
        for _ in range(2):
            seen, _ = asked(tmp_path / standing, ProbedDevice(arithmetic, "cl", promises=True, divides=True))
            assert seen.tiers.guarded == standing


def test_without_a_cache_nothing_is_remembered(tmp_path: Path) -> None:
    device = ProbedDevice()
    for _ in range(2):
        device.guards.clear()
        assert fingerprint_of(device) == probe(ProbedDevice()) and device.guards
    assert list(tmp_path.iterdir()) == []


def test_where_a_tier_fails_it_is_probed_anew_each_time(remembered: Path) -> None:
    """Also where it held before: what contradicts the remembered fingerprint has it forgotten."""
    broken = ProbedDevice(FusingThroughEverything)
    assert asked(remembered, broken, anew=True)[0].tiers.guarded == "not here"
    assert list(remembered.iterdir()) == []
    assert asked(remembered, ProbedDevice(FusingThroughEverything)) == (probe(broken), True)
    assert list(remembered.iterdir()) == []


def test_asked_anew_it_is_probed_and_what_is_found_then_counts(remembered: Path) -> None:
    seen, probed = asked(remembered, ProbedDevice(Reassociating), anew=True)
    assert probed and seen.guard == shaders.EVERY_GUARD
    assert asked(remembered) == (seen, False)


# What it depends on


def test_the_number_of_an_adapter_is_none_of_it(remembered: Path) -> None:
    device = ProbedDevice()
    device.adapter = replace(device.adapter, id="vulkan:7")
    assert not asked(remembered, device)[1]


@pytest.mark.parametrize(
    "change",
    [
        {"driver_version": "2.0"},
        {"driver": "another"},
        {"identity": "another#0"},
        {"compute_units": 3},
        {"features": ("more",)},
        {"promises_rounding": True},
        {"max_group_items": 128},
    ],
    ids=lambda change: next(iter(change)),
)
def test_another_adapter_or_driver_is_probed(change: dict[str, Any], remembered: Path) -> None:
    device = ProbedDevice()
    device.adapter = replace(device.adapter, **change)
    assert asked(remembered, device)[1]


@pytest.mark.parametrize(
    "name",
    [
        *("POCL_EXTRA_BUILD_FLAGS", "POCL_AFFINITY", "PYOPENCL_BUILD_OPTIONS", "LP_NATIVE_VECTOR_WIDTH", "LP_DEBUG"),
        *("GALLIVM_PERF", "MESA_LOADER_DRIVER_OVERRIDE", "NIR_DEBUG", "OCL_ICD_VENDORS", "VK_ICD_FILENAMES"),
        *("WGPU_LIB_PATH", "LD_LIBRARY_PATH", "RADV_DEBUG", "A_VARIABLE_OF_A_DRIVER_THAT_NOBODY_HERE_KNOWS"),
    ],
)
def test_a_variable_that_a_driver_may_read_has_it_probed(
    name: str, remembered: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setenv(name, "something else")
        assert asked(remembered)[1] and not asked(remembered)[1]
    assert asked(remembered)[1]  # and once more without it


@pytest.mark.parametrize("name", ["PWD", "SHLVL", "TERM", "TERM_SESSION_ID", "TMUX_PANE", "SSH_TTY", "PARAGON_TOKEN"])
def test_a_variable_of_a_terminal_or_of_this_program_has_not(
    name: str, remembered: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "something else")
    assert not asked(remembered)[1]


def test_another_kernel_is_probed(remembered: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = shaders.source
    monkeypatch.setattr(shaders, "source", lambda *of: original(*of).replace("fn probes(", "fn  probes("))
    assert asked(remembered)[1]


def test_other_sources_of_the_backends_have_it_probed(remembered: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fingerprints, "sources_digest", lambda packages: f"changed {packages}")
    assert asked(remembered)[1]


def test_another_mode_of_the_processor_has_it_probed(remembered: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fingerprints, "probe_host", lambda: "rounding toward zero")
    assert asked(remembered)[1]


def test_a_library_that_was_replaced_is_another(tmp_path: Path) -> None:
    library, maps = tmp_path / "libdriver with a space.so", tmp_path / "maps"
    maps.write_text(
        f"7f00-7f10 r-xp 00000000 fe:00 42    {library}\n7f10-7f20 r--p 0 fe:00 42    /data\n7f20-7f30 r-xp 0 00:00 0\n"
    )
    library.write_bytes(b"one")
    before = compiler_state._libraries(str(maps))
    assert len(before) == 1 and before == compiler_state._libraries(str(maps))
    library.write_bytes(b"other")
    after = compiler_state._libraries(str(maps))
    library.unlink()
    assert len({*before, *after, *compiler_state._libraries(str(maps))}) == 3
    assert compiler_state._libraries(str(tmp_path / "nowhere")) == []


def test_a_processor_is_described_by_its_first_core(tmp_path: Path) -> None:
    file = tmp_path / "cpuinfo"
    file.write_text("model name\t: Example\ncpu MHz\t: 2400.1\nflags\t\t: fma avx2\n\nmodel name\t: Another\n")
    assert compiler_state._processor(str(file)) == ["model name: Example", "flags: fma avx2"]
    assert compiler_state._processor(str(tmp_path / "nowhere")) == []


def test_the_settings_of_drivers_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    before = compiler_state.compiler_state()
    (tmp_path / ".drirc").write_text("<driconf/>")
    assert compiler_state.compiler_state() != before


# What an entry may be


def test_it_expires(remembered: Path) -> None:
    edited(remembered, lambda entry: entry.update(until=entry["until"] - VALID_S - 1))
    assert asked(remembered)[1] and not asked(remembered)[1]


def test_an_expiry_further_ahead_than_any_is_none(remembered: Path) -> None:
    edited(remembered, lambda entry: entry.update(until=entry["until"] + VALID_S))
    assert asked(remembered)[1]


def test_a_damaged_entry_is_replaced(remembered: Path) -> None:
    file = only_file(remembered)
    sound = file.read_bytes()
    for damaged in (sound.replace(b'"guard": 5', b'"guard": 7'), sound[:-1], b"", b"[]"):
        file.write_bytes(damaged)
        assert damaged != sound and asked(remembered)[1]
        assert json.loads(file.read_bytes()).keys() == json.loads(sound).keys()


def probe_named(entry: Entry, name: str) -> Entry:
    return next(each for each in entry["probes"] if each["name"] == name)


@pytest.mark.parametrize(
    "edit",
    [
        lambda entry: entry.update(guard=0),
        lambda entry: entry.update(guard=3),
        lambda entry: entry.update(guard="5"),
        lambda entry: entry.pop("guard"),
        lambda entry: entry.update(probes=[]),
        lambda entry: entry.update(probes=entry["probes"][:-1]),
        lambda entry: entry["probes"].reverse(),
        lambda entry: entry["probes"][0].update(value="33800000"),
        lambda entry: entry["probes"][0].update(value="33800000", expected="33800000"),
        lambda entry: entry["probes"][0].update(required=[]),
        lambda entry: entry["probes"][0].update(control=False),
        lambda entry: probe_named(entry, "bare (x+c)-c is kept").update(value="3f400000"),
        lambda entry: entry.pop("facts"),
    ],
    ids=range(13),
)
def test_an_entry_that_no_probe_could_have_given_is_none(edit: Callable[[Entry], None], remembered: Path) -> None:
    edited(remembered, edit)
    assert asked(remembered) == (probe(ProbedDevice()), True)


# The folder


def test_several_that_write_at_once_leave_one_whole_entry(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: asked(tmp_path, anew=True), range(8)))
    assert answers == [(probe(ProbedDevice()), True)] * 8
    assert only_file(tmp_path).exists() and not asked(tmp_path)[1]


def test_a_folder_that_cannot_be_written_costs_only_time_and_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    assert asked(tmp_path / "file" / "cache") == (probe(ProbedDevice()), True)
    assert "the fingerprint of vulkan:0 was not cached: " in capsys.readouterr().out


def test_it_is_counted_as_probes_and_cleared(remembered: Path) -> None:
    assert [file.kind for file in contents(remembered)] == ["probes"]
    clear(remembered)
    assert list(remembered.iterdir()) == [] and asked(remembered)[1]
