"""Attention's right answer against plain Python in binary64, its host forms near it, and what its cases say."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from paragon_tui.arithmetic.activations import softmax
from paragon_tui.arithmetic.products import matmul
from paragon_tui.arithmetic.rounding import half
from paragon_tui.backends.device import Unsupported
from paragon_tui.backends.plan import Plan
from paragon_tui.operators.attention import Attention
from paragon_tui.operators.graph import Graph
from paragon_tui.operators.numerics import attention as attention_numerics
from paragon_tui.operators.numerics import products as products_numerics
from paragon_tui.operators.numerics.attention import AttentionNumerics
from paragon_tui.operators.numerics.forms import host_form
from paragon_tui.operators.tensor import Tensor
from paragon_tui.suites.case import Case
from paragon_tui.suites.computation import computation
from paragon_tui.suites.workloads.registry import workload
from tests.support.examples import GPU, POCL
from tests.support.host_forms import host_values, skip_without

SHAPES = [(1, 1, 1), (2, 7, 3), (1, 65, 10), (1, 9, 65)]


def case_of(shape):
    return Case("layers", "attention-x", "attention", shape)


def plans_of(case, where) -> list[Plan]:
    return [candidate.plan for candidate in computation(case, "f32").candidates(where, "default")]


def exact(q, k, v, causal=False):
    """softmax(q·kᵀ/√d)·v of one head, a number at a time; ``causal``: a query's keys are those up to its own."""
    mixed = []
    for i, query in enumerate(q.tolist()):
        keys, values = (x.tolist()[: i + 1 if causal else None] for x in (k, v))
        scores = [math.fsum(a * b for a, b in zip(query, key, strict=True)) / math.sqrt(len(query)) for key in keys]
        weights = [math.exp(score - max(scores)) for score in scores]
        columns = zip(*values, strict=True)
        mixed.append([math.fsum(map(math.prod, zip(weights, c, strict=True))) / math.fsum(weights) for c in columns])
    return np.array(mixed)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", ["f32", "f16"])
def test_the_right_answer_is_near_the_true_one(dtype, shape):
    operands = computation(case_of(shape), dtype).operands
    y = host_values(case_of(shape), dtype, "reference")
    tolerance = 2.0**-10 if dtype == "f16" else 2.0**-21
    for head, actual in zip(zip(*operands.values(), strict=True), y, strict=True):
        np.testing.assert_allclose(actual, exact(*head), rtol=0, atol=tolerance)


@pytest.mark.parametrize("library", ["reference", "numpy", "torch"])
@pytest.mark.parametrize("dtype", ["f32", "f16"])
def test_a_causal_mask_is_near_the_true_answer_in_every_form(dtype, library):
    skip_without(library)
    for shape in SHAPES:
        operands = computation(case_of(shape), dtype).operands
        graph = Graph.of(Attention(causal=True), *[Tensor(shape, dtype)] * 3)
        for _ in range(2):
            y = host_form(graph, library, operands)()["y"]
        for head, actual in zip(zip(*operands.values(), strict=True), y, strict=True):
            np.testing.assert_allclose(
                actual,
                exact(head[0], head[1], head[2], causal=True),
                rtol=0,
                atol=2.0**-9 if dtype == "f16" else 2.0**-20,
            )


def test_a_causal_row_is_the_last_one_of_what_is_not_later():
    """The first row is the first value itself; also where a row's sum is of more than a block."""
    random = np.random.default_rng(4)
    for n, rows in ((70, range(70)), (4100, (0, 4095, 4096, 4099))):
        q, k, v = random.uniform(-1, 1, (3, n, 2)).astype(np.float32)
        graph = Graph.of(Attention(causal=True), *[Tensor((n, 2))] * 3)
        y = host_form(graph, "reference", {"q": q, "k": k, "v": v})()["y"]
        for i in rows:
            scores = matmul(q[i : i + 1], k[: i + 1].T) * np.float32(1 / math.sqrt(2))
            assert y[i].tobytes() == matmul(softmax(scores), v[: i + 1])[0].tobytes()
        assert y[0].tobytes() == v[0].tobytes()


