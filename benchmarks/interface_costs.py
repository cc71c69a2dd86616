"""Measure all that the interface costs, one script after another, and print whether each target is met.

    python benchmarks/interface_costs.py [first_paint key_to_paint ...]

Exit status 1 if one is missed. On a busy machine the times are those of a busy machine: repeat them when it is quiet.
"""

from __future__ import annotations

import sys

from in_turn import run_in_turn

SCRIPTS = ("first_paint", "key_to_paint", "interface_load", "interface_memory", "tui_disturbance")

if __name__ == "__main__":
    sys.exit(run_in_turn(sys.argv[1:] or SCRIPTS))
