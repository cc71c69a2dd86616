"""Measure what surrounds the samples of a run: from the shell to the end of a command, and each phase of a run.

    python benchmarks/startup_costs.py [--runs 5] [--whole]

Every command is a new process. Its first launch has empty caches, the program's and the drivers' (`cold`); the median
and the range of the later ones follow. Then one case on an adapter, phase by phase, as often, with filled caches.
`--whole` adds the default run of all adapters, once with the program's caches empty and once with filled ones (three
minutes). Exit status 1 if a target is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paragon_tui.engine.messages.events import Event

ADAPTERS = ("opencl:0", "vulkan:0", "numpy")
COMMANDS: dict[tuple[str, ...], float | None] = {
    ("--version",): 0.12,
    ("adapters",): None,
    **{("run", "S1", "--adapter", adapter, "--fast"): 1.5 if adapter == "opencl:0" else None for adapter in ADAPTERS},
}
"""Each with the most seconds that it may take with filled caches."""
WHOLE_RUN, WHOLE_RUN_S = ("run",), 80.0
_FOLDERS = ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "POCL_CACHE_DIR", "MESA_SHADER_CACHE_DIR")

IMPORTS, DISCOVERY, FIGURES = "interpreter, imports", "discovery", "figures"
OPENING = "workers: start, open, probe"
PHASES: dict[str, str] = {
    "RunStarted": OPENING,
    "JobStarted": OPENING,
    "Probed": OPENING,
    "opening": OPENING,
    "peaks": "peaks",
    "CeilingFound": "operands",
    "operands": "operands",
    "reference": "reference",
    "compiling": "compile",
    "Prepared": "first run, comparison",
    "comparing": "first run, comparison",
    "Output": "first run, comparison",
    "Compared": "sampling",
    "SampleBatch": "sampling",
    "Figures": "end",
    "Closed": "end",
    "Finished": "end",
}
"""The phase that is under way after an event (of `Doing`: its activity); others belong to the phase of the last one."""


def own_folders(folder: str) -> dict[str, str]:
    """Return the environment of a program whose caches, and whose drivers' caches, lie in ``folder``."""
    return {**os.environ, **{name: str(Path(folder, name)) for name in _FOLDERS}}


def taken_s(arguments: tuple[str, ...], environment: dict[str, str]) -> float:
    """Return the seconds from the start of a command to its end."""
    begin = time.perf_counter()
    command = [sys.executable, "-m", "paragon_tui", *arguments]
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begin


def phases(adapter: str, environment: dict[str, str]) -> dict[str, float]:
    """Return the seconds of each phase of a fast run of S1 on ``adapter``, in a new process."""
    command = [sys.executable, __file__, "--trace", adapter, "--began", repr(time.time())]
    output = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True).stdout
    found: dict[str, float] = json.loads(output)
    return found


def traced(adapter: str, began: float) -> dict[str, float]:
    """Do what `run S1 --adapter ADAPTER --fast` does, and return the seconds of each phase since ``began``."""
    import paragon_tui.console.run_command  # noqa: F401 – all that the command imports
    from paragon_tui.console.listings import gather_adapters
    from paragon_tui.engine.messages.job import FAST
    from paragon_tui.engine.runner.requests import RunSettings, Selection, measure_request
    from paragon_tui.engine.runner.run import Run
    from paragon_tui.engine.runner.selection import CaseFilter, apis_to_search, select_adapters, select_cases
    from paragon_tui.sessions import paths
    from paragon_tui.sessions.recorder import Recorder

    taken: defaultdict[str, float] = defaultdict(float, {IMPORTS: time.time() - began})
    before = time.time()
    adapters, finished = gather_adapters(apis_to_search((adapter,), ()))
    taken[DISCOVERY] = time.time() - before
    taken |= {f"{DISCOVERY} of {event.api}, in its child": (event.ms or 0.0) / 1e3 for event in finished}
    selected = tuple(each.id for each in select_adapters(adapters, (adapter,), ()))
    selection = Selection(select_cases(CaseFilter(("S1",))), tuple(adapters), selected)
    recorder = Recorder(paths.database())

    async def drive() -> None:
        phase, since = OPENING, time.time()
        async for event in Run(
            measure_request(selection, RunSettings(paths.reference_cache(), sampling=FAST))
        ).events():
            recorder.apply(event)
            now = time.time()
            name = _name(event)
            taken[FIGURES if name == "Figures" and phase == "sampling" else phase] += now - since
            phase, since = PHASES.get(name, phase), now

    asyncio.run(drive())
    recorder.wait()
    return dict(taken)


def _name(event: Event) -> str:
    return str(getattr(event, "what", type(event).__name__))


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--whole", action="store_true", help="measure the default run, too")
    parser.add_argument("--trace", help=argparse.SUPPRESS)
    parser.add_argument("--began", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.trace:
        json.dump(traced(options.trace, options.began), sys.stdout)
        return 0
    missed = False
    print("| command | cold s | s | of the runs | target |\n|---|---|---|---|---|")
    for command, target in COMMANDS.items():
        with tempfile.TemporaryDirectory(prefix="paragon-startup-") as folder:
            environment = own_folders(folder)
            cold = taken_s(command, environment)
            warm = [taken_s(command, environment) for _ in range(options.runs)]
        missed |= target is not None and statistics.median(warm) > target
        print(_row(" ".join(command), cold, warm, target), flush=True)
    with tempfile.TemporaryDirectory(prefix="paragon-startup-") as folder:
        environment = own_folders(folder)
        if options.whole:
            cold, warm_s = (taken_s(WHOLE_RUN, environment) for _ in range(2))
            missed |= warm_s > WHOLE_RUN_S
            print(_row(" ".join(WHOLE_RUN), cold, [warm_s], WHOLE_RUN_S), flush=True)
        columns = {}
        for adapter in ADAPTERS:
            phases(adapter, environment)  # fills the caches
            columns[adapter] = [phases(adapter, environment) for _ in range(options.runs)]
    print("\n| phase, median s | " + " | ".join(columns) + " |\n|---|" + "---|" * len(columns))
    for phase in _ordered({phase for runs in columns.values() for run in runs for phase in run}):
        medians = [statistics.median(run.get(phase, 0.0) for run in runs) for runs in columns.values()]
        print(f"| {phase} | " + " | ".join(f"{median:.3f}" if median else "–" for median in medians) + " |")
    return 1 if missed else 0


def _ordered(seen: set[str]) -> list[str]:
    """Return the phases in the order of a run."""
    children = sorted(phase for phase in seen if phase.startswith(f"{DISCOVERY} of"))
    order = [IMPORTS, DISCOVERY, *children, *dict.fromkeys(PHASES.values())]
    order.insert(order.index("end"), FIGURES)
    return [phase for phase in order if phase in seen]


def _row(words: str, cold: float, warm: list[float], target: float | None) -> str:
    spread = f"{min(warm):.2f} – {max(warm):.2f}"
    limit = "" if target is None else f"≤ {target:g}"
    return f"| `{words}` | {cold:.2f} | {statistics.median(warm):.2f} | {spread} | {limit} |"


if __name__ == "__main__":
    sys.exit(main())
