"""From what people type to cases: by name, suite, operation and size; and networks of one's own."""

from __future__ import annotations

from itertools import groupby

import pytest

from paragon_tui.engine.runner import selection
from paragon_tui.engine.runner.selection import (
    BadShape,
    CaseFilter,
    UnknownName,
    all_cases,
    select_cases,
    select_verified,
    shape_case,
    sizes_left_out,
)
from paragon_tui.suites.case import Case, Suite
from paragon_tui.suites.catalogue import SUITES
from paragon_tui.suites.checks import CHECKS, SHOWN_BY_CHECKS
from tests.support.examples import ids

# Cases

NETWORKS = ["S1", "S2", "S3", "M1", "M2", "M3", "L1", "L2", "XL1", "XL2"]
VECTORS = ("100", "1k", "10k", "100k", "1M", "1024x1024", "2048x2048", "4096x4096")


def test_nothing_named_selects_the_usual_suite():
    assert ids(select_cases(CaseFilter())) == NETWORKS


def test_the_ids_of_all_suites_are_unique():
    everything = ids(all_cases())
    assert len(everything) == len(set(everything)) == 10 + 420 + 66 + 53 + 8 + 5


@pytest.mark.parametrize(
    ("patterns", "selected"),
    [
        (["S1"], ["S1"]),
        (["s1"], ["S1"]),
        (["XL2", "m1"], ["M1", "XL2"]),
        (["S2", "s2", "S*"], ["S1", "S2", "S3"]),
        (["?1"], ["S1", "M1", "L1"]),
        (["xl[12]"], ["XL1", "XL2"]),
        (["*L*"], ["L1", "L2", "XL1", "XL2"]),
    ],
)
def test_cases_are_selected_by_name_or_glob_in_suite_order(patterns, selected):
    assert ids(select_cases(CaseFilter(tuple(patterns)))) == selected
    assert ids(select_cases(CaseFilter(tuple(patterns), suites=("inference",)))) == selected


def test_a_name_that_the_usual_suite_does_not_have_is_looked_for_in_all_others():
    assert ids(select_cases(CaseFilter(("add-1k", "S1", "MATMUL-16")))) == ["S1", "add-1k", "matmul-16"]
    assert ids(select_cases(CaseFilter(("mean-1*",)))) == [f"mean-{size}" for size in VECTORS if size[0] == "1"]


def test_a_glob_means_the_usual_suite_alone_where_it_has_it_and_nothing_else_is_named():
    assert ids(select_cases(CaseFilter(("s*",)))) == ["S1", "S2", "S3"]
    assert "sub-1k" in ids(select_cases(CaseFilter(("s*",), suites=("vector",))))
    assert ids(select_cases(CaseFilter(("s*",), suites=("inference", "layers"))))[:4] == [
        "S1",
        "S2",
        "S3",
        "softmax-small",
    ]
    assert ids(select_cases(CaseFilter(("s*",), operations=("scale",)))) == [f"scale-{size}" for size in VECTORS]


def test_suites_add_up_in_display_order():
    chosen = select_cases(CaseFilter(suites=("layers", "inference")))
    assert [case.suite for case in chosen] == ["inference"] * 10 + ["layers"] * 66


@pytest.mark.parametrize("others", [(), ("vector",), ("all",)])
def test_all_names_every_suite(others):
    assert select_cases(CaseFilter(suites=(*others, "all"))) == all_cases()


def test_what_else_is_named_narrows_all_suites_as_it_narrows_one():
    def everywhere(**names):
        return select_cases(CaseFilter(suites=tuple(suite.name for suite in SUITES), **names))

    for names in ({"operations": ("soft",)}, {"sizes": ("1k",)}, {"cases": ("s*",)}, {"fast": True}):
        assert select_cases(CaseFilter(suites=("all",), **names)) == everywhere(**names)
    left_out = sizes_left_out(CaseFilter(suites=("all",), fast=True))
    assert [suite for suite, _ in left_out] == ["vector", "layers", "mlp", "training", "parallel"]


@pytest.mark.parametrize("fast", [False, True])
def test_a_verification_of_all_suites_is_that_of_none_named(fast):
    assert select_verified(CaseFilter(suites=("all",), fast=fast)) == select_verified(CaseFilter(fast=fast))


@pytest.mark.parametrize(
    ("part", "operations"),
    [
        ("matmul", ["matmul", "matmul-rectangular", "matmul-transposed", "matmul-batched"]),
        ("ARGM", [f"arg{which}{along}" for which in ("max", "min") for along in ("", "-rows", "-columns")]),
        ("softmax", ["softmax", "log_softmax", "softmax", "softmax-batched"]),
        ("network", ["network"]),
    ],
)
def test_operations_are_selected_by_a_part_of_their_names_in_every_suite(part, operations):
    chosen = select_cases(CaseFilter(operations=(part,)))
    assert [name for name, _ in groupby(case.operation for case in chosen)] == operations


