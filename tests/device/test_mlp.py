"""Networks in batch, forward and backward, have the reference's bits in every variant, whatever the batch."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.probes import probe
from paragon_tui.suites import mlp_network
from paragon_tui.suites.case import Case
from paragon_tui.suites.operation import operation
from tests.support.floats import assert_same_bits
from tests.support.host_forms import host_values
from tests.support.kernels import edited, opened, run_plan

pytestmark = pytest.mark.device

WAYS = ("forward", "backward")
WIDTHS = (37, 70, 5)
BATCHES = (1, 3, 300)
Values = np.ndarray[Any, np.dtype[np.float32]]


@cache
def case_of(way: str, batch: int) -> Case:
    return Case("mlp", f"mlp-ragged-{way}@{batch}", f"mlp-{way}", WIDTHS, batch=batch)


@cache
def right(way: str, batch: int, dtype: str) -> Values:
    return host_values(case_of(way, batch), dtype, "reference")


def values_of(device: Any, guard: int, case: Case, dtype: str, variant: str, kind: str | None = None) -> Values:
    """Return the adapter's values, by the plan of the adapter itself or of one of another ``kind``."""
    module = operation(case.operation)
    adapter = replace(device.adapter, type=kind) if kind else device.adapter
    (plan,) = module.plans(case, dtype, variant, adapter)
    outputs = run_plan(device, plan.with_constant("GUARD", guard), *module.RESULTS)
    return module.answer(case, dtype, outputs).values


@pytest.mark.parametrize("variant", mlp_network.VARIANTS)
@pytest.mark.parametrize("dtype", mlp_network.DTYPES)
def test_every_variant_has_the_references_bits(dtype: str, variant: str, guard: int, device: Any) -> None:
    for way in WAYS:
        for batch in BATCHES:
            values = values_of(device, guard, case_of(way, batch), dtype, variant)
            assert_same_bits(values, right(way, batch, dtype), (way, batch))


@pytest.mark.parametrize("dtype", mlp_network.DTYPES)
def test_what_a_gpu_would_run_has_the_references_bits(dtype: str, guard: int, device: Any) -> None:
    """Of the variants that differ there, the one that is slow to compile for PoCL is in the tests of contractions."""
    for way in WAYS:
        values = values_of(device, guard, case_of(way, 3), dtype, "tiled", "discrete-gpu")
        assert values.tobytes() == right(way, 3, dtype).tobytes(), way


@pytest.mark.parametrize("variant", mlp_network.VARIANTS)
def test_a_samples_output_does_not_depend_on_its_batch(variant: str, guard: int, device: Any) -> None:
    rows = {
        batch: values_of(device, guard, case_of("forward", batch), "f32", variant).reshape(batch, -1)
        for batch in (1, 5, 256)
    }
    assert rows[256][:1].tobytes() == rows[1].tobytes()
    assert rows[256][:5].tobytes() == rows[5].tobytes()


def test_every_group_of_a_folded_launch_has_work_of_its_own(device_adapter: Adapter) -> None:
    """Rows of at most two groups, which every kernel counts row by row."""
    if device_adapter.max_groups_per_dimension is None:
        pytest.skip("this API has no such limit")
    with opened(replace(device_adapter, max_groups_per_dimension=2)) as device:
        guard = probe(device).guard
        for variant in mlp_network.VARIANTS:
            values = values_of(device, guard, case_of("forward", 300), "f32", variant)
            assert values.tobytes() == right("forward", 300, "f32").tobytes(), variant


def test_a_changed_kernel_loses_its_bits(device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> None:
    """The edit is in the epilogue of a dot: a slope that is not 0.01."""
    with edited(monkeypatch, "0x3c23d70au", "0x3c25d70au"), opened(device_adapter) as device:
        for way in WAYS:
            values = values_of(device, 3, case_of(way, 3), "f32", "for-loop")
            assert values.tobytes() != right(way, 3, "f32").tobytes()
