"""Start the application on the real engine, in a terminal or where another driver shows it."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from paragon_tui.exit_status import FAILED, OK
from paragon_tui.sessions import paths
from paragon_tui.tui.app import ParagonApp
from paragon_tui.tui.source import EngineSource

if TYPE_CHECKING:
    from textual.driver import Driver


def make_app(threads: tuple[int, ...] = (), driver_class: type[Driver] | None = None) -> ParagonApp:
    """Build the application on the real engine and the platform's folders; ``threads`` as of ``EngineSource``."""
    return ParagonApp(
        EngineSource(threads=threads),
        paths.database(),
        paths.exports_dir(),
        paths.settings_file(),
        driver_class=driver_class,
    )


@contextmanager
def _kept_title() -> Iterator[None]:
    """Have the terminal, if it is one, keep its title meanwhile, and show it again afterwards."""
    terminal = sys.__stderr__
    if terminal is None or not terminal.isatty():
        yield
        return
    terminal.write("\x1b[22;0t")
    try:
        yield
    finally:
        with suppress(OSError):  # it may be gone
            terminal.write("\x1b[23;0t")
            terminal.flush()


def run_app(threads: tuple[int, ...] = (), driver_class: type[Driver] | None = None) -> int:
    """Run the application, in the terminal or where another driver shows it, and return the exit status."""
    gc.disable()  # until the first frame: a collection costs a fifth of its time, and frees nothing
    app = make_app(threads, driver_class)
    if paths.nothing_stays():
        app.model.say("warning", paths.NOTHING_STAYS)
    with _kept_title():
        app.run()
    lost = app.model.unsaved(lambda words: print(f"paragon-tui: {words}", file=sys.stderr))
    for words in lost:
        print(f"paragon-tui: {words}", file=sys.stderr)
    return app.return_code or (FAILED if lost else OK)