def test_operations_are_narrowed_to_the_suites_that_are_named():
    assert {case.suite for case in select_cases(CaseFilter(suites=("layers",), operations=("softmax",)))} == {"layers"}


@pytest.mark.parametrize(
    ("size", "selected"),
    [
        ("1000", ["fma-1k"]),
        ("1K", ["fma-1k"]),
        ("1m", ["fma-1M"]),
        ("small", ["fma-1024x1024"]),
        ("2048x2048", ["fma-2048x2048"]),
        ("100", ["fma-100"]),
    ],
)
def test_a_size_is_meant_by_its_name_its_number_or_its_category(size, selected):
    assert ids(select_cases(CaseFilter(suites=("vector",), operations=("fma",), sizes=(size,)))) == selected


def test_a_category_means_a_size_of_each_operation():
    chosen = ids(select_cases(CaseFilter(suites=("inference", "layers"), sizes=("small",))))
    assert chosen[:5] == ["S1", "S2", "S3", "matmul-256", "matmul-rectangular-small"]
    assert len(chosen) == 3 + 20


@pytest.mark.parametrize(("shown", "size"), [("1,000,000", "1M"), ("1024 × 1024", "1024x1024"), ("4X128X32", "small")])
def test_a_size_may_be_written_as_it_is_shown(shown, size):
    assert {case.size for case in select_cases(CaseFilter(sizes=(shown,)))} >= {size}


def test_sizes_add_up_and_operations_narrow_them():
    chosen = select_cases(CaseFilter(operations=("fma", "exp"), sizes=("1k", "100")))
    assert ids(chosen) == ["fma-100", "fma-1k", "exp-100", "exp-1k", "logsumexp-100", "logsumexp-1k"]


def test_a_size_that_no_selected_operation_has_is_refused():
    with pytest.raises(UnknownName, match="the size '1k' is not in this selection: 16, 16x16, "):
        select_cases(CaseFilter(suites=("layers",), sizes=("1k",)))


def test_fast_leaves_out_most_sizes_of_the_large_suites_and_none_of_the_usual_one():
    assert ids(select_cases(CaseFilter(fast=True))) == NETWORKS
    fused = CaseFilter(suites=("vector",), operations=("fma",), fast=True)
    assert ids(select_cases(fused)) == ["fma-1k", "fma-1M", "fma-1024x1024"]
    assert ids(select_cases(CaseFilter(operations=("sum-rows",), fast=True))) == ["sum-rows-1024x1024"]
    layers = ids(select_cases(CaseFilter(suites=("layers",), fast=True)))
    assert "matmul-1024" in layers and "attention-medium" in layers
    assert not {"matmul-4096", "matmul-512", "attention-large"}.intersection(layers)


def test_fast_keeps_what_is_named_by_case_or_size():
    assert ids(select_cases(CaseFilter(("add-10k",), fast=True))) == ["add-10k"]
    assert ids(select_cases(CaseFilter(operations=("fma",), sizes=("100k",), fast=True))) == ["fma-100k"]


def test_the_sizes_that_a_fast_run_leaves_out_are_told():
    left_out = ("100", "10k", "100k", "2048x2048", "4096x4096")
    assert sizes_left_out(CaseFilter(operations=("dot",), fast=True)) == (("vector", left_out),)
    for named in (
        CaseFilter(fast=True),
        CaseFilter(("dot-100",), fast=True),
        CaseFilter(sizes=("100",), fast=True),
        CaseFilter(),
    ):
        assert sizes_left_out(named) == ()


def test_a_size_that_is_there_as_it_is_typed_is_meant_alone(monkeypatch: pytest.MonkeyPatch):
    binary = Suite("binary", (Case("binary", "plus-1K", "fma", (1024,), ("1K", "1024")),))
    monkeypatch.setattr(selection, "SUITES", (*SUITES, binary))
    fused = [("1k", ["fma-1k"]), ("1K", ["plus-1K"]), ("1M", ["fma-1M"]), ("1m", ["fma-1M"])]
    for size, cases in fused:
        assert ids(select_cases(CaseFilter(operations=("fma",), suites=("vector", "binary"), sizes=(size,)))) == cases
    both = CaseFilter(operations=("fma",), suites=("vector", "binary"), sizes=("1k", "1K"))
    assert ids(select_cases(both)) == ["fma-1k", "plus-1K"]


def test_an_unknown_case_is_refused_with_the_near_matches():
    with pytest.raises(UnknownName) as refusal:
        select_cases(CaseFilter(("S1", "XL3")))
    assert "there is no case 'XL3'; did you mean XL" in str(refusal.value)


