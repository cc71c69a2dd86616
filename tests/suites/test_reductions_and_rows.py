"""Reductions, softmax and layernorm on the host: near the true values, and every implementation near the reference."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from paragon_tui.arithmetic import statistics
from paragon_tui.arithmetic.constants import EPSILON
from paragon_tui.backends.adapter import Adapter
from paragon_tui.operators import layout
from paragon_tui.operators.numerics.layouts import pack, unpack
from paragon_tui.operators.operator import Cost
from paragon_tui.operators.tensor import Tensor
from paragon_tui.suites import layers, vector
from paragon_tui.suites.case import Case
from paragon_tui.suites.computation import computation
from paragon_tui.suites.operations import REDUCTIONS, SOFTMAX
from paragon_tui.suites.workloads.registry import workload
from tests.support.host_forms import host_values, skip_without

ROWS = (*SOFTMAX, "layernorm")
CPU = Adapter("opencl:0", "", "opencl", "", "", "", "", "cpu", max_group_items=4096)


def case(name: str, *shape: int) -> Case:
    return Case("", name, name, shape)


def values(name: str, shape: tuple[int, ...], dtype: str, implementation: str) -> np.ndarray:
    return host_values(case(name, *shape), dtype, implementation, runs=2)


def shape_of(name: str) -> tuple[int, ...]:
    return (17, 130) if "-" in name or name == "layernorm" else (4097,)


def true_value(name: str, row: list[float], other: list[float]) -> float:
    """In binary64, with sums that lose nothing."""
    most = max(row)
    forms: dict[str, Callable[[], float]] = {
        "dot": lambda: math.fsum(a * b for a, b in zip(row, other, strict=True)),
        "sum": lambda: math.fsum(row),
        "mean": lambda: math.fsum(row) / len(row),
        "max": lambda: most,
        "min": lambda: min(row),
        "argmax": lambda: row.index(most),
        "argmin": lambda: row.index(min(row)),
        "norm_l1": lambda: math.fsum(map(abs, row)),
        "norm_l2": lambda: math.sqrt(math.fsum(a * a for a in row)),
        "norm_linf": lambda: max(map(abs, row)),
        "logsumexp": lambda: most + math.log(math.fsum(math.exp(a - most) for a in row)),
    }
    return forms[name]()


@pytest.mark.parametrize("name", REDUCTIONS)
def test_the_reference_of_a_reduction_is_near_the_true_value(name: str) -> None:
    operands = list(computation(case(name, *shape_of(name)), "f32").operands.values())
    x = operands[0].T if name.endswith("-columns") else np.atleast_2d(operands[0])
    actual = values(name, shape_of(name), "f32", "reference")
    assert actual.shape == (len(x),)
    for row, value in zip(x.tolist(), actual.tolist(), strict=True):
        assert value == pytest.approx(
            true_value(name.partition("-")[0], row, operands[-1].tolist()), rel=1e-5, abs=1e-4
        )


@pytest.mark.parametrize("name", SOFTMAX)
def test_the_reference_of_softmax_is_near_the_true_value(name: str) -> None:
    x = computation(case(name, 3, 70), "f32").operands["x"].astype(np.float64)
    right = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
    actual = values(name, (3, 70), "f32", "reference")
    np.testing.assert_allclose(actual, right if name == "softmax" else np.log(right), rtol=2e-6)


def test_the_reference_of_layernorm_is_near_the_true_value() -> None:
    given = computation(case("layernorm", 5, 4097), "f32").operands
    x, gamma, beta = (given[name].astype(np.float64) for name in ("x", "gamma", "beta"))
    d = x - x.mean(axis=1, keepdims=True)
    right = d / np.sqrt((d * d).mean(axis=1, keepdims=True) + EPSILON) * gamma + beta
    np.testing.assert_allclose(values("layernorm", (5, 4097), "f32", "reference"), right, rtol=1e-5, atol=1e-6)


def test_a_row_without_deviation_is_beta() -> None:
    x, gamma, beta = np.full((1, 9), 3, np.float32), np.ones(9, np.float32), np.arange(9, dtype=np.float32)
    assert (statistics.layernorm(x, gamma, beta) == beta).all()


def test_no_result_is_minus_zero() -> None:
    x = np.full((2, 3), -0.0, dtype=np.float32)
    for function in (statistics.largest, statistics.least, statistics.mean, statistics.norm_l1, statistics.norm_linf):
        assert (function(x).view(np.uint32) == 0).all()


@pytest.mark.parametrize("implementation", ["numpy", "torch"])
@pytest.mark.parametrize("name", [*REDUCTIONS, *ROWS])
def test_libraries_are_near_the_reference(name: str, implementation: str) -> None:
    skip_without(implementation)
    for dtype in ("f32", "f16"):
        right = values(name, shape_of(name), dtype, "reference")
        actual = values(name, shape_of(name), dtype, implementation)
        assert actual.shape == right.shape and actual.dtype == right.dtype
        tolerance = {"f32": 1e-5, "f16": 1e-3}[dtype]
        np.testing.assert_allclose(actual, right, rtol=tolerance, atol=tolerance)


def test_costs_count_elements_and_results() -> None:
    assert workload("sum").cost(case("sum", 1000), "f32") == Cost(1000, 4004)
    assert workload("dot").cost(case("dot", 10, 10), "f32") == Cost(200, 804)
    assert workload("dot").cost(case("dot", 10, 10), "f16") == Cost(200, 404)
    assert workload("mean-rows").cost(case("mean-rows", 10, 20), "f32") == Cost(210, 840)
    assert workload("logsumexp-columns").cost(case("logsumexp-columns", 10, 20), "f32") == Cost(840, 880)
    assert workload("softmax").cost(case("softmax", 10, 20), "f32") == Cost(1000, 1600)
    assert workload("softmax").cost(case("softmax", 10, 20), "f16") == Cost(1000, 800)
    assert workload("layernorm").cost(case("layernorm", 10, 20), "f32") == Cost(1440, 1760)
    assert workload("sum").megabytes(case("sum", 2**18 - 1)) == 1


def test_sizes_in_words() -> None:
    assert workload("sum").describe(case("sum", 1_000_000)) == "1,000,000"
    assert workload("sum-rows").describe(case("sum-rows", 1024, 1024)) == "1024 × 1024"
    assert workload("softmax").describe(case("softmax", 10_000)) == "10,000"
    assert workload("layernorm").describe(case("layernorm", 8, 9)) == "8 × 9"


@pytest.mark.parametrize("name", [*REDUCTIONS, *ROWS])
def test_dtypes_and_tiers(name: str) -> None:
    computed = workload(name)
    dtypes = [dtype for dtype in ("f32", "f16", "i8") if computed.variants(dtype)]
    assert dtypes == ["f32", "f16"]
    exact = name not in ROWS and not name.startswith("logsumexp")
    tiers = [computed.tier(case(name, *shape_of(name)), dtype, "default") for dtype in dtypes]
    assert tiers == ["guarded", "exact" if exact else "guarded"]


def test_comparisons_and_signs_are_no_floating_point_operations() -> None:
    unrounded = {name for name in (*REDUCTIONS, *ROWS) if workload(name).counted != "FLOP"}
    assert {name.partition("-")[0] for name in unrounded} == {"max", "min", "argmax", "argmin", "norm_linf"}
    assert len(unrounded) == 3 * 5
    assert {name for name in (*REDUCTIONS, *ROWS) if workload(name).uses_blas} == {"dot", "norm_l2"}


def test_every_case_of_the_suites_has_a_plan_of_its_bytes() -> None:
    """Their operands and results, on CPUs and on GPUs; the small sizes stand for the others."""
    cases = [c for suite in (vector.SUITE, layers.SUITE) for c in suite.cases if c.operation in (*REDUCTIONS, *ROWS)]
    small = [c for c in cases if math.prod(c.shape) <= 100_000]
    assert len(small) == 4 * (11 + 2)
    for listed in small:
        computed = computation(listed, "f32")
        for adapter in (CPU, replace(CPU, type="discrete-gpu")):
            for candidate in computed.candidates(adapter, "default"):
                kept = [b for b in candidate.plan.buffers if b.role in ("weight", "result")]
                assert sum(b.bytes for b in kept) == computed.cost.bytes, (listed.id, candidate.plan.name)
                assert [b.name for b in candidate.plan.with_role("result")] == list(computed.graph.results)


@pytest.mark.parametrize("n", [1, 2, 63])
def test_packed_rows_come_back(n: int) -> None:
    x = np.arange(3 * n, dtype=np.float32).reshape(3, n)
    for dtype in ("f32", "f16"):
        rows = layout.in_rows(Tensor(x.shape, dtype))
        words = pack(rows, x)
        assert words.shape == (3, n if dtype == "f32" else -(-n // 2))
        assert (unpack(rows, Tensor(x.shape, dtype), words) == x).all()
