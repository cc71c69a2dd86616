"""Copies copy, multiply-adds multiply and add, and what comes of them is a ceiling; on every adapter."""

from __future__ import annotations

from math import isfinite
from pathlib import Path

import numpy as np
import pytest

from paragon_tui.backends.adapter import Adapter
from paragon_tui.engine.worker import peak_rates
from paragon_tui.engine.worker.ceilings import cache_evictor, measure_ceiling
from paragon_tui.engine.worker.device_session import DeviceSession
from tests.support.kernels import run_plan

pytestmark = pytest.mark.device

SHAPES = {"cl": (96, 1), "wgsl": (12, 8)}  # lanes of an item, and steps of a round


@pytest.mark.parametrize("rounds", [0, 1, 5, 400])
def test_every_lane_takes_every_step(device, rounds):
    lanes, steps = SHAPES[device.language]
    assert 2 * lanes * steps == peak_rates.OPERATIONS_PER_ROUND
    a, b = peak_rates.FACTORS
    x = np.arange(4.0)[:, None] + np.arange(lanes)
    for _ in range(rounds * steps):
        x = a * x + b
    sums = run_plan(device, peak_rates.multiply_add_plan(2, 64, rounds), "y")["y"][:4]
    np.testing.assert_allclose(sums, x.sum(axis=1), rtol=2e-6)


@pytest.mark.parametrize("items", [1, 255, 256, 257, 100_000])
def test_a_copy_copies_all_of_it(device, items):
    copied = run_plan(device, peak_rates.copy_plan(items), "y")["y"]
    np.testing.assert_array_equal(copied, np.arange(4 * items, dtype=np.uint32))


def test_a_ceiling_is_measured_and_kept(device, tmp_path: Path):
    opened = DeviceSession(device, None)
    first = measure_ceiling(opened, tmp_path)
    assert isfinite(first.copy_gb_s) and first.copy_gb_s > 0.1
    assert isfinite(first.multiply_add_gflop_s) and first.multiply_add_gflop_s > 0.1
    assert measure_ceiling(opened, tmp_path) == first


@pytest.mark.parametrize("name", ["numpy", "reference", "torch"])
def test_a_host_library_has_a_ceiling(name, real_adapters: list[Adapter], tmp_path):
    adapters = [adapter for adapter in real_adapters if adapter.id == name]
    if not adapters:
        pytest.skip(f"this machine has no {name}")
    from paragon_tui.backends import host

    result = measure_ceiling(DeviceSession(host.open(adapters[0]), None), tmp_path)
    assert result.copy_gb_s > 0.1 and result.multiply_add_gflop_s > 0.1


def test_caches_can_be_emptied_again_and_again(device):
    evict = cache_evictor(DeviceSession(device, None))
    evict()
    evict()
    evict.close()