def test_a_case_near_to_nothing_is_refused_with_all_there_are():
    with pytest.raises(UnknownName) as refusal:
        select_cases(CaseFilter(("quantum",), suites=("inference",)))
    assert str(refusal.value) == f"there is no case 'quantum'; available: {', '.join(NETWORKS)}"


def test_one_pattern_that_matches_nothing_is_refused_even_beside_others():
    with pytest.raises(UnknownName, match=r"'z\*'"):
        select_cases(CaseFilter(("*", "z*")))


@pytest.mark.parametrize(
    ("named", "words"),
    [
        (CaseFilter(suites=("inferense",)), "there is no suite 'inferense'; did you mean inference or layers?"),
        (CaseFilter(operations=("sofmax",)), "there is no operation 'sofmax'; did you mean softmax or log_softmax"),
        (
            CaseFilter(suites=("layers",), operations=("add",)),
            "the operation 'add' is not in this selection: matmul, ",
        ),
        (CaseFilter(("S1",), sizes=("1k",)), "the case 'S1' is not in this selection: add-1k, "),
        (CaseFilter(("S1",), operations=("a",)), "the case 'S1' is not in this selection"),
        (CaseFilter(("add-1k",), ("inference",)), "the case 'add-1k' is not in this selection: S1, "),
    ],
)
def test_a_name_that_selects_nothing_is_refused_with_what_there_is(named, words):
    with pytest.raises(UnknownName) as refusal:
        select_cases(named)
    assert str(refusal.value).startswith(words)


# Shapes of one's own


@pytest.mark.parametrize("text", ["784,300,10", "784→300→10", "784 → 300 → 10", " 784, 300 ,10 "])
def test_a_shape_is_a_network_of_its_widths(text):
    case = shape_case(text)
    assert (case.suite, case.id, case.operation) == ("inference", "784-300-10", "network")
    assert case.shape == (784, 300, 10)


@pytest.mark.parametrize("text", ["", "784,,10", "784,ten", "784x10", "1.5,2", "784-10"])
def test_a_shape_that_is_no_list_of_widths_is_refused(text):
    with pytest.raises(BadShape, match="takes layer widths such as 784,300,10, not "):
        shape_case(text)


@pytest.mark.parametrize("text", ["784", "784,0", "0,10", "784,-3,10"])
def test_a_shape_needs_two_widths_of_at_least_one(text):
    with pytest.raises(BadShape, match="at least two widths, whole numbers"):
        shape_case(text)


@pytest.mark.parametrize("text", [f"{2**24 + 1},1", f"1,{2**24 + 1}", f"{2**16},{2**15 + 1}"])
def test_a_shape_too_large_to_index_is_refused(text):
    with pytest.raises(BadShape, match="are supported"):
        shape_case(text)


def test_the_largest_shapes_are_taken():
    assert shape_case(f"{2**24},128").shape == (2**24, 128)
    assert shape_case("1,1").shape == (1, 1)


def test_a_shape_whose_integer_sums_may_overflow_is_refused_at_i8_alone():
    assert 133_142 * 127**2 + 2 * 127**2 <= 2**31
    assert shape_case("133142,10", ("f32", "i8")).shape == (133_142, 10)
    assert shape_case("133143,10", ("f16",)).shape == (133_143, 10)
    with pytest.raises(BadShape, match="may not fit 32 bits"):
        shape_case("133143,10", ("f32", "i8"))


# Verifications


def test_a_verification_has_the_cases_of_fast_runs_and_its_own_but_for_those_that_smaller_ones_show():
    fast = {case.id for suite in SUITES for case in select_cases(CaseFilter(suites=(suite.name,), fast=True))}
    assert fast > SHOWN_BY_CHECKS
    verified = {case.id for case in select_verified(CaseFilter(fast=True))}
    assert verified == (fast - SHOWN_BY_CHECKS) | {check.id for check in CHECKS}


def test_every_operation_that_lacks_a_case_there_has_others():
    lacking = {case.operation for case in all_cases() if case.id in SHOWN_BY_CHECKS}
    assert all(sum(check.operation == operation for check in CHECKS) >= 4 for operation in lacking)


def test_whoever_asks_for_all_or_names_a_case_or_a_size_gets_it():
    assert {case.id for case in select_verified(CaseFilter())} > SHOWN_BY_CHECKS
    assert ids(select_verified(CaseFilter(("sort-1M",), fast=True))) == ["sort-1M"]
    by_size = select_verified(CaseFilter(operations=("attention",), sizes=("medium",), fast=True))
    assert ids(by_size) == [f"attention{which}-medium" for which in ("", "-batched", "-causal", "-projected")]
