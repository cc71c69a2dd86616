"""Adapters of two sessions, paired by the devices that they are."""

from __future__ import annotations

from typing import Any

import pytest

from paragon_tui.engine.results.result import Result
from paragon_tui.sessions.adapter_pairs import identity, pair_adapters
from paragon_tui.sessions.saved_session import saved_session
from tests.support.documents import Document, result, session

UUIDS = ("6fb07f4c-11b8-4d07-a2b4-a63f4ab34ab0", "0d5c5c3e-7a0e-4f43-9df4-3f8f0a6f2f11", "aa5c5c3e-7a0e-4f43")


def h200(adapter: str, **known: Any) -> Document:
    facts = {"adapter_name": "NVIDIA H200", "device_name": "NVIDIA H200", "driver_family": "NVIDIA CUDA"}
    return result("S1", adapter, **(facts | known))


def named(adapter: str, name: str, driver: str = "") -> Document:
    """A result of an older document, which has names alone."""
    return result("S1", adapter, adapter_name=name, driver=driver)


def results(*documents: Document) -> tuple[Result, ...]:
    return saved_session(session(*documents), "it").results


def paired(a: list[Document], b: list[Document]) -> list[tuple[str, str, bool]]:
    return [(pair.a.id.adapter, pair.b.id.adapter, pair.by_order) for pair in pair_adapters(results(*a), results(*b))]


def test_devices_pair_by_name_whatever_their_number():
    a = [named("opencl:0", "gfx1031"), named("opencl:1", "NVIDIA H200")]
    b = [named("opencl:0", "NVIDIA H200"), named("opencl:1", "Apple M4"), named("opencl:2", "gfx1031")]
    assert paired(a, b) == [("opencl:0", "opencl:2", False), ("opencl:1", "opencl:0", False)]


def test_an_adapter_under_another_api_is_another():
    assert paired([named("vulkan:0", "NVIDIA H200")], [named("gl:0", "NVIDIA H200")]) == []


def test_a_driver_of_another_family_is_another_device_and_of_another_version_the_same():
    old = h200("opencl:0", driver="NVIDIA CUDA 535.104 (OpenCL 3.0 CUDA)")
    assert paired([old], [h200("opencl:1", driver="NVIDIA CUDA 570.1 (OpenCL 3.0 CUDA)")]) == [
        ("opencl:0", "opencl:1", False)
    ]
    assert paired([old], [h200("opencl:0", driver_family="rusticl")]) == []


LLVMPIPE, XEON = "llvmpipe (LLVM 15.0.6, 256 bits)", "pthread-Intel(R) Xeon(R) Processor"


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (
            (LLVMPIPE, "llvmpipe Mesa 22.3.6 (LLVM 15.0.6)"),
            ("llvmpipe (LLVM 19.1.7, 512 bits)", "llvmpipe Mesa 25.1 (LLVM 19.1.7)"),
        ),
        (
            (XEON, "Portable Computing Language 3.0-rc2"),
            ("cpu-haswell-Intel(R) Xeon(R) Processor", "Portable Computing Language 7.0"),
        ),
        (("NVIDIA H200", ""), ("NVIDIA H200", "NVIDIA CUDA 570.1")),
    ],
)
def test_the_names_of_older_documents_are_read_without_versions(a, b):
    assert paired([named("opencl:0", *a)], [named("opencl:1", *b)]) == [("opencl:0", "opencl:1", False)]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ((LLVMPIPE, "rusticl 22.3.6 (OpenCL 3.0)"), (LLVMPIPE, "Clover 22.3.6 (OpenCL 1.1)")),
        (
            (XEON, "Portable Computing Language 3.0-rc2"),
            ("Intel(R) Xeon(R) Processor", "Intel(R) OpenCL 2023.16"),
        ),
    ],
)
def test_the_drivers_of_older_documents_tell_devices_of_one_name_apart(a, b):
    assert paired([named("opencl:0", *a)], [named("opencl:0", *b)]) == []


def test_an_older_document_pairs_with_a_newer_one():
    older = named("vulkan:0", "llvmpipe (LLVM 15.0.6, 256 bits)", "llvmpipe Mesa 22.3.6 (LLVM 15.0.6)")
    newer = older | {"adapter": "vulkan:1", "device_name": "llvmpipe", "driver_family": "llvmpipe"}
    assert paired([older], [newer]) == [("vulkan:0", "vulkan:1", False)]
    assert paired([newer], [older]) == [("vulkan:1", "vulkan:0", False)]
    assert [identity(one) for one in results(older)] == [identity(one) for one in results(newer)]


