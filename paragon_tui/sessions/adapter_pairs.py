"""The adapters of two sessions, paired by the devices that they are, whatever their numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import takewhile

from paragon_tui.backends.identity import DeviceIdentity, same_address, unversioned
from paragon_tui.engine.messages.job import JobId
from paragon_tui.engine.results.result import Result


@dataclass(frozen=True, slots=True)
class AdapterPair:
    """An adapter of each session: one device under the same API, or the same host library. Each by one of its results.

    ``by_order``: several devices fit, none of which is told apart by a UUID or a PCI address that both sides know.
    """

    a: Result
    b: Result
    by_order: bool = False


def pair_adapters(a: Iterable[Result], b: Iterable[Result]) -> tuple[AdapterPair, ...]:
    """Pair the adapters of two sessions' results, in A's order; those without a counterpart are in no pair.

    Host libraries pair by their ids. Devices pair if they have one name and one driver, whatever its version, as many
    threads where they are limited, and no other UUID or PCI address: first those whose UUID or address is the same,
    then those of the same version, then the rest, each in the order of the sessions.
    """
    left_a, left_b = _by_adapter(a), _by_adapter(b)
    order = list(left_a)
    pairs: dict[str, AdapterPair] = {}
    for fits in (_is_same_unit, _has_same_version, _is_alike):
        pool_a, pool_b = tuple(left_a.values()), tuple(left_b.values())
        for one in pool_a:
            if other := next((other for other in left_b.values() if fits(one, other)), None):
                pairs[one.id.adapter] = AdapterPair(one, other, _is_ambiguous(one, other, pool_a, pool_b, fits))
                del left_a[one.id.adapter], left_b[other.id.adapter]
    return tuple(pairs[adapter] for adapter in order if adapter in pairs)


def under_ids_of_a(pairs: Iterable[AdapterPair], b: Iterable[Result]) -> dict[JobId, Result]:
    """Return B's results of paired adapters, by the ids that they have in A."""
    names = {pair.b.id.adapter: pair.a.id.adapter for pair in pairs}
    return {replace(result.id, adapter=names[result.id.adapter]): result for result in b if result.id.adapter in names}


def identity(result: Result) -> DeviceIdentity:
    """Return the identity of a result's device; older documents have only names with versions, which are taken off."""
    return result.device or DeviceIdentity(unversioned(result.adapter_name), _driver_name(result.driver))


def is_device(adapter: str) -> bool:
    """Return whether this is the id of a device, which is numbered within its API, and not of a host library."""
    return ":" in adapter


def _by_adapter(results: Iterable[Result]) -> dict[str, Result]:
    """Return the first result of each adapter."""
    first: dict[str, Result] = {}
    for result in results:
        first.setdefault(result.id.adapter, result)
    return first


def _is_same_unit(a: Result, b: Result) -> bool:
    """Return whether both are one library, or one device by a UUID or an address that both sides know."""
    return _is_alike(a, b) and (not is_device(a.id.adapter) or is_one_unit(identity(a), identity(b)) is True)


def _has_same_version(a: Result, b: Result) -> bool:
    return _is_alike(a, b) and (a.adapter_name, a.driver) == (b.adapter_name, b.driver)


def _is_alike(a: Result, b: Result) -> bool:
    """Return whether nothing that both sides know tells the two apart."""
    if not is_device(a.id.adapter):
        return a.id.adapter == b.id.adapter
    one, other = identity(a), identity(b)
    return (
        (_api(a), a.id.threads) == (_api(b), b.id.threads)
        and one.name == other.name
        and (one.driver == other.driver or None in (one.driver, other.driver))
        and is_one_unit(one, other) is not False
    )


def is_one_unit(one: DeviceIdentity, other: DeviceIdentity) -> bool | None:
    """Return whether two devices are one by their UUIDs, or else their addresses; ``None`` if a side has neither."""
    if one.uuid and other.uuid:
        return one.uuid == other.uuid
    if one.pci_address and other.pci_address:
        return same_address(one.pci_address, other.pci_address)
    return None


def _is_ambiguous(
    one: Result,
    other: Result,
    pool_a: Iterable[Result],
    pool_b: Iterable[Result],
    fits: Callable[[Result, Result], bool],
) -> bool:
    """Return whether either of the two would fit several of the other side."""
    return sum(fits(one, rival) for rival in pool_b) > 1 or sum(fits(rival, other) for rival in pool_a) > 1


def _api(result: Result) -> str:
    return result.id.adapter.partition(":")[0]


def _driver_name(driver: str) -> str | None:
    """Return the name in a text of a driver's name and version, ``llvmpipe Mesa 22.3.6``: what precedes any digit."""
    words = takewhile(lambda word: not any(map(str.isdigit, word)), driver.split())
    return " ".join(words).removesuffix(" Mesa") or None  # Mesa's versions begin with its own name
