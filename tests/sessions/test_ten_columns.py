"""Paragon-Py's ten columns: the rows of a session, and the files that they go with."""

from __future__ import annotations

import csv

import pytest

from paragon_tui.sessions.csv_dialect import Dialect
from paragon_tui.sessions.csv_export import csv_text, ended_entries
from paragon_tui.sessions.ten_columns import COLUMNS, OtherColumns, newline_in, rows_text
from tests.support.examples import GPU, REFERENCE, adapter, measured, planned, started
from tests.support.sessions import BASE, LISTED, folded, run

GPU_CELL = "Example GPU (Example) discrete-gpu [vulkan:0]"
HEADER = "id,shape,estMB,cpu_ms,gpu_ms,speedup,mae,max,gpu_init_ms,adapter"
BEGIN = HEADER.encode()


def text_of(session, *how, **more):
    return rows_text(ended_entries(session), *how, **more)


def rows(*events, head=BEGIN):
    """Return the rows of a session without their header."""
    return text_of(folded(*events), head).splitlines()


def test_the_text_of_a_new_file_is_exactly_this():
    assert text_of(folded(*run())) == (
        f"{HEADER}\n"
        f'S1,"784 → 64 → 10",0.19,0.400,0.200,2.00,0.00E+00,0.00E+00,12.500,"{GPU_CELL}"\n'
        'S1,"784 → 64 → 10",0.19,0.400,1234.568,0.00,1.50E-08,1.25E-07,0.123,'
        '"Odd ""GPU"", 8 GB™ (Example) discrete-gpu [vulkan:1]"\n'
        f'S2,"784 → 128 → 10",0.39,,,,,,,"{GPU_CELL}"\n'
    )


def test_the_columns_are_paragons():
    assert ",".join(COLUMNS) == HEADER


def test_numpy_and_the_reference_get_no_rows():
    oracle = planned("S1", REFERENCE)
    events = (started(BASE, oracle, listed=LISTED), *measured(BASE.id, 0.4), *measured(oracle.id, 9.0))
    assert rows(*events) == []
    assert rows(*events, head=b"") == [HEADER]


def test_torch_gets_a_row():
    torch = planned("S1", adapter("torch"))
    assert len(rows(started(torch, listed=("torch",)), *measured(torch.id, 0.3))) == 1


def test_only_results_that_ended_get_rows():
    assert len(rows(*run()[:20])) == 1  # the second device is running, the last result waits


def test_only_results_that_were_asked_for_get_rows():
    assert len(rows(*run(listed=("vulkan:1",)))) == 1


def test_another_dtype_than_f32_is_part_of_the_id():
    half = planned("S1", GPU, dtype="f16")
    assert rows(started(half), *measured(half.id, 0.2)) == [f'S1:f16,"784 → 64 → 10",0.10,,0.200,,,,,"{GPU_CELL}"']


@pytest.mark.parametrize(
    ("head", "newline"),
    [
        (b"", "\n"),
        (f"{HEADER}\nS1,".encode(), "\n"),
        (f"{HEADER}\r\nS1,".encode(), "\r\n"),
        (f"\ufeff{HEADER}\r\n".encode(), "\r\n"),  # a spreadsheet has saved it
        (HEADER.encode(), "\n"),
    ],
)
def test_lines_end_as_those_of_the_file_do(head, newline):
    assert newline_in(head) == newline
    text = text_of(folded(*run()), head)
    assert text.count("\n") == text.count(newline) == (3 if head else 4)


def test_a_row_begins_on_a_line_of_its_own():
    session = folded(*run())
    assert text_of(session, HEADER.encode(), ends_in_newline=False) == "\n" + text_of(session, HEADER.encode())
    assert text_of(folded(*run(listed=("numpy",))), HEADER.encode(), ends_in_newline=False) == ""


@pytest.mark.parametrize(
    ("head", "shown"),
    [
        (b"id,shape\nS1,x\n", "id,shape"),
        (b'{"schema":3,"session":"20260101-000000-0001"', '{"schema":3,"session":"20260101-000000-0001"'),
        (HEADER.upper().encode(), HEADER.upper()[:60] + "…"),
        (HEADER.encode("utf-16"), HEADER.encode("utf-16").decode(errors="backslashreplace")[:60] + "…"),
        (b"\n" + HEADER.encode(), ""),
        (b"\xff\x00", "\\xff\x00"),
    ],
)
def test_a_file_with_other_columns_takes_no_rows(head, shown):
    with pytest.raises(OtherColumns) as caught:
        text_of(folded(*run()), head)
    assert str(caught.value) == shown


@pytest.mark.parametrize("name", ["=1+1", "+cmd|' /C calc'!A0", "-2", "@SUM(A1)", "\tx", "\rx"])
def test_no_name_is_a_formula(name):
    odd = planned("S1", adapter("vulkan:0", name=name))
    (row,) = csv.reader([text_of(folded(started(odd), *measured(odd.id, 0.2)), BEGIN)[:-1]])
    assert row[-1].startswith("'" + name[0])


def test_a_name_with_line_breaks_is_one_cell():
    odd = planned("S1", adapter("vulkan:0", name='a\r\n"b"'))
    text = text_of(folded(started(odd), *measured(odd.id, 0.2)), HEADER.encode())
    (row,) = csv.reader([text[:-1]])
    assert row[-1].startswith('a\r\n"b" (')


GERMAN = Dialect(";", True)


def test_a_separator_and_a_decimal_comma_are_those_of_the_dialect():
    header, first, *_ = text_of(folded(*run()), dialect=GERMAN).splitlines()
    assert header == HEADER.replace(",", ";")
    assert first == f'S1;"784 → 64 → 10";0,19;0,400;0,200;2,00;0,00E+00;0,00E+00;12,500;"{GPU_CELL}"'


@pytest.mark.parametrize("dialect", [Dialect(), GERMAN, Dialect(",", True), Dialect("\t"), Dialect(";")])
def test_every_dialect_reads_back_as_the_same_cells(dialect):
    session = folded(*run())
    plain, other = (
        [
            *csv.reader(text_of(session, dialect=each).splitlines(), delimiter=each.separator),
            *csv.reader(csv_text(ended_entries(session), each).splitlines(), delimiter=each.separator),
        ]
        for each in (Dialect(), dialect)
    )
    assert len(plain) == len(other) > 4
    for one, two in zip(plain, other, strict=True):
        assert len(one) == len(two)
        numbers = [(a, b) for a, b in zip(one, two, strict=True) if a != b]
        assert all(dialect.decimal_comma and a.replace(".", ",") == b and float(a) is not None for a, b in numbers)
    assert any(b == "0,19" for row in other for b in row) == dialect.decimal_comma


@pytest.mark.parametrize("first", [Dialect(), GERMAN, Dialect(",", True), Dialect("\t")])
def test_a_file_keeps_its_separator_and_its_decimals(first):
    begin = text_of(folded(*run()), dialect=first)
    again = text_of(folded(*run()), begin.encode(), dialect=Dialect(";", not first.decimal_comma))
    assert again == "".join(begin.splitlines(keepends=True)[1:])


def test_a_file_of_a_header_alone_has_no_decimals_to_keep():
    head = HEADER.replace(",", ";").encode() + b"\n"
    (row, *_) = text_of(folded(*run()), head, dialect=Dialect(",", True)).splitlines()
    assert row.startswith('S1;"784 → 64 → 10";0,19;')
