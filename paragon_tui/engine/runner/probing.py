"""Probing of adapters, each in a child of its own: it compiles kernels, and a driver may crash."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from paragon_tui.backends import registry
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.blas import ONE_THREAD
from paragon_tui.backends.cores import usable_cores
from paragon_tui.engine.messages.commands import Probe
from paragon_tui.engine.messages.events import Log, Probed
from paragon_tui.engine.messages.wire import ProtocolError
from paragon_tui.engine.runner.worker_process import WorkerDied, WorkerProcess

TIMEOUT_S = 30.0


async def probe_adapters(
    adapters: Sequence[Adapter],
    backends: Mapping[str, str] | None = None,
    timeout_s: float = TIMEOUT_S,
    cache: Path | None = None,
) -> AsyncIterator[Probed | Log]:
    """Yield a ``Probed`` for each of ``adapters`` that computes canonically, in order, after what its driver printed.

    As many are probed beside one another as there are cores. They are probed anew; what is found is remembered in
    ``cache``.
    """
    modules = registry.BACKENDS if backends is None else backends
    free = asyncio.Semaphore(usable_cores())

    async def probed(adapter: Adapter) -> list[Probed | Log]:
        command = Probe(adapter, modules[adapter.api], None if cache is None else str(cache))
        async with free:
            return await _probed(command, timeout_s)

    async with asyncio.TaskGroup() as group:
        probing = [group.create_task(probed(adapter)) for adapter in adapters if adapter.is_canonical]
        for task in probing:
            for event in await task:
                yield event


async def _probed(command: Probe, timeout_s: float) -> list[Probed | Log]:
    """Return the lines that a driver printed, and the answer last."""
    adapter, log_lines = command.adapter, list[Probed | Log]()
    child = WorkerProcess(adapter.id, lambda source, text: log_lines.append(Log(source, "driver", text)), ONE_THREAD)
    try:
        await child.start()
        async with asyncio.timeout(timeout_s):
            await child.send(command)
            answer = await child.receive()
            while not (isinstance(answer, Probed) and answer.adapter == adapter.id):
                answer = await child.receive()
    except TimeoutError:
        answer = Probed(adapter.id, None, f"no answer to the probes within {timeout_s:.0f} s: the driver hangs")
        await child.kill()
    except (WorkerDied, ProtocolError, OSError) as error:
        answer = Probed(adapter.id, None, str(error))
    finally:
        await child.end()
    return [*log_lines, answer]
