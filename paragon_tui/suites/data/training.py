"""The arrays of trainings: their data, their first parameters, and what they come to."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from paragon_tui.operators.graph import Graph
from paragon_tui.operators.numerics.forms import host_form
from paragon_tui.suites.case import Case
from paragon_tui.suites.data.case_data import Answer, Arrays, TrainingData
from paragon_tui.suites.data.classification import samples, xor
from paragon_tui.suites.data.parameters import parameters
from paragon_tui.suites.score import Prediction, Score
from paragon_tui.suites.workloads.training import XOR_SAMPLES, Training, forward_graph, widths


class StepData(TrainingData[Training]):
    """The arrays of trainings of two layers."""

    def operands(self, workload: Training, case: Case, dtype: str) -> dict[str, NDArray[Any]]:
        """Return the data set, its single batch as ``x`` or all of them as ``samples``, and the first parameters."""
        data = samples(case.shape[0], case.shape[2], case.batch)
        x = {"x": data.x[0]} if len(data.x) == 1 else {"samples": data.x}
        return {**x, "targets": data.targets, "parameters": first_parameters(case)}

    def size(self, graph: Graph) -> int:
        """Return the number of parameters."""
        return graph.tensors["parameters"].count

    def answer(self, case: Case, results: Arrays) -> Answer:
        """Return all parameters, f32 (count,): each layer's weights, then its bias."""
        layers = widths(case).layers(results["parameters"])
        return Answer(np.concatenate([part.ravel() for layer in layers for part in (layer[:, :-1], layer[:, -1])]))

    def losses(self, results: Arrays) -> NDArray[np.float32]:
        """Return the loss before every step, f32 (steps,); those of steps not yet done are invalid."""
        return results["losses"]

    def state(self, results: Arrays, step: int) -> tuple[NDArray[Any], ...]:
        """Return the parameters and velocities, in the layout of ``Widths``, and the losses so far."""
        return results["parameters"], results["velocities"], results["losses"][:step]

    def score(self, case: Case, operands: Arrays, results: Arrays) -> Score | None:
        """Return the score: XOR's of its four pairs with each answer, that of classes of all their samples.

        An answer is the index of the largest output, the lowest of equal ones; one output means 1 above 1/2, else 0.
        """
        extents = widths(case)
        is_xor = extents.outputs == 1
        if is_xor:
            pairs = xor(XOR_SAMPLES)
            x, wanted = pairs.x[0], pairs.targets[0]
        else:
            x, wanted = operands.get("samples", operands.get("x")), operands["targets"].ravel()
            x = x.reshape(-1, extents.inputs)
        forward = host_form(forward_graph(extents, len(x)), "reference", {})
        with np.errstate(all="ignore"):
            y = forward(x=x, parameters=results["parameters"])["y"]
        if not np.isfinite(y).all():
            return None
        answers = y[:, 0] > np.float32(0.5) if is_xor else np.argmax(y, axis=1)
        right = int(np.count_nonzero(answers == wanted))
        if not is_xor:
            return Score(right, len(wanted))
        rows = zip(x.tolist(), wanted.tolist(), y[:, 0].tolist(), answers.tolist(), strict=True)
        predictions = (Prediction(tuple(pair), int(target), output, int(is_1)) for pair, target, output, is_1 in rows)
        return Score(right, len(wanted), tuple(predictions))


def first_parameters(case: Case) -> NDArray[np.float32]:
    """Return the initial parameters (count,) in the layout of ``Widths``, from the inference suite's streams."""
    layers = parameters(case.shape[:3])
    return np.concatenate([np.column_stack(layer).ravel() for layer in layers])
