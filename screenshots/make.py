"""Make the pictures of this folder from the real program on the real adapters of this machine.

    python screenshots/make.py [NAME …]

Each picture is an SVG of the running app. Sessions go to a temporary folder; nothing of the user's is touched.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from textual.pilot import Pilot

from paragon_tui.tui.app import ParagonApp
from paragon_tui.tui.dialogs.verification import VerificationScreen
from paragon_tui.tui.launch import make_app
from paragon_tui.tui.widgets.results_table import ResultsTable
from paragon_tui.tui.widgets.tick_tree import TickTree

HERE = Path(__file__).parent
WIDE, SMALL = (120, 36), (80, 24)
ROOMY = (150, 50)  # the checkpoints of a training fit below its curve


def app_of(pilot: Pilot[int]) -> ParagonApp:
    """Return the app behind a pilot."""
    assert isinstance(pilot.app, ParagonApp)
    return pilot.app


async def until(pilot: Pilot[int], condition: Callable[[], bool]) -> None:
    """Let the app work until ``condition`` holds, then paint."""
    while not (app_of(pilot).main.paintable and condition()):
        await pilot.pause(0.5)  # looking more often would take a core from what is measured
    app_of(pilot).main.paint()
    await pilot.pause()


async def wait_until_ready(pilot: Pilot[int]) -> None:
    """Wait until all adapters are found and probed."""
    await until(pilot, lambda: not app_of(pilot).model.searching)
    probed = [adapter.id for adapter in app_of(pilot).model.adapters if adapter.is_canonical]
    await until(pilot, lambda: all(name in app_of(pilot).model.fingerprints for name in probed))


async def run_halfway(pilot: Pilot[int]) -> None:
    """Start a run of everything ticked, and stay in the middle of it."""
    await wait_until_ready(pilot)
    await pilot.press("r")
    await until(pilot, lambda: _least_samples(pilot, "L1") > 20)


def _least_samples(pilot: Pilot[int], case: str) -> int:
    """Return the least number of samples that a result of a case has so far: the selection may be at any of them."""
    model = app_of(pilot).model
    results = [result for result in model.session.listed if result.id.case == case]
    return min((len(model.live_ms.get(result.id, ())) for result in results), default=0)


async def run_to_end(pilot: Pilot[int]) -> None:
    """Measure everything ticked, and select a device's result."""
    await wait_until_ready(pilot)
    await pilot.press("r")
    await until(pilot, lambda: app_of(pilot).model.session.finished)
    table = app_of(pilot).main.query_one(ResultsTable)
    table.focus()
    table.select("XL2", "opencl:0")
    await pilot.pause(1)


async def verify(pilot: Pilot[int]) -> None:
    """Verify every case and dtype on every adapter."""
    await wait_until_ready(pilot)
    await pilot.press("V")
    await pilot.pause()
    screen = app_of(pilot).screen
    assert isinstance(screen, VerificationScreen)
    while not screen.verifying.state.finished:
        await pilot.pause(0.1)
    await pilot.pause(0.5)


async def show_search(pilot: Pilot[int]) -> None:
    """Search the cases, and tick all that the search shows."""
    await wait_until_ready(pilot)
    main = app_of(pilot).main
    main.query_one("#cases", TickTree).focus()
    await pilot.press("n", "slash", *"small")
    await pilot.press("enter", "a")
    await pilot.pause(1)


async def run_small_layers(pilot: Pilot[int]) -> None:
    """Measure the small layers in f32 with a fast run, and select a device's result."""
    await wait_until_ready(pilot)
    main = app_of(pilot).main
    main.query_one("#cases", TickTree).focus()
    await pilot.press("n", "slash", *"layers", "space", *"small")
    await pilot.press("enter", "a", "F")
    await until(pilot, lambda: app_of(pilot).model.session.finished)
    table = main.query_one(ResultsTable)
    table.focus()
    table.select("attention-small", "opencl:0")
    await pilot.pause(1)


async def run_trainings(pilot: Pilot[int]) -> None:
    """Measure three trainings on all adapters with a fast run, and select a device's result."""
    await wait_until_ready(pilot)
    main = app_of(pilot).main
    cases = main.query_one("#cases", TickTree)
    cases.tick(cases.leaf_keys(), on=False)
    cases.tick(("train-xor", "train-small", "train-medium"), on=True)
    await pilot.press("F")
    await until(pilot, lambda: app_of(pilot).model.session.finished)
    table = main.query_one(ResultsTable)
    table.focus()
    table.select("train-medium", "vulkan:0")
    await pilot.pause(1)


@dataclass(frozen=True)
class Shoot:
    """A launch of the app: the steps before the first picture, and the keys that lead to each picture."""

    size: tuple[int, int]
    begin: Callable[[Pilot[int]], Awaitable[None]]
    pictures: dict[str, tuple[str, ...]]


SHOOTS = (
    Shoot(WIDE, wait_until_ready, {"ready-120x36": (), "help-120x36": ("question_mark",)}),
    Shoot(SMALL, wait_until_ready, {"ready-80x24": ()}),
    Shoot(SMALL, show_search, {"search-80x24": ()}),
    Shoot(WIDE, run_small_layers, {"operations-120x36": ()}),
    Shoot(ROOMY, run_trainings, {"training-150x50": ()}),
    Shoot(WIDE, run_halfway, {"running-120x36": ()}),
    Shoot(
        WIDE,
        run_to_end,
        {
            "finished-120x36": (),
            "figures-120x36": ("f",),
            "advice-120x36": ("escape", "w"),
            "details-120x36": ("escape", "d"),
        },
    ),
    Shoot(SMALL, run_to_end, {"results-80x24": (), "vectors-80x24": ("right_square_bracket",)}),
    Shoot(WIDE, verify, {"verify-120x36": ()}),
    Shoot(SMALL, verify, {"verify-80x24": ()}),
)


async def take_pictures(shoot: Shoot, names: list[str]) -> None:
    """Run the app, and write those of its pictures that ``names`` lists."""
    app = make_app()
    async with app.run_test(size=shoot.size) as pilot:
        await shoot.begin(pilot)
        for name, keys in shoot.pictures.items():
            for key in keys:
                await pilot.press(key)
                await pilot.pause(1)
            if name in names:
                picture = app.export_screenshot(title="paragon-tui")
                (HERE / f"{name}.svg").write_text(picture, encoding="utf-8")
                print(f"screenshots/{name}.svg", flush=True)
        if app.model.run_active:
            await pilot.press("X", "y")
            await until(pilot, lambda: not app.model.run_active)


def main() -> None:
    """Make the pictures that the command line names, or all."""
    every = [name for shoot in SHOOTS for name in shoot.pictures]
    parser = argparse.ArgumentParser(description="Make the pictures of this folder.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"pictures to make (default: all): {', '.join(every)}")
    names = parser.parse_args().names or every
    if unknown := set(names) - set(every):
        parser.error(f"there is no picture {', '.join(sorted(unknown))}; there are: {', '.join(every)}")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = str(Path(folder, "cache"))
        for number, shoot in enumerate(SHOOTS):
            if not set(names) & set(shoot.pictures):
                continue
            for variable in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):  # no launch starts with another's ticks
                os.environ[variable] = str(Path(folder, str(number)))
            asyncio.run(take_pictures(shoot, names))


if __name__ == "__main__":
    main()
