"""Measure what surrounds the samples of a run: from the shell to the end of a command, and each phase of a run.

    python benchmarks/startup_costs.py [--runs 5] [--whole] [--before PYTHON]

Every command is a new process. Its first launch has empty caches, the program's and the drivers' (`cold`); the median
and the range of the later ones follow. Then one case on an adapter, phase by phase, as often, with filled caches.
`--whole` adds the default run of all adapters, once with empty caches and once with filled ones (three minutes).
`--before` takes the interpreter of another environment, in which another version of the program is installed: each
launch is then followed by one of this version. Exit status 1 if a target is missed.
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
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from paragon_tui.engine.messages.events import Event

Measured = TypeVar("Measured")

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


def taken_s(arguments: tuple[str, ...], environment: dict[str, str], python: str = sys.executable) -> float:
    """Return the seconds from the start of a command, of the program in ``python``'s environment, to its end."""
    command = [python, "-P", "-m", "paragon_tui", *arguments]
    begin = time.perf_counter()
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begin


def phases(adapter: str, environment: dict[str, str], python: str = sys.executable) -> dict[str, float]:
    """Return the seconds of each phase of a fast run of S1 on ``adapter``, in a new process."""
    command = [python, "-P", __file__, "--trace", adapter, "--began", repr(time.time())]
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
    parser.add_argument("--before", metavar="PYTHON", help="measure the program in this environment in turns with it")
    parser.add_argument("--trace", help=argparse.SUPPRESS)
    parser.add_argument("--began", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.trace:
        json.dump(traced(options.trace, options.began), sys.stdout)
        return 0
    pythons = {"before": options.before} if options.before else {}
    pythons["now"] = sys.executable
    commands = {command: (target, options.runs) for command, target in COMMANDS.items()}
    if options.whole:
        commands[WHOLE_RUN] = WHOLE_RUN_S, 1
    missed = False
    print("| command | " + " | ".join(f"{name}: cold s | {name}: s" for name in pythons) + " | target |")
    print("|---|" + "---|---|" * len(pythons) + "---|")
    for command, (target, runs) in commands.items():
        columns = _in_turns(pythons, runs, partial(taken_s, command))
        cells = [f"{cold:.2f} | {_spread(warm)}" for cold, *warm in columns.values()]
        missed |= target is not None and statistics.median(columns["now"][1:]) > target
        limit = "" if target is None else f"≤ {target:g}"
        print(f"| `{' '.join(command)}` | " + " | ".join(cells) + f" | {limit} |", flush=True)
    found = {}
    for adapter in ADAPTERS:
        for name, (_, *warm) in _in_turns(pythons, options.runs, partial(phases, adapter)).items():
            found[f"{adapter}, {name}" if options.before else adapter] = warm
    print("\n| phase, median s | " + " | ".join(found) + " |\n|---|" + "---|" * len(found))
    for phase in _ordered({phase for runs in found.values() for run in runs for phase in run}):
        medians = [statistics.median(run.get(phase, 0.0) for run in runs) for runs in found.values()]
        print(f"| {phase} | " + " | ".join(f"{median:.3f}" if median else "–" for median in medians) + " |")
    return 1 if missed else 0


def _in_turns(
    pythons: Mapping[str, str], runs: int, measure: Callable[[dict[str, str], str], Measured]
) -> dict[str, list[Measured]]:
    """Return what is measured with empty caches, and then ``runs`` times with filled ones, by environment in turns."""
    found: dict[str, list[Measured]] = {name: [] for name in pythons}
    with tempfile.TemporaryDirectory(prefix="paragon-startup-") as folder:
        for _ in range(1 + runs):
            for name, python in pythons.items():
                found[name].append(measure(own_folders(str(Path(folder, name))), python))
    return found


def _spread(values: Sequence[float]) -> str:
    """Return the median, and the range where there are several."""
    median = f"{statistics.median(values):.2f}"
    return f"{median} ({min(values):.2f} – {max(values):.2f})" if len(values) > 1 else median


def _ordered(seen: set[str]) -> list[str]:
    """Return the phases in the order of a run."""
    children = sorted(phase for phase in seen if phase.startswith(f"{DISCOVERY} of"))
    order = [IMPORTS, DISCOVERY, *children, *dict.fromkeys(PHASES.values())]
    order.insert(order.index("end"), FIGURES)
    return [phase for phase in order if phase in seen]


if __name__ == "__main__":
    sys.exit(main())
