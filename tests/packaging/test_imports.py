"""Imports: the screen and the listings load no numeric library and no driver."""

import pytest

from tests.support.child_python import run_python

HEAVY = {"numpy", "wgpu", "pyopencl", "torch"}


def loaded_after(statement: str) -> set[str]:
    code = f"import sys\n{statement}\nprint(' '.join(sorted(m.partition('.')[0] for m in sys.modules)))"
    return set(run_python(code).splitlines()[-1].split())


START_TUI = """
import asyncio
from paragon_tui.tui.launch import make_app
async def start():
    app = make_app()
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
asyncio.run(start())
"""


def test_starting_the_tui_loads_no_numeric_library() -> None:
    loaded = loaded_after(START_TUI)
    assert "textual" in loaded
    assert not loaded & HEAVY


@pytest.mark.parametrize(
    "argv",
    [
        ["cases"],
        ["cases", "--json"],
        ["run", "NOPE"],
        ["run", "--csv", "."],
        ["compare", "last", "previous"],
        ["report", "last"],
    ],
    ids=" ".join,
)
def test_commands_that_compute_nothing_load_no_numeric_library(argv: list[str]) -> None:
    loaded = loaded_after(f"from paragon_tui.cli import main\nmain({argv!r})")
    assert not loaded & (HEAVY | {"textual"})


DESCRIBE = """
from importlib import import_module
from pkgutil import iter_modules
from paragon_tui import operators, suites
from paragon_tui.suites import workloads
for package in (operators, suites, workloads):
    for module in iter_modules(package.__path__, package.__name__ + "."):
        if not module.ispkg and module.name != "paragon_tui.suites.computation":
            import_module(module.name)
"""


def test_what_describes_operators_and_workloads_loads_no_numeric_library() -> None:
    """All that ``paragon_tui.operators`` and ``suites`` hold, but for ``numerics`` and ``data``, which compute."""
    assert not loaded_after(DESCRIBE) & HEAVY


def test_a_worker_that_only_lists_adapters_loads_no_numeric_library() -> None:
    assert not loaded_after("import paragon_tui.engine.worker.server") & HEAVY


def test_the_package_itself_loads_next_to_nothing() -> None:
    assert not loaded_after("import paragon_tui") & (HEAVY | {"textual", "msgspec", "rich", "asyncio", "sqlite3"})
