"""The right answer of a case, computed once and kept under the cache folder for every worker to compare with."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from paragon_tui import arithmetic
from paragon_tui.arithmetic.data import uniform
from paragon_tui.arithmetic.digest import digest
from paragon_tui.atomic_write import write_atomically
from paragon_tui.backends.host import HostProgram
from paragon_tui.engine.worker.training_loop import StopRequested, checkpoints, never_stopped
from paragon_tui.suites.case import Case
from paragon_tui.suites.operation import Answer, Batched, Sampled, operation, trained

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from paragon_tui.suites.operation import Arrays

KEPT_WHOLE = 2**17
"""Of larger answers a sample is kept, and the digest of all."""
SAMPLE = 2**15
COSTLY = 2**33
"""From so many operations on the reference computes a sample alone: whole it would take half a minute or more."""
_SAMPLED_OPERATIONS = 2**30  # of a batch's sample
_SEED, _STREAM = 42, 2**32


@dataclass(frozen=True, slots=True)
class Reference:
    """The right values (k,) at ``indices`` (k,) of the flattened answer, ``None`` for all; a network's output too.

    ``digest`` and ``output_digest`` are those of all values and all of the output; ``None`` where nobody has computed
    them all. ``checkpoints`` are a training's digests on the way, up to where it diverged.
    """

    values: NDArray[Any]
    output: NDArray[Any] | None
    indices: NDArray[np.int64] | None
    digest: str | None
    output_digest: str | None = None
    checkpoints: tuple[str, ...] = ()


def is_costly(case: Case, dtype: str) -> bool:
    """Whether the reference computes a sample of this case alone: where it can, and the whole is too much."""
    module = operation(case.operation)
    samples = any(hasattr(module, name) for name in ("reference_at", "reference_of"))
    return samples and module.cost(case, dtype).operations >= COSTLY


def reference_answer(
    case: Case, dtype: str, inputs: Arrays, size: int, cache: Path, stopped: StopRequested = never_stopped
) -> Reference:
    """The canonical answer of ``size`` values, from the cache or computed and cached. Raises ``Stopped``."""
    path = cache / f"{_key(case, dtype)}.npz"
    cached = _load(path)
    if cached is not None:
        return cached
    answer = _sampled(case, dtype, inputs, size) if is_costly(case, dtype) else _whole(case, dtype, inputs, stopped)
    _store(path, answer)
    return answer


def whole_answer(case: Case, dtype: str, inputs: Arrays) -> Answer:
    """All of the canonical answer, computed now; that of a training is what it ends with."""
    return _computed(case, dtype, inputs, never_stopped)[0]


def _computed(case: Case, dtype: str, inputs: Arrays, stopped: StopRequested) -> tuple[Answer, tuple[str, ...]]:
    """The answer, and a training's digests on the way to it."""
    module, training = operation(case.operation), trained(case.operation)
    form = module.host_form(case, dtype, "reference")
    if training is None:
        return module.answer(case, dtype, form(**inputs)), ()
    seen = list(checkpoints(training, case, dtype, HostProgram(form), stopped))
    digests = tuple(look.digest for look in seen if look.diverged is None)
    return module.answer(case, dtype, seen[-1].outputs), digests


def _whole(case: Case, dtype: str, inputs: Arrays, stopped: StopRequested) -> Reference:
    answer, on_the_way = _computed(case, dtype, inputs, stopped)
    values, output = answer.values.ravel(), None if answer.output is None else answer.output.ravel()
    digests = digest(values), None if output is None else digest(output)
    if values.size <= KEPT_WHOLE:
        return Reference(values, output, None, *digests, on_the_way)
    indices = sample(values.size)
    return Reference(values[indices], None if output is None else output[indices], indices, *digests, on_the_way)


def _sampled(case: Case, dtype: str, inputs: Arrays, size: int) -> Reference:
    import numpy as np

    module = operation(case.operation)
    if hasattr(module, "reference_of"):
        return _some_samples(cast(Batched, module), case, dtype, inputs, size)
    indices = sample(size) if size > SAMPLE else np.arange(size, dtype=np.int64)
    return Reference(cast(Sampled, module).reference_at(case, dtype, inputs, indices), None, indices, None)


def _some_samples(module: Batched, case: Case, dtype: str, inputs: Arrays, size: int) -> Reference:
    """Of a batch: samples of little work altogether, each with all that comes of it."""
    import numpy as np

    width = size // case.batch
    a_sample = module.cost(case, dtype).operations // case.batch
    most = max(2, min(_SAMPLED_OPERATIONS // a_sample, KEPT_WHOLE // width, SAMPLE))
    samples = sample(case.batch, most)
    answer = module.reference_of(case, dtype, inputs, samples)
    indices = (samples[:, np.newaxis] * width + np.arange(width)).ravel()
    return Reference(answer.values.ravel(), None if answer.output is None else answer.output.ravel(), indices, None)


def sample(size: int, most: int = SAMPLE) -> NDArray[np.int64]:
    """Up to ``most`` indices below ``size``, ascending: the first, the last, and those of a fixed seed."""
    import numpy as np

    drawn = ((uniform(_SEED, _STREAM, most - 2).astype(np.float64) + 1) / 2 * size).astype(np.int64)
    return np.unique(np.concatenate([drawn, [0, size - 1]]))


def _key(case: Case, dtype: str) -> str:
    shape = "x".join(map(str, case.shape))
    batch = f"-{case.batch}" if case.batch > 1 else ""
    return f"v{arithmetic.VERSION}-{case.suite}-{case.operation}-{shape}{batch}-{dtype}"


def _load(path: Path) -> Reference | None:
    """A cached answer that is intact; anything else counts as absent and is computed anew."""
    import numpy as np

    try:
        with np.load(path, allow_pickle=False) as stored:
            values = stored["values"]
            output, indices = (stored.get(name) for name in ("output", "indices"))
            intact = str(stored["check"]) == _check(values, output, indices)
            digests = str(stored["digest"]) or None, str(stored.get("output_digest", "")) or None
            on_the_way = tuple(map(str, stored["checkpoints"]))
    except Exception:  # zipfile and numpy raise a dozen kinds for damaged bytes; all mean the same here
        return None
    return Reference(values, output, indices, *digests, on_the_way) if intact else None


def _check(*arrays: NDArray[Any] | None) -> str:
    return digest(*(array for array in arrays if array is not None))


def _store(path: Path, answer: Reference) -> None:
    """Cache an answer. A cache that cannot be written costs time, nothing else."""
    import numpy as np

    there = {"values": answer.values, "output": answer.output, "indices": answer.indices}
    arrays = {name: array for name, array in there.items() if array is not None}
    whole = io.BytesIO()
    digests = {"digest": answer.digest or "", "output_digest": answer.output_digest or ""}
    looked = np.array(answer.checkpoints, dtype="U64")
    np.savez(whole, **arrays, **digests, checkpoints=looked, check=_check(*arrays.values()))  # type: ignore[arg-type]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, whole.getvalue())
    except OSError as error:
        print(f"the reference result was not cached: {error}")  # stdout of a worker is its log
