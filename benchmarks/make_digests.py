"""Compute ``paragon_tui/suites/digests.json`` with the NumPy reference, or check it: ``--check`` writes nothing.

It covers every inference case at every dtype, and takes a few seconds.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import paragon_tui.suites
from paragon_tui.arithmetic.digest import digest
from paragon_tui.suites.case import DTYPES
from paragon_tui.suites.computation import computation
from paragon_tui.suites.data.case_data import DigestedData
from paragon_tui.suites.inference import SUITE

TARGET = Path(paragon_tui.suites.__file__).with_name("digests.json")


def digests() -> dict[str, dict[str, dict[str, str]]]:
    """Return the digests of logits, output and parameters of every case and dtype."""
    by_case: dict[str, dict[str, dict[str, str]]] = {}
    for case in SUITE.cases:
        for dtype in DTYPES:
            computed = computation(case, dtype)
            assert isinstance(computed.data, DigestedData)
            outputs = computed.host_form("reference")(**computed.fed)
            by_case.setdefault(case.id, {})[dtype] = {
                "logits": digest(outputs["logits"]),
                "output": digest(outputs["output"]),
                "parameters": digest(*computed.data.parameters(case, dtype)),
            }
    return by_case


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare with the shipped digests, write nothing")
    check = parser.parse_args().check
    text = json.dumps(digests(), indent=1) + "\n"
    if not check:
        TARGET.write_text(text, encoding="utf-8")
        return 0
    same = TARGET.read_text(encoding="utf-8") == text
    print("the shipped digests match the reference" if same else "the shipped digests do NOT match the reference")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
