"""The entries of a result in documents: one flat object, derived from the declaration of ``Result`` and its parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from math import nan
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from paragon_tui.engine.results.parts import PARTS
from paragon_tui.engine.results.result import Result


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: its ``name``, the attributes that lead to its value from a result, and the type of the value.

    ``default`` is its value in documents that do not have it yet; ``MISSING`` if all must have it.
    """

    name: str
    path: tuple[str, ...]
    kind: Any
    default: Any

    def of(self, result: Result) -> Any:
        """Return the value in a result; ``None`` where something on the way to it is missing."""
        value: Any = result
        for attribute in self.path:
            value = None if value is None else getattr(value, attribute)
        return value


def entries(result: Result) -> dict[str, Any]:
    """Return a result as the plain data of a document; times are in milliseconds."""
    return {entry.name: msgspec.to_builtins(entry.of(result)) for entry in declared()}


def read_results(document: Mapping[str, Any]) -> tuple[Result, ...]:
    """Return the results of a decoded document, the inverse of ``entries``. Raises ``msgspec.ValidationError``."""
    results = document["results"]
    if isinstance(results, list):
        results = [_with_nan(_of_values_alone(result)) for result in results]
    kept = msgspec.convert({"results": results}, _document_type())
    return tuple(_built(Result, result) for result in kept.results)


@cache
def declared() -> tuple[Entry, ...]:
    """Return all entries, in the order of their declaration."""
    return tuple(_declared(Result, ()))


def _declared(owner: type, path: tuple[str, ...]) -> Iterator[Entry]:
    for attribute, kind, metadata, default in _fields(owner):
        here = (*path, attribute)
        if kind in PARTS:
            yield from _declared(kind, here)
        elif "entries" in metadata:
            kinds, optional = types_of(required_type(kind)), required_type(kind) is not kind
            for name, inner in metadata["entries"].items():
                yield Entry(name, (*here, inner), kinds[inner] | None if optional else kinds[inner], default)
        elif "live" not in metadata:
            yield Entry(attribute, here, kind, default)
    for name, kind in getattr(owner, "DERIVED", {}).items():
        yield Entry(name, (*path, name), kind, None)


def _fields(owner: type) -> Iterator[tuple[str, Any, Mapping[str, Any], Any]]:
    """Yield name, type, metadata and default of each field."""
    kinds = types_of(owner)
    for field in fields(owner):
        yield field.name, kinds[field.name], field.metadata, field.default


@cache
def _document_type() -> Any:
    """Build the type of a document's results: one flat object each, whose paths error messages name."""
    declarations = [
        (entry.name, entry.kind, msgspec.NODEFAULT if entry.default is MISSING else entry.default)
        for entry in declared()
    ]
    kept = msgspec.defstruct("Kept", declarations, kw_only=True)
    return msgspec.defstruct("Document", [("results", list[kept])])  # type: ignore[valid-type]


def _built(owner: type, kept: Any) -> Any:
    """Return an ``owner`` (a result or one of its parts) made of the entries in ``kept``."""
    values = {}
    for attribute, kind, metadata, _ in _fields(owner):
        if kind in PARTS:
            values[attribute] = _built(kind, kept)
        elif "entries" in metadata:
            values[attribute] = _joined(required_type(kind), metadata["entries"], kept)
        elif "live" not in metadata:
            values[attribute] = getattr(kept, attribute)
    return owner(**values)


def _joined(kind: type, spread: Mapping[str, str], kept: Any) -> Any:
    """Return the value that was spread over several entries; ``None`` where the first of them is null.

    An entry that is newer than the document has its attribute's default.
    """
    first = next(iter(spread))
    if getattr(kept, first) is None:
        return None
    kinds, attributes = types_of(kind), {}
    defaults = {attribute: default for attribute, _, _, default in _fields(kind)}
    for entry, attribute in spread.items():
        value = _number(getattr(kept, entry), kinds[attribute])
        if value is None and required_type(kinds[attribute]) is kinds[attribute]:
            if defaults[attribute] is MISSING:
                raise msgspec.ValidationError(f"`{entry}` is null beside a `{first}`")
            value = defaults[attribute]
        attributes[attribute] = value
    return kind(**attributes)


def _of_values_alone(result: Any) -> Any:
    """Return a result's entries with those of its values alone, where they say of both only what holds for the values.

    Documents were so until an output had a standing of its own.
    """
    if not isinstance(result, dict) or "values_bit_identical" in result:
        return result
    return result | {"values_bit_identical": result.get("bit_identical")}


def _with_nan(result: Any) -> Any:
    """Return a result's entries with NaN for each null in place of a computed number; JSON cannot tell the two apart.

    Only computed values can be NaN: a time that is null is missing.
    """
    if not isinstance(result, dict):
        return result
    computed = {entry.name: entry.kind for entry in declared() if entry.path[0] == "bits" and entry.name in result}
    return result | {name: _number(result[name], kind) for name, kind in computed.items()}


def _number(value: Any, kind: Any) -> Any:
    """Return ``value`` with NaN for each null where ``kind`` has a number."""
    if value is None:
        return nan if kind is float else None
    kind = required_type(kind)
    if isinstance(value, list) and get_origin(kind) is tuple:
        (item, *_) = get_args(kind)
        return value if item is float and None not in value else [_number(member, item) for member in value]
    if isinstance(value, dict) and isinstance(kind, type) and is_dataclass(kind):
        kinds = types_of(kind)
        return {name: _number(member, kinds.get(name)) for name, member in value.items()}
    return value


@cache
def types_of(owner: type) -> Mapping[str, Any]:
    """Return the types of a dataclass's fields; asked for with every result, and slow to find out."""
    return get_type_hints(owner)


def required_type(kind: Any) -> Any:
    """Return a type without its ``None``."""
    if get_origin(kind) not in (Union, UnionType):
        return kind
    required = [alternative for alternative in get_args(kind) if alternative is not NoneType]
    return required[0] if len(required) == 1 else kind
