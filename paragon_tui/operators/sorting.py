"""Sorting of keys: the keys in order, or the places that they had before; of equal keys the lower place is first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import log2

from paragon_tui.arithmetic.constants import LAST_KEYS
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.device import Unsupported
from paragon_tui.backends.plan import Buffer, Step
from paragon_tui.operators import layout
from paragon_tui.operators.layout import Layout
from paragon_tui.operators.lowering import Lowering, Site
from paragon_tui.operators.operator import Operator, Tier
from paragon_tui.operators.reducing import works_in_vectors
from paragon_tui.operators.tensor import Tensor, WrongOperands

_VECTOR_KEYS = 64  # keys that a PoCL work-item holds in registers
_STREAM_BLOCK = 16384  # the most keys that it sorts as one block: they fit a core's caches
_STREAM_LEVELS = 3  # comparison distances per launch there
_GROUP_BLOCK, _GROUP_LEVELS = 1024, 2  # elsewhere: keys in work-group memory, at most 8 KiB of it, and distances
_GROUP, _SIMD_GROUP = 256, 64  # work-items per work-group on GPUs, and on llvmpipe, where a work-item is a SIMD lane
_MOST_RANKS = 2**31  # with their places: kernels count words in 32 bits


class _Sorting(Operator):
    """The common rules of operators on keys ``x`` (n,), f32, f16 or u32. Keys that are NaN have no order."""

    @property
    def operands(self) -> tuple[str, ...]:
        """``x``."""
        return ("x",)

    def operations(self, *operands: Tensor) -> int:
        """Count n·log2(n) comparisons, whatever the method."""
        (x,) = operands
        return round(x.count * log2(x.count))

    def tier(self, *operands: Tensor) -> Tier:
        """Return integer: keys are compared as integers."""
        return "integer"


@dataclass(frozen=True, slots=True)
class Sort(_Sorting):
    """y = the keys x (n,) in ascending order; a zero is +0."""

    def infer(self, *operands: Tensor) -> tuple[Tensor, ...]:
        """Return y (n,) of the keys' dtype."""
        return (_keys(*operands),)

    def lowerings(self, site: Site) -> tuple[Lowering, ...]:
        """Return the one way; see ``_lowering``."""
        keys = _layout(site.tensors[0], site.adapter)
        return (_lowering(site, keys, keys, places=False),)


@dataclass(frozen=True, slots=True)
class Argsort(_Sorting):
    """y = the places of the keys x (n,) in ascending order of the keys."""

    def infer(self, *operands: Tensor) -> tuple[Tensor, ...]:
        """Return y (n,), i32."""
        return (Tensor(_keys(*operands).shape, "i32"),)

    def lowerings(self, site: Site) -> tuple[Lowering, ...]:
        """Return the one way; see ``_lowering``. The result's padding are the places of the keys' padding."""
        keys = _layout(site.tensors[0], site.adapter)
        return (_lowering(site, keys, replace(keys, encoding="words", dtype="i32", padding=None), places=True),)


def _keys(*operands: Tensor) -> Tensor:
    (x,) = operands
    if len(x.shape) != 1 or x.dtype not in ("f32", "f16", "u32"):
        raise WrongOperands(f"keys are a vector of f32, f16 or u32, not {x}")
    return x


def _layout(x: Tensor, adapter: Adapter) -> Layout:
    """Return the layout of keys: a power of two of them, the padding after all others, f16 as f32.

    Raises ``Unsupported`` for more keys than kernels can count.
    """
    size = max(_VECTOR_KEYS if works_in_vectors(adapter) else _GROUP_BLOCK, 1 << (x.count - 1).bit_length())
    if size > _MOST_RANKS:
        raise Unsupported(f"at most {_MOST_RANKS:,} keys can be sorted, these are {x.count:,}")
    last = LAST_KEYS["u32" if x.dtype == "u32" else "f32"]
    return replace(layout.widened(x), row_words=size, shape=(size,), padding=last, ordered=True)


def _lowering(site: Site, keys: Layout, result: Layout, places: bool) -> Lowering:
    """Return the way that sorts keys, or their ``places``.

    Each work-item, or work-group, first sorts one block. Then pairs of sorted runs are merged: comparisons move the
    smaller keys to the first half, first over distances beyond a block, then within blocks.
    """
    adapter, streams, size, pairs = site.adapter, works_in_vectors(site.adapter), keys.words, int(places)
    block = min(size, _STREAM_BLOCK) if streams else _GROUP_BLOCK
    constants: tuple[tuple[str, int], ...] = (("FLOATS", int(site.tensors[0].dtype != "u32")), ("PAIRS", pairs))
    if streams:
        group, constants = 1, (*constants, ("WIDTH", 8))
    else:
        group = _SIMD_GROUP if adapter.type == "cpu" else min(_GROUP, adapter.max_group_items or _GROUP)
        constants = (*constants, ("BLOCK", block))

    def step(entry: str, groups: int, last: int = 0, apart: int = 0, levels: int = 0, flipped: int = 0) -> Step:
        extent = (("size", size), *((("block", block),) if streams else ()))
        return Step(
            parts=("ranks", "sort_vectors" if streams else "sort"),
            entry=entry,
            buffers=("x", "ranks", "y"),
            writes=2,
            parameters=(*extent, ("apart", apart), ("levels", levels), ("flipped", flipped), ("last", last)),
            constants=constants,
            groups=groups,
            group_items=group,
        )

    blocks = size // block
    steps = [step("sort_blocks", blocks, last=int(blocks == 1))]
    run = block
    while run < size:
        for index, (apart, levels) in enumerate(
            _launch_distances(run, block, _STREAM_LEVELS if streams else _GROUP_LEVELS)
        ):
            groups = blocks if streams else -(-(size >> levels) // group)
            steps.append(step("merge_far", groups, apart=apart, levels=levels, flipped=int(index == 0)))
        run *= 2
        steps.append(step("merge_blocks", blocks, last=int(run == size)))
    ranks = Buffer("ranks", (size << pairs,), "i32", "scratch")
    layouts = {"x": keys, "y": result}
    return Lowering("blocks" if streams else "groups", layouts, tuple(steps), (ranks,), frozenset({ranks.name}))


def _launch_distances(run: int, block: int, limit: int) -> list[tuple[int, int]]:
    """Return the distances from ``run`` to ``block`` by launch: the smallest, and their number, at most ``limit``."""
    remaining = run.bit_length() - block.bit_length() + 1
    launches = []
    while remaining:
        levels = (remaining - 1) % limit + 1
        remaining -= levels
        launches.append((block << remaining, levels))
    return launches
