"""PoCL offers a processor that its compiler does not know: it is left out, and told of where it would be missed."""

from __future__ import annotations

import pytest

from paragon_tui.backends import opencl
from paragon_tui.backends.adapter import POCL
from paragon_tui.backends.device import PartlyListed

pytestmark = pytest.mark.device


def test_a_device_for_which_nothing_compiles_is_left_out_and_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    if not any(adapter.driver == POCL for adapter in opencl.adapters("opencl")):
        pytest.skip("this machine has no PoCL")
    monkeypatch.setattr(opencl, "_EMPTY_KERNEL", "kernel void")
    try:
        others = opencl.adapters("opencl")
    except PartlyListed as error:
        assert "Portable Computing Language" in str(error) and "cannot compile for" in str(error)
        others = error.adapters
    else:
        assert any(adapter.type == "cpu" for adapter in others), "nothing offers the processor, and nobody is told"
    assert all(adapter.driver != POCL for adapter in others)


@pytest.mark.parametrize(
    ("version", "compiler"), [("OpenCL 3.0 PoCL 3.0, LLVM 14.0.6, SLEEF", "LLVM 14.0.6"), ("", "LLVM")]
)
def test_an_unknown_processor_is_said_in_words(version: str, compiler: str) -> None:
    words = opencl._what_failed("BUILD_PROGRAM_FAILURE\nerror: unknown target CPU 'generic'", version)
    assert words.startswith(f"its {compiler} does not know this processor; ")
    assert "pocl-opencl-icd" in words and "paragon-tui[intel]" in words
    assert opencl._what_failed("out of memory", version) == "out of memory"
