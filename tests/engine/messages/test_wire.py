"""Messages cross a pipe as lines of JSON and come back equal."""

from __future__ import annotations

import json
from dataclasses import replace
from math import inf, nan
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paragon_tui.backends.fingerprint import Fingerprint, ProbeResult, Tiers
from paragon_tui.engine.analysis.collector import Collector, merged
from paragon_tui.engine.messages.commands import (
    Close,
    Command,
    Discover,
    Estimate,
    Examine,
    Open,
    Prepare,
    Probe,
    Sample,
    SampleChained,
    SampleCold,
    Stop,
    Verify,
)
from paragon_tui.engine.messages.events import (
    AdapterFound,
    CeilingFound,
    ChainedBatch,
    Check,
    Checked,
    CheckpointReached,
    Closed,
    ColdBatch,
    Compared,
    DiscoveryFinished,
    Doing,
    Event,
    Examined,
    Failed,
    Finished,
    JobStarted,
    Log,
    NotMeasured,
    Opened,
    Output,
    Prepared,
    Probed,
    RunFinished,
    SampleBatch,
)
from paragon_tui.engine.messages.figures import (
    Ceiling,
    Conditions,
    Dropped,
    Energy,
    Measured,
    Overhead,
    Readings,
    Samples,
    SensorSummary,
    Visit,
)
from paragon_tui.engine.messages.job import Job, Sampling
from paragon_tui.engine.messages.wire import LINE_LIMIT, VERSION, ProtocolError, decode, encode
from paragon_tui.suites.score import Prediction, Score
from tests.support.examples import (
    CALM,
    CASES,
    DIFFERENT,
    GPU,
    NUMPY,
    ROW,
    SAME,
    figures,
    job_id,
    planned,
    ratio,
    started,
    summary,
)
from tests.support.sessions import NOISY, THROUGH

ID = job_id("S1", GPU)
SAMPLES = Samples((Visit(0, 0, 2.5, (2, 3)), Visit(1, 0, 4.0)), 3, 2, 3.0, 1.0, 4)
MEASURED = Measured(SAMPLES, SAMPLES, SAMPLES, SAMPLES, (((1, 10), (2, 20)),), 4, True, 0.5, 20.0, 19, 40)
TIERS = Tiers("guaranteed", "not here", "observed")
ENERGY = Energy(joules=0.5, seconds=0.0625, runs=12, step_s=0.001)
THIRD = float(np.float32(1 / 3))
FULL = replace(
    GPU,
    compute_units=132,
    memory_bytes=150_754_820_096,
    max_buffer_bytes=2**31,
    max_binding_bytes=2**31 - 1,
    max_group_items=1024,
    max_groups_per_dimension=65535,
    local_memory_bytes=49152,
    features=("shader-f16", "timestamp-query"),
)

