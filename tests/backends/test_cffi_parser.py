"""Types are the same whether cffi reads all names of a header ahead of a text, or those in it alone."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from cffi import FFI, CDefError, cparser

from paragon_tui.backends.cffi_parser import declare_what_is_named

HEADER = """
typedef enum Kind { ONE = 1, TWO = 2 } Kind;
typedef struct Item { uint32_t size; Kind kind; struct Item const * next; } Item;
typedef void (*Callback)(Kind kind, Item const * item, void * userdata);
typedef struct Unused { double value; } Unused;
"""
TEXTS = (
    *("Item", "Item *", "Item[3]", "Item const * const *", "struct Item *", "Kind", "Callback", "Callback *"),
    *("void(*)(Kind, Item const *, void *)", "char[]", "uint64_t[2]", "uint8_t *", "size_t", "bool"),
)


def headed() -> FFI:
    ffi = FFI()
    ffi.cdef(HEADER)
    return ffi


@pytest.mark.parametrize("text", TEXTS)
def test_a_type_is_the_same(text: str) -> None:
    usual, named = headed(), headed()
    declare_what_is_named(named)
    assert str(named.typeof(text)) == str(usual.typeof(text))
    if text != "char[]":
        assert named.sizeof(text) == usual.sizeof(text)


def test_only_what_is_named_is_read_ahead_and_every_name_stays_known(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    usual = cparser._get_parser()

    def parse(text: str) -> object:
        read.append(text)
        return usual.parse(text)

    monkeypatch.setattr(cparser, "_get_parser", lambda: SimpleNamespace(parse=parse))
    ffi = headed()
    declare_what_is_named(ffi)
    read.clear()
    ffi.typeof("Item *")
    assert "typedef int Item;" in read[0] and "Unused" not in read[0] and "Callback" not in read[0]
    assert ffi.new("Unused *", {"value": 2.5}).value == 2.5


def test_what_is_no_type_is_an_error_as_before_and_spoils_nothing() -> None:
    ffi = headed()
    declare_what_is_named(ffi)
    for text in ("Nothing *", "Item * *)", "Nothing"):
        with pytest.raises((CDefError, cparser.CDefError)):
            ffi.typeof(text)
    assert ffi.sizeof("Item") == 16


def test_a_parser_with_other_parts_is_left_as_it_is() -> None:
    for parser in (None, SimpleNamespace(), SimpleNamespace(_parse=len, _declarations=())):
        ffi = SimpleNamespace(_parser=parser)
        declare_what_is_named(ffi)
        assert ffi._parser is parser and getattr(parser, "_parse", len) is len