def test_probabilities_and_results_of_f16_are_rounded_to_it():
    """Of 2^15 equal scores each probability is 2^-15, a subnormal half; of 11 it is 1/11, rounded down by 3e-4."""
    y = {}
    for n in (4096, 2**15, 11):
        form = AttentionNumerics().canonical(Attention(), *[Tensor((1, n, 1), "f16")] * 3)
        (y[n],) = form(np.zeros((1, 1, 1), np.float32), *np.ones((2, 1, n, 1), np.float32))
    assert y[4096].item() == y[2**15].item() == 1 and y[11].item() == 1 - 2**-11
    actual = host_values(case_of((2, 9, 5)), "f16", "reference")
    np.testing.assert_array_equal(actual, half(actual))


@pytest.mark.parametrize("implementation", ["reference", "numpy", "torch"])
@pytest.mark.parametrize("dtype", ["f32", "f16"])
def test_host_forms_are_near_the_right_answer(dtype, implementation):
    skip_without(implementation)
    case = case_of((3, 65, 32))
    actual = host_values(case, dtype, implementation, runs=2)
    expected = host_values(case, dtype, "reference")
    assert actual.dtype == np.float32 and actual.shape == case.shape
    assert implementation != "reference" or actual.tobytes() == expected.tobytes()
    np.testing.assert_allclose(actual, expected, rtol=0, atol=2.0**-9 if dtype == "f16" else 2.0**-20)


def test_what_a_case_says():
    case, attention = case_of((8, 512, 64)), workload("attention")
    assert attention.describe(case) == "8 heads · 512 × 64"
    assert attention.cost(case, "f32").operations == 8 * 512 * 512 * (4 * 64 + 6)
    assert attention.cost(case, "f32").bytes == 4 * 4 * 8 * 512 * 64
    assert attention.cost(case, "f16").bytes == (3 * 2 + 4) * 8 * 512 * 64
    assert attention.megabytes(case) == 4.0
    assert [attention.variants(dtype) for dtype in ("f32", "f16", "i8")] == [("default",), ("default",), ()]
    assert {attention.tier(case, dtype, "default") for dtype in ("f32", "f16")} == {"guarded"}


