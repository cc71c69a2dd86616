"""Foreign text: what reaches a terminal is one line that does nothing to it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paragon_tui.engine.messages.events import DiscoveryFinished, Log
from paragon_tui.engine.messages.wire import decode, encode
from paragon_tui.printable import all_printable, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("NVIDIA H200, 8 GB™ [a] → µ 日本", "NVIDIA H200, 8 GB™ [a] → µ 日本"),
        ("\x1b]0;owned\x07", "\\x1b]0;owned\\x07"),
        ("\x1b[2J\x9b2J", "\\x1b[2J\\x9b2J"),
        ("two\r\nlines\tand\x0bmore\u2028too", "two  lines and more too"),
        ("nul\x00, del\x7f", "nul\\x00, del\\x7f"),
        ("\u202etxt.exe", "\\u202etxt.exe"),
        ("a\udcffb", "a\\udcffb"),
        ("a\xa0b\u200bc", "a b\\u200bc"),
    ],
)
def test_what_is_shown_of_a_text(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text())
def test_any_text_becomes_one_printable_line_and_stays_that(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable() and shown.splitlines() in ([], [shown])
    assert printable(shown) == shown


def test_texts_are_found_wherever_they_are() -> None:
    value = {"a\x1b": ["\x07", {"b": "c\n"}], "d": [1, 2.5, None, True]}
    assert all_printable(value) == {"a\\x1b": ["\\x07", {"b": "c "}], "d": [1, 2.5, None, True]}


@pytest.mark.parametrize("text", ["\x1b[2J", "del\x7f", "\u202eabc", "C:\\drivers", "plain"])
def test_a_message_brings_no_control_characters_along(text: str) -> None:
    for message in (Log("gl", "driver", text), DiscoveryFinished("gl", 0, 1.25, text)):
        received = decode(encode(message))
        assert isinstance(received, Log | DiscoveryFinished)
        assert (received.text if isinstance(received, Log) else received.error) == printable(text)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_beside_such_texts_stay_what_they_are(value: float) -> None:
    received = decode(encode(DiscoveryFinished("gl", 0, value, "\x1b")))
    assert isinstance(received, DiscoveryFinished) and json.dumps(received.ms) == json.dumps(value)
