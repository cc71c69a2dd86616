"""The right answer of a case, computed once and kept under the cache folder for every worker to compare with."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from backends.host import HostProgram
from paragon_tui import arithmetic
from paragon_tui.arithmetic.data import uniform
from paragon_tui.arithmetic.digest import digest
from paragon_tui.engine.atomic import write_atomically
from paragon_tui.engine.course import Stopping, going_on, looks
from paragon_tui.suites.case import Case
from paragon_tui.suites.operation import Answer, Sampled, operation, trained

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from paragon_tui.suites.operation import Arrays

KEPT_WHOLE = 2**17
"""Of larger answers a sample is kept, and the digest of all."""
SAMPLE = 2**15
COSTLY = 2**33
"""From so many operations on the reference computes a sample alone: whole it would take half a minute or more."""
_SEED, _STREAM = 42, 2**32


@dataclass(frozen=True, slots=True)
class Reference:
    """The right values (k,) at ``indices`` (k,) of the flattened answer, ``None`` for all; a network's output too.

    ``digest`` is that of all values; ``None`` where nobody has computed them all. ``looks`` are a training's digests on
    the way, up to where it diverged.
    """

    values: NDArray[Any]
    output: NDArray[Any] | None
    indices: NDArray[np.int64] | None
    digest: str | None
    looks: tuple[str, ...] = ()


def is_costly(case: Case, dtype: str) -> bool:
    """Whether the reference computes a sample of this case alone: of a training there is none."""
    too_much = operation(case.operation).cost(case, dtype).operations >= COSTLY
    return too_much and trained(case.operation) is None


def reference_answer(
    case: Case, dtype: str, inputs: Arrays, size: int, cache: Path, stopped: Stopping = going_on
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
    return _computed(case, dtype, inputs, going_on)[0]


def _computed(case: Case, dtype: str, inputs: Arrays, stopped: Stopping) -> tuple[Answer, tuple[str, ...]]:
    """The answer, and a training's digests on the way to it."""
    module, training = operation(case.operation), trained(case.operation)
    form = module.host_form(case, dtype, "reference")
    if training is None:
        return module.answer(case, dtype, form(**inputs)), ()
    seen = list(looks(training, case, dtype, HostProgram(form), stopped))
    digests = tuple(look.digest for look in seen if look.diverged is None)
    return module.answer(case, dtype, seen[-1].outputs), digests


def _whole(case: Case, dtype: str, inputs: Arrays, stopped: Stopping) -> Reference:
    answer, digests = _computed(case, dtype, inputs, stopped)
    values, all_of_them = answer.values.ravel(), digest(answer.values)
    if values.size <= KEPT_WHOLE or answer.output is not None:
        return Reference(values, answer.output, None, all_of_them, digests)
    indices = sample(values.size)
    return Reference(values[indices], None, indices, all_of_them, digests)


def _sampled(case: Case, dtype: str, inputs: Arrays, size: int) -> Reference:
    import numpy as np

    indices = sample(size) if size > SAMPLE else np.arange(size, dtype=np.int64)
    module = cast(Sampled, operation(case.operation))
    return Reference(module.reference_at(case, dtype, inputs, indices), None, indices, None)


def sample(size: int) -> NDArray[np.int64]:
    """Up to ``SAMPLE`` indices below ``size``, ascending: the first, the last, and those of a fixed seed."""
    import numpy as np

    drawn = ((uniform(_SEED, _STREAM, SAMPLE - 2).astype(np.float64) + 1) / 2 * size).astype(np.int64)
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
            whole = str(stored["digest"]) or None
            digests = tuple(map(str, stored["looks"]))
    except Exception:  # zipfile and numpy raise a dozen kinds for damaged bytes; all mean the same here
        return None
    return Reference(values, output, indices, whole, digests) if intact else None


def _check(*arrays: NDArray[Any] | None) -> str:
    return digest(*(array for array in arrays if array is not None))


def _store(path: Path, answer: Reference) -> None:
    """Cache an answer. A cache that cannot be written costs time, nothing else."""
    import numpy as np

    there = {"values": answer.values, "output": answer.output, "indices": answer.indices}
    arrays = {name: array for name, array in there.items() if array is not None}
    whole = io.BytesIO()
    looked = np.array(answer.looks, dtype="U64")
    np.savez(whole, **arrays, looks=looked, digest=answer.digest or "", check=_check(*arrays.values()))  # type: ignore[arg-type]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, whole.getvalue())
    except OSError as error:
        print(f"the reference result was not cached: {error}")  # stdout of a worker is its log
