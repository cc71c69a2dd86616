"""Integer workloads modulo 2^32: the sum of a tree's leaves, and the first Fibonacci numbers.

``case.shape`` of ``tree-sum`` is the tree's depth d: a leaf is 1 plus the number of right turns on the path to it, and
the 2^d leaves are computed as well as added. That of ``fibonacci`` is the number of numbers, from F(0) on.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.plan import Buffer, Plan, Step
from paragon_tui.operators.operator import Cost, Tier
from paragon_tui.suites.case import VARIANTS, Case

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from paragon_tui.suites.operation import Answer, Arrays

RESULTS = ("y",)

_ROOT = (1,)
_FIRST = (0, 1)
_STREAMS_PER_UNIT = 4  # on PoCL, where a work-item is a stream of instructions: it schedules several at a time
_STREAM_LEAVES = 64  # leaves that such a work-item computes at a time
_GROUP, _SIMD_GROUP = 256, 64  # work-items per work-group on GPUs, and on llvmpipe, where a work-item is a SIMD lane
_SHARES = {"tree-sum": 16, "fibonacci": 32}  # leaves or numbers per work-item there
_TURNS = 2**10  # leaves that NumPy computes by counting turns; it doubles them for larger trees


def _count(case: Case) -> int:
    """Return the number of leaves or of Fibonacci numbers."""
    return 1 << case.shape[0] if case.operation == "tree-sum" else case.shape[0]


def describe(case: Case) -> str:
    """Return the size as text: ``depth 10: 1,024 leaves``, ``F(0) … F(20)``."""
    if case.operation == "tree-sum":
        return f"depth {case.shape[0]}: {_count(case):,} leaves"
    return f"F(0) … F({case.shape[0] - 1:,})"


def megabytes(case: Case, dtype: str = "f32") -> float:
    """Return the MiB of the result: leaves are not stored."""
    return cost(case, dtype).bytes / 2**20


def cost(case: Case, dtype: str) -> Cost:
    """Return the cost: an operation per leaf and one addition fewer than leaves; or an addition per number.

    Bytes: the result.
    """
    count = _count(case)
    return Cost(2 * count - 1, 4) if case.operation == "tree-sum" else Cost(count, 4 * count)


def variants(dtype: str) -> tuple[str, ...]:
    """Return the variants: integers count as f32, which also has four bytes, so that the usual run includes them."""
    return VARIANTS[:1] if dtype == "f32" else ()


def tier(dtype: str, variant: str) -> Tier:
    """Return the tier, integer: additions and products modulo 2^32."""
    return "integer"


def inputs(case: Case, dtype: str) -> Arrays:
    """Return no inputs: everything follows from the size."""
    return {}


def host_form(case: Case, dtype: str, implementation: str) -> Callable[..., Arrays]:
    """Return the host form. ``reference``: level by level, number by number; others: runs that double in length."""
    from paragon_tui.arithmetic import integers

    if implementation == "reference":
        canonical = integers.tree_sum if case.operation == "tree-sum" else integers.fibonacci
        return lambda: {"y": canonical(case.shape[0])}
    import numpy as np

    if implementation == "torch":
        return _torch_form(case)
    if case.operation == "tree-sum":
        return _numpy_tree(_count(case))
    y, scratch = np.empty((2, max(2, _count(case))), dtype=np.uint32)

    def doubled() -> Arrays:
        with np.errstate(over="ignore"):
            _double(y, scratch, np.multiply, np.add)
        return {"y": y[: _count(case)]}

    return doubled


def _numpy_tree(count: int) -> Callable[..., Arrays]:
    """Return a form that counts turns for the first leaves; the rest is repeatedly the leaves so far, plus one."""
    import numpy as np

    leaves = np.empty(count, dtype=np.uint32)
    indices = np.arange(min(count, _TURNS), dtype=np.uint32)

    def summed() -> Arrays:
        size = indices.size
        np.add(np.bitwise_count(indices), _ROOT[0], out=leaves[:size])
        while size < count:
            np.add(leaves[:size], 1, out=leaves[size : 2 * size])
            size *= 2
        return {"y": leaves.sum(dtype=np.uint32).reshape(1)}

    return summed


def _double(y: Any, scratch: Any, multiply: Any, add: Any) -> None:
    """Fill ``y`` with F(m+i) = F(m)·F(i+1) + F(m-1)·F(i), each time for as many i as there are numbers so far."""
    count, known = len(y), 2
    y[0], y[1] = _FIRST
    while known < count:
        y[known] = y[known - 1] + y[known - 2]
        added = min(known, count - known)
        target, part = y[known + 1 : known + added], scratch[1:added]
        multiply(y[2 : added + 1], y[known], out=target)
        multiply(y[1:added], y[known - 1], out=part)
        add(target, part, out=target)
        known += added


def _torch_form(case: Case) -> Callable[..., Arrays]:
    """Return a form on i32, which wraps. PyTorch has no bit count, so leaves are doubled from the first one."""
    import torch

    count = _count(case)
    y, scratch = torch.empty((2, max(2, count)), dtype=torch.int32)

    def summed() -> Arrays:
        y[0], size = _ROOT[0], 1
        while size < count:
            torch.add(y[:size], 1, out=y[size : 2 * size])
            size *= 2
        return {"y": y[:count].sum(dtype=torch.int32).reshape(1).numpy()}

    def doubled() -> Arrays:
        _double(y, scratch, torch.mul, torch.add)
        return {"y": y[:count].numpy()}

    def computed() -> Arrays:
        with torch.inference_mode():
            return summed() if case.operation == "tree-sum" else doubled()

    return computed


def plans(case: Case, dtype: str, variant: str, adapter: Adapter) -> tuple[Plan, ...]:
    """Return the one plan for the adapter."""
    count = _count(case)
    streams = adapter.type == "cpu" and adapter.api == "opencl"
    group = _SIMD_GROUP if adapter.type == "cpu" else min(_GROUP, adapter.max_group_items or _GROUP)
    share = _SHARES[case.operation]
    if streams:
        group = 1
        share = -(-count // (_STREAMS_PER_UNIT * (adapter.compute_units or 1) * _STREAM_LEAVES)) * _STREAM_LEAVES
    groups = -(-count // (group * share))
    if case.operation == "tree-sum":
        return (_tree(count, groups, group, share, streams),)
    step = Step(
        parts=("fibonacci",),
        entry="fibonacci",
        buffers=("first", "y"),
        writes=1,
        parameters=(("n", count), ("share", share)),
        constants=(),
        groups=groups,
        group_items=group,
    )
    buffers = (
        Buffer("first", (len(_FIRST),), "u32", "weight", partial(_words, _FIRST)),
        Buffer("y", (count,), "i32", "result"),
    )
    return (Plan("runs", buffers, (step,)),)


def _tree(count: int, groups: int, group: int, share: int, streams: bool) -> Plan:
    """Return the plan that sums the leaves of each work-group, then those sums."""

    def step(entry: str, buffers: tuple[str, str], n: int, groups: int) -> Step:
        return Step(
            parts=("tree_sum",),
            entry=entry,
            buffers=buffers,
            writes=1,
            parameters=(("n", n), ("share", share)),
            constants=(("WIDTH", 8 if streams else 1),),
            groups=groups,
            group_items=group,
        )

    buffers = (
        Buffer("root", (len(_ROOT),), "u32", "weight", partial(_words, _ROOT)),
        Buffer("parts", (groups,), "u32", "scratch"),
        Buffer("y", (1,), "i32", "result"),
    )
    steps = (step("leaves", ("root", "parts"), count, groups), step("sums", ("parts", "y"), groups, 1))
    return Plan("subtrees", buffers, steps)


def _words(values: tuple[int, ...]) -> NDArray[np.uint32]:
    import numpy as np

    return np.array(values, dtype=np.uint32)


def answer(case: Case, dtype: str, outputs: Arrays) -> Answer:
    """Return the sum (1,) or the numbers (n,): their bits as i32."""
    import numpy as np

    from paragon_tui.suites.operation import Answer

    return Answer(np.ascontiguousarray(outputs["y"]).view(np.int32))
