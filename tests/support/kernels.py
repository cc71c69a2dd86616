"""Real devices opened for one test, and kernels edited before they are compiled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

import pytest

from paragon_tui import shaders
from paragon_tui.backends import registry
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.plan import Plan
from paragon_tui.backends.probes import probe
from tests.support.devices import Arrays, Inputs

PRAGMA = "#pragma OPENCL FP_CONTRACT OFF"

_WRONG_SUMS = {
    "cl": [
        (
            "#if GUARD & 2",
            "#if 1\n"
            "#define settled(sum) as_real(as_word(sum) ^ 1u)\n"
            "#define settled4(sum) as_float4(as_uint4(sum) ^ 1u)\n"
            "#define settled8(sum) as_float8(as_uint8(sum) ^ 1u)\n"
            "#elif GUARD & 2",
        )
    ],
    "wgsl": [
        ("{ return guarded(a + b); }", "{ return bitcast<f32>(bitcast<u32>(guarded(a + b)) ^ 1u); }"),
        (
            "fn settled(sum: f32) -> f32 {",
            "fn settled(right: f32) -> f32 {\n    let sum = bitcast<f32>(bitcast<u32>(right) ^ 1u);",
        ),
        (
            "fn settled4(sum: vec4<f32>) -> vec4<f32> {",
            "fn settled4(right: vec4<f32>) -> vec4<f32> {\n"
            "    let sum = bitcast<vec4<f32>>(bitcast<vec4<u32>>(right) ^ vec4<u32>(1u));",
        ),
    ],
}


def language_of(adapter: Adapter) -> shaders.Language:
    return "cl" if adapter.api == "opencl" else "wgsl"


def as_gpu(adapter: Adapter) -> Adapter:
    """Return the same adapter as a GPU, which gets other plans."""
    return replace(adapter, type="discrete-gpu")


def as_kind(kind: str, adapter: Adapter) -> Adapter:
    """Return the adapter that plans are made for: ``as it is`` or ``as a GPU``."""
    return {"as it is": adapter, "as a GPU": as_gpu(adapter)}[kind]


def open_device(adapter: Adapter) -> Any:
    backend: Any = registry.load(registry.BACKENDS[adapter.api])
    return backend.open(adapter)


@contextmanager
def opened(adapter: Adapter) -> Iterator[Any]:
    """Yield a new device, which has compiled nothing yet."""
    device = open_device(adapter)
    try:
        yield device
    finally:
        device.close()


def run_plan(device: Any, plan: Plan, *names: str, inputs: Inputs | None = None, runs: int = 1) -> Arrays:
    """Run a plan ``runs`` times, each on the buffers that the run before left, and return the buffers ``names``."""
    program = device.prepare(plan)
    try:
        for _ in range(runs):
            program.run(inputs or {})
        return {name: values.copy() for name, values in program.read(names).items()}
    finally:
        program.close()


@contextmanager
def edited(monkeypatch: pytest.MonkeyPatch, before: str, after: str, ahead: str = "") -> Iterator[None]:
    """Replace ``before`` by ``after`` in sources that have it, with ``ahead`` in front. At least one must have it."""
    original = shaders.source
    edits = []

    def source(parts: Any, language: shaders.Language, constants: Any) -> str:
        text = original(parts, language, constants)
        edits.append(before in text)
        return ahead + text.replace(before, after) if before in text else text

    monkeypatch.setattr(shaders, "source", source)
    yield
    monkeypatch.setattr(shaders, "source", original)
    assert any(edits), "the edit no longer fits a kernel"


@contextmanager
def opened_to_flush(adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Yield a new device that flushes subnormal f32, operands and results. Skip the test where no option has it so."""
    if adapter.api != "opencl":
        pytest.skip("only OpenCL has an option for it")
    import pyopencl as cl

    build = cl.Program.build

    def build_to_flush(program: Any, options: Any = (), **others: Any) -> Any:
        return build(program, [*options, "-cl-denorms-are-zero"], **others)

    with monkeypatch.context() as patch, opened(adapter) as device:
        patch.setattr(cl.Program, "build", build_to_flush)
        kept = {r.name for r in probe(device).probes if r.holds}
        if kept & {"subnormal operands kept", "subnormal results kept"}:
            pytest.skip("this driver keeps subnormals even so")
        yield device


@contextmanager
def wrong_sums(monkeypatch: pytest.MonkeyPatch, language: shaders.Language) -> Iterator[None]:
    """Make every sum wrong by a unit in the last place, whatever guards it: the float tiers do not hold."""
    with ExitStack() as edits:
        for before, after in _WRONG_SUMS[language]:
            edits.enter_context(edited(monkeypatch, before, after))
        yield


def skip_unless_contracting(adapter: Adapter) -> None:
    """Skip the test where OpenCL's compiler contracts nothing."""
    if adapter.api != "opencl":
        pytest.skip("that edit is OpenCL C's")
    if not contracts(adapter):
        pytest.skip("this driver does not contract even where it may")


def contracts(adapter: Adapter) -> bool:
    """Return whether OpenCL contracts a bare a*b+c where the pragma allows it."""
    with (
        pytest.MonkeyPatch.context() as patch,
        edited(patch, PRAGMA, "#pragma OPENCL FP_CONTRACT ON"),
        opened(adapter) as device,
    ):
        return not {r.name: r.holds for r in probe(device).probes}["a bare a*b+c stays unfused"]
