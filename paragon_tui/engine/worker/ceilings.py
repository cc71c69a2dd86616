"""The ceiling of an adapter, measured once and remembered; and the eviction of its caches."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from math import isfinite
from pathlib import Path
from typing import Any

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.blas import THREAD_VARIABLES
from paragon_tui.backends.device import Program
from paragon_tui.backends.plan import Plan
from paragon_tui.engine.messages.figures import Ceiling
from paragon_tui.engine.worker import peak_rates
from paragon_tui.engine.worker.cache import adapter_key, entry_path, load_entry, store_entry
from paragon_tui.engine.worker.device_session import DeviceSession

_MIB = 2**20
_COPY_BYTES, _COPY_BYTES_DISCRETE = 128 * _MIB, 512 * _MIB  # read, and as many written: no cache holds them
_CACHE_GUESS, _CACHE_GUESS_GPU = 32 * _MIB, 128 * _MIB  # last-level caches: of most CPUs, of GPUs that have large ones
_SHARE_OF_MEMORY = 4  # a copy takes at most a quarter of it, source and target together
_CPU_SHAPE, _GPU_SHAPE = (64, 64), (1024, 256)  # groups, and items of a group: a few for every core, and many
_CPU_ROUNDS, _GPU_ROUNDS = 1024, 256
_LEAST_RUNS, _MOST_RUNS = 5, 50
_TRIAL_NS = 200_000_000
_LONG_NS = 10_000_000  # a run is chained until it takes this long, so that launches and clock ticks do not matter
_MOST_TIMES = 64
_THREAD_VARIABLES = (*THREAD_VARIABLES, "LP_NUM_THREADS")
"""The variables that set the threads of host libraries and of llvmpipe; PoCL's threads show as compute units."""


def measure_ceiling(session: DeviceSession, cache: Path, undisturbed: Callable[[], bool] = lambda: True) -> Ceiling:
    """Return the adapter's ceiling, from the cache or measured and cached. Raises ``BackendError``.

    It is of the best runs, not of typical ones: a bound that the adapter has reached. ``undisturbed``, called after the
    measurement, returns whether nothing else ran meanwhile: a ceiling from a busy machine would stay too low for good,
    so it is not cached.
    """
    ceiling = cached_ceiling(session, cache)
    if ceiling is None:
        ceiling = _measure(session)
        if not undisturbed():
            return ceiling
        rates = {"copy_gb_s": ceiling.copy_gb_s, "multiply_add_gflop_s": ceiling.multiply_add_gflop_s}
        path = entry_path(cache, "ceiling", _facts(session))
        store_entry(path, rates, f"the ceiling of {session.device.adapter.id}")
    return ceiling


def cached_ceiling(session: DeviceSession, cache: Path) -> Ceiling | None:
    """Return the adapter's ceiling if it was measured before."""
    return _load_ceiling(entry_path(cache, "ceiling", _facts(session)))


def cache_evictor(session: DeviceSession) -> CacheEviction:
    """Return an eviction: a copy of four times what the last-level cache may hold. Raises ``BackendError``."""
    adapter = session.device.adapter
    guess = _CACHE_GUESS if adapter.type == "cpu" else _CACHE_GUESS_GPU
    return CacheEviction(_copy(session, _within_limits(adapter, 2 * guess)))


class CacheEviction:
    """A callable that evicts the contents of the adapter's caches."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def __call__(self) -> None:
        """Copy, and wait until it is done. Raises ``BackendError``."""
        self._program.run_unclocked({})

    def close(self) -> None:
        """Free the buffers."""
        self._program.close()


def _facts(session: DeviceSession) -> list[str]:
    """Return what a ceiling depends on: the adapter, its driver, the threads it may use, and the sources."""
    device = session.device
    facts = [*adapter_key(device.adapter), str(_cores()), *(os.environ.get(name, "") for name in _THREAD_VARIABLES)]
    if not device.adapter.is_host:
        plans = (peak_rates.copy_plan(_copy_bytes(device.adapter) // 16), _multiply_add_plan(device.adapter))
        facts += [plan.digest(device.language) for plan in plans]
    return facts


def _load_ceiling(path: Path) -> Ceiling | None:
    """Return the cached ceiling if its rates are possible ones."""
    entry = load_entry(path)
    rates = [entry.get(name) for name in ("copy_gb_s", "multiply_add_gflop_s")]
    copied, computed = (rate if isinstance(rate, float) and isfinite(rate) and rate > 0 else None for rate in rates)
    return Ceiling(copied, computed) if copied and computed else None


def _measure(session: DeviceSession) -> Ceiling:
    adapter = session.device.adapter
    size = _copy_bytes(adapter)
    copied_ns = _best_ns(session, _copy(session, size))
    computing, operations = _multiply_add(session)
    return Ceiling(2 * size / copied_ns, operations / _best_ns(session, computing))


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
        copy: Program = device.prepare_host(peak_rates.host_copy(device.adapter.implementation, size, _threads()))
        return copy
    program: Program = device.prepare(peak_rates.copy_plan(size // 16))
    return program


def _copy_bytes(adapter: Adapter) -> int:
    return _within_limits(adapter, _COPY_BYTES_DISCRETE if adapter.type == "discrete-gpu" else _COPY_BYTES)


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


def _threads() -> int:
    """Return the number of threads of a host's BLAS: what its variables say, or one per core."""
    settings = (os.environ.get(name, "") for name in THREAD_VARIABLES)
    return next((int(text) for text in settings if text.isdigit() and int(text) > 0), _cores())


def _cores() -> int:
    """Return the number of cores that this process may use, as far as the system reports it."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
