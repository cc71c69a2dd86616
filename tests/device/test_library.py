"""The Python interface on every real adapter: it looks at the standing that opening the adapter found."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import ExitStack

import numpy as np
import pytest

from paragon_tui import Paragon
from paragon_tui.arithmetic.compare import compare
from paragon_tui.backends.adapter import Adapter
from paragon_tui.library import FallbackWarning, NoIdentity
from tests.support.floating_point import TOWARD_ZERO, mode
from tests.support.kernels import edited, language_of

pytestmark = pytest.mark.device

FALSIFIED = {
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
"""Every sum is wrong by a unit in the last place, in the probes and in all kernels."""

X = np.random.default_rng(7).random((50, 784), dtype=np.float32)


@pytest.fixture
def falsified(device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> Iterator[Adapter]:
    """The adapter, with wrong sums."""
    with ExitStack() as edits:
        for before, after in FALSIFIED[language_of(device_adapter)]:
            edits.enter_context(edited(monkeypatch, before, after))
        yield device_adapter


def test_an_adapter_whose_tier_does_not_hold_raises_and_says_why(falsified: Adapter) -> None:
    net = Paragon.new_network([784, 64, 10])
    for x in (X[0], X):
        with pytest.raises(NoIdentity, match=r"the guarded tier.*does not hold there.*no reassociation.*fallback=True"):
            net.forward_gpu(x, falsified.id)


def test_with_fallback_the_host_computes_the_same_bits_and_a_warning_says_why(falsified: Adapter) -> None:
    net = Paragon.new_network([784, 64, 10])
    with pytest.warns(FallbackWarning, match=f"computed on the host: {falsified.id} .*does not hold there"):
        output = net.forward_gpu(X, falsified.id, fallback=True)
    assert output.tobytes() == net.forward_cpu(X).tobytes()


def test_where_the_tier_holds_the_device_computes_and_nothing_is_said(device_adapter: Adapter) -> None:
    net = Paragon.new_network([784, 64, 10])
    with warnings.catch_warnings():
        warnings.simplefilter("error", FallbackWarning)
        output = net.forward_gpu(X[0], device_adapter.id, fallback=True)
    assert compare(output, net.forward_cpu(X[0])).bit_identical


def test_an_unsound_host_has_nothing_to_fall_back_to(device_adapter: Adapter) -> None:
    net = Paragon.new_network([784, 64, 10])
    with mode(TOWARD_ZERO), pytest.raises(NoIdentity, match="NumPy in this process does not compute"):
        net.forward_gpu(X[0], device_adapter.id, fallback=True)
