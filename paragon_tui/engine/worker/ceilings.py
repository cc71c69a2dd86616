"""The ceiling of an adapter, measured once and remembered; and the eviction of its caches."""

from __future__ import annotations

import os
from contextlib import closing
from math import isfinite
from pathlib import Path
from typing import Any

from paragon_tui.backends.adapter import REFERENCE, Adapter
from paragon_tui.backends.blas import THREAD_VARIABLES
from paragon_tui.backends.caches import last_level_cache_bytes
from paragon_tui.backends.cores import usable_cores
from paragon_tui.backends.device import BackendError, Program
from paragon_tui.backends.plan import Plan
from paragon_tui.engine.analysis.roofline import raised
from paragon_tui.engine.messages.figures import Ceiling
from paragon_tui.engine.worker import peak_rates
from paragon_tui.engine.worker.cache import adapter_key, entry_path, load_entry, store_entry
from paragon_tui.engine.worker.conditions import LoadMonitor
from paragon_tui.engine.worker.device_session import DeviceSession
from paragon_tui.operators.operator import Cost

_MIB = 2**20
_COPY_BYTES, _COPY_BYTES_DISCRETE = 128 * _MIB, 512 * _MIB  # read, and as many written; more where caches are larger
_UNKNOWN_CACHE = 256 * _MIB  # no processor or GPU of which the system does not tell the caches has larger ones
_SHARE_OF_MEMORY = 4  # a copy takes at most a quarter of it, source and target together
_CPU_SHAPE, _GPU_SHAPE = (64, 64), (1024, 256)  # groups, and items of a group: a few for every core, and many
_CPU_ROUNDS, _GPU_ROUNDS = 1024, 256
_LEAST_RUNS, _MOST_RUNS = 5, 50
_TRIAL_NS = 200_000_000
_LONG_NS = 10_000_000  # a run is chained until it takes this long, so that launches and clock ticks do not matter
_MOST_TIMES = 64
_THREAD_VARIABLES = (*THREAD_VARIABLES, "LP_NUM_THREADS")
"""The variables that set the threads of host libraries and of llvmpipe; PoCL's threads show as compute units."""


def measure_ceiling(session: DeviceSession, cache: Path) -> Ceiling | None:
    """Return the adapter's ceiling, from the cache or measured and cached. Raises ``BackendError``.

    It is of the best runs, not of typical ones: a bound that the adapter has reached. ``None`` where other programs
    were at work meanwhile: what was measured beside them is no bound.
    """
    ceiling = cached_ceiling(session, cache)
    if ceiling is not None:
        return ceiling
    monitor = LoadMonitor(session.device.clock)
    ceiling = _measure(session)
    if not monitor.undisturbed():
        return None
    _store(session, cache, ceiling)
    return ceiling


def raise_ceiling(
    session: DeviceSession, cache: Path, cost: Cost, ms: float, integer: bool, cold_ms: float | None
) -> Ceiling | None:
    """Return the adapter's ceiling as an undisturbed result raises it, and cache it; ``None`` if it stays as it is."""
    ceiling = cached_ceiling(session, cache)
    higher = raised(ceiling, cost, ms, integer, cold_ms) if ceiling is not None else None
    if higher is None or higher == ceiling:
        return None
    _store(session, cache, higher)
    return higher


def _store(session: DeviceSession, cache: Path, ceiling: Ceiling) -> None:
    rates = {"copy_gb_s": ceiling.copy_gb_s, "multiply_add_gflop_s": ceiling.multiply_add_gflop_s}
    path = entry_path(cache, "ceiling", _facts(session))
    store_entry(path, rates, f"the ceiling of {session.device.adapter.id}")


def cached_ceiling(session: DeviceSession, cache: Path) -> Ceiling | None:
    """Return the adapter's ceiling if it was measured before."""
    return _load_ceiling(entry_path(cache, "ceiling", _facts(session)), cache_bytes(session))


def cache_bytes(session: DeviceSession) -> int | None:
    """Return the size of the last-level caches that the adapter computes with; ``None`` where nothing tells it."""
    size: int | None = getattr(session.device, "cache_bytes", None)
    return last_level_cache_bytes() if size is None and session.device.adapter.type == "cpu" else size