MESSAGES: tuple[Event | Command, ...] = (
    AdapterFound(FULL),
    AdapterFound(NUMPY),
    DiscoveryFinished("vulkan", 2),
    DiscoveryFinished("gl", 0, 12.5, "no display"),
    started(planned("S1", NUMPY), planned("XL2", GPU), listed=("numpy", "vulkan:0")),
    started(planned("S1", NUMPY), sampling=None, threads=2),
    JobStarted(ID),
    Doing(ID, "compiling"),
    Prepared(ID, 12.5, None, 0.25, "rows", "observed"),
    Prepared(ID, 12.5, None, None, None, None, "OpenBLAS 0.3.31", 2, 4096),
    Probed("gl:0", Fingerprint(3, (ProbeResult("two-sum", "30800000", "00000000", True, ("exact",)),), TIERS)),
    Probed("gl:0", None, "no driver"),
    Checked(ID, (Check("logits of rows", "b0e9", "44b4", 3), Check("parameters", "b0e9", "b0e9"))),
    CheckpointReached(ID, 100, 1000, (THIRD, 0.25), "b0e9", "44b4", 1.5),
    CheckpointReached(
        ID, 100, 1000, (THIRD,), "b0e9", "44b4", 1.5, Score(3, 4, (Prediction((0.0, 1.0), 1, THIRD, 0),))
    ),
    Output(ID, 4.5, "b0e9", "44b4", (THIRD, -0.0, 1e-45), (0.5, 0.25, 0.25), (0.5, 0.25, 0.25)),
    Output(ID, None, "b0e9", "44b4", None, None, None),
    Compared(ID, DIFFERENT, SAME, (ROW, ROW)),
    Compared(ID, SAME, SAME, (), "fma"),
    CeilingFound("gl:0", Ceiling(THIRD, 64.0)),
    SampleBatch(ID, 2, 9, (1, 2, 2**63 - 1), (), CALM),
    SampleBatch(ID, 0, 0, (1,), (2,), Conditions(None, 1, 1)),
    SampleBatch(ID, 0, 0, (), (), Conditions(None, 1, 1, dropped=Dropped(1, 2))),
    SampleBatch(ID, 0, 0, (1,), (), replace(CALM, readings=Readings(THIRD, None, 45.0, ("heat",), ENERGY))),
    ColdBatch(ID, 1, (1, 2**63 - 1), (1, 1)),
    ChainedBatch(ID, 0, (((1, 10), (2, 19)), ((1, 11), (2, 18)))),
    Examined(ID, Overhead(600, None, 2**40)),
    Opened(ID),
    NotMeasured(ID, "cold caches", "out of memory"),
    Closed(ID, deterministic=False, host_peak_bytes=None),
    Failed(ID, "timeout", "no answer within 60 s"),
    figures(ID, 0.125),
    figures(
        ID,
        THIRD,
        ratio(2.0, "same"),
        device_ms=summary(0.5),
        cold_ms=summary(1),
        warm_ms=summary(2),
        launch_cost=THROUGH,
        flags=(NOISY,),
        sensors=SensorSummary(4800.0, None, THIRD, 1e-9),
    ),
    Finished(ID, "ok", 1.25),
    Finished(ID, "stopped", 1.25, "stopped by the user after 12 samples"),
    Log("vulkan:0", "driver", 'line with "quotes", → and \\'),
    RunFinished("one", interrupted=True),
    Discover("gl", "paragon_tui.backends.webgpu"),
    Probe(FULL, "paragon_tui.backends.webgpu"),
    Probe(FULL, "paragon_tui.backends.webgpu", "cache/reference"),
    Open(ID, FULL, "paragon_tui.backends.webgpu", "cache/reference"),
    Open(ID, None, "", "cache/reference"),
    Verify(Job(CASES["M1"], FULL, "i8"), "paragon_tui.backends.webgpu", "cache/reference"),
    Prepare(Job(CASES["M1"], FULL, "f32", "default"), "paragon_tui.backends.webgpu", "cache/reference", examine=True),
    Sample(ID, 2, 9, 3, 100, 0.04),
    SampleCold(ID, 2, 10, 0.25),
    SampleChained(ID, 0, 8, 0.25),
    Examine(ID),
    Close(ID),
    Estimate(ID, MEASURED, MEASURED.for_ratio, MEASURED.for_ratio, 4.5, on_cpu=True, clipped=True),
    Estimate(ID, Measured(SAMPLES), None, None, None, on_cpu=False),
    Stop(),
)


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_a_message_comes_back_equal(message):
    line = encode(message)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert decode(line) == message
    assert type(decode(line)) is type(message)


def test_no_type_of_message_was_forgotten_above():
    assert {type(message) for message in MESSAGES} == {*get_args(Event), *get_args(Command)}


def test_a_line_says_version_and_type():
    assert json.loads(encode(JobStarted(ID))) == {
        "v": VERSION,
        "type": "JobStarted",
        "data": {
            "id": {
                "suite": "inference",
                "case": "S1",
                "dtype": "f32",
                "variant": "default",
                "adapter": "vulkan:0",
            }
        },
    }


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), max_size=20))
def test_every_float_keeps_its_bits_across_the_pipe(values):
    came_back = decode(encode(Output(ID, 0.5, "", "", tuple(values), None, None))).values
    assert np.array(came_back, "f4").tobytes() == np.array(values, "f4").tobytes()


