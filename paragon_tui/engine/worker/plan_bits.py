"""The bits of all plans that could be chosen: each must have the reference's, not only the one that is chosen."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from paragon_tui.arithmetic.digest import digest
from paragon_tui.engine.worker.executable import Executable, host_executable
from paragon_tui.engine.worker.reference import Reference
from paragon_tui.suites.computation import Computation
from paragon_tui.suites.data.case_data import Answer
from paragon_tui.suites.workloads.workload import Trained


class PlanBits:
    """The right bits of a computation, for plans to be held against; of a training after the steps that are timed."""

    def __init__(self, computed: Computation, reference: Reference, with_output: bool = True) -> None:
        """Without ``with_output`` the softmax of a network may be any: no identity of it is claimed."""
        self._computed, self._reference, self._with_output = computed, reference, with_output

    @property
    def key(self) -> str:
        """What is right, as far as it is known: a verdict on plans holds for it alone."""
        right = self._reference.digest or digest(self._reference.values)
        return right if self._with_output else f"{right} alone"

    def hold(self, executable: Executable) -> bool:
        """Run an executable, and return whether its results have the right bits. Raises ``BackendError``."""
        if isinstance(self._computed.workload, Trained):
            return digest(self._after_steps(executable).values) == self._right_after_steps
        executable.program.run(executable.inputs)
        answer = self._computed.answer(executable.results(executable.read()))
        reference = self._reference
        return _same(answer.values, reference.values, reference.indices, reference.digest) and (
            not self._with_output
            or answer.output is None
            or reference.output is None
            or _same(answer.output, reference.output, reference.indices, reference.output_digest)
        )

    @cached_property
    def _right_after_steps(self) -> str:
        return digest(self._after_steps(host_executable(self._computed, "reference")).values)

    def _after_steps(self, executable: Executable) -> Answer:
        workload = self._computed.workload
        assert isinstance(workload, Trained), "only trainings have steps"
        executable.program.reset()
        executable.program.run_unclocked({}, workload.schedule(self._computed.case).timed)
        return self._computed.answer(executable.results(executable.read()))


def _same(values: np.ndarray, right: np.ndarray, indices: np.ndarray | None, right_digest: str | None) -> bool:
    """Return whether all values have the bits that are known to be right."""
    if right_digest is not None:
        return digest(values) == right_digest
    flat = values.ravel()
    return (flat if indices is None else flat[indices]).tobytes() == right.ravel().tobytes()
