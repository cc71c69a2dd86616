"""Reference answers of cases, computed once and cached for all workers to compare with."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paragon_tui import arithmetic
from paragon_tui.arithmetic.data import uniform
from paragon_tui.arithmetic.digest import digest
from paragon_tui.atomic_write import write_atomically
from paragon_tui.backends.host_probes import UnsoundHost, check_host
from paragon_tui.cache_folder import mark_used, prune
from paragon_tui.engine.worker.executable import host_executable
from paragon_tui.engine.worker.sampling import StopRequested
from paragon_tui.engine.worker.sources import sources_digest
from paragon_tui.engine.worker.training_loop import checkpoints, never_stopped
from paragon_tui.operators.numerics.forms import can_sample, canonical_at
from paragon_tui.suites.case import Case
from paragon_tui.suites.computation import Computation
from paragon_tui.suites.data.case_data import Answer, BatchData
from paragon_tui.suites.digests import Digests, shipped
from paragon_tui.suites.workloads.workload import Trained

KEPT_WHOLE = 2**17
"""Of larger answers only a sample is kept, with the digest of all values."""
SAMPLE = 2**15
COSTLY = 2**33
"""From this many operations on the reference computes only a sample: all of it would take half a minute or more."""
_SAMPLED_OPERATIONS = 2**30  # for the sample of a batch
_SEED, _STREAM = 42, 2**32
_SHOWN_DIGITS = 16  # of the sources' digest, in the names of files


@dataclass(frozen=True, slots=True)
class Reference:
    """The right values (k,) at ``indices`` (k,) of the flattened answer, ``None`` for all; a network's output too.

    ``digest`` and ``output_digest`` are those of all values and all of the output; ``None`` where only a sample was
    computed and none ship. ``checkpoints`` are the digests of a training's checkpoints, up to where it diverged.
    """

    values: NDArray[Any]
    output: NDArray[Any] | None
    indices: NDArray[np.int64] | None
    digest: str | None
    output_digest: str | None = None
    checkpoints: tuple[str, ...] = ()


def is_costly(computed: Computation) -> bool:
    """Return whether the reference computes only a sample: it can, and the whole is too much work."""
    samples = can_sample(computed.graph) or (isinstance(computed.data, BatchData) and computed.case.batch > 1)
    return samples and computed.cost.operations >= COSTLY


def reference_answer(computed: Computation, cache: Path, stopped: StopRequested = never_stopped) -> Reference:
    """Return the canonical answer, from the cache, or computed and cached.

    Raises ``Stopped``, and ``UnsoundHost`` where this process's NumPy cannot be trusted: its probes do not hold, or the
    answer is not the one whose digest ships. Such an answer does not enter the cache, nor is it taken from there.
    """
    expected = shipped(computed.case, computed.dtype)
    path = cache / f"{_key(computed.case, computed.dtype)}.npz"
    cached = _load(path)
    if cached is not None and not _contradiction(cached, expected):
        mark_used(path)
        return cached
    check_host()
    answer = _sampled_reference(computed) if is_costly(computed) else _whole_reference(computed, stopped)
    if wrong := _contradiction(answer, expected):
        raise UnsoundHost(
            f"the reference for {computed.case.id} in {computed.dtype} does not have the shipped digest of its "
            f"{wrong}, so there is nothing to compare with, although all probes of NumPy hold. NumPy or paragon-tui is "
            "damaged: install both anew; where that does not help, please report it"
        )
    _store(path, answer)
    return answer


def _contradiction(answer: Reference, expected: Digests | None) -> str | None:
    """Return what has another digest than the one that ships; ``None`` where nothing has."""
    if expected is None:
        return None
    pairs = {
        "values": (answer.digest, expected.values),
        "softmax": (answer.output_digest, expected.output),
        "checkpoints": (answer.checkpoints, expected.checkpoints),
    }
    return next((name for name, (found, right) in pairs.items() if found and right and found != right), None)


def whole_answer(computed: Computation, stopped: StopRequested = never_stopped) -> tuple[Answer, tuple[str, ...]]:
    """Compute all of the canonical answer, a training's final state, and the digests of its checkpoints.

    Raises ``Stopped``, and ``UnsoundHost`` where NumPy in this process does not hold its probes.
    """
    check_host()
    if not isinstance(computed.workload, Trained):
        return computed.answer(computed.host_form("reference")(**computed.fed)), ()
    reached = list(checkpoints(computed, host_executable(computed, "reference"), stopped))
    digests = tuple(checkpoint.digest for checkpoint in reached if checkpoint.diverged is None)
    return computed.answer(reached[-1].results), digests


def _whole_reference(computed: Computation, stopped: StopRequested) -> Reference:
    answer, checkpoint_digests = whole_answer(computed, stopped)
    values, output = answer.values.ravel(), None if answer.output is None else answer.output.ravel()
    digests = digest(values), None if output is None else digest(output)
    if values.size <= KEPT_WHOLE:
        return Reference(values, output, None, *digests, checkpoint_digests)
    indices = sample(values.size)
    return Reference(
        values[indices], None if output is None else output[indices], indices, *digests, checkpoint_digests
    )


def _sampled_reference(computed: Computation) -> Reference:
    """Compute some of the values; the digest of all is the shipped one, where one ships."""
    if isinstance(computed.data, BatchData):
        return _batch_reference(computed, computed.data)
    indices = sample(computed.size) if computed.size > SAMPLE else np.arange(computed.size, dtype=np.int64)
    digests = shipped(computed.case, computed.dtype)
    return Reference(
        canonical_at(computed.graph, computed.operands, indices), None, indices, digests.values if digests else None
    )


def _batch_reference(computed: Computation, data: BatchData[Any]) -> Reference:
    """Compute some samples of a batch, of little work in total, each with all its values."""
    case = computed.case
    width = computed.size // case.batch
    sample_operations = computed.cost.operations // case.batch
    most = max(2, min(_SAMPLED_OPERATIONS // sample_operations, KEPT_WHOLE // width, SAMPLE))
    samples = sample(case.batch, most)
    answer = data.of_samples(case, computed.dtype, computed.operands, samples)
    indices = (samples[:, np.newaxis] * width + np.arange(width)).ravel()
    return Reference(answer.values.ravel(), None if answer.output is None else answer.output.ravel(), indices, None)


def sample(size: int, most: int = SAMPLE) -> NDArray[np.int64]:
    """Return up to ``most`` indices below ``size``, ascending: the first, the last, and random ones of a fixed seed."""
    drawn = ((uniform(_SEED, _STREAM, most - 2).astype(np.float64) + 1) / 2 * size).astype(np.int64)
    return np.unique(np.concatenate([drawn, [0, size - 1]]))


def _key(case: Case, dtype: str) -> str:
    """Return the name of a kept answer, which has all that it depends on."""
    shape = "x".join(map(str, case.shape))
    batch = f"-{case.batch}" if case.batch > 1 else ""
    version = f"v{arithmetic.VERSION}-{sources_digest()[:_SHOWN_DIGITS]}"
    return f"{version}-{case.suite}-{case.operation}-{shape}{batch}-{dtype}"


def _load(path: Path) -> Reference | None:
    """Return a cached answer that is intact; anything else counts as absent and is computed anew."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            output, indices = (stored.get(name) for name in ("output", "indices"))
            digests = str(stored["digest"]) or None, str(stored["output_digest"]) or None
            answer = Reference(
                stored["values"], output, indices, *digests, tuple(map(str, stored["checkpoints"].tolist()))
            )
            intact = str(stored["check"]) == _checksum(path.stem, answer)
    except Exception:  # zipfile and numpy raise a dozen types for damaged bytes; all mean the same here
        return None
    return answer if intact else None


