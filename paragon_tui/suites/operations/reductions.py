"""Reductions of a vector, of a whole matrix in C order, of its rows (``-rows``) and of its columns (``-columns``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.plan import Buffer, Plan, Step
from paragon_tui.operators.operator import Cost, Tier
from paragon_tui.suites.case import Case
from paragon_tui.suites.operation import Answer
from paragon_tui.suites.operations.operands import operand
from paragon_tui.suites.operations.reducing import PLACEHOLDER, Combination, Extent, Finish, Reduction, Term, steps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paragon_tui.suites.operation import Arrays

RESULTS = ("y",)

_MAXIMUM = Reduction(Combination.MAXIMUM)
BY_NAME = {
    "dot": Reduction(products=True),
    "sum": Reduction(),
    "mean": Reduction(finish=Finish.MEAN),
    "max": _MAXIMUM,
    "min": Reduction(Combination.MINIMUM),
    "argmax": Reduction(Combination.MAXIMUM, returns_index=True),
    "argmin": Reduction(Combination.MINIMUM, returns_index=True),
    "norm_l1": Reduction(term=Term.MAGNITUDE),
    "norm_l2": Reduction(term=Term.SQUARE, finish=Finish.ROOT),
    "norm_linf": Reduction(Combination.MAXIMUM, Term.MAGNITUDE),
    "logsumexp": Reduction(term=Term.EXPONENTIAL, finish=Finish.LOGARITHM),
}
"""The reductions by name, without the suffix of their direction."""
_OPERATIONS = {"dot": 2, "norm_l2": 2, "logsumexp": 4}  # per element: logsumexp has a comparison and three more
_FINISHING = {"mean": 1, "norm_l2": 1, "logsumexp": 2}  # per result


def _name(case: Case) -> str:
    return case.operation.partition("-")[0]


def _is_index(case: Case) -> bool:
    return BY_NAME[_name(case)].returns_index


def _axis(case: Case) -> int | None:
    """Return the axis that is reduced, ``None`` for all."""
    return {"rows": 1, "columns": 0}.get(case.operation.partition("-")[2])


def _elements(case: Case) -> int:
    count = 1
    for extent in case.shape:
        count *= extent
    return count


def _extent(case: Case) -> Extent:
    if _axis(case) is None:
        return Extent("rows", 1, _elements(case))
    rows, columns = case.shape
    return Extent("rows", rows, columns) if _axis(case) == 1 else Extent("columns", columns, rows)


def describe(case: Case) -> str:
    """Return the extents as text."""
    return " × ".join(f"{extent:,}" if len(case.shape) == 1 else str(extent) for extent in case.shape)


def cost(case: Case, dtype: str) -> Cost:
    """Return the cost: operations per element and per result; operands read once, results written once."""
    name, elements, results = _name(case), _elements(case), _extent(case).lines
    operations = _OPERATIONS.get(name, 1) * elements + _FINISHING.get(name, 0) * results
    return Cost(operations, 4 * (len(_operands(case)) * elements + results))


def megabytes(case: Case, dtype: str = "f32") -> float:
    """Return the MiB of operands and results."""
    return cost(case, dtype).bytes / 2**20


def variants(dtype: str) -> tuple[str, ...]:
    """Return the only variant, for f32 only."""
    return ("default",) if dtype == "f32" else ()


def tier(dtype: str, variant: str) -> Tier:
    """Return the tier, guarded: sums of rounded products."""
    return "guarded"


def _operands(case: Case) -> tuple[str, ...]:
    return ("x", "w") if case.operation == "dot" else ("x",)


def inputs(case: Case, dtype: str) -> Arrays:
    """Return ``x``, and for dot ``w``: streams 0 and 1 unchanged."""
    streams = enumerate(_operands(case))
    return {name: operand(stream, _elements(case)).reshape(case.shape) for stream, name in streams}


def answer(case: Case, dtype: str, outputs: Arrays) -> Answer:
    """Return one value per line: f32, or i32 for indices."""
    import numpy as np

    values = np.asarray(outputs["y"]).reshape(_extent(case).lines)
    return Answer(values.astype(np.int32 if _is_index(case) else np.float32, copy=False))


def host_form(case: Case, dtype: str, implementation: str) -> Callable[..., Arrays]:
    """Return the canonical sequence, or the library's own function."""
    if implementation == "reference":
        return partial(_reference, case)
    name, axis = _name(case), _axis(case)
    return _torch_form(name, axis) if implementation == "torch" else _numpy_form(name, axis)


def _reference(case: Case, x: NDArray[Any], w: NDArray[Any] | None = None) -> Arrays:
    import numpy as np

    if _axis(case) is None:
        x = x.reshape(1, -1)
    elif _axis(case) == 0:
        x = np.ascontiguousarray(x.T)
    return {"y": canonical(_name(case), x, w)}


