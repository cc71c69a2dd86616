"""All that is known of an adapter, in words: sections of names and texts, for a page and for the clipboard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from paragon_tui.formatting.bits import guard
from paragon_tui.formatting.quantities import UNKNOWN, milliseconds, size
from paragon_tui.formatting.rates import peak_rates

if TYPE_CHECKING:
    from paragon_tui.backends.adapter import Adapter
    from paragon_tui.backends.fingerprint import Fingerprint, ProbeResult
    from paragon_tui.engine.messages.figures import Ceiling, SensorSummary

_STANDINGS = {
    "guaranteed": "promised by the API's specification, and the probes pass: the bits are the reference's",
    "observed": "no specification promises it, but the probes pass: the bits are claimed, and every run compares them",
    "not here": "a probe fails: no identity is claimed",
}
_TIERS = {"integer": "i8, sorting, moving data", "exact": "f16", "guarded": "f32, and softmax in any dtype"}
_SENSORS = (
    ("clock", "clock_mhz"),
    ("temperature", "temperature_c"),
    ("power", "power_w"),
    ("energy", "joules_per_run"),
)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, and rows of names and texts; a row without a name goes on with the one before."""

    title: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What was found out about an adapter; ``None`` where that was not done yet, or is not possible.

    ``discovery_ms`` is the time of the search under its API; ``sensors`` is what they told in the session.
    """

    fingerprint: Fingerprint | None = None
    ceiling: Ceiling | None = None
    discovery_ms: float | None = None
    measured: bool = False
    sensors: tuple[SensorSummary, ...] = ()


def adapter_facts(adapter: Adapter, known: Known) -> list[Section]:
    """Return the sections about an adapter; what its driver does not tell has no row."""
    found = known.discovery_ms
    sections = (
        _section(
            "Identity",
            ("name", adapter.name),
            ("vendor", adapter.vendor),
            ("type", f"{adapter.type}, through {adapter.api}"),
            ("UUID", adapter.uuid),
            ("PCI address", adapter.pci_address),
            ("PCI ids", adapter.pci_id),
            ("runs", "only where it is named or ticked" if adapter.on_request else None),
        ),
        _section(
            "Driver",
            ("driver", f"{adapter.driver} {adapter.driver_version}"),
            ("found in", f"{milliseconds(found)}, all of {adapter.api}" if found is not None else None),
            *((name, f"set to {value!r} for it, before anything is loaded") for name, value in adapter.environment),
        ),
        _section(
            "Limits",
            ("compute units", adapter.compute_units),
            ("memory", size(adapter.memory_bytes)),
            ("largest buffer", size(adapter.buffer_limit_bytes)),
            ("work-group memory", size(adapter.local_memory_bytes)),
            ("work-group", f"{adapter.max_group_items:,} items" if adapter.max_group_items else None),
            (
                "work-groups",
                f"{adapter.max_groups_per_dimension:,} per dimension" if adapter.max_groups_per_dimension else None,
            ),
        ),
        Section("Bits", tuple(_bits(adapter, known.fingerprint))),
        _section("Speed", ("peaks", _peaks(known)), ("sensors", _told(known))),
        _section("Features", ("", ", ".join(adapter.features))),
    )
    return [section for section in sections if section.rows]


def as_text(adapter: Adapter, sections: list[Section]) -> str:
    """Return sections as plain text, a row a line."""
    lines = [adapter.id]
    for section in sections:
        lines += ["", section.title, *(f"  {name}: {text}" if name else f"  {text}" for name, text in section.rows)]
    return "\n".join(lines)


def _section(title: str, *rows: tuple[str, object]) -> Section:
    return Section(title, tuple((name, str(text)) for name, text in rows if text and text != UNKNOWN))


def _bits(adapter: Adapter, fingerprint: Fingerprint | None) -> Iterator[tuple[str, str]]:
    if not adapter.is_canonical:
        yield "", "a baseline: it computes as its library does, and claims no bits"
        return
    if fingerprint is None:
        yield "", "not probed yet"
        return
    for tier, used_by in _TIERS.items():
        standing = fingerprint.tiers.standing(tier)
        yield tier, f"{standing}: {_STANDINGS[standing]} ({used_by})"
    if guards := guard(fingerprint) if fingerprint.probes else "":
        yield "kernels", guards
    for probe in fingerprint.probes:
        yield ("probes" if probe is fingerprint.probes[0] else ""), _probe(probe)


def _probe(probe: ProbeResult) -> str:
    if not probe.required:
        return f"· {probe.name}: {'yes' if probe.holds else 'no'}"
    if probe.holds:
        return f"✓ {probe}, for {' and '.join(probe.required)}"
    why = f"gave {probe.value} instead of {probe.expected}" if probe.control else "its control failed"
    return f"✗ {probe}, for {' and '.join(probe.required)}: {why}"


def _peaks(known: Known) -> str:
    return peak_rates(known.ceiling) if known.ceiling else "not measured yet: a full run measures them"


def _told(known: Known) -> str:
    if not known.measured:
        return "not known before a result is measured"
    told = [name for name, field in _SENSORS if any(getattr(each, field) is not None for each in known.sensors)]
    return ", ".join(told) or "none that the system lets this user read"
