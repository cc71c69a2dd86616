"""Documents that nobody wrote: whatever stands in a file, commands answer in words, and never with a traceback."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest

from paragon_tui.cli import main
from paragon_tui.sessions.document import document
from tests.support.fuzzing import changed, places
from tests.support.sessions import folded, run

FULL = json.loads(json.dumps(document(folded(*run())), default=str))
COMMANDS = (
    ("report", "{}"),
    ("report", "{}", "--format", "json", "--spread", "--gate"),
    ("compare", "{}", "{sound}", "--fail-above", "5%"),
    ("compare", "{sound}", "{}", "--json"),
    ("compare", "{}", "{}"),
)


PLACES = places(FULL)


def answer(spoilt: bytes, command: tuple[str, ...], folder: Path) -> int:
    """Return the status of a command on this content."""
    target, sound = folder / "spoilt.json", folder / "sound.json"
    target.write_bytes(spoilt)
    if not sound.exists():
        sound.write_text(json.dumps(FULL))
    return main([part.format(target, sound=sound) for part in command])


def fuzz(seed: int, count: int, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chance = random.Random(seed)
    for number in range(count):
        content = json.dumps(changed(chance, FULL, PLACES)).encode()
        command = COMMANDS[number % len(COMMANDS)]
        try:
            status = answer(content, command, folder)
        except Exception as error:
            raise AssertionError(f"{command} on {content!r}") from error
        told = capsys.readouterr()
        assert status in (0, 1, 2, 3)
        assert not set(told.out + told.err) & set("\x1b\x07\u202e"), content
        if status == 2:
            assert told.err.count("\n") == 1, told.err


@pytest.mark.parametrize("seed", range(4))
def test_a_sample_of_spoilt_documents_is_answered_in_words(
    seed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fuzz(seed, 100, tmp_path, capsys)


@pytest.mark.exhaustive
@pytest.mark.parametrize("seed", range(10, 20))
def test_a_hundred_thousand_spoilt_documents_are_answered_in_words(
    seed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fuzz(seed, 10_000, tmp_path, capsys)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is not a JSON document"),
        (b"\xff\xfe{\x00}\x00", "is not a JSON document"),
        (b"[" * 100_000, "is not a JSON document"),
        (b'{"a":' * 100_000, "is not a JSON document"),
        (b"null", "is not a paragon-tui session"),
        (json.dumps(FULL).encode()[:-100], "is not a JSON document"),
        (json.dumps(FULL).encode("utf-16"), "is not a JSON document"),
    ],
)
def test_what_is_no_document_is_told(
    content: bytes, words: str, command: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(content, command, tmp_path) == 2
    assert words in capsys.readouterr().err


def test_a_byte_order_mark_is_no_damage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(b"\xef\xbb\xbf" + json.dumps(FULL).encode(), COMMANDS[0], tmp_path) == 0


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("host",), {"cores": 2}, "Expected `str`, got `int`"),
        (("results", 1, "latency_ms", "median"), 1e-320, "`latency_ms` of S1 on vulkan:0 is 9.99989e-321"),
        (("results", 1, "latency_ms", "interval"), {"low": -1, "high": 2}, "`latency_ms` of S1 on vulkan:0 is -1"),
        (("results", 1, "latency_ms", "interval"), {"low": 3, "high": 2}, "has an interval from 3 to 2"),
        (("results", 1, "speedup"), -1e308, "`speedup` of S1 on vulkan:0 is -1e+308"),
    ],
)
def test_a_figure_that_is_none_is_named(
    path: tuple[Any, ...], value: Any, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoilt = copy.deepcopy(FULL)
    owner = spoilt
    for key in path[:-1]:
        owner = owner[key]
    owner[path[-1]] = value
    assert answer(json.dumps(spoilt).encode(), COMMANDS[0], tmp_path) == 2
    told = capsys.readouterr().err
    assert "is damaged: " in told and words in told


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no endless file")
def test_an_endless_file_is_read_no_further_than_a_session_reaches(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "/dev/zero"]) == 2
    assert "is larger than any session" in capsys.readouterr().err
