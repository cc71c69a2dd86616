"""Numbers of threads as an axis of a run: adapters on the processor are measured once for each of several."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.cores import usable_cores
from paragon_tui.backends.threads import limited
from paragon_tui.engine.messages.job import BASELINE
from paragon_tui.exit_status import UsageError


def check_counts(counts: Sequence[int]) -> None:
    """Raise ``UsageError`` for several numbers of threads of which one is beyond the cores: it would show nothing."""
    cores = usable_cores()
    if len(counts) > 1 and max(counts) > cores:
        raise UsageError(
            f"--threads {','.join(map(str, counts))}: this program may use {cores} cores here, so "
            f"{max(counts)} threads would show nothing"
        )


def single(counts: Sequence[int]) -> int | None:
    """Return the one number that limits all host libraries of a run; ``None`` for none, and for an axis of several."""
    return counts[0] if len(counts) == 1 else None


def with_thread_counts(
    adapters: Iterable[Adapter], selected: Collection[str], counts: Sequence[int]
) -> tuple[tuple[Adapter, ...], tuple[str, ...]]:
    """Return all adapters, the limited ones among them, and the ids of those to measure in place of ``selected``.

    An adapter that nothing limits stays as it is.
    """
    known: list[Adapter] = []
    chosen: list[str] = []
    for adapter in adapters:
        versions = limited_versions(adapter, counts)
        known += [adapter, *versions]
        if adapter.id in selected:
            chosen += [version.id for version in versions or (adapter,)]
    return tuple(known), tuple(chosen)


def limited_versions(adapter: Adapter, counts: Sequence[int]) -> tuple[Adapter, ...]:
    """Return an adapter limited to each of several numbers of threads; nothing where it cannot be, or there is one."""
    if len(counts) < 2:
        return ()
    versions = [limited(adapter, count) for count in counts]
    return tuple(version for version in versions if version is not None)


def shown_versions(adapter: Adapter, counts: Sequence[int]) -> tuple[Adapter, ...]:
    """Return what stands for an adapter where people tick adapters: its limited versions, or itself.

    NumPy without a limit is there on request, as the baseline of what has none.
    """
    versions = limited_versions(adapter, counts)
    if not versions:
        return (adapter,)
    return (replace(adapter, on_request=True), *versions) if adapter.id == BASELINE else versions
