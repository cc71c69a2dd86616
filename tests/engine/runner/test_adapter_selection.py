"""From what people type to APIs and adapters."""

from __future__ import annotations

import re

import pytest

from paragon_tui.backends import registry
from paragon_tui.backends.registry import ignored_in_environment, narrowed_by_environment, native_apis
from paragon_tui.engine.runner.selection import (
    UnknownName,
    adapters_named,
    apis_to_search,
    select_adapters,
)
from tests.support.examples import GPU, NUMPY, REFERENCE, adapter, ids

POCL = adapter("opencl:0", type="cpu")
LLVMPIPE = adapter("vulkan:1", type="cpu")
FOUND = (NUMPY, REFERENCE, POCL, GPU, LLVMPIPE)
LIMITED = tuple(adapter(id_, api="host", on_request=True) for id_ in ("numpy-baseline", "numpy-avx2"))


@pytest.fixture(autouse=True)
def nothing_in_the_environment(monkeypatch):
    monkeypatch.delenv("WGPU_BACKEND", raising=False)


# Which APIs there are


@pytest.mark.parametrize(
    ("platform", "apis"),
    [
        ("linux", ("host", "opencl", "vulkan", "gl")),
        ("darwin", ("host", "opencl", "vulkan", "metal")),
        ("win32", ("host", "opencl", "vulkan", "dx12", "gl")),
    ],
)
def test_each_system_has_its_own_apis_in_display_order(platform, apis):
    assert native_apis(platform) == apis


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("vulkan", ("vulkan",)),
        ("vk", ("vulkan",)),
        (" GL , Vulkan ", ("vulkan", "gl")),
        ("opengl", ("gl",)),
        ("gles", ("gl",)),
        ("d3d12,mtl", ("metal", "dx12")),
        ("vulkan,webgl2", ("vulkan",)),
    ],
)
def test_wgpu_backend_names_apis_in_any_of_its_spellings(said, meant):
    assert narrowed_by_environment({"WGPU_BACKEND": said}) == meant


@pytest.mark.parametrize("environ", [{}, {"WGPU_BACKEND": ""}, {"WGPU_BACKEND": "webgl2, ,"}])
def test_wgpu_backend_that_names_nothing_known_narrows_nothing(environ):
    assert narrowed_by_environment(environ) is None


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("", None),
        (" , ", None),
        ("vk", None),
        ("Metal,gles", None),
        ("foo", "WGPU_BACKEND=foo: there is no backend foo (vulkan, metal, dx12, gl); the variable is ignored"),
        ("vk, dx11", "WGPU_BACKEND=vk, dx11: there is no backend dx11 (vulkan, metal, dx12, gl); dx11 is ignored"),
        ("a,b", "WGPU_BACKEND=a,b: there is no backend a or b (vulkan, metal, dx12, gl); the variable is ignored"),
    ],
)
def test_names_that_no_backend_has_are_told(said, line):
    assert ignored_in_environment({"WGPU_BACKEND": said}) == line


def test_a_remedy_names_what_the_variable_keeps_from_being_searched():
    others = [api for api in native_apis() if api in registry.WGPU_APIS and api != "vulkan"]
    alone = registry.remedy("vulkan", ("host", "opencl", "vulkan"), {})
    assert "GPU's driver" in alone and "WGPU_BACKEND" not in alone
    narrowed = {"WGPU_BACKEND": "vk"}
    kept = f"; WGPU_BACKEND=vk keeps {' and '.join(others)} from being searched"
    assert registry.remedy("vulkan", ("host", "opencl", "vulkan"), narrowed) == alone + kept
    assert registry.remedy("vulkan", native_apis(), narrowed) == alone
    assert "WGPU_BACKEND" not in registry.remedy("opencl", ("host", "opencl", "vulkan"), narrowed)


@pytest.mark.parametrize("module", sorted(set(registry.BACKENDS.values())))
def test_every_backend_can_be_loaded_and_offers_the_contract(module):
    backend = registry.load(module)
    assert callable(backend.adapters)
    assert callable(backend.open)


# Where to look


def test_everything_native_is_searched_where_nothing_is_said():
    assert apis_to_search([], []) == native_apis()


def test_wgpu_backend_narrows_what_is_searched_but_not_host_and_opencl(monkeypatch):
    monkeypatch.setenv("WGPU_BACKEND", "gl")
    assert apis_to_search([], []) == tuple(api for api in native_apis() if api not in registry.WGPU_APIS or api == "gl")
    assert "vulkan" not in apis_to_search([], [])


def test_wgpu_backend_may_name_an_api_of_another_system_which_is_then_searched_in_vain(monkeypatch):
    absent = next(api for api in registry.WGPU_APIS if api not in native_apis())
    monkeypatch.setenv("WGPU_BACKEND", absent)
    assert apis_to_search([], []) == ("host", "opencl", absent)


