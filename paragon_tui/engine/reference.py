"""The right answer of a case, computed once and kept under the cache folder for every worker to compare with."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from paragon_tui import arithmetic
from paragon_tui.arithmetic.digest import digest
from paragon_tui.engine.atomic import write_atomically
from paragon_tui.suites.case import Case
from paragon_tui.suites.operation import Answer, operation

if TYPE_CHECKING:
    from paragon_tui.suites.operation import Arrays


def reference_answer(case: Case, dtype: str, inputs: Arrays, cache: Path) -> Answer:
    """The canonical answer, from the cache or computed and cached."""
    path = cache / f"{_key(case, dtype)}.npz"
    cached = _load(path)
    if cached is not None:
        return cached
    module = operation(case.operation)
    answer = module.answer(module.host_form(case, dtype, "reference")(**inputs))
    _store(path, answer)
    return answer


def _key(case: Case, dtype: str) -> str:
    shape = "x".join(map(str, case.shape))
    return f"v{arithmetic.VERSION}-{case.suite}-{case.operation}-{shape}-{dtype}"


def _load(path: Path) -> Answer | None:
    """A cached answer whose digest still fits; anything else counts as absent and is computed anew."""
    import numpy as np

    try:
        with np.load(path, allow_pickle=False) as stored:
            answer = Answer(stored["logits"], stored["output"])
            intact = str(stored["digest"]) == digest(answer.logits, answer.output)
    except Exception:  # zipfile and numpy raise a dozen kinds for damaged bytes; all mean the same here
        return None
    return answer if intact else None


def _store(path: Path, answer: Answer) -> None:
    """Cache an answer. A cache that cannot be written costs time, nothing else."""
    import numpy as np

    whole = io.BytesIO()
    np.savez(whole, logits=answer.logits, output=answer.output, digest=digest(answer.logits, answer.output))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, whole.getvalue())
    except OSError as error:
        print(f"the reference result was not cached: {error}")  # stdout of a worker is its log
