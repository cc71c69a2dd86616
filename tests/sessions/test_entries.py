"""The entries of a result in documents: every declared field once, and read back as it was."""

from __future__ import annotations

import json
from dataclasses import MISSING, fields, is_dataclass, replace
from math import inf, isnan, nan
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paragon_tui.engine.messages.events import Closed, Compared, Event, Failed, JobStarted, Output, Prepared
from paragon_tui.engine.results.parts import PARTS, Bits
from paragon_tui.engine.results.result import Result
from paragon_tui.printable import printable
from paragon_tui.sessions.document import encode, saved
from paragon_tui.sessions.entries import declared, entries, read_results
from paragon_tui.sessions.saved_session import UnreadableSession, saved_session
from paragon_tui.sessions.session_lookup import find_session
from tests.support.documents import compared, refuse_constant, result, session
from tests.support.engine_runs import run_cases
from tests.support.examples import DIFFERENT, GPU, SAME, measured, planned, started
from tests.support.sessions import FAST, changed, fast_result, folded, record, run

NAMES = {
    *("suite", "case", "dtype", "variant", "adapter", "adapter_name", "tier", "standing", "status", "error"),
    *("latency_ms", "device_ms", "cpu_ms", "speedup", "judgement", "flags", "roofline", "bit_identical", "digest"),
    *("output_digest", "output_max", "logits", "output", "arithmetic"),
    *("adapter_type", "device_name", "driver_family", "uuid", "pci_address"),
}
"""The names that programs read."""


def through_json(*results: Result) -> tuple[Result, ...]:
    """Write results as JSON and read them back."""
    text = msgspec.json.encode({"results": [entries(result) for result in results]})
    return read_results(json.loads(text, parse_constant=refuse_constant))


def kept(result: Result) -> Result:
    """Return a result without what is shown only while a run goes on."""
    parts: dict[str, Any] = {}
    for field in fields(result):
        if type(part := getattr(result, field.name)) in PARTS:
            live = {inner.name: inner.default for inner in fields(part) if "live" in inner.metadata}
            parts[field.name] = replace(part, **live)
    return replace(result, **parts)


