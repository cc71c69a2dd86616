"""The training of a network of two layers: SGD with momentum, on one batch after another (NUMERICS.md 18).

``case.shape`` is inputs, hidden, outputs, steps, and the learning rate in millionths; ``case.batch`` is the number of
samples per step. One output learns XOR by its squared error, more learn classes by the cross-entropy of their softmax.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from paragon_tui.arithmetic.constants import BLOCK, LANES
from paragon_tui.arithmetic.training import Widths
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.device import Unsupported
from paragon_tui.suites.case import Case, Cost, Tier, TrainingSchedule
from paragon_tui.suites.classification import batches
from paragon_tui.suites.operation import Answer
from paragon_tui.suites.parameters import parameters

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from paragon_tui.backends.plan import Plan
    from paragon_tui.suites.operation import Arrays

RESULTS = ("parameters", "losses")
MOST_OPERATIONS = 2**38
"""The most operations in a whole training: the reference takes about a minute for them."""
MOST_SAMPLES = BLOCK * LANES
"""The most samples in a batch on a device: a sum over the batch may have no more blocks than a tree has lanes."""
_MILLIONTHS = 1_000_000
_EVERY = 100
_TIMED = 10
_TIMED_SMALL = 100  # for steps that take microseconds
_SMALL = 2**20  # operations per step
_UPDATE = 4  # operations per parameter: two products, a sum, a difference


def widths(case: Case) -> Widths:
    """Return the extents of the network."""
    return Widths(*case.shape[:3])


def rate(case: Case) -> float:
    """Return the learning rate."""
    return case.shape[4] / _MILLIONTHS


def schedule(case: Case) -> TrainingSchedule:
    """Return the steps of the shape, with a checkpoint every hundred; ten are timed, or a hundred if steps are tiny."""
    return TrainingSchedule(case.shape[3], _EVERY, _TIMED_SMALL if _operations(case) < _SMALL else _TIMED)


def describe(case: Case) -> str:
    """Return the size as text: ``2 → 8 → 1 · 1,000 steps``."""
    return f"{' → '.join(map(str, case.shape[:3]))} · {case.shape[3]:,} steps"


def megabytes(case: Case, dtype: str = "f32") -> float:
    """Return the MiB of all samples, of a batch with its activations, and of parameters, velocities and gradients."""
    inputs, hidden, outputs, *_ = case.shape
    data = batches(outputs, case.batch) * case.batch * (inputs + 1)
    return 4 * (data + case.batch * (inputs + 2 * hidden + 2 * outputs) + 3 * widths(case).count) / 2**20


def cost(case: Case, dtype: str) -> Cost:
    """Return the cost of a timed run. Each step reads a batch, and reads and writes parameters and velocities."""
    moved = 4 * (case.batch * case.shape[0] + 4 * widths(case).count)
    timed = schedule(case).timed
    return Cost(timed * _operations(case), timed * moved)


def _operations(case: Case) -> int:
    """Return the operations per step: both layers, their gradients, and the update; the loss does not count."""
    inputs, hidden, outputs, *_ = case.shape
    sums = 2 * (hidden + outputs)  # of biases, and their gradients
    return case.batch * (4 * inputs * hidden + 6 * hidden * outputs + sums) + _UPDATE * widths(case).count


def variants(dtype: str) -> tuple[str, ...]:
    """Return the only variant, for f32 only."""
    return ("default",) if dtype == "f32" else ()


def tier(dtype: str, variant: str) -> Tier:
    """Return the tier, guarded: products must not be fused into sums."""
    return "guarded"


def inputs(case: Case, dtype: str) -> Arrays:
    """Return no inputs: a training holds its data. Raises ``Unsupported`` if it is too long for the reference."""
    operations = schedule(case).steps * _operations(case)
    if operations > MOST_OPERATIONS:
        raise Unsupported(
            f"{case.id} needs {operations / 1e9:,.0f} billion operations, which would take the reference minutes; "
            f"the limit is {MOST_OPERATIONS / 1e9:,.0f} billion: choose a smaller --batch-size"
        )
    return {}


def first_parameters(case: Case) -> NDArray[np.float32]:
    """Return the initial parameters (count,) in the layout of ``Widths``, from the inference suite's streams."""
    import numpy as np

    layers = parameters(case.shape[:3])
    return np.concatenate([np.column_stack(layer).ravel() for layer in layers])


def host_form(case: Case, dtype: str, implementation: str) -> Callable[..., Arrays]:
    """Return a form of one step per call: canonical, on NumPy's BLAS, or PyTorch's autograd and optimizer."""
    from paragon_tui.suites import training_hosts
    from paragon_tui.suites.classification import samples

    forms: dict[str, Callable[..., Callable[..., Arrays]]] = {
        "reference": training_hosts.ReferenceForm,
        "numpy": training_hosts.NumpyForm,
        "torch": training_hosts.TorchForm,
    }
    data = samples(case.shape[0], case.shape[2], case.batch)
    return forms[implementation](widths(case), first_parameters(case), data, rate(case), schedule(case).steps)


def plans(case: Case, dtype: str, variant: str, adapter: Adapter) -> tuple[Plan, ...]:
    """Return the plans of one step by ``training_lowering``. Raises ``Unsupported`` for too large a batch."""
    from paragon_tui.suites import training_lowering
    from paragon_tui.suites.classification import samples

    if case.batch > MOST_SAMPLES:
        raise Unsupported(f"{case.id} takes batches of up to {MOST_SAMPLES:,} samples here, not of {case.batch:,}")
    data = partial(samples, case.shape[0], case.shape[2], case.batch)
    training = training_lowering.Training(
        widths(case),
        case.batch,
        batches(case.shape[2], case.batch),
        schedule(case).steps,
        rate(case),
        partial(first_parameters, case),
        lambda: data().x,
        lambda: data().targets,
    )
    return training_lowering.plans(training, adapter)


def answer(case: Case, dtype: str, outputs: Arrays) -> Answer:
    """Return all parameters, f32 (count,): each layer's weights, then its bias."""
    import numpy as np

    layers = widths(case).layers(outputs["parameters"])
    return Answer(np.concatenate([part.ravel() for layer in layers for part in (layer[:, :-1], layer[:, -1])]))


def losses(outputs: Arrays) -> NDArray[Any]:
    """Return the loss before every step, f32 (steps,); those of steps not yet done are invalid."""
    return outputs["losses"]