def cache_evictor(session: DeviceSession) -> CacheEviction:
    """Return an eviction: copies of twice what the last-level caches hold. Raises ``BackendError``."""
    adapter = session.device.adapter
    held = cache_bytes(session) or _UNKNOWN_CACHE
    size = _within_limits(adapter, held)
    copies = -(-held // size)  # a binding may be smaller than the caches
    if adapter.memory_bytes is not None and 2 * size * copies > adapter.memory_bytes // _SHARE_OF_MEMORY:
        raise BackendError(f"the caches hold {held // _MIB} MiB, more than copies within the adapter's memory replace")
    eviction = CacheEviction()
    try:
        for _ in range(copies):
            eviction.add(_copy(session, size))
    except BaseException:  # an interrupt too must not leave buffers behind that nobody owns yet
        eviction.close()
        raise
    return eviction


class CacheEviction:
    """A callable that evicts the contents of the adapter's caches."""

    def __init__(self) -> None:
        self._programs: list[Program] = []

    def add(self, program: Program) -> None:
        """Add a copy."""
        self._programs.append(program)

    def __call__(self) -> None:
        """Copy, and wait until it is done. Raises ``BackendError``."""
        for program in self._programs:
            program.run_unclocked({})

    def close(self) -> None:
        """Free the buffers."""
        for program in self._programs:
            program.close()


def _facts(session: DeviceSession) -> list[str]:
    """Return what a ceiling depends on: the adapter, its driver, the threads it may use, and the sources."""
    device = session.device
    facts = [
        *adapter_key(device.adapter),
        str(usable_cores()),
        *(os.environ.get(name, "") for name in _THREAD_VARIABLES),
    ]
    if not device.adapter.is_host:
        plans = (peak_rates.copy_plan(_copy_bytes(session) // 16), _multiply_add_plan(device.adapter))
        facts += [plan.digest(device.language) for plan in plans]
    return facts


def _load_ceiling(path: Path, cache_bytes: int | None) -> Ceiling | None:
    """Return the cached ceiling if its rates are possible ones."""
    entry = load_entry(path)
    rates = [entry.get(name) for name in ("copy_gb_s", "multiply_add_gflop_s")]
    copied, computed = (rate if isinstance(rate, float) and isfinite(rate) and rate > 0 else None for rate in rates)
    return Ceiling(copied, computed, cache_bytes) if copied and computed else None


def _measure(session: DeviceSession) -> Ceiling:
    size = _copy_bytes(session)
    copied_ns = _best_ns(session, _copy(session, size))
    computing, operations = _multiply_add(session)
    return Ceiling(2 * size / copied_ns, operations / _best_ns(session, computing), cache_bytes(session))


def _best_ns(session: DeviceSession, program: Program) -> float:
    """Return the least time of one run, nanoseconds, by the device's clock where there is one. Closes ``program``."""
    clock = session.device.clock
    with closing(program):
        _run_ns(session, program, 1)  # the first run touches the pages and completes the kernels
        best = float(_run_ns(session, program, 1))
        times = max(1, min(_MOST_TIMES, round(_LONG_NS / best)))
        begin, runs = clock(), 0
        while runs < _LEAST_RUNS or (runs < _MOST_RUNS and clock() - begin < _TRIAL_NS):
            best = min(best, _run_ns(session, program, times) / times)
            runs += 1
    return best


def _run_ns(session: DeviceSession, program: Program, times: int) -> int:
    start = session.device.clock()
    device_ns = program.run({}, times)
    return device_ns or max(1, session.device.clock() - start)


def _copy(session: DeviceSession, size: int) -> Program:
    """Return a program that copies ``size`` bytes."""
    device: Any = session.device
    if device.adapter.is_host:
        copy: Program = device.prepare_host(
            peak_rates.host_copy(device.adapter.implementation, size, _threads(device.adapter))
        )
        return copy
    program: Program = device.prepare(peak_rates.copy_plan(size // 16))
    return program


def _copy_bytes(session: DeviceSession) -> int:
    adapter = session.device.adapter
    least = _COPY_BYTES_DISCRETE if adapter.type == "discrete-gpu" else _COPY_BYTES
    return _within_limits(adapter, max(least, cache_bytes(session) or 0))


def _within_limits(adapter: Adapter, size: int) -> int:
    """Return ``size``, or the most below it that the adapter's limits allow, in whole blocks of sixteen bytes."""
    limits = [size]
    if adapter.buffer_limit_bytes is not None:
        limits.append(adapter.buffer_limit_bytes)
    if adapter.memory_bytes is not None:
        limits.append(adapter.memory_bytes // (2 * _SHARE_OF_MEMORY))
    return min(limits) // 16 * 16


def _multiply_add(session: DeviceSession) -> tuple[Program, int]:
    """Return a program of multiply-adds, and the operations of a run."""
    device: Any = session.device
    if device.adapter.is_host:
        function, operations = peak_rates.host_multiply_add(device.adapter.implementation)
        return device.prepare_host(function), operations
    plan = _multiply_add_plan(device.adapter)
    (step,) = plan.steps
    rounds = dict(step.parameters)["rounds"]
    return device.prepare(plan), peak_rates.OPERATIONS_PER_ROUND * rounds * step.groups * step.group_items


def _multiply_add_plan(adapter: Adapter) -> Plan:
    if adapter.type == "cpu":
        return peak_rates.multiply_add_plan(*_CPU_SHAPE, _CPU_ROUNDS)
    return peak_rates.multiply_add_plan(*_GPU_SHAPE, _GPU_ROUNDS)


def _threads(adapter: Adapter) -> int:
    """Return the threads of a host adapter: of the reference one per core, else what its BLAS's variables say."""
    if adapter.id == REFERENCE:
        return usable_cores()
    settings = (os.environ.get(name, "") for name in THREAD_VARIABLES)
    return next((int(text) for text in settings if text.isdigit() and int(text) > 0), usable_cores())
