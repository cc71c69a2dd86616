"""Compute the digests that ship, ``paragon_tui/suites/shipped/*.json``, with the NumPy reference.

Those that are there already stay as they are, unless the arithmetic has another version by now; ``--anew`` computes
them all again. ``--check`` compares what it computes with what ships, and writes nothing. All of them take about
a quarter of an hour on one core; ``--suite``, ``--case`` and ``--dtype`` choose a part.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import paragon_tui.suites
from paragon_tui import arithmetic
from paragon_tui.arithmetic.digest import digest
from paragon_tui.atomic_write import write_atomically
from paragon_tui.engine.worker.executable import host_executable
from paragon_tui.engine.worker.reference import whole_answer
from paragon_tui.engine.worker.training_loop import at_checkpoints, history
from paragon_tui.suites.case import DTYPES, Case
from paragon_tui.suites.catalogue import SUITES
from paragon_tui.suites.checks import CHECKS
from paragon_tui.suites.computation import Computation, computation
from paragon_tui.suites.data.case_data import DigestedData
from paragon_tui.suites.digests import FOLDER
from paragon_tui.suites.workloads.registry import workload
from paragon_tui.suites.workloads.workload import Trained

TARGET = Path(paragon_tui.suites.__file__).with_name(FOLDER)
_SAVED_S = 30.0  # what is computed is written at least this often, so that an interruption loses little

Entry = dict[str, Any]


def entry(case: Case, dtype: str) -> Entry:
    """Return the digests of a case, as they stand in a file."""
    computed = computation(case, dtype)
    if isinstance(computed.workload, Trained):
        return _trained(computed.with_states())
    answer, _ = whole_answer(computed)
    found: Entry = {"values": digest(answer.values)}
    if answer.output is not None:
        found["output"] = digest(answer.output)
    if isinstance(computed.data, DigestedData):
        found["parameters"] = digest(*computed.data.parameters(case, dtype))
    return found


def _trained(computed: Computation) -> Entry:
    """Return the digests of a training, step by step."""
    digests: list[str] = []
    checkpoints, histories = [], []
    for _, results in at_checkpoints(computed, host_executable(computed, "reference"), digests):
        checkpoints.append(digest(computed.answer(results).values))
        histories.append(history(digests))
    return {"values": checkpoints[-1], "checkpoints": checkpoints, "histories": histories}


def wanted(suite: str) -> Iterator[tuple[Case, str]]:
    """Yield every case of a suite at every dtype that it has, with the cases of verifications alone."""
    listed = next(each.cases for each in SUITES if each.name == suite)
    for case in (*listed, *(check for check in CHECKS if check.suite == suite)):
        for dtype in DTYPES:
            if workload(case.operation).variants(dtype):
                yield case, dtype


class File:
    """The digests of a suite on disk, in the order of its cases; those of another arithmetic count as absent."""

    def __init__(self, suite: str) -> None:
        self.wanted = tuple(wanted(suite))
        self._path = TARGET / f"{suite}.json"
        stored = json.loads(self._path.read_text(encoding="utf-8")) if self._path.exists() else {}
        current = stored.get("arithmetic") == arithmetic.VERSION
        self._digests: dict[str, dict[str, Entry]] = stored["digests"] if current else {}
        self._saved = time.monotonic()

    def get(self, case: Case, dtype: str) -> Entry | None:
        """Return what is there for a case."""
        return self._digests.get(case.id, {}).get(dtype)

    def put(self, case: Case, dtype: str, found: Entry) -> None:
        """Put in an entry; write the file if the last time was a while ago."""
        self._digests.setdefault(case.id, {})[dtype] = found
        if time.monotonic() - self._saved > _SAVED_S:
            self.save()

    def save(self) -> None:
        """Write the file."""
        digests: dict[str, dict[str, Entry]] = {}
        for case, dtype in self.wanted:
            found = self.get(case, dtype)
            if found is not None:
                digests.setdefault(case.id, {})[dtype] = found
        content = {"arithmetic": arithmetic.VERSION, "digests": digests}
        TARGET.mkdir(exist_ok=True)
        write_atomically(self._path, (json.dumps(content, indent=1) + "\n").encode())
        self._saved = time.monotonic()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with the shipped digests, write nothing")
    parser.add_argument("--anew", action="store_true", help="compute again what is there")
    parser.add_argument("--suite", action="append", choices=[suite.name for suite in SUITES], default=[])
    parser.add_argument("--case", default="*", metavar="GLOB", help="only these cases")
    parser.add_argument("--dtype", action="append", choices=DTYPES, default=[])
    options = parser.parse_args()
    wrong = 0
    for suite in options.suite or [suite.name for suite in SUITES]:
        file = File(suite)
        for case, dtype in file.wanted:
            there = file.get(case, dtype)
            chosen = fnmatchcase(case.id, options.case) and dtype in (options.dtype or DTYPES)
            if not chosen or (there is not None and not options.anew and not options.check):
                continue
            begin = time.monotonic()
            found = entry(case, dtype)
            if options.check:
                wrong += found != there
                mark = "✓" if found == there else "≠ what ships"
            else:
                file.put(case, dtype, found)
                mark = "" if found == there else "new" if there is None else "changed"
            print(f"{suite} {case.id} {dtype} {time.monotonic() - begin:.1f} s {mark}", flush=True)
        if not options.check:
            file.save()
    if options.check:
        print(f"{wrong} differ" if wrong else "the shipped digests match the reference")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