@pytest.mark.parametrize(("adapters", "backends"), [([], ["vulkan"]), (["vulkan:0"], []), (["vulkan:0"], ["vulkan"])])
def test_an_explicit_name_beats_wgpu_backend(monkeypatch, adapters, backends):
    monkeypatch.setenv("WGPU_BACKEND", "gl")
    assert apis_to_search(adapters, backends) == ("host", "vulkan")


def test_a_glob_over_adapters_beats_wgpu_backend_and_looks_everywhere(monkeypatch):
    monkeypatch.setenv("WGPU_BACKEND", "gl")
    assert apis_to_search(["*:0"], []) == native_apis()


@pytest.mark.parametrize(
    "name", ["nvidia", "PoCL*", "Intel(R) Xeon", "6fb07f4c-11b8", "0000:65:00.0", "65:00.0", "numpy*"]
)
def test_what_may_be_a_device_under_any_api_is_looked_for_everywhere(monkeypatch, name):
    monkeypatch.setenv("WGPU_BACKEND", "gl")
    assert apis_to_search([name], []) == native_apis()
    assert apis_to_search(["opencl:0", name], ["vulkan"]) == native_apis()


def test_ids_and_backends_add_up_in_display_order_and_the_host_is_always_looked_at():
    assert apis_to_search(["vulkan:1"], ["opencl"]) == ("host", "opencl", "vulkan")


@pytest.mark.parametrize(("adapters", "backends"), [(["numpy"], []), ([], ["reference"]), (["numpy-avx2"], [])])
def test_host_adapters_need_no_other_api(adapters, backends):
    assert apis_to_search(adapters, backends) == ("host",)


def test_an_api_of_another_system_is_searched_where_it_is_named():
    assert apis_to_search([], ["metal", "dx12"]) == ("host", "metal", "dx12")


# Adapters


def test_nothing_named_selects_every_adapter():
    assert select_adapters(FOUND, [], []) == FOUND


@pytest.mark.parametrize(
    ("wanted", "backends", "selected"),
    [
        (["vulkan:0"], [], ["vulkan:0"]),
        (["VULKAN:1", "numpy"], [], ["numpy", "vulkan:1"]),
        (["*:0"], [], ["opencl:0", "vulkan:0"]),
        (["vulkan:?"], [], ["vulkan:0", "vulkan:1"]),
        ([], ["vulkan"], ["vulkan:0", "vulkan:1"]),
        ([], ["host"], ["numpy", "reference"]),
        ([], ["reference"], ["reference"]),
        (["vulkan:1"], ["opencl"], ["opencl:0", "vulkan:1"]),
        (["vulkan:1"], ["vulkan"], ["vulkan:0", "vulkan:1"]),
    ],
)
def test_adapters_are_selected_by_ids_and_backends_together_in_display_order(wanted, backends, selected):
    assert ids(select_adapters(FOUND, wanted, backends)) == selected


@pytest.mark.parametrize(
    ("wanted", "backends", "selected"),
    [
        ([], [], ["numpy", "reference", "opencl:0", "vulkan:0", "vulkan:1"]),
        ([], ["numpy"], ["numpy"]),
        ([], ["host"], ["numpy", "reference"]),
        (["numpy-avx2"], ["opencl"], ["opencl:0", "numpy-avx2"]),
        (["numpy-*"], [], ["numpy-baseline", "numpy-avx2"]),
        (["numpy*"], [], ["numpy", "numpy-baseline", "numpy-avx2"]),
    ],
)
def test_what_runs_on_request_is_selected_by_its_id_or_a_glob_alone(wanted, backends, selected):
    assert ids(select_adapters((*FOUND, *LIMITED), wanted, backends)) == selected


@pytest.mark.parametrize("name", ["numpy-avx512", "NumPy-*"])
def test_a_level_that_is_not_here_says_what_it_takes(name):
    with pytest.raises(UnknownName, match=f"there is no {re.escape(name)} here: it needs x86-64"):
        select_adapters(FOUND, [name], [])


@pytest.mark.parametrize("name", ["vulkan:7", "zzz", "", " "])
def test_an_unknown_adapter_is_refused_with_all_that_there_are(name):
    with pytest.raises(UnknownName) as refusal:
        select_adapters(FOUND, [name], [])
    assert str(refusal.value) == (
        f"there is no adapter {name!r}; available: numpy, reference, opencl:0 (Example opencl:0), "
        "vulkan:0 (Example GPU), vulkan:1 (Example vulkan:1)"
    )


def test_a_known_adapter_does_not_hide_an_unknown_one():
    with pytest.raises(UnknownName, match="'zzz'"):
        select_adapters(FOUND, ["numpy", "zzz"], [])


def test_a_missing_torch_says_how_to_install_it():
    with pytest.raises(UnknownName, match=r"python -m pip install torch$"):
        select_adapters(FOUND, [], ["torch"])


