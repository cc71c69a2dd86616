"""The training of a network of two layers: SGD with momentum, batches in turns (NUMERICS.md 18).

``case.shape`` is inputs, hidden, outputs, steps, and the learning rate in millionths; ``case.batch`` the samples of a
step. One output learns XOR by its squared error, more tell classes by the cross-entropy of their softmax.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from paragon_tui.arithmetic.reduction import BLOCK, LANES
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
"""Of a whole training: about a minute of the reference's."""
MOST_SAMPLES = BLOCK * LANES
"""Of a batch on a device: sums over it are sums of as many terms, whose blocks must be lanes of one more tree."""
_MILLIONTHS = 1_000_000
_EVERY = 100
_TIMED = 10
_TIMED_SMALL = 100  # of what takes microseconds
_SMALL = 2**20  # operations a step
_UPDATE = 4  # operations a parameter: two products, a sum, a difference


def widths(case: Case) -> Widths:
    """The extents of its network."""
    return Widths(*case.shape[:3])


def rate(case: Case) -> float:
    """Its learning rate."""
    return case.shape[4] / _MILLIONTHS


def schedule(case: Case) -> TrainingSchedule:
    """As many steps as its shape says, looked at after every hundred; ten of them are timed, of tiny ones a hundred."""
    return TrainingSchedule(case.shape[3], _EVERY, _TIMED_SMALL if _operations(case) < _SMALL else _TIMED)


def describe(case: Case) -> str:
    """``2 → 8 → 1 · 1,000 steps``."""
    return f"{' → '.join(map(str, case.shape[:3]))} · {case.shape[3]:,} steps"


def megabytes(case: Case, dtype: str = "f32") -> float:
    """MiB of all samples, of a batch with its activations, and of parameters, velocities and gradients."""
    inputs, hidden, outputs, *_ = case.shape
    data = batches(outputs, case.batch) * case.batch * (inputs + 1)
    return 4 * (data + case.batch * (inputs + 2 * hidden + 2 * outputs) + 3 * widths(case).count) / 2**20


def cost(case: Case, dtype: str) -> Cost:
    """Of a timed run. Bytes: a batch is read, parameters and velocities are read and written, once a step."""
    moved = 4 * (case.batch * case.shape[0] + 4 * widths(case).count)
    timed = schedule(case).timed
    return Cost(timed * _operations(case), timed * moved)


def _operations(case: Case) -> int:
    """Those of a step: products and sums of both layers and their gradients, and the update; of the loss none."""
    inputs, hidden, outputs, *_ = case.shape
    sums = 2 * (hidden + outputs)  # of biases, and their gradients
    return case.batch * (4 * inputs * hidden + 6 * hidden * outputs + sums) + _UPDATE * widths(case).count


def variants(dtype: str) -> tuple[str, ...]:
    """There is one way, and f32 alone."""
    return ("default",) if dtype == "f32" else ()


def tier(dtype: str, variant: str) -> Tier:
    """Products must not be fused into sums."""
    return "guarded"


def inputs(case: Case, dtype: str) -> Arrays:
    """None: a training holds its data. Raises ``Unsupported`` for one that is more than the reference can follow."""
    operations = schedule(case).steps * _operations(case)
    if operations > MOST_OPERATIONS:
        raise Unsupported(
            f"{case.id} comes to {operations / 1e9:,.0f} billion operations, which would take the reference minutes; "
            f"{MOST_OPERATIONS / 1e9:,.0f} billion are taken: choose a smaller --batch-size"
        )
    return {}


def first_parameters(case: Case) -> NDArray[np.float32]:
    """What a training begins with (count,), as ``Widths`` has them: those of the inference suite's streams."""
    import numpy as np

    layers = parameters(case.shape[:3])
    return np.concatenate([np.column_stack(layer).ravel() for layer in layers])


def host_form(case: Case, dtype: str, implementation: str) -> Callable[..., Arrays]:
    """A step a call: canonical arithmetic; NumPy's BLAS; PyTorch's autograd and optimizer."""
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
    """One step of it; see ``training_lowering``. Raises ``Unsupported`` for a batch whose sums kernels cannot make."""
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
    """All parameters, f32 (count,): each layer's weights, then its bias."""
    import numpy as np

    layers = widths(case).layers(outputs["parameters"])
    return Answer(np.concatenate([part.ravel() for layer in layers for part in (layer[:, :-1], layer[:, -1])]))


def losses(outputs: Arrays) -> NDArray[Any]:
    """The loss ahead of every step, f32 (steps,), of which those ahead of steps that were done are valid."""
    return outputs["losses"]