def test_host_libraries_pair_by_their_ids_on_any_processor():
    a = [
        named("numpy", "NumPy on Xeon"),
        named("numpy-avx2", "NumPy limited to AVX2 on Xeon"),
        named("torch", "PyTorch"),
    ]
    b = [named("numpy-avx2", "NumPy limited to AVX2 on EPYC"), named("numpy", "NumPy on EPYC")]
    assert paired(a, b) == [("numpy", "numpy", False), ("numpy-avx2", "numpy-avx2", False)]


def test_a_uuid_tells_equal_devices_apart_and_finds_each_again():
    a = [h200("opencl:0", uuid=UUIDS[0]), h200("opencl:1", uuid=UUIDS[1])]
    b = [h200("opencl:0", uuid=UUIDS[1]), h200("opencl:1", uuid=UUIDS[2]), h200("opencl:2", uuid=UUIDS[0])]
    assert paired(a, b) == [("opencl:0", "opencl:2", False), ("opencl:1", "opencl:0", False)]
    assert paired(a[:1], b[:2]) == []


def test_an_address_tells_devices_apart_where_a_side_has_no_uuid():
    a = [h200("opencl:0", pci_address="0000:65:00.0"), h200("opencl:1", pci_address="0000:66:00.0", uuid=UUIDS[0])]
    b = [h200("opencl:0", pci_address="66:00.0"), h200("opencl:1", pci_address="0000:65:00.0", uuid=UUIDS[1])]
    assert paired(a, b) == [("opencl:0", "opencl:1", False), ("opencl:1", "opencl:0", False)]
    assert paired(a[:1], b[:1]) == []


def test_a_uuid_counts_for_more_than_the_slot_that_a_device_is_in():
    a, b = (h200("opencl:0", uuid=UUIDS[0], pci_address=address) for address in ("0000:65:00.0", "0000:01:00.0"))
    assert paired([a], [b]) == [("opencl:0", "opencl:0", False)]


def test_equal_devices_that_nothing_tells_apart_pair_by_order():
    two = [h200("opencl:0"), h200("opencl:1")]
    assert paired(two, [h200("opencl:1"), h200("opencl:2")]) == [
        ("opencl:0", "opencl:1", True),
        ("opencl:1", "opencl:2", True),
    ]
    assert paired(two, [h200("opencl:1")]) == [("opencl:0", "opencl:1", True)]
    assert paired([h200("opencl:1")], two) == [("opencl:1", "opencl:0", True)]


def test_what_one_side_does_not_know_tells_nothing_apart():
    known = [h200("opencl:0", uuid=UUIDS[0]), h200("opencl:1", uuid=UUIDS[1])]
    assert paired(known, [h200("opencl:0"), h200("opencl:1")]) == [
        ("opencl:0", "opencl:0", True),
        ("opencl:1", "opencl:1", True),
    ]
    assert paired(known, [h200("opencl:0"), h200("opencl:1", uuid=UUIDS[0])]) == [
        ("opencl:0", "opencl:1", False),
        ("opencl:1", "opencl:0", False),
    ]


def test_of_two_equal_devices_that_of_the_same_driver_version_comes_first():
    """As PoCL of this program's and the system's stand beside each other on one processor."""
    name, driver = "pthread-Intel(R) Xeon(R)", "Portable Computing Language"
    ours, systems = named("opencl:0", name, f"{driver} 3.0"), named("opencl:1", name, f"{driver} 3.1")
    moved = [systems | {"adapter": "opencl:0"}, ours | {"adapter": "opencl:1"}]
    assert paired([ours, systems], moved) == [("opencl:0", "opencl:1", False), ("opencl:1", "opencl:0", False)]


def test_a_device_limited_to_some_threads_pairs_with_the_same_on_as_many():
    a = [named(f"opencl:0{limit}", "PoCL") for limit in ("@1", "@2")] + [result("S1", "numpy@2")]
    b = [named(f"opencl:1{limit}", "PoCL") for limit in ("@2", "", "@4")] + [
        result("S1", "numpy"),
        result("S1", "numpy@2"),
    ]
    assert paired(a, b) == [("opencl:0@2", "opencl:1@2", False), ("numpy@2", "numpy@2", False)]
