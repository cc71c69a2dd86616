"""Discovery of adapters: one child per API, all at once, so that one bad driver hides no other's adapters."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace

from paragon_tui.backends import registry
from paragon_tui.backends.blas import ONE_THREAD
from paragon_tui.backends.build_options import ignored_build_options
from paragon_tui.backends.opencl_drivers import leave_out_broken_drivers, register_wheels
from paragon_tui.engine.messages.commands import Discover
from paragon_tui.engine.messages.events import AdapterFound, DiscoveryFinished, Log
from paragon_tui.engine.messages.wire import ProtocolError
from paragon_tui.engine.runner.worker_process import WorkerDied, WorkerProcess

TIMEOUT_S = 30.0

DiscoveryEvent = AdapterFound | DiscoveryFinished | Log


async def discover(
    apis: tuple[str, ...], backends: Mapping[str, str] | None = None, timeout_s: float = TIMEOUT_S
) -> AsyncIterator[DiscoveryEvent]:
    """Yield adapters and log lines as they come, and a ``DiscoveryFinished`` for each of ``apis``.

    ``backends`` maps an API to its module; the registry's by default.
    """
    if "opencl" in apis and (ignored := ignored_build_options()):
        yield Log("opencl", "warning", ignored)
    if set(registry.WGPU_APIS) & set(apis) and (ignored := registry.ignored_in_environment()):
        yield Log("wgpu", "warning", ignored)
    if "opencl" in apis:
        register_wheels()
    modules = registry.BACKENDS if backends is None else backends
    events: asyncio.Queue[DiscoveryEvent] = asyncio.Queue()
    async with asyncio.TaskGroup() as group:
        for api in apis:
            group.create_task(_discover_api(api, modules[api], registry.remedy(api, apis), timeout_s, events))
        pending = set(apis)
        while pending:
            event = await events.get()
            if isinstance(event, DiscoveryFinished):
                pending.discard(event.api)
            yield event


async def _discover_api(
    api: str, module: str, remedy: str, timeout_s: float, events: asyncio.Queue[DiscoveryEvent]
) -> None:
    """Search an API in a child. Where that dies or hangs of one of OpenCL's drivers, search it without that driver."""
    outcome = await _searched(api, module, remedy, timeout_s, events)
    if api == "opencl" and outcome.error and not outcome.found:
        broken = await asyncio.to_thread(leave_out_broken_drivers)
        if broken:
            without = await _searched(api, module, remedy, timeout_s, events)
            words = [f"{driver}, and was left out" for driver in broken]
            outcome = replace(without, error="; ".join([*words, *filter(None, [without.error])]), remedy=None)
    events.put_nowait(outcome)


async def _searched(
    api: str, module: str, remedy: str, timeout_s: float, events: asyncio.Queue[DiscoveryEvent]
) -> DiscoveryFinished:
    child = WorkerProcess(api, lambda source, text: events.put_nowait(Log(source, "driver", text)), ONE_THREAD)
    count = 0
    try:
        await child.start()
        async with asyncio.timeout(timeout_s):
            await child.send(Discover(api, module))
            while True:
                event = await child.receive()
                if isinstance(event, DiscoveryFinished):
                    return event if count or event.error else replace(event, remedy=remedy)
                if isinstance(event, AdapterFound) and event.adapter.api != api:
                    raise ProtocolError(f"the worker of {api} found an adapter of {event.adapter.api}")
                if isinstance(event, AdapterFound | Log):
                    count += isinstance(event, AdapterFound)
                    events.put_nowait(event)
    except TimeoutError:
        await child.kill()
        return DiscoveryFinished(api, count, error=f"no answer within {timeout_s:.0f} s: the driver hangs")
    except (WorkerDied, ProtocolError, OSError) as error:
        return DiscoveryFinished(api, count, error=str(error))
    finally:
        await child.end()
