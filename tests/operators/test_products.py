"""Matrix products: every value is the canonical dot; their tilings, launches, and limits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from paragon_tui.arithmetic.products import matmul, matmul_at
from paragon_tui.arithmetic.reduction import matvec, reduce
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.device import Unsupported, check_limits
from paragon_tui.operators import contractions
from paragon_tui.operators.graph import Graph
from paragon_tui.operators.lowering import Lowering, Site
from paragon_tui.operators.numerics.forms import canonical, canonical_at
from paragon_tui.operators.operator import Operator
from paragon_tui.operators.planning import Given, candidates
from paragon_tui.operators.products import MatMul, MatVec
from paragon_tui.operators.tensor import Tensor
from tests.support.examples import GPU, LLVMPIPE, POCL

PRODUCTS: dict[str, tuple[Operator, tuple[Tensor, ...]]] = {
    "matmul": (MatMul(), (Tensor((33, 70)), Tensor((70, 17)))),
    "matmul-transposed": (MatMul(transposed=True), (Tensor((33, 70)), Tensor((17, 70)))),
    "matvec": (MatVec(), (Tensor((33, 70)), Tensor((70,)))),
}


def factors(rows, depth, columns):
    random = np.random.default_rng(rows + depth + columns)
    return (random.uniform(-1, 1, shape).astype(np.float32) for shape in ((rows, depth), (depth, columns)))


@pytest.mark.parametrize("depth", [1, 63, 64, 65, 4095, 4096, 4097, 8200])
def test_every_output_is_the_canonical_dot(depth):
    a, b = factors(5, depth, 3)
    y = matmul(a, b)
    for i, j in np.ndindex(5, 3):
        assert y[i, j].tobytes() == reduce(a[i] * b[:, j]).tobytes()


def test_a_result_of_many_chunks_and_of_one_column_is_the_same():
    a, b = factors(700, 70, 130)
    y = matmul(a, b)
    assert y.tobytes() == np.stack([matvec(a, column) for column in b.T.copy()], axis=1).tobytes()
    assert matmul(a, b[:, :1]).tobytes() == y[:, :1].tobytes()


def test_no_result_is_a_negative_zero():
    a, b = np.array([[-1.0, 0.0, -0.0]], np.float32), np.array([[0.0], [-1.0], [1.0]], np.float32)
    assert matmul(a, b).tobytes() == np.zeros(1, np.float32).tobytes()


def test_a_sample_is_of_the_whole_result(monkeypatch):
    a, b = factors(40, 100, 30)
    whole, indices = matmul(a, b).ravel(), np.array([0, 1, 29, 30, 599, 1198, 1199])
    assert matmul_at(a, b, indices).tobytes() == whole[indices].tobytes()
    monkeypatch.setattr("paragon_tui.arithmetic.products._SAMPLED_ITEMS", 200)  # two a chunk
    assert matmul_at(a, b, indices).tobytes() == whole[indices].tobytes()


def lowerings(
    rows: int, depth: int, columns: int, adapter: Adapter, dtype: str = "f32", constant: str = "ab"
) -> tuple[Lowering, ...]:
    site = Site({"a": Tensor((rows, depth), dtype), "b": Tensor((depth, columns), dtype)}, adapter)
    return MatMul().lowerings(replace(site, constant=frozenset(constant)))


def names(made: tuple[Lowering, ...]) -> list[str]:
    return [lowering.name for lowering in made]


@pytest.mark.parametrize("fed", [False, True])
@pytest.mark.parametrize("name", PRODUCTS)
def test_work_groups_beyond_every_limit_are_refused_with_the_reason(name, fed):
    few, (operator, tensors) = replace(GPU, max_group_items=32), PRODUCTS[name]
    given = Given({} if fed else {key: lambda: np.zeros(0) for key in operator.operands})
    refused = candidates(Graph.of(operator, *tensors), few, given)
    assert refused
    for candidate in refused:
        with pytest.raises(Unsupported, match=r"work-groups of 64 are needed, .* allows 32"):
            check_limits(candidate.plan, few)


def test_each_kind_of_adapter_has_its_tilings():
    assert names(lowerings(5, 4, 4, POCL)) == ["streams"]
    wide = replace(POCL, vector_width=16)
    assert (names(lowerings(5, 4, 4, wide)), names(lowerings(4, 4, 4, wide))) == (["wide streams"], ["streams"])
    assert names(lowerings(4, 4, 4, LLVMPIPE)) == ["tiles 8"]
    assert names(lowerings(4, 4, 4, replace(GPU, max_group_items=128))) == ["tiles 8"]
    assert names(lowerings(4, 4, 4, GPU)) == ["tiles 8", "tiles 16"]


def test_factors_of_halves_are_taken_packed_or_one_per_word():
    """Both ways have one name: a graph takes the one that needs fewer conversions."""
    made = lowerings(3, 5, 7, GPU, "f16")
    assert names(made) == ["tiles 8", "tiles 8", "tiles 16", "tiles 16"]
    encodings = [(each.layouts["a"].encoding, each.layouts["b"].encoding, each.layouts["y"].encoding) for each in made]
    assert encodings == 2 * [("halves", "halves", "widened"), ("widened", "widened", "widened")]
    assert [dict(each.steps[0].constants)["HALF"] for each in made] == [1, 0, 1, 0]


def test_a_sample_of_a_batch_is_of_the_whole_result():
    graph = Graph.of(MatMul(transposed=True), Tensor((2, 3, 5, 7)), Tensor((2, 3, 4, 7)))
    random = np.random.default_rng(1)
    values = {name: random.uniform(-1, 1, x.shape).astype(np.float32) for name, x in graph.operands.items()}
    whole, indices = canonical(graph, values)["y"].ravel(), np.array([0, 19, 20, 21, 79, 119])
    assert canonical_at(graph, values, indices).tobytes() == whole[indices].tobytes()


@pytest.mark.parametrize("variant", ["tiled", "vector", "for-loop"])
def test_a_variant_is_the_only_way(variant):
    site = Site(dict(zip("ab", PRODUCTS["matmul"][1], strict=True)), GPU, variant)
    (lowering,) = MatMul().lowerings(site)
    assert lowering.name == variant


def test_a_constant_matrix_is_multiplied_by_the_kernel_of_layers_and_a_computed_one_by_tiles():
    operands = dict(zip("ax", PRODUCTS["matvec"][1], strict=True))
    constant = MatVec().lowerings(Site(operands, GPU, constant=frozenset("a")))
    assert names(constant) == ["lanes 128", "lanes 64", "lanes 256"]
    assert names(MatVec().lowerings(Site(operands, GPU, constant=frozenset("x")))) == ["tiles 8", "tiles 16"]


def test_launches_are_cut_where_they_would_take_too_long():
    """Every panel of a is in one launch, and in one alone; none has more operations than is allowed."""
    for where in (POCL, GPU):
        for lowering in lowerings(4000, 4096, 4096, where):
            pack, *tiles = lowering.steps
            ranges = [(dict(step.parameters)["first"], dict(step.parameters)["end"]) for step in tiles]
            rows = dict(tiles[0].constants)["ROWS"]
            assert [first for first, _ in ranges] == [0, *(end for _, end in ranges[:-1])]
            assert ranges[-1][1] == -(-4000 // rows)
            assert len(ranges) == 16
            assert max(end - first for first, end in ranges) * rows * 2 * 4096**2 <= contractions.MOST_OPERATIONS
            assert pack.entry == "pack"


def test_a_batch_is_launched_as_one_and_cut_between_matrices_or_within_one():
    """Every row panel of every matrix is in one launch, and in one alone; none has more operations than is allowed."""
    for extents, launches in (((64, 256, 256, 256), 1), ((64, 512, 512, 512), 2), ((2, 2048, 2048, 2048), 4)):
        batch, rows, depth, columns = extents
        for where in (POCL, GPU):
            site = Site({"a": Tensor((batch, rows, depth)), "b": Tensor((batch, depth, columns))}, where)
            for lowering in MatMul().lowerings(site):
                pack, *tiles = lowering.steps
                assert len(tiles) == launches and pack.entry == "pack"
                side = dict(pack.constants)["ROWS"]
                done = []
                for step in tiles:
                    of = dict(step.parameters)
                    here = [
                        (matrix, panel)
                        for matrix in range(of["first_matrix"], of["end_matrix"])
                        for panel in range(of["first"], of["end"])
                    ]
                    assert len(here) * side * 2 * depth * columns <= contractions.MOST_OPERATIONS
                    done += here
                assert sorted(done) == sorted(set(done)) and len(done) == batch * rows // side


def test_a_batch_of_more_elements_than_kernels_can_index_is_refused():
    site = Site({"a": Tensor((2**12, 2**10, 2**8)), "b": Tensor((2**12, 2**8, 2**10))}, GPU)
    with pytest.raises(Unsupported, match="more than the 2\\^32 that a kernel can address"):
        MatMul().lowerings(site)


def test_sums_of_more_blocks_than_there_are_lanes_are_refused():
    assert lowerings(1, 64 * 4096, 1, POCL)
    with pytest.raises(Unsupported, match="262,144 products"):
        lowerings(1, 64 * 4096 + 1, 1, POCL)


def test_sums_that_a_driver_would_end_early_are_refused():
    """Mesa's ends a dot of some 50,000 products without a word, and what it gives is none."""
    assert lowerings(2, 40_000, 3, LLVMPIPE)
    assert lowerings(2, 50_000, 3, GPU)
    with pytest.raises(Unsupported, match="vulkan:0 ends loops after 65,535 rounds"):
        lowerings(2, 50_000, 3, LLVMPIPE)


def test_more_elements_than_kernels_can_index_are_refused():
    with pytest.raises(Unsupported, match="more than the 2\\^32 that a kernel can address"):
        lowerings(2**17, 2, 2**16, GPU)
