"""Probing of adapters, each in a child of its own, one after another: it compiles kernels, and a driver may crash."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

from paragon_tui.backends import registry
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.blas import ONE_THREAD
from paragon_tui.engine.messages.commands import Probe
from paragon_tui.engine.messages.events import Log, Probed
from paragon_tui.engine.messages.wire import ProtocolError
from paragon_tui.engine.runner.worker_process import WorkerDied, WorkerProcess

TIMEOUT_S = 30.0


async def probe_adapters(
    adapters: Sequence[Adapter], backends: Mapping[str, str] | None = None, timeout_s: float = TIMEOUT_S
) -> AsyncIterator[Probed | Log]:
    """Yield a ``Probed`` for each of ``adapters`` that computes canonically, and the lines that drivers print."""
    modules = registry.BACKENDS if backends is None else backends
    for adapter in adapters:
        if adapter.is_canonical:
            async for event in _probe_adapter(adapter, modules[adapter.api], timeout_s):
                yield event


async def _probe_adapter(adapter: Adapter, module: str, timeout_s: float) -> AsyncIterator[Probed | Log]:
    log_lines: list[Log] = []
    child = WorkerProcess(adapter.id, lambda source, text: log_lines.append(Log(source, "driver", text)), ONE_THREAD)
    try:
        await child.start()
        async with asyncio.timeout(timeout_s):
            await child.send(Probe(adapter, module))
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
    for line in log_lines:
        yield line
    yield answer