@pytest.mark.parametrize("value", [nan, inf, -inf])
def test_what_json_cannot_say_never_appears_in_a_line(value):
    line = encode(Prepared(ID, value, value, None, None, None))

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    assert json.loads(line, parse_constant=refuse)["data"]["init_ms"] is None
    assert b"NaN" not in line
    assert b"Infinity" not in line


def test_a_line_over_the_limit_is_refused():
    with pytest.raises(ProtocolError, match=r"a SampleBatch of \d+ bytes exceeds the line limit"):
        encode(SampleBatch(ID, 0, 0, tuple(range(10**9, 10**9 + 100_000)), (), CALM))


@pytest.mark.parametrize("sampling", [Sampling(), Sampling(iterations=10**9, min_time_s=600.0)])
def test_the_longest_visit_fits_a_line(sampling):
    longest = (60 * 10**9,) * sampling.visit_samples
    everywhere = tuple(range(sampling.visit_samples))
    conditions = replace(CALM, preempted=everywhere, device_preempted=everywhere)
    assert len(encode(SampleBatch(ID, 0, 0, longest, longest, conditions))) < LINE_LIMIT


def test_all_that_a_result_s_figures_need_fits_a_line():
    """Of ten processes with more samples than are kept."""
    collector = Collector()
    for round_ in range(200):
        collector.add(0, round_, (60 * 10**9,) * 1000)
    assert collector.samples is not None
    samples = merged([collector.samples] * 10)
    assert samples is not None
    measured = Measured(samples, samples, samples, samples)
    command = Estimate(ID, measured, measured.for_ratio, measured.for_ratio, 4.5, on_cpu=True)
    assert len(encode(command)) < LINE_LIMIT


def test_a_line_of_exactly_the_limit_is_taken_and_one_byte_more_is_not():
    room = LINE_LIMIT - len(encode(Log("", "info", "")))
    assert len(encode(Log("", "info", "x" * room))) == LINE_LIMIT
    with pytest.raises(ProtocolError, match="exceeds the line limit"):
        encode(Log("", "info", "x" * (room + 1)))


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"Segmentation fault (core dumped)\n",
        b"[]",
        b"{}",
        b"null",
        b"\xff\xfe\x00",
        b'{"v": 1, "type": "Stop"}',
        b'{"v": 1, "data": {}}',
        b'{"v": "1", "type": "Stop", "data": {}}',
        b'{"v": 1, "type": "Stop", "data": {}',
        b'{"v": 1, "type": "Stop", "data": []}',
        b'{"v": 1, "type": "RunFinished", "data": {"session": "one"}}',
        b'{"v": 1, "type": "Log", "data": {"source": "a", "level": "loud", "text": "b"}}',
    ],
)
def test_rubbish_is_no_message(line):
    with pytest.raises(ProtocolError, match="not a message"):
        decode(line)


def test_a_line_that_was_cut_short_is_no_message():
    line = encode(MESSAGES[4])
    for end in range(len(line) - 2):
        with pytest.raises(ProtocolError):
            decode(line[:end])


@pytest.mark.parametrize("version", [0, 2, 99])
def test_another_version_is_refused_and_both_are_named(version):
    line = encode(Stop()).replace(b'"v":1', b'"v":%d' % version)
    with pytest.raises(ProtocolError, match=f"protocol version {version}, this program speaks 1"):
        decode(line)


@pytest.mark.parametrize("name", ["Summary", "Measure", "Launch", "", "stop"])
def test_an_unknown_type_is_refused(name):
    with pytest.raises(ProtocolError, match="not a message"):
        decode(json.dumps({"v": 1, "type": name, "data": {}}).encode())


def test_an_error_quotes_no_more_than_the_beginning_of_a_line():
    with pytest.raises(ProtocolError) as refusal:
        decode(b"x" * 10_000)
    assert len(str(refusal.value)) < 300
