"""Several numbers of threads in the interface: an adapter each to tick, a column each, and how they scale."""

from __future__ import annotations

import pytest

from paragon_tui.backends.cores import usable_cores
from paragon_tui.engine.messages.job import Sampling
from paragon_tui.tui.source import EngineSource
from paragon_tui.tui.widgets.tick_tree import TickTree
from tests.tui.conftest import WIDE, Make, text_of, until


class HostSource(EngineSource):
    """The real engine on the host's libraries alone."""

    @property
    def apis(self) -> tuple[str, ...]:
        return ("host",)


@pytest.mark.skipif(usable_cores() < 2, reason="one core has no two numbers of threads")
async def test_each_number_is_an_adapter_to_tick_and_a_column(make: Make) -> None:
    sampling = Sampling(warmup=0, iterations=4, rounds=2, cold=0, chained=0, examine=False, patience_s=0)
    app = make(HostSource(sampling=sampling, threads=(1, 2)))
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: not app.model.searching)
        ids = [adapter.id for adapter in app.model.adapters]
        assert ids[:4] == ["numpy", "numpy@1", "numpy@2", "reference"]
        assert app.main.ticked_adapters == ["numpy@1", "numpy@2", "reference"]  # NumPy itself runs as a baseline
        app.main.query_one("#adapters", TickTree).tick(("reference",), on=False)
        cases = app.main.query_one("#cases", TickTree)
        cases.tick(app.main.ticked_cases, on=False)
        cases.tick(("S1",), on=True)
        await pilot.press("r")
        await until(pilot, lambda: app.model.session.finished, seconds=60)
        results = app.model.session.results
        assert [id_.adapter for id_ in results] == ["numpy@1", "numpy@2"]
        assert [result.resources.threads for result in results.values()] == [1, 2]
        await pilot.press("w")
        await until(pilot, lambda: "Scaling with threads" in text_of(app))
        await app.stop_probing()
