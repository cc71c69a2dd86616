"""Find adapters: one child an API, all at once, so that a driver that hangs or crashes hides only its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace

from paragon_tui.backends import registry
from paragon_tui.engine.messages.commands import Discover
from paragon_tui.engine.messages.events import AdapterFound, DiscoveryFinished, Log
from paragon_tui.engine.runner.worker_process import WorkerDied, WorkerProcess

TIMEOUT_S = 30.0

DiscoveryEvent = AdapterFound | DiscoveryFinished | Log


async def discover(
    apis: tuple[str, ...], backends: Mapping[str, str] | None = None, timeout_s: float = TIMEOUT_S
) -> AsyncIterator[DiscoveryEvent]:
    """Yield what is found as it is found, and a ``DiscoveryFinished`` for each of ``apis``.

    ``backends`` maps an API to its module; the registry's where none is given.
    """
    modules = registry.BACKENDS if backends is None else backends
    events: asyncio.Queue[DiscoveryEvent] = asyncio.Queue()
    async with asyncio.TaskGroup() as group:
        for api in apis:
            group.create_task(_look(api, modules[api], timeout_s, events))
        pending = set(apis)
        while pending:
            event = await events.get()
            if isinstance(event, DiscoveryFinished):
                pending.discard(event.api)
            yield event


async def _look(api: str, module: str, timeout_s: float, events: asyncio.Queue[DiscoveryEvent]) -> None:
    child = WorkerProcess(api, lambda source, text: events.put_nowait(Log(source, "driver", text)))
    found = 0
    try:
        await child.start()
        async with asyncio.timeout(timeout_s):
            await child.send(Discover(api, module))
            while True:
                event = await child.receive()
                if isinstance(event, DiscoveryFinished):
                    remedy = registry.REMEDIES.get(api, "no driver for it is installed")
                    events.put_nowait(event if found else replace(event, remedy=remedy))
                    return
                if isinstance(event, AdapterFound | Log):
                    found += isinstance(event, AdapterFound)
                    events.put_nowait(event)
    except TimeoutError:
        events.put_nowait(DiscoveryFinished(api, found, error=f"no answer within {timeout_s:.0f} s: its driver hangs"))
        await child.kill()
    except (WorkerDied, OSError) as error:
        events.put_nowait(DiscoveryFinished(api, found, error=str(error)))
    finally:
        await child.end()