def values_of(kind: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for the values of a type, as far as results use types."""
    plain = {
        float: st.floats(allow_nan=False, allow_infinity=False),
        int: st.integers(0, 2**53),
        bool: st.booleans(),
        str: st.text(max_size=8),
        NoneType: st.none(),
    }
    if kind in plain:
        return plain[kind]
    if get_origin(kind) is Literal:
        return st.sampled_from(get_args(kind))
    if get_origin(kind) in (Union, UnionType):
        return st.one_of(*map(values_of, get_args(kind)))
    if get_origin(kind) is tuple:
        return st.lists(values_of(get_args(kind)[0]), max_size=3).map(tuple)
    assert isinstance(kind, type) and is_dataclass(kind)
    hints = get_type_hints(kind)
    return st.builds(kind, **{field.name: values_of(hints[field.name]) for field in fields(kind)})


RESULTS = values_of(Result).map(kept)


@settings(max_examples=60, deadline=None)
@given(RESULTS)
def test_a_result_is_read_back_as_it_was(result: Result) -> None:
    assert through_json(result) == (result,)


def leaves(owner: Any, path: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    """Return the paths to all fields of a result that are kept."""
    hints, paths = get_type_hints(owner), set()
    for field in fields(owner):
        here = (*path, field.name)
        if hints[field.name] in PARTS:
            paths |= leaves(hints[field.name], here)
        elif "live" not in field.metadata:
            paths.add(here)
    return paths


def test_every_declared_field_is_in_a_document_once() -> None:
    paths = [entry.path for entry in declared()]
    names = [entry.name for entry in declared()]
    assert len(set(names)) == len(names) and len(set(paths)) == len(paths)
    derived = {("bits", name) for name in Bits.DERIVED}
    assert {path[:2] if path[0] in PART_FIELDS else path[:1] for path in paths} == leaves(Result) | derived
    assert list(entries(fast_result())) == names


PART_FIELDS = {field.name for field in fields(Result) if get_type_hints(Result)[field.name] in PARTS}


def test_the_names_that_programs_read_are_there() -> None:
    assert {entry.name for entry in declared()} >= NAMES


def test_what_identifies_a_result_must_be_there_and_the_version_of_its_arithmetic() -> None:
    required = {entry.name for entry in declared() if entry.default is MISSING}
    assert required >= {"suite", "case", "dtype", "variant", "adapter", "status", "arithmetic"}
    for name in required:
        broken = result()
        del broken[name]
        with pytest.raises(UnreadableSession, match=rf"it is damaged: .*`{name}` - at `\$\.results\[0\]`"):
            saved_session(session(broken), "it")


def test_an_older_document_says_of_the_values_alone_whether_bits_were_identical() -> None:
    older = result() | compared(True) | compared(False, "output_")
    assert older["bit_identical"] is True and "values_bit_identical" not in older
    (read,) = saved_session(session(older), "it").results
    assert read.bits.comparison.bit_identical and not read.bits.output_comparison.bit_identical
    kept = entries(read)
    assert (kept["bit_identical"], kept["values_bit_identical"], kept["output_bit_identical"]) == (False, True, False)
    assert through_json(read) == (read,)


def test_a_document_may_lack_what_was_added_after_it() -> None:
    required = {entry.name for entry in declared() if entry.default is MISSING}
    early = {name: value for name, value in result().items() if name in required}
    (read,) = saved_session(session(early), "it").results
    assert (read.status, read.timings.latency_ms, read.bits.comparison) == ("ok", None, None)


def test_half_a_value_is_damage() -> None:
    with pytest.raises(UnreadableSession, match="it is damaged: `ulp_max` is null beside a `values_bit_identical`"):
        saved_session(session(result(ulp_max=None)), "it")


def test_a_number_that_json_cannot_say_is_read_as_nan() -> None:
    broken = replace(SAME, bit_identical=False, mae=nan, max=inf)
    odd = changed(fast_result(), comparison=broken, output_comparison=broken, logits=(1.5, nan), output=(nan, inf))
    (read,) = through_json(odd)
    bits = read.bits
    assert bits.differs and bits.broken_claim
    assert isnan(bits.comparison.mae) and isnan(bits.output_comparison.max) and bits.comparison.ulp_max == 0
    assert [str(value) for value in (*(bits.logits or ()), *(bits.output or ()))] == ["1.5", "nan", "nan", "nan"]
    assert json.dumps(entries(read)) == json.dumps(entries(through_json(read)[0]))


# Whole sessions


def test_a_session_of_every_kind_is_read_back_from_its_document_and_from_the_store(tmp_path: Path) -> None:
    live = folded(*run())
    results = tuple(kept(saved(live, result)) for result in live.listed)
    assert saved_session(json.loads(encode(live)), "it").results == results
    record(tmp_path / "sessions.sqlite3", *run())
    shown = tuple(replace(result, error=result.error and printable(result.error)) for result in results)
    assert saved_session(find_session("one", tmp_path / "sessions.sqlite3"), "it").results == shown


async def test_a_session_that_was_run_is_read_back(tmp_path: Path) -> None:
    ran = await run_cases(tmp_path, "S1", apis=("host",))
    read = saved_session(json.loads(encode(ran.session)), "it").results
    assert [result.id.adapter for result in read] == ["numpy", "reference"]
    assert read == tuple(kept(saved(ran.session, result)) for result in ran.session.listed)


PREPARED = Prepared(FAST.id, 12.5, 3.25, None, "rows", "observed")
OUTPUT = Output(FAST.id, 4.5, "b0e9", "44b4", (1.5, -2.0), (0.75, 0.25), (0.75, 0.25))
UNSURE = Closed(FAST.id, deterministic=False, host_peak_bytes=None)


@pytest.mark.parametrize(
    ("events", "broken"),
    [
        ((PREPARED, OUTPUT, Compared(FAST.id, SAME, SAME, ())), False),
        ((PREPARED, OUTPUT, Compared(FAST.id, DIFFERENT, SAME, ())), True),
        ((PREPARED, OUTPUT, Compared(FAST.id, SAME, DIFFERENT, ())), True),
        ((PREPARED, OUTPUT, Compared(FAST.id, SAME, replace(DIFFERENT, max=nan), ())), True),
        ((PREPARED, OUTPUT, Compared(FAST.id, SAME, replace(DIFFERENT, max=0.0), ())), True),  # zeros of both signs
        ((PREPARED, OUTPUT, Compared(FAST.id, SAME, SAME, ()), UNSURE), True),
        ((replace(PREPARED, standing=None), OUTPUT, Compared(FAST.id, DIFFERENT, SAME, ()), UNSURE), False),
        ((PREPARED, OUTPUT, Failed(FAST.id, "failed", "lost")), False),
    ],
)
def test_a_broken_claim_means_the_same_live_and_read_back(events: tuple[Event, ...], broken: bool) -> None:
    live = folded(started(planned("S1", GPU)), JobStarted(FAST.id), *events, *measured(FAST.id, 1.0)[1:])
    (read,) = saved_session(json.loads(encode(live)), "it").results
    assert (live.results[FAST.id].bits.broken_claim, read.bits.broken_claim) == (broken, broken)
