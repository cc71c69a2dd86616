"""Make the pictures of this folder from the real program on the real adapters of this machine.

    python screenshots/make.py [NAME …]

Each picture is an SVG of the running app. Sessions go to a temporary folder; nothing of the user's is touched.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from textual.pilot import Pilot

from paragon_tui.tui.app import ParagonApp, make_app
from paragon_tui.tui.dialogs.verification import VerificationScreen
from paragon_tui.tui.widgets.results_table import ResultsTable
from paragon_tui.tui.widgets.tick_tree import TickTree

HERE = Path(__file__).parent
WIDE, SMALL = (120, 36), (80, 24)


def app_of(pilot: Pilot[int]) -> ParagonApp:
    """The app behind a pilot."""
    assert isinstance(pilot.app, ParagonApp)
    return pilot.app


async def until(pilot: Pilot[int], condition: Callable[[], bool]) -> None:
    """Let the app work until ``condition`` holds, then paint."""
    while not (app_of(pilot).main.paintable and condition()):
        await pilot.pause(0.05)
    app_of(pilot).main.paint()
    await pilot.pause()


async def ready(pilot: Pilot[int]) -> None:
    """All adapters are found and probed."""
    await until(pilot, lambda: not app_of(pilot).model.searching)
    probed = [adapter.id for adapter in app_of(pilot).model.adapters if adapter.is_canonical]
    await until(pilot, lambda: all(name in app_of(pilot).model.fingerprints for name in probed))


async def running(pilot: Pilot[int]) -> None:
    """In the middle of a run."""
    await ready(pilot)
    await pilot.press("r")
    table = app_of(pilot).main.query_one(ResultsTable)
    await until(pilot, lambda: table.selected is not None and table.selected[0] == "L1" and _visits(pilot) > 20)


def _visits(pilot: Pilot[int]) -> int:
    """Samples of the selected result so far."""
    result = app_of(pilot).main.selected_result()
    return len(app_of(pilot).model.live_ms.get(result.id, ())) if result else 0


async def finished(pilot: Pilot[int]) -> None:
    """Everything is measured; a device's result is selected."""
    await ready(pilot)
    await pilot.press("r")
    await until(pilot, lambda: app_of(pilot).model.session.finished)
    table = app_of(pilot).main.query_one(ResultsTable)
    table.focus()
    table.select("XL2", "opencl:0")
    await pilot.pause(1)


async def verified(pilot: Pilot[int]) -> None:
    """Every case and dtype checked on every adapter."""
    await ready(pilot)
    await pilot.press("V")
    await pilot.pause()
    screen = app_of(pilot).screen
    assert isinstance(screen, VerificationScreen)
    while not screen.verification.finished:
        await pilot.pause(0.1)
    await pilot.pause(0.5)


async def dtypes(pilot: Pilot[int]) -> None:
    """The large networks at every dtype, and the naive kernel beside them."""
    await ready(pilot)
    main = app_of(pilot).main
    cases, arithmetic = main.query_one("#cases", TickTree), main.query_one("#arithmetic", TickTree)
    cases.tick([key for key in cases.leaf_keys() if not key.startswith("XL")], on=False)
    arithmetic.tick(arithmetic.leaf_keys(), on=True)
    await pilot.press("r")
    await until(pilot, lambda: app_of(pilot).model.session.finished)
    table = main.query_one(ResultsTable)
    table.focus()
    table.select("XL2:i8", "opencl:0")
    await pilot.pause(1)


async def found(pilot: Pilot[int]) -> None:
    """A search in the cases, and all that it shows ticked."""
    await ready(pilot)
    main = app_of(pilot).main
    main.query_one("#cases", TickTree).focus()
    await pilot.press("n", "slash", *"small")
    await pilot.press("enter", "a")
    await pilot.pause(1)


async def operated(pilot: Pilot[int]) -> None:
    """The small layers in f32, measured in little time."""
    await ready(pilot)
    main = app_of(pilot).main
    main.query_one("#cases", TickTree).focus()
    await pilot.press("n", "slash", *"layers", "space", *"small")
    await pilot.press("enter", "a", "F")
    await until(pilot, lambda: app_of(pilot).model.session.finished)
    table = main.query_one(ResultsTable)
    table.focus()
    table.select("attention-small", "opencl:0")
    await pilot.pause(1)


async def trained(pilot: Pilot[int]) -> None:
    """Three trainings in little time, on all adapters; a device's is selected."""
    await ready(pilot)
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
    """One launch of the app: how to get it to where pictures are taken, and the keys that lead to each of them."""

    size: tuple[int, int]
    begin: Callable[[Pilot[int]], Awaitable[None]]
    pictures: dict[str, tuple[str, ...]]


SHOOTS = (
    Shoot(WIDE, ready, {"ready-120x36": (), "help-120x36": ("question_mark",)}),
    Shoot(SMALL, ready, {"ready-80x24": ()}),
    Shoot(SMALL, found, {"search-80x24": ()}),
    Shoot(WIDE, operated, {"operations-120x36": ()}),
    Shoot(WIDE, trained, {"training-120x36": ()}),
    Shoot(SMALL, trained, {"training-80x24": ("3",)}),
    Shoot(WIDE, running, {"running-120x36": ()}),
    Shoot(
        WIDE,
        finished,
        {
            "finished-120x36": (),
            "figures-120x36": ("f",),
            "advice-120x36": ("escape", "w"),
            "details-120x36": ("escape", "d"),
        },
    ),
    Shoot(SMALL, finished, {"results-80x24": (), "figures-80x24": ("f",), "vectors-80x24": ("escape", "3")}),
    Shoot(WIDE, verified, {"verify-120x36": ()}),
    Shoot(SMALL, verified, {"verify-80x24": ()}),
    Shoot(WIDE, dtypes, {"dtypes-120x36": ()}),
)


async def take(shoot: Shoot, wanted: list[str]) -> None:
    """Run the app until its pictures are there."""
    app = make_app()
    async with app.run_test(size=shoot.size) as pilot:
        await shoot.begin(pilot)
        for name, keys in shoot.pictures.items():
            for key in keys:
                await pilot.press(key)
                await pilot.pause(1)
            if name in wanted:
                picture = app.export_screenshot(title="paragon-tui")
                (HERE / f"{name}.svg").write_text(picture, encoding="utf-8")
                print(f"screenshots/{name}.svg", flush=True)
        if app.model.run_active:
            await pilot.press("escape")
            await until(pilot, lambda: not app.model.run_active)


def main() -> None:
    """All pictures, or those named."""
    wanted = sys.argv[1:] or [name for shoot in SHOOTS for name in shoot.pictures]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = str(Path(folder, "cache"))
        for number, shoot in enumerate(SHOOTS):
            if not set(wanted) & set(shoot.pictures):
                continue
            os.environ["XDG_DATA_HOME"] = str(Path(folder, str(number)))  # ticks are remembered, but not by the next
            asyncio.run(take(shoot, wanted))


if __name__ == "__main__":
    main()