def canonical(name: str, x: NDArray[Any], w: NDArray[Any] | None = None) -> NDArray[Any]:
    """Return the right values, (rows,) f32 or i32, of rows ``x`` (rows, n); of dot with ``w`` of as many elements."""
    import numpy as np

    from paragon_tui.arithmetic import statistics
    from paragon_tui.arithmetic.reduction import reduce

    if w is not None:
        return reduce(x * w.reshape(x.shape))
    if name in ("argmax", "argmin"):
        indices: NDArray[Any] = getattr(np, name)(x, axis=-1)
        return indices.astype(np.int32)
    functions: dict[str, Callable[[NDArray[Any]], NDArray[Any]]] = {
        "sum": reduce,
        "mean": statistics.mean,
        "max": statistics.largest,
        "min": statistics.least,
        "norm_l1": statistics.norm_l1,
        "norm_l2": statistics.norm_l2,
        "norm_linf": statistics.norm_linf,
        "logsumexp": statistics.logsumexp,
    }
    return functions[name](x)


def _numpy_form(name: str, axis: int | None) -> Callable[..., Arrays]:
    import numpy as np

    scratch: list[NDArray[Any]] = []

    def like(x: NDArray[Any]) -> NDArray[Any]:
        """Return an array of the same shape, allocated in the first run."""
        if not scratch:
            scratch.append(np.empty_like(x))
        return scratch[0]

    def norm_l2(x: NDArray[Any]) -> Any:
        if axis is None:
            return np.sqrt(np.dot(x.ravel(), x.ravel()))
        return np.sqrt(np.einsum("ij,ij->i" if axis == 1 else "ij,ij->j", x, x))  # stores no array of squares

    def logsumexp(x: NDArray[Any]) -> Any:
        maxima = np.max(x, axis=axis, keepdims=True)
        e = np.subtract(x, maxima, out=like(x))
        return np.log(np.sum(np.exp(e, out=e), axis=axis)) + maxima.reshape(-1 if axis is not None else ())

    forms: dict[str, Callable[..., Any]] = {
        "dot": lambda x, w: np.dot(x.ravel(), w.ravel()),
        "norm_l1": lambda x: np.sum(np.abs(x, out=like(x)), axis=axis),
        "norm_l2": norm_l2,
        "norm_linf": lambda x: np.max(np.abs(x, out=like(x)), axis=axis),
        "logsumexp": logsumexp,
    }
    form = forms.get(name) or partial(getattr(np, name), axis=axis)
    return lambda **operands: {"y": form(*operands.values())}


def _torch_form(name: str, axis: int | None) -> Callable[..., Arrays]:
    import torch

    def all_of(x: Any) -> tuple[int, ...]:
        return tuple(range(x.dim())) if axis is None else (axis,)

    forms: dict[str, Callable[..., Any]] = {
        "dot": lambda x, w: torch.dot(x.flatten(), w.flatten()),
        "sum": lambda x: torch.sum(x, all_of(x)),
        "mean": lambda x: torch.mean(x, all_of(x)),
        "max": lambda x: torch.amax(x, all_of(x)),
        "min": lambda x: torch.amin(x, all_of(x)),
        "argmax": lambda x: torch.argmax(x, axis),
        "argmin": lambda x: torch.argmin(x, axis),
        "norm_l1": lambda x: torch.linalg.vector_norm(x, 1, all_of(x)),
        "norm_l2": lambda x: torch.linalg.vector_norm(x, 2, all_of(x)),
        "norm_linf": lambda x: torch.linalg.vector_norm(x, float("inf"), all_of(x)),
        "logsumexp": lambda x: torch.logsumexp(x, all_of(x)),
    }
    form = forms[name]

    def computed(**operands: NDArray[Any]) -> Arrays:
        with torch.inference_mode():
            return {"y": form(*(torch.from_numpy(values) for values in operands.values())).numpy()}

    return computed


def plans(case: Case, dtype: str, variant: str, adapter: Adapter) -> tuple[Plan, ...]:
    """Return the one plan, whose steps follow from the number of blocks."""
    fills = {name: partial(_same, values.reshape(-1)) for name, values in inputs(case, dtype).items()}
    return (plan(_name(case), _extent(case), fills, adapter),)


def _same(values: NDArray[Any]) -> NDArray[Any]:
    return values


def plan(name: str, extent: Extent, fills: Mapping[str, Callable[[], NDArray[Any]]], adapter: Adapter) -> Plan:
    """Return the plan that reduces by ``name`` what ``fills`` return, flattened; its result is ``y`` (lines,)."""
    reduction = BY_NAME[name]
    count = extent.lines * extent.n
    buffers = [Buffer(operand_name, (count,), "f32", "weight", fill) for operand_name, fill in fills.items()]
    buffers += [PLACEHOLDER, Buffer("y", (extent.lines,), "i32" if reduction.returns_index else "f32", "result")]
    maximum_steps: list[Step] = []
    second_source = "w"
    if reduction.term is Term.EXPONENTIAL:
        second_source = "most"
        buffers.append(Buffer(second_source, (extent.lines,), "f32", "scratch"))
        scratch, maximum_steps = steps(_MAXIMUM, extent, "x", second_source, adapter)
        buffers += scratch
    scratch, reduction_steps = steps(reduction, extent, "x", "y", adapter, second_source)
    return Plan(extent.along, (*buffers, *scratch), (*maximum_steps, *reduction_steps))
