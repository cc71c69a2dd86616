"""Why a selection has nothing to run."""

from __future__ import annotations

from paragon_tui.engine.runner.requests import Selection
from paragon_tui.suites.workloads.registry import workload


def nothing_to_run(selection: Selection) -> str:
    """Return why there is nothing to run, and which variants exist instead."""
    dtypes = dict.fromkeys(arithmetic.dtype for arithmetic in selection.arithmetic)
    variants = dict.fromkeys(arithmetic.variant for arithmetic in selection.arithmetic)
    operations = dict.fromkeys(case.operation for case in selection.cases)
    available = {variant: None for name in operations for dtype in dtypes for variant in workload(name).variants(dtype)}
    problem = f"there is no {' or '.join(variants)} kernel" if available else "none of these cases runs"
    others = [variant for variant in available if variant not in variants]
    alternatives = f"; these cases have {', '.join(others)}" if others else ""
    return f"{problem} in {' or '.join(dtypes)} on {', '.join(selection.selected)}{alternatives}"