def _checksum(key: str, answer: Reference) -> str:
    """Return SHA-256 (hex) of all that an entry says, and of its key: under another name it is no answer."""
    arrays = {"values": answer.values, "output": answer.output, "indices": answer.indices}
    kept = {name: array for name, array in arrays.items() if array is not None}
    forms = {name: (array.dtype.str, array.shape) for name, array in kept.items()}
    facts = (key, forms, answer.digest, answer.output_digest, answer.checkpoints)
    return digest(np.frombuffer(repr(facts).encode(), dtype=np.uint8), *kept.values())


def _store(path: Path, answer: Reference) -> None:
    """Cache an answer, and keep the cache within its size. A cache that cannot be written costs only time."""
    optional = {"values": answer.values, "output": answer.output, "indices": answer.indices}
    arrays = {name: array for name, array in optional.items() if array is not None}
    file = io.BytesIO()
    digests = {"digest": answer.digest or "", "output_digest": answer.output_digest or ""}
    checkpoint_digests = np.array(answer.checkpoints, dtype="U64")
    np.savez(file, **arrays, **digests, checkpoints=checkpoint_digests, check=_checksum(path.stem, answer))  # type: ignore[arg-type]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, file.getvalue())
        prune(path.parent)
    except OSError as error:
        print(f"the reference result was not cached: {error}")  # stdout of a worker is its log