def test_a_backend_without_adapters_says_where_the_reason_is():
    with pytest.raises(UnknownName) as refusal:
        select_adapters(FOUND, ["numpy"], ["gl"])
    assert str(refusal.value) == "no adapter found for gl; `paragon-tui adapters` shows why"


# Adapters by name

UUID = "6fb07f4c-11b8-4d07-a2b4-a63f4ab34ab0"
XEON = adapter("numpy", name="NumPy on Intel(R) Xeon(R) Processor", vendor="Intel", driver="NumPy")
LEVEL = adapter("numpy-avx2", api="host", name="NumPy limited to AVX2 on Intel(R) Xeon(R) Processor", on_request=True)
H200 = adapter(
    "opencl:0",
    name="NVIDIA H200",
    vendor="NVIDIA Corporation",
    driver="NVIDIA CUDA",
    uuid=UUID,
    pci_address="0000:65:00.0",
)
OTHER_H200 = adapter("opencl:1", name="NVIDIA H200", vendor="NVIDIA Corporation", pci_address="0001:66:00.0")
RADEON = adapter("opencl:2", name="gfx1031", vendor="Advanced Micro Devices", pci_address="2d:00.0")
REAL_POCL = adapter(
    "opencl:3",
    name="pthread-Intel(R) Xeon(R) Processor",
    vendor="GenuineIntel",
    driver="Portable Computing Language",
    driver_version="3.0-rc2 (OpenCL 3.0 PoCL HSTR: pthread-x86_64-unknown-linux-gnu-icelake-client)",
)
REAL_LLVMPIPE = adapter(
    "vulkan:0",
    name="llvmpipe (LLVM 15.0.6, 256 bits)",
    vendor="Mesa",
    driver="llvmpipe",
    driver_version="Mesa 22.3.6 (LLVM 15.0.6)",
)
NAMED = (XEON, LEVEL, H200, OTHER_H200, RADEON, REAL_POCL, REAL_LLVMPIPE)


def named(text: str) -> list[str]:
    return ids(adapters_named(text, NAMED))


@pytest.mark.parametrize(
    ("text", "selected"),
    [
        ("PoCL", ["opencl:3"]),
        ("PoCL*", ["opencl:3"]),
        ("pocl", ["opencl:3"]),
        ("Portable Computing Language", ["opencl:3"]),
        ("portable  computing", ["opencl:3"]),
        ("Portable*", ["opencl:3"]),
        ("llvmpipe", ["vulkan:0"]),
        ("LLVM*", ["vulkan:0"]),
        ("mesa", ["vulkan:0"]),
        ("nvidia", ["opencl:0", "opencl:1"]),
        ("NVIDIA H?00", ["opencl:0", "opencl:1"]),
        ("*cuda", ["opencl:0"]),
        ("h200", ["opencl:0", "opencl:1"]),
        ("Intel(R) Xeon", ["numpy", "opencl:3"]),
        ("intel", ["numpy", "opencl:3"]),
        ("gfx1031", ["opencl:2"]),
    ],
)
def test_an_adapter_is_named_by_words_of_its_name_vendor_or_driver(text, selected):
    assert named(text) == selected


@pytest.mark.parametrize(
    "text", ["pipe", "nvid", "h20", "cuda nvidia", "NVIDIA H200 NVIDIA", "[n]vidia", "avx2", "xeon on"]
)
def test_a_part_of_a_word_or_words_from_two_places_name_nothing(text):
    assert named(text) == []


@pytest.mark.parametrize(
    ("text", "selected"),
    [
        (UUID, ["opencl:0"]),
        (f"GPU-{UUID.upper()}", ["opencl:0"]),
        ("0000:65:00.0", ["opencl:0"]),
        ("00000000:65:00.0", ["opencl:0"]),
        ("65:00.0", ["opencl:0"]),
        ("0001:66:00.0", ["opencl:1"]),
        ("66:00.0", ["opencl:1"]),
        ("0000:2D:00.0", ["opencl:2"]),
        ("2d:00.0", ["opencl:2"]),
        ("0000:66:00.0", []),
        ("5:00.0", []),
        ("00.0", []),
        (UUID[:8], []),
        ("gpu-", []),
    ],
)
def test_an_adapter_is_named_by_its_uuid_or_its_address(text, selected):
    assert named(text) == selected


def test_an_id_comes_before_a_word():
    """The name of one device has the id of another in it."""
    odd = adapter("opencl:1", name="a numpy or vulkan:0 accelerator")
    assert ids(adapters_named("numpy", (NUMPY, odd, GPU))) == ["numpy"]
    assert ids(adapters_named("vulkan:?", (NUMPY, odd, GPU))) == ["vulkan:0"]
    assert ids(adapters_named("accelerator", (NUMPY, odd, GPU))) == ["opencl:1"]


def test_names_ids_and_backends_add_up():
    assert ids(select_adapters(NAMED, ["gfx1031", "numpy", "2d:00.0"], ["vulkan"])) == ["numpy", "opencl:2", "vulkan:0"]