def test_what_a_batch_and_a_mask_say():
    batch, causal = Case("layers", "x", "attention-batched", (4, 8, 512, 64)), workload("attention-causal")
    assert workload(batch.operation).describe(batch) == "4 × 8 heads · 512 × 64"
    assert workload(batch.operation).cost(batch, "f32").operations == 4 * 8 * 512 * 512 * (4 * 64 + 6)
    case = Case("layers", "x", "attention-causal", (8, 512, 64))
    assert causal.describe(case) == "8 heads · 512 × 64"
    assert causal.cost(case, "f32").operations == 8 * (512 * 513 // 2) * (4 * 64 + 6)
    assert causal.cost(case, "f32").bytes == 4 * 4 * 8 * 512 * 64


PROJECTED = workload("attention-projected")


def projected(shape: tuple[int, ...]) -> Case:
    return Case("layers", "attention-projected-x", "attention-projected", shape)


def test_what_a_layer_of_attention_says():
    case, width = projected((8, 512, 64)), 512
    assert PROJECTED.describe(case) == "8 heads · 512 × 64"
    products = 4 * 2 * 512 * width * width
    assert PROJECTED.cost(case, "f32").operations == products + 8 * 512 * 512 * (4 * 64 + 6)
    assert PROJECTED.cost(case, "f32").bytes == 4 * (4 * width * width + 2 * 512 * width)
    assert PROJECTED.cost(case, "f16").bytes == 2 * (4 * width * width + 512 * width) + 4 * 512 * width
    assert [PROJECTED.variants(dtype) for dtype in ("f32", "f16", "i8")] == [("default",), ("default",), ()]
    assert {PROJECTED.tier(case, dtype, "default") for dtype in ("f32", "f16")} == {"guarded"}
    assert PROJECTED.uses_blas and PROJECTED.counted == "FLOP" and not PROJECTED.takes_batch


@pytest.mark.parametrize("library", ["reference", "numpy", "torch"])
@pytest.mark.parametrize("dtype", ["f32", "f16"])
def test_a_layer_of_attention_is_near_the_true_one(dtype, library):
    skip_without(library)
    for heads, n, d in [(1, 1, 1), (3, 65, 8)]:
        case = projected((heads, n, d))
        x, *weights = (array.astype(np.float64) for array in computation(case, dtype).operands.values())
        q, k, v = (x @ w.T for w in weights[:3])
        columns = [slice(head * d, (head + 1) * d) for head in range(heads)]
        true = np.hstack([exact(q[:, own], k[:, own], v[:, own]) for own in columns]) @ weights[3].T
        actual = host_values(case, dtype, library, runs=2)
        assert actual.dtype == np.float32
        np.testing.assert_allclose(actual, true, rtol=0, atol=2.0**-7 if dtype == "f16" else 2.0**-17)


@pytest.mark.parametrize("where", [POCL, GPU], ids=["cpu", "gpu"])
def test_weights_of_projections_stay_on_the_device(where):
    computed = computation(projected((2, 9, 4)), "f32")
    for candidate in computed.candidates(where, "default"):
        assert not candidate.inputs
        names = [buffer.name for buffer in candidate.plan.with_role("weight")]
        assert sorted(names) == ["wk", "wo", "wq", "wv", "x"]
        assert [buffer.name for buffer in candidate.plan.with_role("result")] == ["y"]


@pytest.mark.parametrize("shape", [(4, 128, 32), (2, 67, 33), (3, 130, 64), (1, 300, 17)])
def test_no_product_of_a_layer_of_attention_is_subnormal(shape, monkeypatch):
    """Of the suite's small case and those of verifications: then devices need not keep subnormals."""
    least: list[float] = []

    def watched(a, b):
        least.append(math.prod(np.abs(factor[factor != 0]).astype(np.float64).min() for factor in (a, b)))
        return matmul(a, b)

    for module in (attention_numerics, products_numerics):
        monkeypatch.setattr(module, "matmul", watched)
    host_values(projected(shape), "f32", "reference")
    assert len(least) == 4 + 2 * shape[0]
    assert min(least) >= 2.0**-60


@pytest.mark.parametrize("where", [POCL, GPU], ids=["cpu", "gpu"])
def test_scores_never_lie_in_a_buffer(where):
    """All buffers together are smaller than the scores would be."""
    for plan in plans_of(case_of((2, 1024, 32)), where):
        assert sum(buffer.bytes for buffer in plan.buffers) < 2 * 1024 * 1024 * 4
        assert [buffer.name for buffer in plan.with_role("result")] == ["y"]
        assert not plan.with_role("input") and not plan.with_role("output")


def test_kernels_serve_many_lengths():
    """Compiled once for lengths that need about as much work-group memory."""
    for where, lengths in ((POCL, (1, 64, 700, 1024)), (GPU, (65, 100, 128))):
        sources = {
            tuple((step.parts, step.all_constants) for step in plan.steps)
            for n in lengths
            for plan in plans_of(case_of((1, n, 64)), where)
        }
        assert len(sources) == 1


def test_workgroup_memory_decides_how_many_rows_a_group_has():
    case = case_of((1, 1024, 64))
    for room, rows in ((None, "four_rows"), (32768, "four_rows"), (16384, "one_row")):
        (plan,) = plans_of(case, replace(GPU, local_memory_bytes=room))
        assert rows in plan.steps[-1].parts
    with pytest.raises(Unsupported, match=r"1 rows of 1,024 scores take 4\.2 KiB of work-group memory"):
        plans_of(case, replace(GPU, local_memory_bytes=4096))
    with pytest.raises(Unsupported, match="at most 4,096"):
        plans_of(case_of((1, 4097, 64)), POCL)
